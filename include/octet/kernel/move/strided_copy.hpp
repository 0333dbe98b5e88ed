// SPDX-License-Identifier: Apache-2.0
// Copies between tensors that are stepped through in different ways: plain loops of memcpy, which
// knows the machine better than kernels of targets would, or of words where runs are short. Only
// the size of elements matters.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "octet/detail/config.hpp"
#include "octet/types.hpp"

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

  // Once all loops are there: the innermost one as a run, where its elements lie side by side.
  constexpr StridedCopy with_runs() const {
    StridedCopy copy = *this;
    if (rank > 0 && loops[rank - 1].input_stride == 1 && loops[rank - 1].output_stride == 1) {
      copy.run = loops[--copy.rank].count;
    }
    return copy;
  }

  // The same in the best order: no two of the loops write the same elements, so it is free.
  constexpr StridedCopy in_best_order() const {
    StridedCopy copy = with_runs();
    if (copy.run > 1) copy.put_longer_loop_inside();
    return copy;
  }

  // Whether the two innermost loops make columns of rows. If one of those further out than the last
  // reads elements that lie side by side, and the last one writes such elements, it comes next to
  // that.
  constexpr bool make_transpose() {
    if (run != 1 || rank == 0 || loops[rank - 1].output_stride != 1) return false;
    for (std::int32_t d = rank - 2; d >= 0; --d) {
      if (loops[d].input_stride != 1) continue;
      const Loop rows = loops[d];
      for (std::int32_t to = d; to < rank - 2; ++to) loops[to] = loops[to + 1];
      loops[rank - 2] = rows;
      return true;
    }
    return false;
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

// Where several passes write the same lines of memory, they follow each other within blocks of so
// many elements, which the nearest cache holds.
template <class T>
constexpr std::int64_t kMoveBlock = 8192 / sizeof(T);

// `count` times a run of `bytes`, in steps of in_stride and out_stride bytes: as `words` words, of
// which the last one overlaps the one before unless they fill the run.
template <class Word, int words>
inline void copy_as_words(std::byte* out, std::ptrdiff_t out_stride, const std::byte* in,
                          std::ptrdiff_t in_stride, std::int64_t count, std::size_t bytes) {
  constexpr std::size_t kSize = sizeof(Word);
  const std::size_t last = bytes - kSize;
  for (std::ptrdiff_t run = 0; run < count; ++run) {
    const std::byte* const from = in + run * in_stride;
    std::byte* const to = out + run * out_stride;
    Word all[words];
    OCTET_UNROLL
    for (std::size_t i = 0; i + 1 < words; ++i) std::memcpy(&all[i], from + i * kSize, kSize);
    std::memcpy(&all[words - 1], from + last, kSize);
    OCTET_UNROLL
    for (std::size_t i = 0; i + 1 < words; ++i) std::memcpy(to + i * kSize, &all[i], kSize);
    std::memcpy(to + last, &all[words - 1], kSize);
  }
}

template <std::size_t size>
using WordOf = std::conditional_t<
    size == 1, std::uint8_t,
    std::conditional_t<size == 2, std::uint16_t,
                       std::conditional_t<size == 4, std::uint32_t, std::uint64_t>>>;

// Words of 16 bytes, and whether the baseline has registers of that size.
#if defined(__SSE2__) || defined(__ARM_NEON)
inline constexpr bool kHasVectors = true;
using Word16 [[gnu::vector_size(16)]] = std::uint64_t;
#else
inline constexpr bool kHasVectors = false;
struct Word16 {
  std::uint64_t halves[2];
};
#endif

inline void copy_with_memcpy(std::byte* out, std::ptrdiff_t out_stride, const std::byte* in,
                             std::ptrdiff_t in_stride, std::int64_t count, std::size_t bytes) {
  for (std::ptrdiff_t run = 0; run < count; ++run) {
    std::memcpy(out + run * out_stride, in + run * in_stride, bytes);
  }
}

// Runs of `size` elements, copied by the function for so many bytes: memcpy costs more than it does
// for few of them.
template <class T>
class RunCopy {
 public:
  constexpr RunCopy() = default;
  explicit constexpr RunCopy(std::int64_t size)
      : bytes_(static_cast<std::size_t>(size) * sizeof(T)), copy_(copy_of(bytes_)) {}

  // `count` of them, whose neighbours lie that many elements apart.
  OCTET_INLINE void operator()(T* out, std::int64_t out_stride, const T* in, std::int64_t in_stride,
                               std::int64_t count) const {
    constexpr std::int64_t kSize = sizeof(T);
    copy_(reinterpret_cast<std::byte*>(out), static_cast<std::ptrdiff_t>(out_stride * kSize),
          reinterpret_cast<const std::byte*>(in), static_cast<std::ptrdiff_t>(in_stride * kSize),
          count, bytes_);
  }

 private:
  using Copy = void (*)(std::byte*, std::ptrdiff_t, const std::byte*, std::ptrdiff_t, std::int64_t,
                        std::size_t);

  static constexpr Copy copy_of(std::size_t bytes) {
    constexpr std::size_t kMost = kHasVectors ? 128 : 16;
    if (bytes > kMost) return copy_with_memcpy;
    if (bytes >= 16) {
      return with_words16((bytes - 1) / 16, std::make_index_sequence<kMost / 16>());
    }
    if (bytes >= 8) return with_words_of<8>(bytes);
    if (bytes >= 4) return with_words_of<4>(bytes);
    if (bytes >= 2) return with_words_of<2>(bytes);
    return copy_as_words<std::uint8_t, 1>;
  }
  template <std::size_t... i>
  static constexpr Copy with_words16(std::size_t place, std::index_sequence<i...>) {
    constexpr Copy kCopies[] = {copy_as_words<Word16, i + 1>...};
    return kCopies[place];
  }
  template <std::size_t size>
  static constexpr Copy with_words_of(std::size_t bytes) {
    using Word = WordOf<size>;
    return bytes == size ? copy_as_words<Word, 1> : copy_as_words<Word, 2>;
  }

  std::size_t bytes_ = 0;
  Copy copy_ = nullptr;
};

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

// The innermost loop of a copy, for any number of iterations.
template <class T>
class InnermostLoop {
 public:
  InnermostLoop(std::int64_t run, std::int64_t input_stride, std::int64_t output_stride)
      : run_(run), input_stride_(input_stride), output_stride_(output_stride), copy_(run) {}

  OCTET_INLINE void operator()(std::int64_t count, const T* in, T* out) const {
    if (run_ > 1) {
      copy_(out, output_stride_, in, input_stride_, count);
    } else if (input_stride_ == 0 && output_stride_ == 1) {
      fill(out, count, *in);
    } else {
      for (std::int64_t i = 0; i < count; ++i) out[i * output_stride_] = in[i * input_stride_];
    }
  }

 private:
  std::int64_t run_, input_stride_, output_stride_;
  RunCopy<T> copy_;
};

constexpr StridedCopy::Loop innermost_loop(const StridedCopy& copy) {
  return copy.rank > 0 ? copy.loops[copy.rank - 1] : StridedCopy::Loop{1, 0, 0};
}

template <class T>
inline void run_copy(const StridedCopy& copy, const T* input, T* output) {
  if (copy.run == 0) return;
  const StridedCopy::Loop last = innermost_loop(copy);
  const InnermostLoop<T> run_loop(copy.run, last.input_stride, last.output_stride);
  for_each_row(copy, copy.rank - 1, input, output,
               [&](const T* in, T* out) { run_loop(last.count, in, out); });
}

// A copy whose loops write the output from its first element to its last one, and `value` to all
// elements of [begin, end) that it leaves out.
template <class T>
inline void run_copy_and_fill(const StridedCopy& copy, const T* input, T value, T* output, T* begin,
                              T* end) {
  constexpr std::int64_t kFew = 64 / sizeof(T);
  T values[kFew];
  fill(values, kFew, value);
  if (copy.run != 0) {
    const StridedCopy::Loop last = innermost_loop(copy);
    const std::int64_t stride = last.output_stride, gap = stride - copy.run;
    const InnermostLoop<T> run_loop(copy.run, last.input_stride, stride);
    const InnermostLoop<T> fill_loop(gap, 0, stride);
    const auto fill_gaps = [&](T* out, std::int64_t count) {
      if (gap <= kFew) return fill_loop(count, values, out);
      for (; count > 0; --count, out += stride) fill(out, gap, value);
    };
    const std::int64_t block = std::max<std::int64_t>(kMoveBlock<T> / (stride + 1), 1);
    for_each_row(copy, copy.rank - 1, input, output, [&](const T* in, T* out) {
      fill(begin, out - begin, value);
      for (std::int64_t left = last.count; left > 0; left -= block) {
        const std::int64_t count = std::min(left, block);
        run_loop(count, in, out);
        if (gap > 0) fill_gaps(out + copy.run, left > block ? count : count - 1);
        in += count * last.input_stride;
        out += count * stride;
      }
      begin = out - gap;
    });
  }
  fill(begin, end - begin, value);
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
