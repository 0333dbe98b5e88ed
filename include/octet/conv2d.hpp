// SPDX-License-Identifier: Apache-2.0
// Quantized two-dimensional convolution with constant weights.
#pragma once

#include "octet/gemm.hpp"
#include "octet/reference/conv2d.hpp"
#if OCTET_HAS_KERNELS
#include "octet/kernel/conv2d/conv2d.hpp"
#endif

namespace octet::inline OCTET_BASELINE {

struct Conv2dOperation;
template <class Bias>
struct Conv2d16x8Operation;

//   output[n][oy][ox][o] = clamp(output.zero_point + requantize(acc, multiplier[o], shift[o]))
//   acc = bias[o] + sum_{ky, kx, i} filter[o][ky][kx][i]
//                       * (input[n][y][x][g * filter.i + i] - input.zero_point)
//
//   y = oy * stride.h - padding.top + ky * dilation.h, x likewise; outside the input adds nothing
//   g = o / (filter.o / groups), groups = input.shape.c / filter.i
//
//   prepare(Conv2dParams, filter, bias, packed)    bind(input, output, scratch)
//
// input: NHWC of In (int8 or uint8), filter: OHWI of int8, bias: filter.o or empty, output:
// output_shape(params) of Out (int8, uint8, int16; int32: acc itself), all dense. Rounding and sums
// of any size as in Gemm.
// Source: CONV_2D of the TensorFlow Lite 8-bit quantization specification, per tensor and per
// channel.
template <class In, class Out = In, class Bias = detail::BiasOf<In>>
using Conv2d = family::Product<
    typename detail::ProductOf<In, Bias, Conv2dOperation, Conv2d16x8Operation>::Type, In, Out>;

namespace detail {

template <class Out>
struct Conv2dKernels {
  using Key = compiled::Key<compiled::Conv2d, Out>;
  OCTET_KERNEL_TABLE((const Conv2dPlan&, const GemmTask&), conv2d<Out>)
};

// For products that are small.
template <class Out>
struct Conv2dSmallKernels {
  using Key = compiled::Key<compiled::Conv2dSmall, Out>;
  OCTET_KERNEL_TABLE((const Conv2dPlan&, const GemmTask&), conv2d_small<Out>)
};

}  // namespace detail

struct Conv2dOperation
    : family::MatrixOperation<Conv2dOperation, Conv2dParams, detail::Conv2dKernels,
                              detail::Conv2dSmallKernels> {
  using Plan = Conv2dPlan;

  static constexpr const char* kName = "conv2d";
  static constexpr bool kExactFilter = true;

  static constexpr Status validate_shapes(const Params& p) {
    const ShapeOhwi& filter = p.filter;
    if (const Status s =
            check::first_refusal({check::input_shape(p.input), check::filter_shape(filter)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::divides("filter.i", filter.i, "input.shape.c", p.input.shape.c);
        !s.ok())
      return s;
    if (const Status s = check::first_refusal(
            {check::multiple_of("filter.o", filter.o, "input.shape.c / filter.i", groups(p)),
             check::window(p.input.shape, {filter.h, filter.w}, p.stride, p.dilation, p.padding)});
        !s.ok()) {
      return s;
    }
    return check::first_refusal(
        {check::output_shape(output_shape(p)),
         check::range(StatusCode::invalid_shape, "filter.h * filter.w * filter.i", depth(p), 1,
                      check::kHighestInt32)});
  }

  static constexpr family::ProductSizes sizes(const Params& p) {
    return {p.input.shape.size(), output_shape(p).size(), p.filter.size(), p.filter.o};
  }
  static constexpr std::int32_t filter_zero_point(const Params&) { return 0; }

  static constexpr std::int32_t groups(const Params& p) { return p.input.shape.c / p.filter.i; }
  static constexpr std::int32_t group_outputs(const Params& p) { return p.filter.o / groups(p); }

  // Output positions of all images.
  static constexpr std::int64_t rows(const Params& p) {
    const ShapeNhwc out = output_shape(p);
    return detail::product({out.n, out.h, out.w});
  }

  // 1 x 1 without strides and padding: the input itself is the matrix.
  static constexpr bool is_matrix(const Params& p) {
    return p.filter.h == 1 && p.filter.w == 1 && p.stride.h == 1 && p.stride.w == 1 &&
           p.padding.top == 0 && p.padding.left == 0 && p.padding.bottom == 0 &&
           p.padding.right == 0;
  }

  static constexpr std::int64_t depth(const Params& p) {
    return detail::product({p.filter.h, p.filter.w, p.filter.i});
  }
  static constexpr auto weight(const Params& p, std::span<const std::int8_t> filter) {
    const std::int64_t k = depth(p);
    return [=](std::int64_t place, std::int64_t o) {
      return filter[static_cast<std::size_t>(o * k + place)];
    };
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    return detail::memory_size(detail::saturating_multiply(
        groups(p), static_cast<std::int64_t>(group_packed_bytes(p, layout))));
  }
  static constexpr std::size_t scratch_bytes(const Params& p, const Layout& layout) {
    const Conv2dBlocking staging = detail::conv2d_blocking(layout, p);
    if (staging.staged) return detail::memory_size(staging.bytes);
    return detail::gemm_blocking(layout, rows(p), depth(p)).scratch_bytes();
  }

  template <class Weight>
  static void pack(const Params& p, const Layout& layout, const detail::Packing& packing,
                   Weight weight, std::byte* packed) {
    for (std::int32_t g = 0; g < groups(p); ++g) {
      detail::pack_panels(layout, panel_depth(p, layout), g * group_outputs(p), group_outputs(p),
                          packing, weight, packed);
      packed += group_packed_bytes(p, layout);
    }
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const family::PackedWeights& weights) {
    const Layout& layout = Conv2dOperation::layout(p, backend);
    const ShapeNhwc out = output_shape(p);
    const bool staged = detail::is_staged(layout, p);
    // With the zeros that staged windows are filled up with.
    const std::int64_t k = staged ? panel_depth(p, layout).packed(layout) : depth(p);
    const detail::GemmBlocking block = detail::gemm_blocking(layout, rows(p), depth(p));
    Plan plan{};
    static_cast<GemmPlan&>(plan) = {
        .m = rows(p),
        .n = group_outputs(p),
        .k = static_cast<std::int32_t>(k),
        .filter_zero_point = 0,
        .range = detail::output_range<Out>(p.output),
        .epilogue = weights.epilogue,
        .loop = detail::gemm_loop(*detail::kProductLayouts[backend.index], layout,
                                  {.rows = staged ? std::int64_t{out.w} : rows(p),
                                   .n = group_outputs(p),
                                   .k = k,
                                   .segments = staged ? p.filter.h : 1,
                                   .is_matrix = is_matrix(p),
                                   .filter_zero_point = 0,
                                   .epilogue = weights.epilogue,
                                   .output_bytes = sizeof(Out)}),
        .is_signed = std::is_signed_v<In>,
        .is_in_place = is_matrix(p) && groups(p) == 1 &&
                       detail::is_in_place<In>(layout, p.filter.i, p.input.shape.c),
        .input_stride = p.input.shape.c,
        .output_stride = p.filter.o,
        .block_stride = block.stride,
        .block_rows = static_cast<std::int32_t>(block.rows),
        .packed = weights.data,
        .panel_columns = layout.panel_columns(),
        .has_lowest_weight = weights.has_lowest,
        .panel_bytes =
            static_cast<std::int64_t>(detail::panel_bytes(layout, k, layout.panel_columns())),
        .batch_input = 0,
        .batch_output = 0,
        .conv_group_input = p.filter.i,
        .conv_group_packed = static_cast<std::int64_t>(group_packed_bytes(p, layout))};
    plan.is_pointwise = is_matrix(p);
    plan.windows = {
        .input = p.input.shape,
        .out_h = out.h,
        .out_w = out.w,
        .filter = {p.filter.h, p.filter.w},
        .stride = p.stride,
        .dilation = p.dilation,
        .top = p.padding.top,
        .left = p.padding.left,
        .channels = p.filter.i,
        .zero_point = detail::to_domain(p.input.zero_point, layout.domain, std::is_signed_v<In>)};
    plan.staging = detail::conv2d_blocking(layout, p);
    return plan;
  }
  static Partition partition(const Params& p, const Layout& layout) {
    // Staged rows serve whole rows of the output.
    const std::int64_t unit = detail::is_staged(layout, p) ? output_shape(p).w : layout.micro_rows;
    return {.rows = {rows(p), unit},
            .columns = {group_outputs(p), layout.panel_columns(), groups(p)},
            .row_cost = detail::kRowCost,
            .scratch_step = scratch_bytes(p, layout)};
  }

  OCTET_INLINE static bool interleaves(const Plan&, const Partition&, const void*, const void*) {
    return false;
  }

 private:
  // Staged windows are filled up at the end of each of their rows.
  static constexpr detail::PanelDepth panel_depth(const Params& p, const Layout& layout) {
    if (!detail::is_staged(layout, p)) return {1, depth(p)};
    return {p.filter.h, std::int64_t{p.filter.w} * p.filter.i};
  }
  static constexpr std::size_t group_packed_bytes(const Params& p, const Layout& layout) {
    return detail::panels_bytes(layout, panel_depth(p, layout).packed(layout), group_outputs(p));
  }
};

namespace detail {

template <class Accumulator>
struct Conv2d16x8Kernels {
  using Key = compiled::Key<compiled::Conv2d16x8, Accumulator>;
  OCTET_KERNEL_TABLE((const Plan16x8&, const GemmTask&), conv2d_16x8<Accumulator>)
};

}  // namespace detail

template <class Bias>
struct Conv2d16x8Operation
    : family::Operation16x8<Conv2dOperation, Bias, detail::Conv2d16x8Kernels<Bias>> {};

}  // namespace octet::inline OCTET_BASELINE
