// SPDX-License-Identifier: Apache-2.0
// Averages of windows: sums in lanes, which are divided by multiplying (division.hpp). Included
// inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/window/division.hpp"
#include "octet/kernel/window/pool2d.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Sums of bytes, as long as 16 bits hold them.
template <class T>
struct WindowSums {
  // 16 bits hold the sum of this many bytes: -128 * 256 and 255 * 256.
  static constexpr std::int32_t kMostSummed = 256;

  template <class Read>
  OCTET_INLINE static void sum(const PoolWindow<T>& window, Read read, vec::Acc (&x)[4]) {
    vec::Sums sums{};
    window.for_each_pixel([&](const T* pixel) __attribute__((always_inline)) {
      vec::add_bytes(sums, read(pixel));
    });
    vec::widen_sums<T>(sums, x);
  }
};

template <>
struct WindowSums<std::int16_t> {
  static constexpr int kVectors = kPoolVectors<std::int16_t>;
  static constexpr std::int32_t kMostSummed = detail::kMostPooled<std::int16_t>;

  template <class Read>
  OCTET_INLINE static void sum(const PoolWindow<std::int16_t>& window, Read read,
                               vec::Acc (&x)[kVectors]) {
    vec::Acc sums[kVectors];
    OCTET_UNROLL
    for (vec::Acc& lanes : sums) lanes = vec::splat_acc(0);
    window.for_each_pixel([&](const std::int16_t* pixel) __attribute__((always_inline)) {
      const std::int16_t* const words = read(pixel);
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v)
        sums[v] = vec::add(sums[v], vec::widen(words + v * vec::kLanes));
    });
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) x[v] = sums[v];
  }
};

template <class T>
class Pooling<compiled::AveragePool2d, T> {
 public:
  explicit Pooling(const Pool2dTask& task)
      : range_(task.range), bytes_(vec::byte_range(task.range)) {
    whole_.prepare(detail::most_pooled(task.input, task.filter));
  }

  OCTET_INLINE void enter_window(const detail::WindowSpan& rows,
                                 const detail::WindowSpan& columns) {
    const std::int64_t pixels = rows.count() * columns.count();
    divisor_ = pixels == whole_.count ? &whole_ : &part_;
    if (pixels != divisor_->count) part_.prepare(pixels);
  }

  template <class Read>
  OCTET_INLINE void write(const PoolWindow<T>& window, Read read, T* out) const {
    vec::Acc x[kVectors];
    if (divisor_->count <= WindowSums<T>::kMostSummed) {
      WindowSums<T>::sum(window, read, x);
    } else {
      sum_in_pieces(window, read, x);
    }
    const AnyMultipliers multipliers = divisor_->multipliers;
    static_assert(Division::kScale == 4);
    OCTET_UNROLL
    for (vec::Acc& lanes : x) {
      const vec::Acc twice = vec::add(lanes, lanes);
      lanes = vec::requantize(biased(vec::add(twice, twice)), multipliers);
    }
    if constexpr (sizeof(T) == 1) {
      const vec::Narrowed narrowed = vec::clamp_bytes<T>(vec::narrow4<T>(x), bytes_);
      vec::store_narrowed(out, vec::row_order(narrowed));
    } else {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v)
        vec::narrow(out + v * vec::kLanes, clamp_lanes(x[v], range_));
    }
  }

 private:
  static constexpr int kVectors = kPoolVectors<T>;

  struct Divisor {
    std::int64_t count = 0;
    AnyMultipliers multipliers;

    void prepare(std::int64_t divisor) {
      const Division division = detail::division_by(static_cast<std::int32_t>(divisor));
      count = divisor;
      multipliers = splat_multipliers(detail::rescale_constants(
          {division.multiplier, -division.right}, Rounding::tflite, 0, 0, 0));
    }
  };

  template <class Read>
  static void sum_in_pieces(const PoolWindow<T>& window, Read read, vec::Acc (&x)[kVectors]) {
    constexpr std::int32_t kMost = WindowSums<T>::kMostSummed;
    for (vec::Acc& lanes : x) lanes = vec::splat_acc(0);
    const T* row = window.first;
    for (std::int32_t y = 0; y < window.rows; ++y, row += window.row_stride) {
      PoolWindow<T> piece = window;
      piece.rows = 1;
      for (std::int32_t left = window.columns; left > 0; left -= kMost) {
        piece.first = row + (window.columns - left) * window.column_stride;
        piece.columns = left < kMost ? left : kMost;
        vec::Acc more[kVectors];
        WindowSums<T>::sum(piece, read, more);
        OCTET_UNROLL
        for (int v = 0; v < kVectors; ++v) x[v] = vec::add(x[v], more[v]);
      }
    }
  }

  OutputRange range_;
  vec::ByteRange bytes_;
  Divisor whole_, part_;  // of windows inside the input, and of the last one that is cut off
  const Divisor* divisor_ = nullptr;
};

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
