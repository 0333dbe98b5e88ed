// SPDX-License-Identifier: Apache-2.0
// Windows that slide over an input, for all operations of the family. Included inside the region of
// each target.
//
// Channels run along the vectors, a block of as many bytes as a vector has at a time; the last
// block ends at the last channel and overlaps the one before it. Where a pixel has fewer channels
// than a block, whole vectors are read all the same: behind its channels lie those of the next
// pixels, except for the last pixels of the input, which are copied first.

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/rescale.hpp"

#include "octet/kernel/editor_alone.hpp"

#include "octet/kernel/window/pool2d.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// A block: what it takes of 32-bit lanes, and its channels.
template <class T>
inline constexpr int kPoolVectors = 4 / static_cast<int>(sizeof(T));
template <class T>
inline constexpr int kPoolChannels = kPoolVectors<T>* vec::kLanes;

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

// What an operation makes of a window: Pooling(task), enter_window(rows, columns) with what the
// task says of them and, for each block, write(window, read, out), where read(pixel) points to the
// block's elements in that pixel.
template <class Operation, class T>
class Pooling;

// A task has `input`, out_h, out_w, and rows(oy) and columns(ox): where a window begins, and how
// many there are.
template <class Operation, class T, class Task>
inline void run_window(const Task& task, const void* input, void* output) {
  constexpr int kBlock = kPoolChannels<T>;
  const ShapeNhwc& in = task.input;
  const std::ptrdiff_t channels = in.c;  // steps beyond it may leave 32 bits
  const std::int64_t image_stride = std::int64_t{in.h} * in.w * in.c;
  const T* image = static_cast<const T*>(input);
  const T* const end = image + in.n * image_stride;
  T* out = static_cast<T*>(output);
  T few[kFourVectors] = {};
  const auto read_few = [&](const T* pixel) __attribute__((always_inline)) {
    if (end - pixel >= kBlock) return pixel;
    copy_values(few, pixel, in.c);
    return static_cast<const T*>(few);
  };
  const auto read = [](const T* pixel) __attribute__((always_inline)) { return pixel; };
  Pooling<Operation, T> pooling(task);
  PoolWindow<T> window{nullptr, 0, 0, std::int64_t{in.w} * in.c, in.c};
  for (std::int32_t n = 0; n < in.n; ++n, image += image_stride) {
    for (std::int32_t oy = 0; oy < task.out_h; ++oy) {
      const auto ys = task.rows(oy);
      window.rows = static_cast<std::int32_t>(ys.count());
      for (std::int32_t ox = 0; ox < task.out_w; ++ox, out += channels) {
        const auto xs = task.columns(ox);
        window.columns = static_cast<std::int32_t>(xs.count());
        const T* const first =
            image + ys.begin * window.row_stride + xs.begin * window.column_stride;
        pooling.enter_window(ys, xs);
        if (channels < kBlock) {
          T results[kFourVectors];
          window.first = first;
          pooling.write(window, read_few, results);
          copy_values(out, results, in.c);
          continue;
        }
        for (std::ptrdiff_t c = 0; c < channels; c += kBlock) {
          const std::ptrdiff_t block = channels - c < kBlock ? channels - kBlock : c;
          window.first = first + block;
          pooling.write(window, read, out + block);
        }
      }
    }
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
