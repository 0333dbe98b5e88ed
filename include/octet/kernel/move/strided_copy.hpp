// SPDX-License-Identifier: Apache-2.0
// Copies between tensors that are stepped through in different ways: plain loops around memcpy,
// which knows the machine better than kernels of targets would. Only the size of elements matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "octet/types.hpp"
#include "octet/kernel/move/transpose.hpp"

namespace octet::inline OCTET_BASELINE {

// How far apart the neighbours along each dimension of a dense tensor lie.
struct Strides {
  std::int64_t of[kMaxRank] = {};

  constexpr explicit Strides(const Shape& shape) {
    std::int64_t stride = 1;
    for (std::int32_t d = shape.rank - 1; d >= 0; --d) {
      of[d] = stride;
      stride *= shape.extent[d];
    }
  }
  constexpr std::int64_t operator[](std::int32_t d) const { return of[d]; }
};

// What is copied, in elements: loops, from the outermost to the innermost, around runs of elements
// that lie side by side in the input and in the output.
struct StridedCopy {
  // Repeating a tensor takes two for each dimension.
  static constexpr std::int32_t kMaxLoops = 2 * kMaxRank;

  struct Loop {
    std::int64_t count, input_stride, output_stride;
  };

  std::int64_t input_first = 0, output_first = 0;
  std::int64_t run = 1;  // 0: there is nothing to copy
  std::int32_t rank = 0;
  bool transposes = false;  // the two innermost loops: rows of the input become columns
  Loop loops[kMaxLoops] = {};

  // The copy back.
  constexpr StridedCopy reversed() const {
    StridedCopy copy = *this;
    copy.input_first = output_first;
    copy.output_first = input_first;
    for (Loop& loop : copy.loops) loop = {loop.count, loop.output_stride, loop.input_stride};
    return copy;
  }

  // Adds the next loop inside of those before. Neighbours that step alike become one.
  constexpr void add_loop(std::int64_t count, std::int64_t input_stride,
                          std::int64_t output_stride) {
    if (count == 1) return;
    if (rank > 0) {
      Loop& outer = loops[rank - 1];
      if (outer.input_stride == count * input_stride &&
          outer.output_stride == count * output_stride) {
        outer = {outer.count * count, input_stride, output_stride};
        return;
      }
    }
    loops[rank++] = {count, input_stride, output_stride};
  }

