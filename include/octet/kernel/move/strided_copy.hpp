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
      copy.put_longer_loop_inside();
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

 private:
  // Few iterations cost more than what is around them.
  constexpr void put_longer_loop_inside() {
    if (rank < 2 || loops[rank - 1].count >= loops[rank - 2].count) return;
    const Loop inner = loops[rank - 1];
    if (inner.count >= 8) return;
    loops[rank - 1] = loops[rank - 2];
    loops[rank - 2] = inner;
  }
};

namespace detail {

// Bytes that are moved at once.
#if defined(__SSE2__) || defined(__ARM_NEON)
using Block16 [[gnu::vector_size(16)]] = std::uint64_t;
#else
struct Block16 {
  std::uint64_t words[2];
};
#endif
// `count` times a run of `bytes`, in steps of in_stride and out_stride bytes: as two parts of
// `parts` blocks, which overlap unless they fill it.
template <class Block, int parts>
OCTET_INLINE void copy_as_two(std::byte* out, std::ptrdiff_t out_stride, const std::byte* in,
                              std::ptrdiff_t in_stride, std::int64_t count, std::size_t bytes) {
  constexpr std::size_t kSize = sizeof(Block);
  const std::size_t second = bytes - parts * kSize;
  for (; count > 0; --count, in += in_stride, out += out_stride) {
    Block first[parts], last[parts];
    OCTET_UNROLL
    for (std::size_t i = 0; i < parts; ++i) {
      std::memcpy(&first[i], in + i * kSize, kSize);
      std::memcpy(&last[i], in + second + i * kSize, kSize);
    }
    OCTET_UNROLL
    for (std::size_t i = 0; i < parts; ++i) {
      std::memcpy(out + i * kSize, &first[i], kSize);
      std::memcpy(out + second + i * kSize, &last[i], kSize);
    }
  }
}

// The same for any number of bytes; memcpy costs more than it does for few of them.
inline void copy_runs(std::byte* out, std::ptrdiff_t out_stride, const std::byte* in,
                      std::ptrdiff_t in_stride, std::int64_t count, std::size_t bytes) {
  if (bytes > 128) {
    for (; count > 0; --count, in += in_stride, out += out_stride) std::memcpy(out, in, bytes);
  } else if (bytes > 64) {
    copy_as_two<Block16, 4>(out, out_stride, in, in_stride, count, bytes);
  } else if (bytes > 32) {
    copy_as_two<Block16, 2>(out, out_stride, in, in_stride, count, bytes);
  } else if (bytes > 16) {
    copy_as_two<Block16, 1>(out, out_stride, in, in_stride, count, bytes);
  } else if (bytes > 8) {
    copy_as_two<std::uint64_t, 1>(out, out_stride, in, in_stride, count, bytes);
  } else if (bytes > 4) {
    copy_as_two<std::uint32_t, 1>(out, out_stride, in, in_stride, count, bytes);
  } else if (bytes > 2) {
    copy_as_two<std::uint16_t, 1>(out, out_stride, in, in_stride, count, bytes);
  } else {
    copy_as_two<std::uint8_t, 1>(out, out_stride, in, in_stride, count, bytes);
  }
}

inline void copy_run(std::byte* out, const std::byte* in, std::size_t bytes) {
  copy_runs(out, 0, in, 0, 1, bytes);
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
    constexpr std::int64_t kSize = sizeof(T);
    const auto bytes_of = [](std::int64_t stride) {
      return static_cast<std::ptrdiff_t>(stride * kSize);
    };
    copy_runs(reinterpret_cast<std::byte*>(out), bytes_of(last.output_stride),
              reinterpret_cast<const std::byte*>(in), bytes_of(last.input_stride), last.count,
              static_cast<std::size_t>(copy.run) * sizeof(T));
  };
  for_each_row(copy, copy.rank - 1, input, output, row);
}

// All of a dense tensor but `extent` elements from `first` on in each dimension. Dimension by
// dimension, what lies around those; of the outer dimensions only they are left by then.
template <class T>
inline void fill_around(const Shape& shape, const std::int64_t (&first)[kMaxRank],
                        const std::int64_t (&extent)[kMaxRank], T value, T* out) {
  constexpr std::int64_t kFew = 64 / sizeof(T);
  T values[kFew];
  fill(values, kFew, value);
  const Strides strides(shape);
  StridedCopy outer;
  const auto fill_rows = [&](std::int64_t begin, std::int64_t count) {
    if (count == 0) return;
    StridedCopy rows = outer;
    rows.output_first += begin;
    if (count <= kFew) {
      rows.add_loop(count, 1, 1);
      run_copy(rows.with_runs(), values, out);
    } else {
      for_each_row(rows, rows.rank, out, out, [&](const T*, T* row) { fill(row, count, value); });
    }
  };
  for (std::int32_t d = 0; d < shape.rank; ++d) {
    const std::int64_t before = first[d] * strides[d], inside = extent[d] * strides[d];
    fill_rows(0, before);
    fill_rows(before + inside, shape.extent[d] * strides[d] - before - inside);
    if (inside == 0) return;
    outer.output_first += before;
    outer.add_loop(extent[d], 0, strides[d]);
  }
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
