// SPDX-License-Identifier: Apache-2.0
// Quantized depthwise convolution with constant weights.
#pragma once

#include "octet/detail/check.hpp"
#include "octet/detail/depthwise_blocking.hpp"
#include "octet/kernel/epilogue.hpp"
#include "octet/reference/depthwise_conv2d.hpp"

#define OCTET_KERNEL "octet/kernel/depthwise/cells-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/depthwise/pass-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_KERNEL "octet/kernel/depthwise/depthwise_conv2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class Out>
inline constexpr const DepthwiseKernel* kDepthwiseKernels[kBackendCount] = {
#define OCTET_DEPTHWISE_KERNEL(target) &target::kDepthwiseKernel<Out>,
    OCTET_FOR_EACH_BACKEND(OCTET_DEPTHWISE_KERNEL)
#undef OCTET_DEPTHWISE_KERNEL
};

// What of preparing a depthwise convolution does not depend on the types of its operands.
struct DepthwiseConv2dPreparation {
  static constexpr Status validate_shapes(const DepthwiseConv2dParams& params) {
    if (const Status s =
            check::first_refusal({check::input_shape(params.input),
                                  check::extent("depth_multiplier", params.depth_multiplier)});
        !s.ok()) {
      return s;
    }
    if (const Status s = check::first_refusal(
            {check::range(StatusCode::invalid_shape, "input.c * depth_multiplier", channels(params),
                          1, check::kHighestInt32),
             check::window(params.input.shape, params.filter, params.stride, params.dilation,
                           params.padding)});
        !s.ok()) {
      return s;
    }
    return check::first_refusal(
        {check::output_shape(output_shape(params)),
         check::range(StatusCode::invalid_shape, "filter.h * filter.w", taps(params), 1, 1 << 20),
         check::elements("filter", {taps(params), channels(params)}),
         check::elements("filter.h * input.w * input.c * depth_multiplier",
                         {params.filter.h, params.input.shape.w, channels(params)})});
  }

  static constexpr std::int64_t channels(const DepthwiseConv2dParams& params) {
    return std::int64_t{params.input.shape.c} * params.depth_multiplier;
  }
  static constexpr std::int64_t taps(const DepthwiseConv2dParams& params) {
    return std::int64_t{params.filter.h} * params.filter.w;
  }

  static constexpr std::size_t lines(std::int64_t bytes) {
    return static_cast<std::size_t>(round_up(bytes, static_cast<std::int64_t>(kAlignment)));
  }

  // Scratch memory: a pixel of zero points, then the staged cells.
  static constexpr std::size_t zero_points_bytes(const DepthwiseConv2dParams& params,
                                                 const Layout& layout) {
    return lines(zero_pixel_bytes(layout, params.input.shape.c));
  }
  static constexpr std::size_t staged_bytes(const DepthwiseConv2dParams& params,
                                            const Layout& layout) {
    const DepthwiseBlocking blocks = depthwise_blocking(layout, params);
    return lines(std::int64_t{blocks.blocks} * blocks.staged_groups * layout.depth *
                 staged_plane_bytes(layout, blocks));
  }

  static constexpr std::size_t scratch_bytes_of_part(const DepthwiseConv2dParams& params,
                                                     const Layout& layout) {
    return zero_points_bytes(params, layout) + staged_bytes(params, layout);
  }

  // Packs the constants and the weights of one block of channels.
  static Status pack_block(const DepthwiseConv2dParams& params, const Layout& layout,
                           const Quantization& quantization, const DepthwiseBlocking& blocks,
                           const DepthwiseBlock& block, std::span<const std::int8_t> filter,
                           std::span<const std::int32_t> bias, std::byte* panel,
                           Epilogue& epilogue) {
    const std::int64_t c = channels(params);
    const auto channel_of = [&](int column) {
      const int place = zipped_channel(layout, column / layout.lanes, column % layout.lanes);
      const int of_part = place % block.part;
      return of_part < block.channels ? block.first + of_part : -1;
    };
    const auto weight = [&](std::int64_t tap, std::int32_t o) {
      return filter[static_cast<std::size_t>(tap * c + o)];
    };
    const Status constants = pack_constants(
        layout, taps(params), layout.zip_channels(), quantization, params.output, channel_of,
        weight,
        [&](std::int32_t o) { return bias.empty() ? 0 : bias[static_cast<std::size_t>(o)]; }, panel,
        epilogue);
    if (!constants.ok()) return constants;
    // [output row][column of cells][group], each the values of one cell; 0 outside the filter.
    const auto element = [&](std::int64_t p, std::int32_t o) {
      const std::int64_t cell = p / layout.depth, place = p % layout.depth;
      const std::int64_t group = cell % blocks.groups;
      const std::int64_t column = cell / blocks.groups % blocks.width;
      const std::int64_t output_row = cell / blocks.groups / blocks.width;
      const std::int64_t ky =
          group * blocks.cell.h + place / blocks.cell.w - output_row * params.stride.h;
      const std::int64_t kx = column * blocks.cell.w + place % blocks.cell.w;
      if (ky < 0 || ky >= params.filter.h || kx >= params.filter.w) return std::int8_t{0};
      return weight(ky * params.filter.w + kx, o);
    };
    const std::int64_t depth = depthwise_depth(layout, blocks);
    pack_elements(layout, depth, layout.zip_channels(), layout.element_bytes(), channel_of, element,
                  panel);
    return {};
  }

