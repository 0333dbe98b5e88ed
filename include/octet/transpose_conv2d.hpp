// SPDX-License-Identifier: Apache-2.0
// Quantized two-dimensional transposed convolution with constant weights.
#pragma once

#include "octet/conv2d.hpp"
#include "octet/reference/transpose_conv2d.hpp"

namespace octet::inline OCTET_BASELINE {

template <class Conv2d, class Out>
struct TransposeConv2dOperation;

//   output[n][oy][ox][o] = clamp(output.zero_point + requantize(acc, multiplier[o], shift[o]))
//   acc = bias[o] + sum filter[o][ky][kx][i] * (input[n][y][x][i] - input.zero_point)
//
//   over all i, ky, kx, y, x with y * stride.h - padding.top + ky = oy, and x likewise
//
//   prepare(TransposeConv2dParams, filter, bias, packed)    bind(input, output, scratch)
//
// input: NHWC of In (int8, uint8 or int16), filter: OHWI of int8, bias: filter.o or empty, output:
// output_shape(params) of Out as in Conv2d, all dense. padding.top and left are less than the
// filter. Rounding and sums of any size as in Gemm; int32 outputs are refused where all products of
// a filter could exceed them.
// Source: TRANSPOSE_CONV of the TensorFlow Lite 8-bit quantization specification, per tensor and
// per channel.
//
// Outputs whose row and column leave the same remainders by the strides are a convolution without
// strides, with every stride.h-th row and stride.w-th column of the filter, the last one first. All
// of these phases have filters of the same size, filled up with zeros, and so one plan.
template <class In, class Out = In, class Bias = detail::BiasOf<In>>
using TransposeConv2d = family::Product<
    TransposeConv2dOperation<
        typename detail::ProductOf<In, Bias, Conv2dOperation, Conv2d16x8Operation>::Type, Out>,
    In, Out>;

namespace detail {

// The convolution that every phase is, whose outputs are those at `first` and, stride apart, behind
// it; and what it is a phase of.
struct TransposeConv2dPhases : Conv2dParams {
  ShapeOhwi whole = {};
  Extent2d step = {};
  ShapeNhwc output_shape = {};
  Padding padding_of_whole = {};

  OCTET_INLINE constexpr std::int64_t count() const { return std::int64_t{step.h} * step.w; }
};

// What becomes of the outputs of a phase.
template <class Plan>
struct TransposeConv2dPlan : Plan {
  ShapeNhwc output;
  Extent2d step;
  std::int32_t phase_h, phase_w;  // rows and columns of a phase
  std::int64_t first_y, first_x;  // of the output where the first row of the first phase lies,
                                  // -padding % stride
  std::int64_t phase_packed;      // bytes of its panels
  std::int64_t buffer;            // where scratch memory holds outputs of a phase
};

}  // namespace detail

template <class Conv2d, class Out>
struct TransposeConv2dOperation : Conv2d {
  using Params = TransposeConv2dParams;
  using Phases = detail::TransposeConv2dPhases;
  using Plan = detail::TransposeConv2dPlan<typename Conv2d::Plan>;
  using Task = typename Conv2d::Task;

  static constexpr const char* kName = "transpose_conv2d";

