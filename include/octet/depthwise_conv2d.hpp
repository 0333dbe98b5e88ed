// SPDX-License-Identifier: Apache-2.0
// Quantized depthwise convolution with constant weights.
#pragma once

#include "octet/conv2d.hpp"
#include "octet/detail/depthwise_blocking.hpp"
#include "octet/detail/kernel_table.hpp"
#include "octet/family/either.hpp"
#include "octet/reference/depthwise_conv2d.hpp"
#if OCTET_HAS_KERNELS
#include "octet/kernel/depthwise/depthwise_conv2d.hpp"
#include "octet/kernel/int16x8/depthwise.hpp"
#endif

namespace octet::inline OCTET_BASELINE {
namespace detail {

// The kernels for bytes, and those for 16-bit activations.
template <class Out>
struct DepthwiseConv2dKernels {
  using Key = compiled::Key<compiled::DepthwiseConv2d, Out>;
  OCTET_KERNEL_TABLE((const DepthwiseTask&), depthwise_conv2d<Out>)
};

template <class Accumulator>
struct DepthwiseConv2d16x8Kernels {
  using Key = compiled::Key<compiled::DepthwiseConv2d16x8, Accumulator>;
  OCTET_KERNEL_TABLE((const DepthwiseTask16x8&), depthwise_conv2d_16x8<Accumulator>)
};

}  // namespace detail

struct DepthwiseConv2dOperation;
template <class Bias>
struct DepthwiseConv2d16x8Operation;

//   output[n][oy][ox][o] = clamp(output.zero_point + requantize(acc, multiplier[o], shift[o]))
//   acc = bias[o] + sum_{ky, kx} filter[ky][kx][o]
//                       * (input[n][y][x][o / depth_multiplier] - input.zero_point)
//
//   y = oy * stride.h - padding.top + ky * dilation.h, x likewise; outside the input adds nothing
//
//   prepare(DepthwiseConv2dParams, filter, bias, packed)    bind(input, output, scratch)
//
// input: NHWC of In (int8 or uint8), filter: [filter.h][filter.w][input.shape.c * depth_multiplier]
// of int8, at most 2^17 values for each channel, bias: one value per output channel or empty,
// output: output_shape(params) of Out (int8, uint8, int16; int32: acc itself), all dense. Rounding
// and sums of any size as in Gemm. What makes several channels of a single one takes the kernels of
// Conv2d, unless dilation.w > 1.
// Source: DEPTHWISE_CONV_2D of the TensorFlow Lite 8-bit quantization specification.
template <class In, class Out = In, class Bias = detail::BiasOf<In>>
using DepthwiseConv2d =
    family::Product<typename detail::ProductOf<In, Bias, DepthwiseConv2dOperation,
                                               DepthwiseConv2d16x8Operation>::Type,
                    In, Out>;

// By the kernels of depthwise convolutions.
struct DepthwiseCells {
  using Bias = std::int32_t;
  using Params = DepthwiseConv2dParams;

  struct Plan {
    DepthwiseTask whole;  // without its memory
    std::int64_t zero_pixel_bytes;
  };
  // The memory of a run. What else a kernel is to compute is in the plan.
  struct Task {
    const std::uint8_t* input;
    void* output;
    std::byte* scratch;
  };
  template <class Out>
  using Kernel = typename detail::DepthwiseConv2dKernels<Out>::Run;

  static constexpr const char* kName = "depthwise_conv2d";
  static constexpr bool kExactFilter = true;

