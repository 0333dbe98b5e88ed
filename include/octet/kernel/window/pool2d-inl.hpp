// SPDX-License-Identifier: Apache-2.0
// Maximum and average pooling. Included inside the region of each target.
//
// Channels run along the vectors, a block of kPoolChannels at a time; the last block ends at the
// last channel and overlaps the one before it. Where a pixel has fewer channels than a block, whole
// vectors are read all the same: behind its channels lie those of the next pixels, except for the
// last pixels of the input, which are copied first.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

inline constexpr int kPoolChannels = 4 * vec::kLanes;

// The pixels of a window that lie inside the input, at least one; strides in elements.
template <class T>
struct PoolWindow {
  const T* first;
  std::int32_t rows, columns;
  std::int64_t row_stride, column_stride;

  // visit(pixel) for each of them.
  template <class Visit>
  OCTET_INLINE void for_each_pixel(Visit visit) const {
    const T* row = first;
    for (std::int32_t y = 0; y < rows; ++y, row += row_stride) {
      const T* pixel = row;
      for (std::int32_t x = 0; x < columns; ++x, pixel += column_stride) visit(pixel);
    }
  }
};

template <class T>
struct MaxPooling {
  vec::ByteRange range;

  explicit MaxPooling(const Pool2dTask& task) : range(vec::byte_range(task.range)) {}

  OCTET_INLINE void enter_window(std::int64_t /*pixels*/) {}

  // One block; read(pixel) points to its bytes in that pixel.
  template <class Read>
  OCTET_INLINE vec::Narrowed operator()(const PoolWindow<T>& window, Read read) const {
    vec::Narrowed highest = vec::load_narrowed(read(window.first));
    window.for_each_pixel([&](const T* pixel) __attribute__((always_inline)) {
      highest = vec::max_bytes<T>(highest, vec::load_narrowed(read(pixel)));
    });
    return vec::clamp_bytes<T>(highest, range);
  }
};

template <class T>
class AveragePooling {
 public:
  explicit AveragePooling(const Pool2dTask& task) : range_(vec::byte_range(task.range)) {
    const auto lesser = [](std::int32_t a, std::int32_t b) { return a < b ? a : b; };
    whole_.prepare(lesser(task.filter.h, task.input.h) * lesser(task.filter.w, task.input.w));
  }

  OCTET_INLINE void enter_window(std::int64_t pixels) {
    divisor_ = pixels == whole_.count ? &whole_ : &part_;
    if (pixels != divisor_->count) part_.prepare(static_cast<std::int32_t>(pixels));
  }

  template <class Read>
  OCTET_INLINE vec::Narrowed operator()(const PoolWindow<T>& window, Read read) const {
    vec::Acc x[4];
    if (divisor_->count <= kMostSummed) {
      sum(window, read, x);
    } else {
      sum_in_pieces(window, read, x);
    }
    const vec::Multipliers multipliers =
        vec::load_multipliers(divisor_->constants.of_channels(), 0);
    static_assert(Division::kScale == 4);
    OCTET_UNROLL
    for (vec::Acc& lanes : x) {
      const vec::Acc twice = vec::add(lanes, lanes);
      lanes = vec::requantize(biased(vec::add(twice, twice)), multipliers);
    }
    return vec::row_order(vec::clamp_bytes<T>(vec::narrow4<T>(x), range_));
  }

 private:
  // 16 bits hold the sum of this many bytes: -128 * 256 and 255 * 256.
  static constexpr std::int32_t kMostSummed = 256;

  struct Divisor {
    std::int32_t count = 0;
    BroadcastConstants constants;

    void prepare(std::int32_t divisor) {
      const Division division = detail::division_by(divisor);
      count = divisor;
      constants = detail::broadcast_constants(division.multiplier, -division.right, 0, 0,
                                              vec::kRequantizeForm, Rounding::tflite);
    }
  };

