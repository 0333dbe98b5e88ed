// SPDX-License-Identifier: Apache-2.0
// The pooling kernels of every target and what they are handed. How an operation combines the
// elements of a window comes with its header: Pooling<Name, T>, in a kernel file.
#pragma once

#include "octet/kernel/rescale.hpp"
#include "octet/reference/pool2d.hpp"

namespace octet::inline OCTET_BASELINE {

struct Pool2dTask {
  ShapeNhwc input;
  std::int32_t out_h, out_w;
  Extent2d filter, stride;
  std::int32_t top, left;
  OutputRange range;

  OCTET_INLINE constexpr detail::WindowSpan rows(std::int32_t oy) const {
    return {oy, stride.h, top, filter.h, input.h};
  }
  OCTET_INLINE constexpr detail::WindowSpan columns(std::int32_t ox) const {
    return {ox, stride.w, left, filter.w, input.w};
  }
};

namespace detail {

template <class T>
constexpr Pool2dTask pool2d_task(const Pool2dParams& p) {
  const ShapeNhwc out = output_shape(p);
  return {.input = p.input.shape,
          .out_h = out.h,
          .out_w = out.w,
          .filter = p.filter,
          .stride = p.stride,
          .top = p.padding.top,
          .left = p.padding.left,
          .range = {0, saturate<T>(p.output.min), saturate<T>(p.output.max)}};
}

// Elements that a window holds at most.
constexpr std::int64_t most_pooled(const ShapeNhwc& input, Extent2d filter) {
  return std::int64_t{filter.h < input.h ? filter.h : input.h} *
         (filter.w < input.w ? filter.w : input.w);
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE

#define OCTET_KERNEL "octet/kernel/window/pool2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"