  static constexpr Status validate_shapes(const Params& p) {
    using enum StatusCode;
    const auto& [top, left, bottom, right] = p.padding;
    if (const Status s = check::first_refusal(
            {check::input_shape(p.input), check::filter_shape(p.filter),
             check::range(invalid_stride, "stride.h", p.stride.h, 1, check::kHighestInt32),
             check::range(invalid_stride, "stride.w", p.stride.w, 1, check::kHighestInt32)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::first_refusal(
            {check::range(invalid_shape, "filter.i", p.filter.i, p.input.shape.c, p.input.shape.c),
             check::range(invalid_padding, "padding.top", top, 0, std::int64_t{p.filter.h} - 1),
             check::range(invalid_padding, "padding.left", left, 0, std::int64_t{p.filter.w} - 1),
             padding("padding.bottom", bottom, p.input.shape.h, p.stride.h, p.filter.h, top),
             padding("padding.right", right, p.input.shape.w, p.stride.w, p.filter.w, left)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::output_shape(output_shape(p)); !s.ok()) return s;
    return Conv2d::validate_shapes(product(p));
  }

  static constexpr Phases product(const Params& p) {
    Phases phases;
    const ShapeNhwc out = output_shape(p);
    phases.input = p.input;
    phases.filter = {p.filter.o, taps(p.filter.h, p.stride.h), taps(p.filter.w, p.stride.w),
                     p.filter.i};
    phases.padding.top = before(p.padding.top, p.stride.h, phases.filter.h);
    phases.padding.left = before(p.padding.left, p.stride.w, phases.filter.w);
    phases.padding.bottom =
        behind(p.input.shape.h, out.h, p.padding.top, p.stride.h, phases.filter.h);
    phases.padding.right =
        behind(p.input.shape.w, out.w, p.padding.left, p.stride.w, phases.filter.w);
    phases.output = p.output;
    phases.whole = p.filter;
    phases.step = p.stride;
    phases.output_shape = out;
    phases.padding_of_whole = p.padding;
    return phases;
  }

  static constexpr family::ProductSizes sizes(const Phases& p) {
    return {p.input.shape.size(), p.output_shape.size(), p.whole.size(), p.whole.o};
  }

  // Of all phases: sums of one are within those of all.
  static constexpr std::int64_t depth(const Phases& p) {
    return detail::product({p.whole.h, p.whole.w, p.whole.i});
  }
  static constexpr auto weight(const Phases& p, std::span<const std::int8_t> filter) {
    const std::int64_t k = depth(p);
    return [=](std::int64_t place, std::int64_t o) {
      return filter[static_cast<std::size_t>(o * k + place)];
    };
  }

  static constexpr std::size_t packed_bytes(const Phases& p, const Layout& layout) {
    return detail::memory_size(detail::saturating_multiply(p.count(), phase_bytes(p, layout)));
  }
  static constexpr std::size_t scratch_bytes(const Phases& p, const Layout& layout) {
    const std::int64_t outputs = detail::product(
        {output_shape(p).h, output_shape(p).w, p.filter.o, std::int64_t{sizeof(Out)}});
    return detail::memory_size(buffer(p, layout) + detail::round_up(outputs, kAlignment));
  }

  template <class Packing, class Weight>
  static void pack(const Phases& p, const Layout& layout, const Packing& packing, Weight weight,
                   std::byte* packed) {
    const std::int64_t depth = p.whole.i;
    for (std::int32_t py = 0; py < p.step.h; ++py) {
      for (std::int32_t px = 0; px < p.step.w; ++px, packed += phase_bytes(p, layout)) {
        const auto phase = [&, py, px](std::int64_t place, std::int64_t o) -> std::int8_t {
          const std::int64_t tap = place / depth;
          const std::int64_t y = py + (p.filter.h - 1 - tap / p.filter.w) * p.step.h;
          const std::int64_t x = px + (p.filter.w - 1 - tap % p.filter.w) * p.step.w;
          if (y >= p.whole.h || x >= p.whole.w) return 0;
          return weight((y * p.whole.w + x) * depth + place % depth, o);
        };
        Conv2d::pack(p, layout, packing, phase, packed);
      }
    }
  }

  template <class In, class>
  static Plan plan(const Phases& p, const Backend& backend, const family::PackedWeights& weights) {
    const Layout& layout = Conv2d::layout(p, backend);
    Plan plan{};
    static_cast<typename Conv2d::Plan&>(plan) = Conv2d::template plan<In, Out>(p, backend, weights);
    const ShapeNhwc phase = output_shape(p);
    plan.output = p.output_shape;
    plan.step = p.step;
    plan.phase_h = phase.h;
    plan.phase_w = phase.w;
    plan.first_y = -std::int64_t{p.padding_of_whole.top % p.step.h};
    plan.first_x = -std::int64_t{p.padding_of_whole.left % p.step.w};
    plan.phase_packed = phase_bytes(p, layout);
    plan.buffer = buffer(p, layout);
    return plan;
  }
  static Partition partition(const Phases& p, const Layout& layout) {
    Partition partition = Conv2d::partition(p, layout);
    const ShapeNhwc phase = output_shape(p);
    partition.rows.size = std::int64_t{phase.h} * phase.w;
    partition.rows.count = detail::product({phase.n, p.count()});
    partition.scratch_step = scratch_bytes(p, layout);
    return partition;
  }

  template <class In>
  static bool interleaves(const Plan&, const Partition&, const In*, const Out*) {
    return false;
  }

  template <class, class Kernel>
  static void run(const Plan& plan, Kernel kernel, const Task& task) {
    run_piece(plan, kernel, task, 0, {0, task.m}, {0, task.n});
  }
  template <class, class Kernel>
  static void run_part(const Plan& plan, Kernel kernel, const Task& task,
                       const Partition& partition, const Part& part) {
    Task own = task;
    own.block += part.scratch;
    detail::for_each_piece(partition.rows, part.rows, [&](std::int64_t i, const PartRange& rows) {
      run_piece(plan, kernel, own, i, rows, detail::range_of(partition.columns, part.columns));
    });
  }

 private:
  // Rows or columns of the filter in each phase.
  static constexpr std::int32_t taps(std::int32_t filter, std::int32_t stride) {
    return (filter - 1) / stride + 1;
  }
  // Row q * stride + phase of the padded output is row q of the phase, which reads the input from
  // row q - taps + 1 on. q starts from padding / stride.
  static constexpr std::int32_t before(std::int32_t padding, std::int32_t stride,
                                       std::int32_t taps) {
    return taps - 1 - padding / stride;
  }
  static constexpr std::int32_t behind(std::int32_t input, std::int32_t output,
                                       std::int32_t padding, std::int32_t stride,
                                       std::int32_t taps) {
    const std::int64_t rows = (std::int64_t{output} - 1 + padding) / stride - padding / stride + 1;
    const std::int64_t needed = rows + taps - 1 - before(padding, stride, taps) - input;
    return detail::saturated_extent(needed);
  }
  // Whether an output is left, and the input that phases read is no larger than there is.
  static constexpr Status padding(const char* name, std::int64_t behind, std::int64_t input,
                                  std::int64_t stride, std::int64_t filter, std::int64_t before) {
    const std::int64_t most = (input - 1) * stride + filter - before - 1;
    const std::int64_t least = most + 1 - (check::kHighestInt32 - input - 2 * filter);
    return check::range(StatusCode::invalid_padding, name, behind, least, most);
  }

  static constexpr std::int64_t phase_bytes(const Phases& p, const Layout& layout) {
    return static_cast<std::int64_t>(Conv2d::packed_bytes(p, layout));
  }
  static constexpr std::int64_t buffer(const Phases& p, const Layout& layout) {
    return detail::round_up(static_cast<std::int64_t>(Conv2d::scratch_bytes(p, layout)),
                            kAlignment);
  }

  // Some rows and columns of phase `i`, those of all images counted on: into scratch memory, and
  // from there to their places.
  template <class Kernel>
  static void run_piece(const Plan& plan, Kernel kernel, const Task& task, std::int64_t i,
                        const PartRange& rows, const PartRange& columns) {
    const std::int64_t phases = std::int64_t{plan.step.h} * plan.step.w;
    const std::int64_t image = i / phases, phase = i % phases;
    auto* const outputs = reinterpret_cast<Out*>(task.block + plan.buffer);
    Task piece = task;
    piece.m = rows.last - rows.first;
    piece.n = static_cast<std::int32_t>(columns.last - columns.first);
    piece.first_row = image * plan.phase_h * plan.phase_w + rows.first;
    piece.packed +=
        phase * plan.phase_packed + columns.first / plan.panel_columns * plan.panel_bytes;
    piece.output = outputs + columns.first;
    kernel(plan, piece);

    auto* const output = static_cast<Out*>(task.output);
    const std::size_t bytes = static_cast<std::size_t>(piece.n) * sizeof(Out);
    const std::int64_t channels = plan.output_stride;
    const Out* from = outputs + columns.first;
    for (std::int64_t row = rows.first; row < rows.last; ++row, from += channels) {
      const std::int64_t y = plan.first_y + row / plan.phase_w * plan.step.h + phase / plan.step.w;
      const std::int64_t x = plan.first_x + row % plan.phase_w * plan.step.w + phase % plan.step.w;
      if (y < 0 || y >= plan.output.h || x < 0 || x >= plan.output.w) continue;
      const std::int64_t pixel = (image * plan.output.h + y) * plan.output.w + x;
      std::memcpy(output + pixel * channels + columns.first, from, bytes);
    }
  }
};

}  // namespace octet::inline OCTET_BASELINE