  template <class Read>
  OCTET_INLINE static void sum(const PoolWindow<T>& window, Read read, vec::Acc (&x)[4]) {
    vec::Sums sums{};
    window.for_each_pixel([&](const T* pixel) __attribute__((always_inline)) {
      vec::add_bytes(sums, read(pixel));
    });
    vec::widen_sums<T>(sums, x);
  }

  template <class Read>
  static void sum_in_pieces(const PoolWindow<T>& window, Read read, vec::Acc (&x)[4]) {
    for (vec::Acc& lanes : x) lanes = vec::splat_acc(0);
    const T* row = window.first;
    for (std::int32_t y = 0; y < window.rows; ++y, row += window.row_stride) {
      PoolWindow<T> piece = window;
      piece.rows = 1;
      for (std::int32_t left = window.columns; left > 0; left -= kMostSummed) {
        piece.first = row + (window.columns - left) * window.column_stride;
        piece.columns = left < kMostSummed ? left : kMostSummed;
        vec::Acc more[4];
        sum(piece, read, more);
        OCTET_UNROLL
        for (int v = 0; v < 4; ++v) x[v] = vec::add(x[v], more[v]);
      }
    }
  }

  vec::ByteRange range_;
  Divisor whole_, part_;  // of windows inside the input, and of the last one that is cut off
  const Divisor* divisor_ = nullptr;
};

// The positions of a window's `filter` pixels along one dimension that lie inside the input.
struct PoolSpan {
  std::int32_t begin, count;

  OCTET_INLINE PoolSpan(std::int64_t first, std::int32_t filter, std::int32_t input) {
    const std::int64_t end = first + filter < input ? first + filter : input;
    begin = static_cast<std::int32_t>(first > 0 ? first : 0);
    count = static_cast<std::int32_t>(end - begin);
  }
};

template <class T, class Pooling>
inline void pool2d(const Pool2dTask& task) {
  const ShapeNhwc& in = task.input;
  const std::int64_t image_stride = std::int64_t{in.h} * in.w * in.c;
  const T* image = static_cast<const T*>(task.x);
  const T* const end = image + in.n * image_stride;
  T* out = static_cast<T*>(task.y);
  T few[kFourVectors] = {};
  const auto read_few = [&](const T* pixel) __attribute__((always_inline)) {
    if (end - pixel >= kPoolChannels) return pixel;
    copy_values(few, pixel, in.c);
    return static_cast<const T*>(few);
  };
  Pooling pooling(task);
  PoolWindow<T> window{nullptr, 0, 0, std::int64_t{in.w} * in.c, in.c};
  for (std::int32_t n = 0; n < in.n; ++n, image += image_stride) {
    for (std::int32_t oy = 0; oy < task.out_h; ++oy) {
      const PoolSpan y(std::int64_t{oy} * task.stride.h - task.top, task.filter.h, in.h);
      window.rows = y.count;
      for (std::int32_t ox = 0; ox < task.out_w; ++ox, out += in.c) {
        const PoolSpan x(std::int64_t{ox} * task.stride.w - task.left, task.filter.w, in.w);
        window.columns = x.count;
        const T* const first = image + y.begin * window.row_stride + x.begin * window.column_stride;
        pooling.enter_window(std::int64_t{y.count} * x.count);
        if (in.c < kPoolChannels) {
          T results[kFourVectors];
          window.first = first;
          vec::store_narrowed(results, pooling(window, read_few));
          copy_values(out, results, in.c);
          continue;
        }
        for (std::int32_t c = 0; c < in.c; c += kPoolChannels) {
          const std::int32_t channel = in.c - c < kPoolChannels ? in.c - kPoolChannels : c;
          window.first = first + channel;
          vec::store_narrowed(
              out + channel,
              pooling(
                  window, [](const T* bytes) __attribute__((always_inline)) { return bytes; }));
        }
      }
    }
  }
}

template <class T>
inline constexpr Pool2dKernel kMaxPool2dKernel{pool2d<T, MaxPooling<T>>};
template <class T>
inline constexpr Pool2dKernel kAveragePool2dKernel{pool2d<T, AveragePooling<T>>};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
