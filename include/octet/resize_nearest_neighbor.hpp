// SPDX-License-Identifier: Apache-2.0
// Images resized by copying the nearest pixel.
#pragma once

#include "octet/family/move.hpp"
#include "octet/reference/resize_nearest_neighbor.hpp"

namespace octet::inline OCTET_BASELINE {

struct ResizeNearestNeighborOperation : family::OperationOf<Resize2dParams> {
  static constexpr const char* kName = "resize_nearest_neighbor";

  template <class T>
  static constexpr Status validate(const Resize2dParams& p) {
    return check::resize(p.input.shape, p.size);
  }

  // Rows that are copies of one row are copied from the first of them.
  template <class T>
  static void copy(const Resize2dParams& p, const T* input, T* output) {
    const ShapeNhwc &in = p.input.shape, out = output_shape(p);
    const auto bytes = [](std::int64_t elements) {
      return static_cast<std::size_t>(elements) * sizeof(T);
    };
    const std::int64_t row = std::int64_t{out.w} * out.c;
    const detail::RunCopy<T> copy_pixel(in.c);
    for (std::int32_t n = 0; n < out.n; ++n, input += in.size() / in.n) {
      std::int32_t before = -1;
      for (std::int32_t oy = 0; oy < out.h; ++oy, output += row) {
        const std::int32_t y = reference::nearest_neighbor(p, oy, in.h, out.h);
        if (y == before) {
          std::memcpy(output, output - row, bytes(row));
          continue;
        }
        before = y;
        for (std::int32_t ox = 0; ox < out.w; ++ox) {
          const std::int32_t x = reference::nearest_neighbor(p, ox, in.w, out.w);
          const T* const pixel = input + (std::int64_t{y} * in.w + x) * in.c;
          copy_pixel(output + std::int64_t{ox} * out.c, 0, pixel, 0, 1);
        }
      }
    }
  }
};

// Images of NHWC resized to params.size, each pixel a copy of the nearest one:
// reference::resize_nearest_neighbor has the formula, which is the source's float32 in integers.
// input: params.input, output: output_shape(params), dense, of T (1, 2, 4 or 8 bytes) and one
// quantization. prepare refuses extents above 2^20. Source: RESIZE_NEAREST_NEIGHBOR of TensorFlow
// Lite, as tflite-micro's reference kernel has it.
template <class T>
using ResizeNearestNeighbor = family::Move<ResizeNearestNeighborOperation, T>;

}  // namespace octet::inline OCTET_BASELINE
