// SPDX-License-Identifier: Apache-2.0
// Convolutions, fully connected layers and products of matrices in float32. The innermost loops run
// over output channels, which lie one beside the other, so that compilers make vectors of them.
#include <algorithm>
#include <vector>

#include "octet/reference/batch_matmul.hpp"
#include "octet/reference/index.hpp"
#include "octet/window.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

using octet::Extent2d;
using octet::ShapeNhwc;

// A filter over an image: what for_each_tap of the references asks of parameters.
struct FilterWindow {
  struct {
    ShapeNhwc shape;
  } input;
  Extent2d filter, stride, dilation;
  octet::Padding padding;
};

template <class Options>
FilterWindow window_of(const ShapeNhwc& input, const ShapeNhwc& filter, const Options& options) {
  FilterWindow window{{input},
                      {filter.h, filter.w},
                      {options.stride_h, options.stride_w},
                      {options.dilation_h_factor, options.dilation_w_factor},
                      {}};
  if (options.padding == schema::Padding_SAME) {
    window.padding = octet::same_padding(input, window.filter, window.stride, window.dilation);
  }
  return window;
}

// call(result, n, y, x) for every position of an image, whose channels hold the bias so far.
template <class Call>
void for_each_position(const FloatNode& node, std::size_t bias, const Call& call) {
  const ShapeNhwc out = nhwc_of(node.output());
  float* result = node.result().data();
  for (std::int32_t n = 0; n < out.n; ++n) {
    for (std::int32_t y = 0; y < out.h; ++y) {
      for (std::int32_t x = 0; x < out.w; ++x, result += out.c) {
        if (node.has_input(bias)) {
          std::ranges::copy(node.values(bias), result);
        } else {
          std::fill_n(result, out.c, 0.0f);
        }
        call(result, n, y, x);
      }
    }
  }
  activate(fused_activation_of(node.operation), node.result());
}

// Rows x columns of a matrix as columns x rows.
std::vector<float> transpose(std::span<const float> values, std::size_t rows) {
  const std::size_t columns = values.size() / rows;
  std::vector<float> transposed(values.size());
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) transposed[c * rows + r] = values[r * columns + c];
  }
  return transposed;
}

// sums[o] += inputs[i] * weights[i][o]
void multiply_add(const float* inputs, std::int64_t depth, const float* weights,
                  std::int64_t outputs, float* sums) {
  for (std::int64_t i = 0; i < depth; ++i) {
    for (std::int64_t o = 0; o < outputs; ++o) sums[o] += inputs[i] * weights[i * outputs + o];
  }
}

}  // namespace

void evaluate_conv2d(const FloatNode& node) {
  const ShapeNhwc in = nhwc_of(node.input(0)), filter = nhwc_of(node.input(1));
  const FilterWindow window = window_of(in, filter, node.options<schema::Conv2DOptionsT>());
  const std::vector<float> weights = transpose(node.values(1), static_cast<std::size_t>(filter.n));
  // Grouped: filters see fewer channels than there are, each group its own ones.
  const std::int32_t groups = in.c / filter.c, outputs = filter.n / groups;
  const float* const image = node.values(0).data();
  for_each_position(node, 2, [&](float* result, std::int32_t n, std::int32_t oy, std::int32_t ox) {
    octet::reference::for_each_tap(
        window, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int64_t y, std::int64_t x) {
          const float* const pixel = image + octet::reference::index(in, n, y, x, 0);
          const float* const tap =
              weights.data() + std::int64_t{ky * filter.w + kx} * filter.c * filter.n;
          if (groups == 1) {
            multiply_add(pixel, filter.c, tap, filter.n, result);
            return;
          }
          for (std::int32_t o = 0; o < filter.n; ++o) {
            for (std::int32_t i = 0; i < filter.c; ++i) {
              result[o] += pixel[o / outputs * filter.c + i] * tap[i * filter.n + o];
            }
          }
        });
  });
}

void evaluate_depthwise_conv2d(const FloatNode& node) {
  const ShapeNhwc in = nhwc_of(node.input(0)), filter = nhwc_of(node.input(1));
  const FilterWindow window =
      window_of(in, filter, node.options<schema::DepthwiseConv2DOptionsT>());
  const float *const image = node.values(0).data(), *const weights = node.values(1).data();
  const std::int32_t multiplier = filter.c / in.c;
  for_each_position(node, 2, [&](float* result, std::int32_t n, std::int32_t oy, std::int32_t ox) {
    octet::reference::for_each_tap(
        window, oy, ox, [&](std::int32_t ky, std::int32_t kx, std::int64_t y, std::int64_t x) {
          const float* const pixel = image + octet::reference::index(in, n, y, x, 0);
          const float* const tap = weights + octet::reference::index(filter, 0, ky, kx, 0);
          if (multiplier == 1) {
            for (std::int32_t c = 0; c < in.c; ++c) result[c] += pixel[c] * tap[c];
            return;
          }
          for (std::int32_t c = 0; c < filter.c; ++c) result[c] += pixel[c / multiplier] * tap[c];
        });
  });
}

