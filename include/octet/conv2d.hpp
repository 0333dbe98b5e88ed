// SPDX-License-Identifier: Apache-2.0
// Quantized two-dimensional convolution with constant weights.
#pragma once

#include "octet/gemm.hpp"
#include "octet/reference/conv2d.hpp"

#define OCTET_KERNEL "octet/kernel/conv2d/conv2d-inl.hpp"
#define OCTET_TILE_KERNEL "octet/kernel/conv2d/amx_conv2d-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class Out>
inline constexpr const ConvolutionKernel* kConvolutionKernels[kBackendCount] = {
#define OCTET_CONVOLUTION_KERNEL(target) &target::kConvolutionKernel<Out>,
    OCTET_FOR_EACH_BACKEND(OCTET_CONVOLUTION_KERNEL)
#undef OCTET_CONVOLUTION_KERNEL
};

// What of preparing a convolution does not depend on the types of its operands.
struct Conv2dPreparation {
  static constexpr Status validate_shapes(const Conv2dParams& params) {
    const ShapeOhwi& filter = params.filter;
    if (const Status s =
            check::first_refusal({check::input_shape(params.input), check::filter_shape(filter)});
        !s.ok()) {
      return s;
    }
    if (params.input.shape.c % filter.i != 0) {
      return {StatusCode::invalid_shape, "filter.i", filter.i, params.input.shape.c};
    }
    if (filter.o % groups(params) != 0) {
      return {StatusCode::invalid_shape, "filter.o", filter.o, groups(params)};
    }
    if (const Status s = check::window(params.input.shape, {filter.h, filter.w}, params.stride,
                                       params.dilation, params.padding);
        !s.ok()) {
      return s;
    }
    return check::first_refusal(
        {check::output_shape(output_shape(params)),
         check::range(StatusCode::invalid_shape, "filter.h * filter.w * filter.i", depth(params), 1,
                      check::kHighestInt32)});
  }

  static constexpr std::int32_t groups(const Conv2dParams& params) {
    return params.input.shape.c / params.filter.i;
  }
  // Products per accumulator.
  static constexpr std::int64_t depth(const Conv2dParams& params) {
    return std::int64_t{params.filter.h} * params.filter.w * params.filter.i;
  }
  // The same with the zeros that staged windows are filled up with.
  static constexpr std::int64_t packed_depth(const Conv2dParams& params, const Layout& layout) {
    return detail::is_staged(layout, params)
               ? params.filter.h * detail::segment_depth(layout, params.filter)
               : depth(params);
  }
  // Output positions of all images.
  static constexpr std::int64_t rows(const Conv2dParams& params) {
    const ShapeNhwc out = output_shape(params);
    return std::int64_t{out.n} * out.h * out.w;
  }

  // 1 x 1 without strides and padding: the input itself is the matrix.
  static constexpr bool is_pointwise(const Conv2dParams& params) {
    return params.filter.h == 1 && params.filter.w == 1 && params.stride.h == 1 &&
           params.stride.w == 1 && params.padding.top == 0 && params.padding.left == 0 &&
           params.padding.bottom == 0 && params.padding.right == 0;
  }

  // For the product of one group.
  template <class Kernel>
  static constexpr const Kernel& kernel_for(const Kernel& kernel, const Layout& layout,
                                            const Conv2dParams& params) {
    return detail::kernel_for(kernel, layout, rows(params), params.filter.o / groups(params),
                              depth(params));
  }

  static constexpr std::size_t packed_bytes_of_group(const Conv2dParams& params,
                                                     const Layout& layout) {
    return panels_bytes(layout, packed_depth(params, layout), params.filter.o / groups(params));
  }

  static constexpr GemmBlocking blocking(const Conv2dParams& params, const Layout& layout) {
    return gemm_blocking(layout, rows(params), depth(params));
  }

  static constexpr std::size_t scratch_bytes_of_part(const Conv2dParams& params,
                                                     const Layout& layout) {
    const Conv2dBlocking staged = conv2d_blocking(layout, params);
    if (staged.staged) return static_cast<std::size_t>(staged.bytes);
    return blocking(params, layout).scratch_bytes();
  }

