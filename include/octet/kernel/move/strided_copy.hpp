// SPDX-License-Identifier: Apache-2.0
// Copies between tensors that are stepped through in different ways: plain loops around memcpy,
// which knows the machine better than kernels of targets would. Only the size of elements matters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// What is copied, in elements: loops, from the outermost to the innermost, around runs of elements
// that lie side by side in the input and in the output.
struct StridedCopy {
  struct Loop {
    std::int64_t count, input_stride, output_stride;
  };

  std::int64_t input_first = 0, output_first = 0;
  std::int64_t run = 1;
  std::int32_t rank = 0;
  Loop loops[kMaxRank] = {};

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

  // Once all loops are there.
  constexpr StridedCopy with_runs() const {
    StridedCopy copy = *this;
    if (rank > 0 && loops[rank - 1].input_stride == 1 && loops[rank - 1].output_stride == 1) {
      copy.run = loops[--copy.rank].count;
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
  std::int64_t index[kMaxRank] = {};
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

template <class T>
inline void run_copy(const StridedCopy& copy, const T* input, T* output) {
  const StridedCopy::Loop last =
      copy.rank > 0 ? copy.loops[copy.rank - 1] : StridedCopy::Loop{1, 0, 0};
  const auto row = [&](const T* in, T* out) __attribute__((always_inline)) {
    if (copy.run == 1) {
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

// `count` times one value.
template <class T>
inline void fill(T* out, std::int64_t count, T value) {
  if constexpr (sizeof(T) == 1) {
    if (count > 0)
      std::memset(out, static_cast<std::uint8_t>(value), static_cast<std::size_t>(count));
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = value;
  }
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
