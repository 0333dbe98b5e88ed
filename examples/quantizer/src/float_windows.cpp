// SPDX-License-Identifier: Apache-2.0
// Pools, resized images and padded tensors in float32.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "octet/reference/pad.hpp"
#include "octet/reference/pool2d.hpp"
#include "octet/reference/resize2d.hpp"
#include "octet/reference/resize_nearest_neighbor.hpp"
#include "octet/reference/space_to_batch_nd.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

using octet::ShapeNhwc;

// finish(combine(...combine(start, x)..., x), count) of every window.
template <class Combine, class Finish>
void pool2d(const FloatNode& node, float start, const Combine& combine, const Finish& finish) {
  const auto options = node.options<schema::Pool2DOptionsT>();
  const ShapeNhwc in = nhwc_of(node.input(0)), out = nhwc_of(node.output());
  const octet::Extent2d filter{options.filter_height, options.filter_width},
      stride{options.stride_h, options.stride_w};
  octet::Padding padding;
  if (options.padding == schema::Padding_SAME) padding = octet::same_padding(in, filter, stride);
  float* result = node.result().data();
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      const octet::detail::WindowSpan ys(oy, stride.h, padding.top, filter.h, in.h);
      for (std::int32_t ox = 0; ox < out.w; ++ox, result += out.c) {
        const octet::detail::WindowSpan xs(ox, stride.w, padding.left, filter.w, in.w);
        std::fill_n(result, out.c, start);
        for (std::int64_t y = ys.begin; y < ys.end; ++y) {
          for (std::int64_t x = xs.begin; x < xs.end; ++x) {
            const float* const pixel =
                node.values(0).data() + octet::reference::index(in, n, y, x, 0);
            for (std::int32_t c = 0; c < out.c; ++c) result[c] = combine(result[c], pixel[c]);
          }
        }
        const auto count = static_cast<float>(ys.count() * xs.count());
        for (std::int32_t c = 0; c < out.c; ++c) result[c] = finish(result[c], count);
      }
    }
  }
  activate(options.fused_activation_function, node.result());
}

template <class Options>
octet::Resize2dParams resize_params(const FloatNode& node) {
  const auto options = node.options<Options>();
  const ShapeNhwc out = nhwc_of(node.output());
  return {.input = {.shape = nhwc_of(node.input(0))},
          .size = {out.h, out.w},
          .align_corners = options.align_corners,
          .half_pixel_centers = options.half_pixel_centers};
}

// Where a row or column of the output lies between two of the input.
struct Between {
  std::int64_t low, high;
  float share;  // of the higher one

  Between(const octet::Resize2dParams& p, std::int32_t output, std::int32_t inputs,
          std::int32_t outputs) {
    const int less = p.align_corners && outputs > 1 ? 1 : 0;
    const float scale = static_cast<float>(inputs - less) / static_cast<float>(outputs - less);
    const float half = p.half_pixel_centers ? 0.5f : 0.0f;
    const float at = std::max((static_cast<float>(output) + half) * scale - half, 0.0f);
    low = std::min<std::int64_t>(static_cast<std::int64_t>(at), inputs - 1);
    high = std::min<std::int64_t>(low + 1, inputs - 1);
    share = at - static_cast<float>(low);
  }
};

}  // namespace

void evaluate_average_pool2d(const FloatNode& node) {
  pool2d(
      node, 0, [](float sum, float x) { return sum + x; },
      [](float sum, float count) { return sum / count; });
}

void evaluate_max_pool2d(const FloatNode& node) {
  pool2d(
      node, -std::numeric_limits<float>::infinity(),
      [](float max, float x) { return std::max(max, x); }, [](float max, float) { return max; });
}

void evaluate_resize_nearest_neighbor(const FloatNode& node) {
  octet::reference::resize_nearest_neighbor(
      resize_params<schema::ResizeNearestNeighborOptionsT>(node), node.values(0).data(),
      node.result().data());
}

void evaluate_resize_bilinear(const FloatNode& node) {
  const auto p = resize_params<schema::ResizeBilinearOptionsT>(node);
  const ShapeNhwc in = p.input.shape, out = nhwc_of(node.output());
  float* result = node.result().data();
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t oy = 0; oy < out.h; ++oy) {
      const Between y(p, oy, in.h, out.h);
      for (std::int32_t ox = 0; ox < out.w; ++ox) {
        const Between x(p, ox, in.w, out.w);
        for (std::int32_t c = 0; c < out.c; ++c) {
          const auto value = [&](std::int64_t row, std::int64_t column) {
            return node.values(
                0)[static_cast<std::size_t>(octet::reference::index(in, n, row, column, c))];
          };
          const float upper = std::lerp(value(y.low, x.low), value(y.low, x.high), x.share);
          const float lower = std::lerp(value(y.high, x.low), value(y.high, x.high), x.share);
          *result++ = std::lerp(upper, lower, y.share);
        }
      }
    }
  }
}

// The references move integers; of a real number they move the bits.
void evaluate_pad(const FloatNode& node) {
  octet::PadParams params{.input = {.shape = shape_of(node.input(0))}};
  const auto pairs = node.values<std::int32_t>(1);
  for (std::size_t d = 0; d < pairs.size() / 2; ++d) {
    params.before[d] = pairs[2 * d];
    params.after[d] = pairs[2 * d + 1];
  }
  if (node.has_input(2)) params.value = node.values<std::int32_t>(2)[0];
  octet::reference::pad(params, node.values<std::int32_t>(0).data(),
                        node.result<std::int32_t>().data());
}

void evaluate_space_to_batch_nd(const FloatNode& node) {
  octet::SpaceToBatchNdParams params{.input = {.shape = shape_of(node.input(0))}};
  std::ranges::copy(node.values<std::int32_t>(1), params.block + 1);
  const auto pairs = node.values<std::int32_t>(2);
  for (std::size_t d = 0; d < pairs.size() / 2; ++d) {
    params.before[d + 1] = pairs[2 * d];
    params.after[d + 1] = pairs[2 * d + 1];
  }
  octet::reference::space_to_batch_nd(params, node.values(0).data(), node.result().data());
}

}  // namespace octet_quantizer