  static Status pack(const Conv2dParams& params, const Layout& layout,
                     const Quantization& quantization, std::span<const std::int8_t> filter,
                     std::span<const std::int32_t> bias, std::byte* packed, Epilogue& epilogue) {
    const std::int64_t k = depth(params),
                       window_row = std::int64_t{params.filter.w} * params.filter.i;
    // Staged windows are filled up at the end of each of their rows.
    const std::int64_t padded_row = packed_depth(params, layout) / params.filter.h;
    const bool staged = is_staged(layout, params);
    const std::int32_t group_outputs = params.filter.o / groups(params);
    for (std::int32_t g = 0; g < groups(params); ++g) {
      const Status packing = pack_panels(
          layout, packed_depth(params, layout), g * group_outputs, group_outputs, quantization,
          params.output,
          [&](std::int64_t p, std::int64_t o) {
            if (staged) {
              if (p % padded_row >= window_row) return std::int8_t{0};
              p = p / padded_row * window_row + p % padded_row;
            }
            return filter[static_cast<std::size_t>(o * k + p)];
          },
          [&](std::int32_t o) { return bias.empty() ? 0 : bias[static_cast<std::size_t>(o)]; },
          packed, epilogue);
      if (!packing.ok()) return packing;
      packed += packed_bytes_of_group(params, layout);
    }
    return {};
  }
};

}  // namespace detail

// y[n][oy][ox][o] = clamp(output.zero_point + requantize(acc, output.multiplier, output.shift))
// acc = bias[o] +
//     sum_{ky, kx, i} w[o][ky][kx][i] * (x[n][iy][ix][g * filter.i + i] - input.zero_point)
//
//   iy = oy * stride.h - padding.top + ky * dilation.h, ix likewise; those outside x add nothing
//   g = o / (filter.o / groups), groups = input.c / filter.i
//
// x: NHWC of In (int8 or uint8), w: OHWI of int8, bias: filter.o or empty, y: output_shape(params)
// of Out (int8, uint8, int16; int32: acc itself), all dense. Source: CONV_2D of the TensorFlow Lite
// 8-bit quantization specification, per tensor and per channel. Rounding and overflow as in Gemm.
template <class In, class Out = In>
class Conv2d : detail::Conv2dPreparation {
  static_assert(std::is_same_v<In, std::int8_t> || std::is_same_v<In, std::uint8_t>);

 public:
  // A convolution bound to memory. Re-entrant as long as scratch and output are not shared.
  class Bound {
   public:
    void run() const {
      if (blocking_.staged) return run_staged_(task_, rows_, blocking_);
      const bool grouped = partition_.columns.count > 1;
      if (grouped) return run_part(detail::whole(partition_));
      kernel_->run(task_, pointwise_ ? static_cast<const void*>(&matrix_) : &rows_);
    }

    // The same in at most as many parts as it was bound for, as in Gemm.
    template <class ParallelFor>
    void run(ParallelFor&& parallel_for) const {
      detail::run_parts(partition_, parallel_for, [this](const Part& part) { run_part(part); });
    }

   private:
    friend class Conv2d;

    [[gnu::noinline]] void run_part(const Part& part) const {
      const PartRange positions = detail::range_of(partition_.rows, part.rows);
      ConvolutionRows rows = rows_;
      MatrixRows matrix = matrix_;
      detail::for_each_piece(
          partition_.columns, part.columns, [&](std::int64_t group, const PartRange& columns) {
            GemmTask task = detail::piece_of<Out>(task_, kernel_->layout, positions, columns);
            task.block += part.scratch;
            if (blocking_.staged) return run_staged_(task, rows_, blocking_);
            task.packed += group * packed_step_;
            task.c = static_cast<Out*>(task.c) + group * task_.n;
            rows.data = rows_.data + group * rows_.channels;
            matrix.data = matrix_.data + group * matrix_.k;
            kernel_->run(task, pointwise_ ? static_cast<const void*>(&matrix) : &rows);
          });
    }

    const GemmKernel* kernel_ = nullptr;
    GemmTask task_{};  // of the first group
    ConvolutionRows rows_{};
    MatrixRows matrix_{};
    std::int64_t packed_step_ = 0;
    bool pointwise_ = false;
    Conv2dBlocking blocking_{};
    void (*run_staged_)(const GemmTask&, const ConvolutionRows&, const Conv2dBlocking&) = nullptr;
    Partition partition_{};
  };

  // Bytes of memory that prepare packs the weights into; 0 for parameters that prepare refuses.
  static constexpr std::size_t packed_bytes(const Conv2dParams& params,
                                            const Backend& backend = best_backend()) {
    if (!validate_shapes(params).ok()) return 0;
    return static_cast<std::size_t>(groups(params)) *
           packed_bytes_of_group(params, kernel_of(params, backend).layout);
  }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run in at most that many
  // parts needs; 0 as above.
  static constexpr std::size_t scratch_bytes(const Conv2dParams& params, const Backend& backend,
                                             std::int32_t parts = 1) {
    if (!validate_shapes(params).ok()) return 0;
    return detail::scratch_of_parts(
        scratch_bytes_of_part(params, kernel_of(params, backend).layout), parts);
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const Conv2dParams& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const Conv2dParams& params,
                                                 std::int32_t parts = 1) {
    return detail::max_over_backends(
        [&](const Backend& b) { return scratch_bytes(params, b, parts); });
  }

