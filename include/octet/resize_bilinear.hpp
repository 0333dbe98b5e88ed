// SPDX-License-Identifier: Apache-2.0
// Images resized by interpolating between pixels.
#pragma once

#include <type_traits>

#include "octet/family/window.hpp"
#include "octet/reference/resize_bilinear.hpp"

namespace octet::inline OCTET_BASELINE {

struct ResizeBilinearTask {
  ShapeNhwc input;
  std::int32_t out_h = 0, out_w = 0;
  detail::Interpolator rows, columns;
  Rounding rounding = Rounding::tflite;
};

struct ResizeBilinearOperation : family::OperationOf<Resize2dParams, compiled::ResizeBilinear> {
  using Task = ResizeBilinearTask;
  static constexpr const char* kName = "resize_bilinear";

  template <class T>
  static constexpr Status validate(const Resize2dParams& p) {
    if (const Status s = check::first_refusal(
            {check::resize(p.input.shape, p.size), check::rounding("rounding", p.rounding)});
        !s.ok()) {
      return s;
    }
    if (!p.align_corners || !p.half_pixel_centers) return {};
    return {StatusCode::unsupported, "align_corners", 1};  // with half_pixel_centers
  }
  template <class T>
  static constexpr bool suits_vectors(const Resize2dParams& p) {
    return has_closed_form(p.rounding);
  }
  // Bytes times doubled weights stay below 2^30, words do not.
  template <class T>
  requires(sizeof(T) == 1) static constexpr ResizeBilinearTask task(const Resize2dParams& p) {
    const ShapeNhwc& in = p.input.shape;
    return {in, p.size.h, p.size.w, {p, in.h, p.size.h}, {p, in.w, p.size.w}, p.rounding};
  }
  template <class T>
  static constexpr void reference(const Resize2dParams& p, const T* input, T* output) {
    octet::reference::resize_bilinear(p, input, output);
  }
};

// Images of NHWC resized to params.size, each pixel interpolated between four of the input in
// steps of 2^-10: reference::resize_bilinear has the formula. input: params.input, output:
// output_shape(params), dense, of T (int8, uint8, int16) and one quantization. prepare refuses
// extents above 2^20, and align_corners together with half_pixel_centers. Source: RESIZE_BILINEAR
// of TensorFlow Lite, as tflite-micro's reference kernel has it.
template <class T>
using ResizeBilinear = family::Window<ResizeBilinearOperation, T>;

}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/window/resize_bilinear-inl.hpp"
#include "octet/detail/foreach_target.hpp"