void evaluate_transpose_conv(const FloatNode& node) {
  const ShapeNhwc in = nhwc_of(node.input(2)), filter = nhwc_of(node.input(1));
  const ShapeNhwc out = nhwc_of(node.output());
  const auto options = node.options<schema::TransposeConvOptionsT>();
  // A convolution of the output that gives the input says which elements meet.
  FilterWindow window{
      {out}, {filter.h, filter.w}, {options.stride_h, options.stride_w}, {1, 1}, {}};
  if (options.padding == schema::Padding_SAME) {
    window.padding = octet::same_padding(out, window.filter, window.stride, window.dilation);
  }
  for_each_position(node, 3, [](float*, std::int32_t, std::int32_t, std::int32_t) {});
  const std::vector<float> weights = transpose(node.values(1), static_cast<std::size_t>(filter.n));
  for (std::int32_t n = 0; n < in.n; ++n) {
    for (std::int32_t iy = 0; iy < in.h; ++iy) {
      for (std::int32_t ix = 0; ix < in.w; ++ix) {
        octet::reference::for_each_tap(
            window, iy, ix, [&](std::int32_t ky, std::int32_t kx, std::int64_t y, std::int64_t x) {
              multiply_add(node.values(2).data() + octet::reference::index(in, n, iy, ix, 0), in.c,
                           weights.data() + std::int64_t{ky * filter.w + kx} * in.c * out.c, out.c,
                           node.result().data() + octet::reference::index(out, n, y, x, 0));
            });
      }
    }
  }
  activate(options.fused_activation_function, node.result());
}

void evaluate_fully_connected(const FloatNode& node) {
  const auto outputs = static_cast<std::size_t>(node.input(1).shape[0]);
  const auto inputs = static_cast<std::size_t>(node.input(1).shape[1]);
  const std::vector<float> weights = transpose(node.values(1), outputs);
  const std::span<float> result = node.result();
  for (std::size_t row = 0; row < result.size() / outputs; ++row) {
    float* const sums = result.data() + row * outputs;
    if (node.has_input(2)) {
      std::ranges::copy(node.values(2), sums);
    } else {
      std::fill_n(sums, outputs, 0.0f);
    }
    multiply_add(node.values(0).data() + row * inputs, static_cast<std::int64_t>(inputs),
                 weights.data(), static_cast<std::int64_t>(outputs), sums);
  }
  activate(fused_activation_of(node.operation), result);
}

void evaluate_batch_matmul(const FloatNode& node) {
  const auto options = node.options<schema::BatchMatMulOptionsT>();
  const octet::BatchMatmulParams p{.input1 = {.shape = shape_of(node.input(0))},
                                   .input2 = {.shape = shape_of(node.input(1))},
                                   .transposed1 = options.adj_x,
                                   .transposed2 = options.adj_y};
  const octet::Shape batch1 = octet::detail::batch_shape(p.input1.shape);
  const octet::Shape batch2 = octet::detail::batch_shape(p.input2.shape);
  const octet::Shape batches = octet::broadcast_shape(batch1, batch2);
  const auto rows = static_cast<std::size_t>(p.rows()), depth = static_cast<std::size_t>(p.depth()),
             columns = static_cast<std::size_t>(p.columns());
  const auto matrix = [](std::span<const float> values, std::int64_t i, std::size_t size,
                         std::size_t rows_if_transposed) {
    const auto part = values.subspan(static_cast<std::size_t>(i) * size, size);
    return rows_if_transposed == 0 ? std::vector<float>(part.begin(), part.end())
                                   : transpose(part, rows_if_transposed);
  };
  const std::span<float> result = node.result();
  std::ranges::fill(result, 0.0f);
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    const auto left = matrix(node.values(0), octet::detail::batch_of(batch1, batches, b),
                             rows * depth, options.adj_x ? depth : 0);
    const auto right = matrix(node.values(1), octet::detail::batch_of(batch2, batches, b),
                              depth * columns, options.adj_y ? columns : 0);
    for (std::size_t row = 0; row < rows; ++row) {
      multiply_add(left.data() + row * depth, p.depth(), right.data(), p.columns(),
                   result.data() + (static_cast<std::size_t>(b) * rows + row) * columns);
    }
  }
}

}  // namespace octet_quantizer