  // Checks every parameter and packs filter and bias into `packed`, which must stay in place as
  // long as the result is used. filter, bias and the spans of params are not kept.
  static Result<Conv2d> prepare(const Conv2dParams& params, std::span<const std::int8_t> filter,
                                std::span<const std::int32_t> bias, std::span<std::byte> packed,
                                const Backend& backend = best_backend()) {
    if (const Status s = validate_shapes(params); !s.ok()) return {s};
    if (const Status s = check::first_refusal(
            {check::zero_point<In>("input.zero_point", params.input.zero_point),
             check::output_stage<Out>(params.output, params.filter.o),
             check::exact_buffer("filter", filter, params.filter.size()),
             check::bias(bias, params.filter.o),
             check::packed_weights(packed, packed_bytes(params, backend), filter, bias,
                                   params.output)});
        !s.ok()) {
      return {s};
    }
    Conv2d conv;
    conv.params_ = params;
    conv.params_.output.multiplier = {};
    conv.params_.output.shift = {};
    conv.backend_ = &backend;
    conv.packed_ = packed.data();
    const Status packing = pack(params, kernel_of(params, backend).layout,
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
    if (backend_ == nullptr) return {{StatusCode::unsupported, "conv2d (not prepared)"}};
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
    const Layout& layout = kernel_of(params_, *backend_).layout;
    const detail::GemmBlocking block = blocking(params_, layout);
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(input.data());
    const std::int32_t channels = params_.filter.i;
    Bound bound;
    bound.kernel_ = &kernel_of(params_, *backend_);
    bound.packed_step_ = static_cast<std::int64_t>(packed_bytes_of_group(params_, layout));
    bound.pointwise_ = is_pointwise(params_);
    const GemmKernel& large = *detail::kGemmKernels<Out>[backend_->index];
    const ConvolutionKernel& convolution =
        kernel_for(*detail::kConvolutionKernels<Out>[backend_->index], large.layout, params_);
    bound.blocking_ = detail::conv2d_blocking(layout, params_);
    bound.run_staged_ = convolution.run_staged;
    bound.matrix_ = {bytes, params_.input.shape.c, channels, std::is_signed_v<In>};
    bound.rows_ = {.data = bytes,
                   .input = params_.input.shape,
                   .out_h = out.h,
                   .out_w = out.w,
                   .filter = {params_.filter.h, params_.filter.w},
                   .stride = params_.stride,
                   .dilation = params_.dilation,
                   .top = params_.padding.top,
                   .left = params_.padding.left,
                   .channels = channels,
                   .zero_point = detail::to_domain(params_.input.zero_point, layout.domain,
                                                   std::is_signed_v<In>),
                   .is_signed = std::is_signed_v<In>};
    bound.task_ = {.m = rows(params_),
                   .n = params_.filter.o / groups(params_),
                   .k = static_cast<std::int32_t>(packed_depth(params_, layout)),
                   .packed = packed_,
                   .b_zero_point = 0,
                   .range = detail::output_range<Out>(params_.output),
                   .epilogue = epilogue_,
                   .c = output.data(),
                   .c_stride = params_.filter.o,
                   .gather = bound.pointwise_ ? nullptr : convolution.gather,
                   .in_place = nullptr,
                   .in_place_stride = params_.input.shape.c,
                   .block = scratch.data(),
                   .block_stride = block.stride,
                   .block_rows = static_cast<std::int32_t>(block.rows),
                   .first_row = 0,
                   .is_signed = std::is_signed_v<In>};
    const bool spread = params_.input.shape.c % 1024 != 0;
    if (bound.pointwise_ && groups(params_) == 1 && detail::in_domain<In>(layout.domain) &&
        channels % layout.depth_unit == 0 && spread) {
      bound.task_.in_place = reinterpret_cast<const std::byte*>(bytes);
    }
    const std::int32_t row_unit = bound.blocking_.staged ? out.w : layout.tile_rows;
    bound.partition_ = detail::partition(
        {bound.task_.m, row_unit}, {bound.task_.n, layout.tile_columns(), groups(params_)}, parts,
        detail::kRowCost, scratch_bytes_of_part(params_, layout));
    return {{}, bound};
  }

 private:
  static constexpr const GemmKernel& kernel_of(const Conv2dParams& params, const Backend& backend) {
    const GemmKernel& kernel = *detail::kGemmKernels<Out>[backend.index];
    return kernel_for(kernel, kernel.layout, params);
  }

  Conv2dParams params_{};
  const Backend* backend_ = nullptr;
  const std::byte* packed_ = nullptr;
  Epilogue epilogue_ = Epilogue::vector;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
