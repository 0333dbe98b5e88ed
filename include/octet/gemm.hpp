// SPDX-License-Identifier: Apache-2.0
// Quantized matrix multiplication with constant weights.
#pragma once

#include "octet/detail/check.hpp"
#include "octet/detail/gemm_blocking.hpp"
#include "octet/kernel/gemm/micro_kernel.hpp"
#include "octet/reference/gemm.hpp"

#define OCTET_KERNEL "octet/kernel/gemm/gemm-inl.hpp"
#define OCTET_TILE_KERNEL "octet/kernel/gemm/amx_block-inl.hpp"
#include "octet/detail/foreach_target.hpp"
#define OCTET_TILE_KERNEL "octet/kernel/gemm/amx_gemm-inl.hpp"
#include "octet/detail/foreach_target.hpp"

namespace octet {
inline namespace OCTET_BASELINE {
namespace detail {

template <class Out>
inline constexpr const GemmKernel* kGemmKernels[kBackendCount] = {
#define OCTET_GEMM_KERNEL(target) &target::kGemmKernel<Out>,
    OCTET_FOR_EACH_BACKEND(OCTET_GEMM_KERNEL)
#undef OCTET_GEMM_KERNEL
};

// The kernel of a target for products of m x n x k, of GemmKernel and of ConvolutionKernel; the
// layout is that of the former.
template <class Kernel>
constexpr const Kernel& kernel_for(const Kernel& kernel, const Layout& layout, std::int64_t m,
                                   std::int64_t n, std::int64_t k) {
  return kernel.has_small && is_small_product(layout, m, n, k) ? *kernel.small : kernel;
}

// The piece of a multiplication that computes these rows and columns, from whole panels on.
template <class Out>
OCTET_INLINE GemmTask piece_of(GemmTask task, const Layout& layout, const PartRange& rows,
                               const PartRange& columns) {
  task.m = rows.last - rows.first;
  task.n = static_cast<std::int32_t>(columns.last - columns.first);
  task.first_row += rows.first;
  task.packed += panels_bytes(layout, task.k, columns.first);
  task.c = static_cast<Out*>(task.c) + rows.first * task.c_stride + columns.first;
  if (task.in_place != nullptr) task.in_place += rows.first * task.in_place_stride;
  return task;
}

// What the copy of a row costs, as a number of columns that it could be multiplied with instead.
inline constexpr std::int32_t kRowCost = 16;

// Whether a type is already what kernels of that domain multiply.
template <class In>
constexpr bool in_domain(Domain domain) {
  return domain == Domain::native ||
         domain == (std::is_signed_v<In> ? Domain::signed8 : Domain::unsigned8);
}

// What of preparing a multiplication does not depend on the types of its operands.
struct GemmPreparation {
  static constexpr Status validate_shapes(const GemmParams& params) {
    const std::int32_t b_rows = params.filter.transposed ? params.n : params.k;
    const std::int32_t b_columns = params.filter.transposed ? params.k : params.n;
    if (const Status s = check::first_refusal(
            {check::extent("m", params.m), check::extent("n", params.n),
             check::extent("k", params.k), check::extent("batch", params.batch),
             check::row_stride("input.stride", params.input.stride, params.k),
             check::row_stride("filter.stride", params.filter.stride, b_columns),
             check::row_stride("output_stride", params.output_stride, params.n)});
        !s.ok()) {
      return s;
    }
    const std::int64_t a_stride = dense(params.input.stride, params.k);
    const std::int64_t c_stride = dense(params.output_stride, params.n);
    if (const Status s = check::first_refusal(
            {check::elements("m * input.stride", {params.m, a_stride}),
             check::elements("filter", {b_rows, dense(params.filter.stride, b_columns)}),
             check::elements("m * output_stride", {params.m, c_stride})});
        !s.ok()) {
      return s;
    }
    const std::int64_t a_batch = dense(params.input.batch_stride, params.m * a_stride);
    const std::int64_t c_batch = dense(params.output_batch_stride, params.m * c_stride);
    return check::first_refusal(
        {check::row_stride("input.batch_stride", params.input.batch_stride,
                           extent(params.m, a_stride, params.k)),
         check::row_stride("output_batch_stride", params.output_batch_stride,
                           extent(params.m, c_stride, params.n)),
         check::elements("batch * input.batch_stride", {params.batch, a_batch}),
         check::elements("batch * output_batch_stride", {params.batch, c_batch})});
  }

  // `count` matrices of `rows` rows. Where the rows of all batches lie one stride apart they are
  // one matrix.
  struct Batches {
    std::int64_t count, rows, a_stride, c_stride;
  };
  static constexpr Batches batches_of(const GemmParams& params) {
    const std::int64_t a_dense = params.m * dense(params.input.stride, params.k);
    const std::int64_t c_dense = params.m * dense(params.output_stride, params.n);
    const std::int64_t a_stride = dense(params.input.batch_stride, a_dense);
    const std::int64_t c_stride = dense(params.output_batch_stride, c_dense);
    if (params.batch == 1 || (a_stride == a_dense && c_stride == c_dense)) {
      return {1, std::int64_t{params.batch} * params.m, 0, 0};
    }
    return {params.batch, params.m, a_stride, c_stride};
  }

  // Elements from the first to the last of `count` times `size`.
  static constexpr std::int64_t extent(std::int64_t count, std::int64_t stride, std::int64_t size) {
    return (count - 1) * stride + size;
  }

  static constexpr std::int64_t dense(std::int64_t stride, std::int64_t columns) {
    return stride == 0 ? columns : stride;
  }

  static Status pack(const GemmParams& params, const Layout& layout,
                     const Quantization& quantization, std::span<const std::int8_t> b,
                     std::span<const std::int32_t> bias, std::byte* packed, Epilogue& epilogue) {
    const std::int64_t b_stride =
        dense(params.filter.stride, params.filter.transposed ? params.k : params.n);
    const std::int64_t k_step = params.filter.transposed ? 1 : b_stride;
    const std::int64_t n_step = params.filter.transposed ? b_stride : 1;
    return pack_panels(
        layout, params.k, 0, params.n, quantization, params.output,
        [&](std::int64_t p, std::int64_t j) {
          return b[static_cast<std::size_t>(p * k_step + j * n_step)];
        },
        [&](std::int32_t j) { return bias.empty() ? 0 : bias[static_cast<std::size_t>(j)]; },
        packed, epilogue);
  }
};

}  // namespace detail

// c[i][j] = clamp(output.zero_point + requantize(acc[i][j], output.multiplier, output.shift))
// acc[i][j] = bias[j] + sum_k (a[i][k] - a_zero_point) * (b[k][j] - b_zero_point)
//
// a: m x k of In (int8 or uint8), b: k x n of int8 (n x k if b_transposed), bias: n or empty,
// c: m x n of Out (int8, uint8, int16; int32: acc itself). Row-major, strides as in GemmParams.
// A batch multiplies many a with one b: c[batch][i][j] of a[batch][i][k].
// Rounding: params.output.rounding; the default is TensorFlow Lite's.
// The accumulators are exact: prepare refuses weights for which some input could overflow them.
template <class In, class Out = In>
class Gemm : detail::GemmPreparation {
  static_assert(std::is_same_v<In, std::int8_t> || std::is_same_v<In, std::uint8_t>);
  static_assert(std::is_integral_v<Out> && (std::is_signed_v<Out> || sizeof(Out) == 1));

 public:
  // A matrix multiplication bound to memory. Re-entrant as long as scratch and c are not shared.
  class Bound {
   public:
    void run() const {
      const bool batched = partition_.rows.count > 1;
      if (batched) return run_part(detail::whole(partition_));
      kernel_->run(task_, &rows_);
    }

    // The same in at most as many parts as it was bound for. parallel_for(count, body) calls
    // body(i) once for every i in [0, count), in any order and on any threads, and returns when all
    // have returned. The result does not depend on it.
    template <class ParallelFor>
    void run(ParallelFor&& parallel_for) const {
      detail::run_parts(partition_, parallel_for, [this](const Part& part) { run_part(part); });
    }

   private:
    friend class Gemm;

    [[gnu::noinline]] void run_part(const Part& part) const {
      const PartRange columns = detail::range_of(partition_.columns, part.columns);
      detail::for_each_piece(
          partition_.rows, part.rows, [&](std::int64_t batch, const PartRange& rows) {
            GemmTask task = detail::piece_of<Out>(task_, kernel_->layout, rows, columns);
            task.block += part.scratch;
            task.c = static_cast<Out*>(task.c) + batch * c_batch_stride_;
            MatrixRows matrix = rows_;
            matrix.data += batch * a_batch_stride_;
            if (task.in_place != nullptr) task.in_place += batch * a_batch_stride_;
            kernel_->run(task, &matrix);
          });
    }

    const GemmKernel* kernel_ = nullptr;
    GemmTask task_{};
    MatrixRows rows_{};
    std::int64_t a_batch_stride_ = 0, c_batch_stride_ = 0;
    Partition partition_{};
  };

  // Bytes of memory that prepare packs the weights into; 0 for parameters that prepare refuses.
  static constexpr std::size_t packed_bytes(const GemmParams& params,
                                            const Backend& backend = best_backend()) {
    if (!validate_shapes(params).ok()) return 0;
    return detail::panels_bytes(kernel_of(params, backend).layout, params.k, params.n);
  }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run in at most that many
  // parts needs; 0 as above.
  static constexpr std::size_t scratch_bytes(const GemmParams& params, const Backend& backend,
                                             std::int32_t parts = 1) {
    if (!validate_shapes(params).ok()) return 0;
    return detail::scratch_of_parts(blocking(params, backend).scratch_bytes(), parts);
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const GemmParams& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const GemmParams& params, std::int32_t parts = 1) {
    return detail::max_over_backends(
        [&](const Backend& b) { return scratch_bytes(params, b, parts); });
  }

  // Checks every parameter, packs b into `packed`, which must stay in place as long as the result
  // is used, and folds bias and zero points into it. b and the spans of params are not kept.
  static Result<Gemm> prepare(const GemmParams& params, std::span<const std::int8_t> b,
                              std::span<const std::int32_t> bias, std::span<std::byte> packed,
                              const Backend& backend = best_backend()) {
    if (const Status s = validate_shapes(params); !s.ok()) return {s};
    const std::int32_t b_rows = params.filter.transposed ? params.n : params.k;
    const std::int32_t b_columns = params.filter.transposed ? params.k : params.n;
    const std::int64_t b_stride = dense(params.filter.stride, b_columns);
    if (const Status s = check::first_refusal(
            {check::zero_point<In>("input.zero_point", params.input.zero_point),
             check::zero_point<std::int8_t>("filter.zero_point", params.filter.zero_point),
             check::output_stage<Out>(params.output, params.n),
             check::buffer("filter", b, (b_rows - 1) * b_stride + b_columns),
             check::bias(bias, params.n),
             check::packed_weights(packed, packed_bytes(params, backend), b, bias, params.output)});
        !s.ok()) {
      return {s};
    }
    Gemm gemm;
    gemm.params_ = params;
    gemm.params_.output.multiplier = {};
    gemm.params_.output.shift = {};
    gemm.backend_ = &backend;
    gemm.packed_ = packed.data();
    const Status packing = pack(
        params, kernel_of(params, backend).layout,
        detail::quantization_of<In>(params.input.zero_point, params.filter.zero_point, "filter"), b,
        bias, packed.data(), gemm.epilogue_);
    if (!packing.ok()) return {packing};
    return {{}, gemm};
  }

  const Backend& backend() const { return *backend_; }

  std::size_t scratch_bytes(std::int32_t parts = 1) const {
    return backend_ == nullptr ? 0 : scratch_bytes(params_, *backend_, parts);
  }

  // Checks the memory of one run, in one part or in as many as run(parallel_for) may use. The
  // result refers to this object's packed weights only.
  Result<Bound> bind(std::span<const In> a, std::span<Out> c, std::span<std::byte> scratch,
                     std::int32_t parts = 1) const {
    if (backend_ == nullptr) return {{StatusCode::unsupported, "gemm (not prepared)"}};
    const std::int64_t a_stride = dense(params_.input.stride, params_.k);
    const std::int64_t c_stride = dense(params_.output_stride, params_.n);
    const Batches batches = batches_of(params_);
    const std::int64_t a_size =
        extent(batches.count, batches.a_stride, extent(batches.rows, a_stride, params_.k));
    const std::int64_t c_size =
        extent(batches.count, batches.c_stride, extent(batches.rows, c_stride, params_.n));
    // Rows with gaps may lie in the gaps of others.
    const auto rows_of = [&](const auto* data, std::int64_t batch_stride, std::int64_t stride,
                             std::int64_t columns) {
      if (batches.count == 1) return check::Rows(data, stride, columns);
      return check::Rows(data, batch_stride, extent(batches.rows, stride, columns));
    };
    const bool interleaved =
        rows_of(a.data(), batches.a_stride, a_stride, params_.k)
            .interleave(rows_of(c.data(), batches.c_stride, c_stride, params_.n));
    if (const Status s = check::first_refusal(
            {check::buffer("input", a, a_size), check::buffer("output", c, c_size),
             interleaved ? Status{} : check::operands("input", a, a_size, "output", c, c_size),
             check::working_memory({a.data(), a_size}, "output", {c.data(), c_size},
                                   {packed_, packed_bytes(params_, *backend_)}, scratch,
                                   scratch_bytes(parts), parts),
             check::backend(*backend_)});
        !s.ok()) {
      return {s};
    }
    const detail::GemmBlocking block = blocking(params_, *backend_);
    const Layout& layout = kernel_of(params_, *backend_).layout;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(a.data());
    Bound bound;
    bound.kernel_ = &kernel_of(params_, *backend_);
    bound.rows_ = {bytes, a_stride, params_.k, std::is_signed_v<In>};
    bound.task_ = {.m = batches.rows,
                   .n = params_.n,
                   .k = params_.k,
                   .packed = packed_,
                   .b_zero_point = params_.filter.zero_point,
                   .range = detail::output_range<Out>(params_.output),
                   .epilogue = epilogue_,
                   .c = c.data(),
                   .c_stride = c_stride,
                   .gather = nullptr,
                   .in_place = nullptr,
                   .in_place_stride = a_stride,
                   .block = scratch.data(),
                   .block_stride = block.stride,
                   .block_rows = static_cast<std::int32_t>(block.rows),
                   .first_row = 0,
                   .is_signed = std::is_signed_v<In>};
    // Rows a multiple of 1 KiB apart compete for few sets of the first level cache: copy those.
    const bool spread = a_stride % 1024 != 0;
    if (detail::in_domain<In>(layout.domain) && params_.k % layout.depth_unit == 0 && spread &&
        params_.filter.zero_point == 0) {
      bound.task_.in_place = reinterpret_cast<const std::byte*>(bytes);
    }
    bound.a_batch_stride_ = batches.a_stride;
    bound.c_batch_stride_ = batches.c_stride;
    bound.partition_ = detail::partition({batches.rows, layout.tile_rows, batches.count},
                                         {params_.n, layout.tile_columns()}, parts,
                                         detail::kRowCost, block.scratch_bytes());
    return {{}, bound};
  }

 private:
  static constexpr const GemmKernel& kernel_of(const GemmParams& params, const Backend& backend) {
    const GemmKernel& kernel = *detail::kGemmKernels<Out>[backend.index];
    return detail::kernel_for(kernel, kernel.layout, batches_of(params).rows, params.n, params.k);
  }

  static constexpr detail::GemmBlocking blocking(const GemmParams& params, const Backend& backend) {
    return detail::gemm_blocking(kernel_of(params, backend).layout, batches_of(params).rows,
                                 params.k);
  }

  GemmParams params_{};
  const Backend* backend_ = nullptr;
  const std::byte* packed_ = nullptr;
  Epilogue epilogue_ = Epilogue::vector;
};

}  // namespace OCTET_BASELINE
}  // namespace octet