  // Once all loops are there. No two of them write the same elements, so their order is free: where
  // the innermost one writes elements that lie side by side, but reads others, the one that reads
  // such elements comes next to it.
  constexpr StridedCopy with_runs() const {
    StridedCopy copy = *this;
    if (rank == 0 || loops[rank - 1].output_stride != 1) return copy;
    if (loops[rank - 1].input_stride == 1) {
      copy.run = loops[--copy.rank].count;
      return copy;
    }
    for (std::int32_t d = rank - 2; d >= 0 && !copy.transposes; --d) {
      if (loops[d].input_stride != 1) continue;
      copy.transposes = true;
      for (std::int32_t to = d; to < rank - 2; ++to) copy.loops[to] = loops[to + 1];
      copy.loops[rank - 2] = loops[d];
    }
    return copy;
  }
};

namespace detail {

// memcpy with its usual few bytes in line: two blocks that overlap in the middle.
OCTET_INLINE void copy_run(std::byte* out, const std::byte* in, std::size_t bytes) {
  struct Bytes32 {
    std::uint64_t words[4];
  };
  struct Bytes16 {
    std::uint64_t words[2];
  };
  const auto copy = [&](auto block) __attribute__((always_inline)) {
    auto last = block;
    std::memcpy(&block, in, sizeof block);
    std::memcpy(&last, in + bytes - sizeof block, sizeof block);
    std::memcpy(out, &block, sizeof block);
    std::memcpy(out + bytes - sizeof block, &last, sizeof block);
  };
  if (bytes > 64) {
    std::memcpy(out, in, bytes);
  } else if (bytes >= 32) {
    copy(Bytes32{});
  } else if (bytes >= 16) {
    copy(Bytes16{});
  } else if (bytes >= 8) {
    copy(std::uint64_t{});
  } else if (bytes >= 4) {
    copy(std::uint32_t{});
  } else if (bytes >= 2) {
    copy(std::uint16_t{});
  } else {
    *out = *in;
  }
}

// Calls row(input, output) for all iterations of the outermost `loops` loops of a copy, with
// where they begin.
template <class In, class Out, class Row>
inline void for_each_row(const StridedCopy& copy, std::int32_t loops, const In* input, Out* output,
                         Row row) {
  std::int64_t index[StridedCopy::kMaxLoops] = {};
  input += copy.input_first;
  output += copy.output_first;
  while (true) {
    row(input, output);
    std::int32_t d = loops - 1;
    for (; d >= 0; --d) {
      const StridedCopy::Loop& loop = copy.loops[d];
      if (++index[d] < loop.count) {
        input += loop.input_stride;
        output += loop.output_stride;
        break;
      }
      index[d] = 0;
      input -= (loop.count - 1) * loop.input_stride;
      output -= (loop.count - 1) * loop.output_stride;
    }
    if (d < 0) return;
  }
}

// `count` times one value.
template <class T>
inline void fill(T* out, std::int64_t count, T value) {
  if constexpr (sizeof(T) == 1) {
    std::uint8_t byte;
    std::memcpy(&byte, &value, 1);
    if (count > 0) std::memset(out, byte, static_cast<std::size_t>(count));
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = value;
  }
}

// All of a dense tensor but `extent` elements from `first` on in each dimension. Dimension by
// dimension, what lies around those; of the outer dimensions only they are left by then.
template <class T>
inline void fill_around(const Shape& shape, const std::int64_t (&first)[kMaxRank],
                        const std::int64_t (&extent)[kMaxRank], T value, T* out) {
  const Strides strides(shape);
  StridedCopy outer;
  for (std::int32_t d = 0; d < shape.rank; ++d) {
    const std::int64_t before = first[d] * strides[d], inside = extent[d] * strides[d];
    const std::int64_t after = shape.extent[d] * strides[d] - before - inside;
    if (before + after > 0) {
      for_each_row(outer, outer.rank, out, out, [&](const T*, T* row) {
        fill(row, before, value);
        fill(row + before + inside, after, value);
      });
    }
    if (inside == 0) return;
    outer.output_first += before;
    outer.add_loop(extent[d], 0, strides[d]);
  }
}

template <class T>
inline void run_copy(const StridedCopy& copy, const T* input, T* output) {
  if (copy.run == 0) return;
  const StridedCopy::Loop last =
      copy.rank > 0 ? copy.loops[copy.rank - 1] : StridedCopy::Loop{1, 0, 0};
  if (copy.transposes) {
    const StridedCopy::Loop& columns = copy.loops[copy.rank - 2];
    for_each_row(copy, copy.rank - 2, input, output, [&](const T* in, T* out) {
      transpose(in, last.count, last.input_stride, out, columns.count, columns.output_stride);
    });
    return;
  }
  const auto row = [&](const T* in, T* out) __attribute__((always_inline)) {
    if (copy.run == 1) {
      if (last.input_stride == 0 && last.output_stride == 1) return fill(out, last.count, *in);
      for (std::int64_t i = 0; i < last.count; ++i) {
        out[i * last.output_stride] = in[i * last.input_stride];
      }
      return;
    }
    const auto bytes = static_cast<std::size_t>(copy.run) * sizeof(T);
    for (std::int64_t i = 0; i < last.count; ++i) {
      copy_run(reinterpret_cast<std::byte*>(out + i * last.output_stride),
               reinterpret_cast<const std::byte*>(in + i * last.input_stride), bytes);
    }
  };
  for_each_row(copy, copy.rank - 1, input, output, row);
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