  static constexpr const Params& product(const Params& p) { return p; }
  static constexpr std::int64_t channels(const Params& p) {
    return std::int64_t{p.input.shape.c} * p.depth_multiplier;
  }
  static constexpr Status validate_shapes(const Params& p) {
    if (const Status s = check::first_refusal(
            {check::input_shape(p.input), check::extent("depth_multiplier", p.depth_multiplier)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::first_refusal(
            {check::range(StatusCode::invalid_shape, "input.shape.c * depth_multiplier",
                          channels(p), 1, check::kHighestInt32),
             check::window(p.input.shape, p.filter, p.stride, p.dilation, p.padding)});
        !s.ok()) {
      return s;
    }
    return check::first_refusal(
        {check::output_shape(output_shape(p)),
         // So that the sums of a channel differ by less than 2^32 (Reach::fits_modulo_2_32).
         check::range(StatusCode::invalid_shape, "filter.h * filter.w", taps(p), 1, 1 << 17),
         check::elements("filter", {taps(p), channels(p)}),
         check::elements("filter.h * input.shape.w * input.shape.c * depth_multiplier",
                         {p.filter.h, p.input.shape.w, channels(p)})});
  }

  // The kernels of convolutions multiply a window with all channels of the output at once, and need
  // not spread the only channel first. But they gather dilated windows value by value.
  static constexpr bool prefers_alternative(const Params& p) {
    return p.input.shape.c == 1 && p.depth_multiplier > 1 && (p.dilation.w == 1 || p.filter.w == 1);
  }
  static constexpr Conv2dParams alternative(const Params& p) {
    return {.input = p.input,
            .filter = {p.depth_multiplier, p.filter.h, p.filter.w, 1},
            .stride = p.stride,
            .dilation = p.dilation,
            .padding = p.padding,
            .output = p.output};
  }

  static constexpr family::ProductSizes sizes(const Params& p) {
    return {p.input.shape.size(), output_shape(p).size(), taps(p) * channels(p), channels(p)};
  }
  static constexpr std::int32_t filter_zero_point(const Params&) { return 0; }

  // Of the filter, for cells without what never meets the input.
  static constexpr std::int64_t depth(const Params& p) {
    const Extent2d filter = counted_window(p).filter;
    return std::int64_t{filter.h} * filter.w;
  }
  static constexpr auto weight(const Params& p, std::span<const std::int8_t> filter) {
    const DepthwiseWindow taps = counted_window(p);
    const std::int64_t c = channels(p), w = p.filter.w;
    return [=](std::int64_t tap, std::int64_t o) {
      const std::int64_t ky = taps.first.h + tap / taps.filter.w;
      const std::int64_t kx = taps.first.w + tap % taps.filter.w;
      return filter[static_cast<std::size_t>((ky * w + kx) * c + o)];
    };
  }

  static constexpr const Layout& layout(const Params&, const Backend& backend) {
    return *detail::kLayouts[backend.index];
  }
  template <class Out>
  static Kernel<Out> kernel(const Params&, const Backend& backend) {
    return detail::DepthwiseConv2dKernels<Out>::of(backend);
  }
  template <class Out>
  static constexpr Epilogue least_epilogue(const Params&) {
    return sizeof(Out) == 1 ? Epilogue::vector : Epilogue::scalar;
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    const std::int64_t block = layout.zip_channels();
    const std::int64_t blocks = (channels(p) + block - 1) / block;
    const std::size_t each =
        detail::depthwise_panel_bytes(layout, detail::depthwise_blocking(layout, p));
    return detail::memory_size(
        detail::saturating_multiply(blocks, static_cast<std::int64_t>(each)));
  }
  // A pixel of zero points, then the staged cells.
  static constexpr std::size_t scratch_bytes(const Params& p, const Layout& layout) {
    const DepthwiseBlocking blocks = detail::depthwise_blocking(layout, p);
    return detail::memory_size(lines(detail::zero_pixel_bytes(layout, p.input.shape.c)) +
                               lines(detail::staged_bytes(layout, blocks)));
  }

  template <class Weight>
  static void pack(const Params& p, const Layout& layout, const detail::Packing& packing,
                   Weight weight, std::byte* packed) {
    const DepthwiseBlocking blocking = detail::depthwise_blocking(layout, p);
    const auto c = static_cast<std::int32_t>(channels(p));
    for (std::int64_t first = 0; first < c; first += layout.zip_channels()) {
      pack_block(p, layout, packing, blocking,
                 detail::depthwise_block(layout, c, static_cast<std::int32_t>(first)), weight,
                 packed);
      packed += detail::depthwise_panel_bytes(layout, blocking);
    }
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const family::PackedWeights& weights) {
    const Layout& layout = DepthwiseCells::layout(p, backend);
    const DepthwiseBlocking blocking = detail::depthwise_blocking(layout, p);
    Plan plan{};
    DepthwiseTask& whole = plan.whole;
    static_cast<DepthwiseExtents&>(whole) = extents<Out>(p, weights);
    if (blocking.is_whole) whole.top = 0;
    whole.has_lowest_weight = weights.has_lowest;
    whole.epilogue = weights.epilogue;
    whole.is_signed = std::is_signed_v<In>;
    whole.zero_point = static_cast<std::uint8_t>(p.input.zero_point);
    whole.blocking = blocking;
    plan.zero_pixel_bytes = lines(detail::zero_pixel_bytes(layout, p.input.shape.c));
    return plan;
  }
  static constexpr const char* loop(const Plan&) { return "cells"; }
  static Partition partition(const Params& p, const Layout& layout) {
    const ShapeNhwc out = output_shape(p);
    // The channels behind the last whole block belong to it: its vector overlaps them.
    const std::int64_t block = layout.zip_channels();
    const std::int64_t whole_blocks = out.c < block ? out.c : out.c / block * block;
    // Every part stages its own channels of a row, so a row costs nothing but its columns.
    return {
        .rows = {std::int64_t{out.n} * out.h, detail::depthwise_blocking(layout, p).output_rows},
        .columns = {whole_blocks, block},
        .scratch_step = scratch_bytes(p, layout)};
  }

  template <class AnyPlan>
  OCTET_INLINE static Task task(const AnyPlan&) {
    return {};
  }
  template <class AnyPlan>
  OCTET_INLINE static void bind(Task& task, const AnyPlan&, const std::uint8_t* input, void* output,
                                std::byte* scratch) {
    task = {input, output, scratch};
  }
  template <class AnyPlan>
  OCTET_INLINE static bool interleaves(const AnyPlan&, const Partition&, const void*, const void*) {
    return false;
  }

  template <class Out>
  static void run(const Plan& plan, Kernel<Out> kernel, const Task& task) {
    kernel(with_memory(plan, task, 0));
  }
  template <class Out>
  static void run_part(const Plan& plan, Kernel<Out> kernel, const Task& task,
                       const Partition& partition, const Part& part) {
    DepthwiseTask piece = with_memory(plan, task, part.scratch);
    piece.rows = detail::range_of(partition.rows, part.rows);
    const PartRange columns = detail::range_of(partition.columns, part.columns);
    piece.first_channel = static_cast<std::int32_t>(columns.first);
    if (columns.last < partition.columns.size) {
      piece.last_channel = static_cast<std::int32_t>(columns.last);
    }
    kernel(piece);
  }

 protected:
  // All of the output.
  template <class Out>
  static DepthwiseExtents extents(const Params& p, const family::PackedWeights& weights) {
    const ShapeNhwc out = output_shape(p);
    const DepthwiseWindow window = detail::depthwise_window(p);
    return {.input_shape = p.input.shape,
            .out_h = out.h,
            .out_w = out.w,
            .channels = out.c,
            .rows = {0, std::int64_t{out.n} * out.h},
            .first_channel = 0,
            .last_channel = out.c,
            .depth_multiplier = p.depth_multiplier,
            .stride = p.stride,
            .dilation = window.dilation,
            .top = window.top,
            .left = window.left,
            .packed = weights.data,
            .range = detail::output_range<Out>(p.output)};
  }

 private:
  static constexpr std::int64_t taps(const Params& p) {
    return detail::product({p.filter.h, p.filter.w});
  }
  static constexpr DepthwiseWindow counted_window(const Params& p) {
    if (!prefers_alternative(p)) return detail::depthwise_window(p);
    return {{0, 0}, p.filter, p.dilation, p.padding.top, p.padding.left};
  }

  static constexpr std::int64_t lines(std::int64_t bytes) {
    return detail::round_up(bytes, static_cast<std::int64_t>(kAlignment));
  }

  static DepthwiseTask with_memory(const Plan& plan, const Task& task, std::size_t scratch) {
    DepthwiseTask whole = plan.whole;
    whole.input = task.input;
    whole.output = task.output;
    whole.zero_pixel = reinterpret_cast<std::uint8_t*>(task.scratch + scratch);
    whole.staged = task.scratch + scratch + plan.zero_pixel_bytes;
    return whole;
  }

  // Packs the constants and the weights of one block of channels.
  template <class Weight>
  static void pack_block(const Params& p, const Layout& layout, const detail::Packing& packing,
                         const DepthwiseBlocking& blocking, const DepthwiseBlock& block,
                         Weight weight, std::byte* panel) {
    const auto channel_of = [&](int column) {
      const int place =
          detail::zipped_channel(layout, column / layout.lanes, column % layout.lanes);
      const int of_part = place % block.part;
      return of_part < block.channels ? block.first + of_part : -1;
    };
    const DepthwiseWindow window = detail::depthwise_window(p);
    // Rows of the filter from one output row to the next.
    const std::int64_t stride_h = p.stride.h * blocking.row_step / window.dilation.h;
    // The first row of the filter that an output row has in its cells.
    const auto first_row = [&](std::int64_t output_row) {
      return blocking.first_tap - output_row * stride_h;
    };
    if (blocking.is_whole) {
      const std::int64_t rows = std::int64_t{blocking.groups} * blocking.cell.h;
      std::byte* starts = panel + detail::depthwise_start_offset(layout, blocking);
      for (std::int64_t r = 0; r < blocking.output_rows; ++r) {
        const auto inside = [&](std::int64_t tap, std::int32_t o) {
          const std::int64_t row = tap / window.filter.w - first_row(r);
          return row >= 0 && row < rows ? weight(tap, o) : std::int8_t{0};
        };
        detail::pack_constants(layout, depth(p), layout.zip_channels(), packing, channel_of, inside,
                               panel);
        const std::size_t bytes = static_cast<std::size_t>(layout.zip_channels()) * 4;
        std::memcpy(starts, detail::panel_constants(panel, layout.zip_channels()).start, bytes);
        starts += bytes;
      }
    }
    detail::pack_constants(layout, depth(p), layout.zip_channels(), packing, channel_of, weight,
                           panel);
    // [output row][column of cells][group], each the values of one cell; 0 outside the filter.
    const auto element = [&](std::int64_t place, std::int32_t o) {
      const std::int64_t cell = place / layout.depth, value = place % layout.depth;
      const std::int64_t group = cell % blocking.groups;
      const std::int64_t column = cell / blocking.groups % blocking.width;
      const std::int64_t output_row = cell / blocking.groups / blocking.width;
      const std::int64_t ky =
          group * blocking.cell.h + value / blocking.cell.w + first_row(output_row);
      const std::int64_t kx = column * blocking.cell.w + value % blocking.cell.w;
      if (ky < 0 || ky >= window.filter.h || kx >= window.filter.w) return std::int8_t{0};
      return weight(ky * window.filter.w + kx, o);
    };
    detail::pack_elements(layout, {1, detail::depthwise_depth(layout, blocking)},
                          layout.zip_channels(), layout.element_bytes(), channel_of, element,
                          panel);
  }
};

// Its kernels need no scratch memory.
template <class BiasType>
struct DepthwiseTaps16x8 : DepthwiseCells {
  using Bias = BiasType;
  struct Plan {
    DepthwiseTask16x8 whole;  // without its memory
  };
  template <class Out>
  using Kernel = typename detail::DepthwiseConv2d16x8Kernels<Bias>::Run;

  static constexpr const Layout& layout(const Params&, const Backend& backend) {
    return *detail::kLayouts16x8[backend.index];
  }
  template <class Out>
  static Kernel<Out> kernel(const Params&, const Backend& backend) {
    return detail::DepthwiseConv2d16x8Kernels<Bias>::of(backend);
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    const std::int64_t block = layout.zip_channels();
    return detail::memory_size(
        detail::saturating_multiply((channels(p) - 1) / block + 1, panel_bytes(p, layout)));
  }
  static constexpr std::size_t scratch_bytes(const Params&, const Layout&) { return 0; }

  template <class Packing, class Weight>
  static void pack(const Params& p, const Layout& layout, const Packing& packing, Weight weight,
                   std::byte* packed) {
    const std::int64_t c = channels(p), taps = depth(p);
    for (std::int64_t first = 0; first < c; first += layout.zip_channels()) {
      const auto channel_of = [&](int column) {
        const int place =
            detail::zipped_channel(layout, column / layout.lanes, column % layout.lanes);
        return first + place < c ? static_cast<std::int32_t>(first + place) : -1;
      };
      detail::pack_panel_16x8(layout, taps, {1, taps}, layout.zip_channels(), packing, channel_of,
                              weight, weight, packed);
      packed += panel_bytes(p, layout);
    }
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const family::PackedWeights& weights) {
    Plan plan{};
    DepthwiseTask16x8& whole = plan.whole;
    static_cast<DepthwiseExtents&>(whole) = DepthwiseCells::extents<Out>(p, weights);
    whole.filter = detail::depthwise_window(p).filter;
    whole.panel_bytes = panel_bytes(p, layout(p, backend));
    whole.zero_point = static_cast<std::int16_t>(p.input.zero_point);
    return plan;
  }
  static constexpr const char* loop(const Plan&) { return "int16x8"; }
  static Partition partition(const Params& p, const Layout& layout) {
    const ShapeNhwc out = output_shape(p);
    return {.rows = {std::int64_t{out.n} * out.h, 1}, .columns = {out.c, layout.zip_channels()}};
  }
  template <class Out>
  static void run(const Plan& plan, Kernel<Out> kernel, const Task& task) {
    kernel(with_memory(plan, task));
  }
  template <class Out>
  static void run_part(const Plan& plan, Kernel<Out> kernel, const Task& task,
                       const Partition& partition, const Part& part) {
    DepthwiseTask16x8 piece = with_memory(plan, task);
    piece.rows = detail::range_of(partition.rows, part.rows);
    const PartRange columns = detail::range_of(partition.columns, part.columns);
    piece.first_channel = static_cast<std::int32_t>(columns.first);
    piece.last_channel = static_cast<std::int32_t>(columns.last);
    kernel(piece);
  }

 private:
  static constexpr std::int64_t panel_bytes(const Params& p, const Layout& layout) {
    return detail::panel_bytes_16x8(detail::round_up(depth(p), layout.depth_unit),
                                    layout.zip_channels());
  }
  static DepthwiseTask16x8 with_memory(const Plan& plan, const Task& task) {
    DepthwiseTask16x8 whole = plan.whole;
    whole.input = reinterpret_cast<const std::int16_t*>(task.input);
    whole.output = static_cast<std::int16_t*>(task.output);
    return whole;
  }
};

struct DepthwiseConv2dOperation : family::Either<DepthwiseCells, Conv2dOperation> {};

template <class Bias>
struct DepthwiseConv2d16x8Operation
    : family::Either<DepthwiseTaps16x8<Bias>, Conv2d16x8Operation<Bias>> {};

}  // namespace octet::inline OCTET_BASELINE