  static Status pack(const DepthwiseConv2dParams& params, const Layout& layout,
                     const Quantization& quantization, std::span<const std::int8_t> filter,
                     std::span<const std::int32_t> bias, std::byte* panel, Epilogue& epilogue) {
    const DepthwiseBlocking blocks = depthwise_blocking(layout, params);
    const auto c = static_cast<std::int32_t>(channels(params));
    for (std::int64_t first = 0; first < c; first += layout.zip_channels()) {
      const Status packing =
          pack_block(params, layout, quantization, blocks,
                     depthwise_block(layout, c, static_cast<std::int32_t>(first)), filter, bias,
                     panel, epilogue);
      if (!packing.ok()) return packing;
      panel += depthwise_panel_bytes(layout, blocks);
    }
    return {};
  }
};

}  // namespace detail

// y[n][oy][ox][o] = clamp(output.zero_point + requantize(acc, output.multiplier, output.shift))
// acc = bias[o] +
//     sum_{ky, kx} w[ky][kx][o] * (x[n][iy][ix][o / depth_multiplier] - input.zero_point)
//
//   iy = oy * stride.h - padding.top + ky * dilation.h, ix likewise; those outside x add nothing
//
// x: NHWC of In (int8 or uint8), w: filter.h x filter.w x (input.c * depth_multiplier) of int8,
// bias: one value per output channel or empty, y: output_shape(params) of Out (int8, uint8, int16;
// int32: acc itself), all dense.
// Source: DEPTHWISE_CONV_2D of the TensorFlow Lite 8-bit quantization specification. Rounding and
// overflow as in Gemm.
template <class In, class Out = In>
class DepthwiseConv2d : detail::DepthwiseConv2dPreparation {
  static_assert(std::is_same_v<In, std::int8_t> || std::is_same_v<In, std::uint8_t>);

 public:
  // A depthwise convolution bound to memory. Re-entrant as long as scratch and output are not
  // shared.
  class Bound {
   public:
    void run() const { kernel_->run(task_); }

    // The same in at most as many parts as it was bound for, as in Gemm.
    template <class ParallelFor>
    void run(ParallelFor&& parallel_for) const {
      detail::run_parts(partition_, parallel_for, [this](const Part& part) { run_part(part); });
    }

   private:
    friend class DepthwiseConv2d;

    void run_part(const Part& part) const {
      DepthwiseTask task = task_;
      task.rows = detail::range_of(partition_.rows, part.rows);
      const PartRange channels = detail::range_of(partition_.columns, part.columns);
      task.first_channel = static_cast<std::int32_t>(channels.first);
      // The channels behind the last whole block belong to it, whose vector overlaps it.
      if (channels.last < partition_.columns.size) {
        task.last_channel = static_cast<std::int32_t>(channels.last);
      }
      task.zero_pixel += part.scratch;
      task.staged += part.scratch;
      kernel_->run(task);
    }

    const DepthwiseKernel* kernel_ = nullptr;
    DepthwiseTask task_{};
    Partition partition_{};
  };

  // Bytes of memory that prepare packs the weights into; 0 for parameters that prepare refuses.
  static constexpr std::size_t packed_bytes(const DepthwiseConv2dParams& params,
                                            const Backend& backend = best_backend()) {
    if (!validate_shapes(params).ok()) return 0;
    const Layout& layout = kernel_of(backend).layout;
    const std::int64_t block = layout.zip_channels();
    const std::int64_t blocks = (channels(params) + block - 1) / block;
    return static_cast<std::size_t>(blocks) *
           detail::depthwise_panel_bytes(layout, detail::depthwise_blocking(layout, params));
  }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run in at most that many
  // parts needs; 0 as above.
  static constexpr std::size_t scratch_bytes(const DepthwiseConv2dParams& params,
                                             const Backend& backend, std::int32_t parts = 1) {
    if (!validate_shapes(params).ok()) return 0;
    return detail::scratch_of_parts(scratch_bytes_of_part(params, kernel_of(backend).layout),
                                    parts);
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const DepthwiseConv2dParams& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const DepthwiseConv2dParams& params,
                                                 std::int32_t parts = 1) {
    return detail::max_over_backends(
        [&](const Backend& b) { return scratch_bytes(params, b, parts); });
  }

