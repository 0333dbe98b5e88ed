// SPDX-License-Identifier: Apache-2.0
// What operations that resize images share.
#pragma once

#include <cstdint>

#include "octet/types.hpp"

namespace octet::inline OCTET_BASELINE {

// Images of another height and width. Pixels are squares that fill the image; with
// half_pixel_centers they are compared at their centers, otherwise at their corners, and with
// align_corners the centers of the first and of the last pixels lie on each other. Input and output
// share one quantization; the rounding is that of interpolation.
struct Resize2dParams {
  NhwcOperand input = {};
  Extent2d size = {};  // of the output
  bool align_corners = false, half_pixel_centers = false;
  Rounding rounding = Rounding::tflite;
};

OCTET_INLINE constexpr ShapeNhwc output_shape(const Resize2dParams& p) {
  return {p.input.shape.n, p.size.h, p.size.w, p.input.shape.c};
}

}  // namespace octet::inline OCTET_BASELINE