  // Checks every parameter and packs filter and bias into `packed`, which must stay in place as
  // long as the result is used. filter, bias and the spans of params are not kept.
  static Result<DepthwiseConv2d> prepare(const DepthwiseConv2dParams& params,
                                         std::span<const std::int8_t> filter,
                                         std::span<const std::int32_t> bias,
                                         std::span<std::byte> packed,
                                         const Backend& backend = best_backend()) {
    if (const Status s = validate_shapes(params); !s.ok()) return {s};
    const std::int64_t c = channels(params);
    if (const Status s = check::first_refusal(
            {check::zero_point<In>("input.zero_point", params.input.zero_point),
             check::output_stage<Out>(params.output, c),
             check::exact_buffer("filter", filter, taps(params) * c), check::bias(bias, c),
             check::packed_weights(packed, packed_bytes(params, backend), filter, bias,
                                   params.output)});
        !s.ok()) {
      return {s};
    }
    DepthwiseConv2d conv;
    conv.params_ = params;
    conv.params_.output.multiplier = {};
    conv.params_.output.shift = {};
    conv.backend_ = &backend;
    conv.packed_ = packed.data();
    const Status packing = pack(params, kernel_of(backend).layout,
                                detail::quantization_of<In>(params.input.zero_point, 0, "filter"),
                                filter, bias, packed.data(), conv.epilogue_);
    if (!packing.ok()) return {packing};
    return {{}, conv};
  }

  const Backend& backend() const { return *backend_; }

  std::size_t scratch_bytes(std::int32_t parts = 1) const {
    return backend_ == nullptr ? 0 : scratch_bytes(params_, *backend_, parts);
  }

  // Checks the memory of one run, in one part or in as many as run(parallel_for) may use. The
  // result refers to this object's packed weights only.
  Result<Bound> bind(std::span<const In> input, std::span<Out> output, std::span<std::byte> scratch,
                     std::int32_t parts = 1) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "depthwise_conv2d (not prepared)"}};
    const ShapeNhwc out = output_shape(params_);
    const std::int64_t inputs = params_.input.shape.size(), outputs = out.size();
    if (const Status s = check::first_refusal(
            {check::operands("input", input, inputs, "output", output, outputs),
             check::working_memory({input.data(), inputs}, "output", {output.data(), outputs},
                                   {packed_, packed_bytes(params_, *backend_)}, scratch,
                                   scratch_bytes(parts), parts),
             check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    const Layout& layout = kernel_of(*backend_).layout;
    Bound bound;
    bound.kernel_ = &kernel_of(*backend_);
    bound.task_ = {.input = reinterpret_cast<const std::uint8_t*>(input.data()),
                   .input_shape = params_.input.shape,
                   .out_h = out.h,
                   .out_w = out.w,
                   .channels = out.c,
                   .rows = {0, std::int64_t{out.n} * out.h},
                   .first_channel = 0,
                   .last_channel = out.c,
                   .depth_multiplier = params_.depth_multiplier,
                   .stride = params_.stride,
                   .dilation = params_.dilation,
                   .top = params_.padding.top,
                   .left = params_.padding.left,
                   .packed = packed_,
                   .range = detail::output_range<Out>(params_.output),
                   .epilogue = epilogue_,
                   .is_signed = std::is_signed_v<In>,
                   .zero_point = static_cast<std::uint8_t>(params_.input.zero_point),
                   .output = output.data(),
                   .blocking = detail::depthwise_blocking(layout, params_),
                   .zero_pixel = reinterpret_cast<std::uint8_t*>(scratch.data()),
                   .staged = scratch.data() + zero_points_bytes(params_, layout)};
    // Rows of channels are staged by every part for itself, so they cost nothing but their columns.
    const std::int64_t block = layout.zip_channels();
    const std::int64_t whole_blocks = out.c < block ? out.c : out.c / block * block;
    bound.partition_ =
        detail::partition({bound.task_.rows.last, bound.task_.blocking.output_rows},
                          {whole_blocks, block}, parts, 0, scratch_bytes_of_part(params_, layout));
    return {{}, bound};
  }

 private:
  static constexpr const DepthwiseKernel& kernel_of(const Backend& backend) {
    return *detail::kDepthwiseKernels<Out>[backend.index];
  }

  DepthwiseConv2dParams params_{};
  const Backend* backend_ = nullptr;
  const std::byte* packed_ = nullptr;
  Epilogue epilogue_ = Epilogue::vector;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
