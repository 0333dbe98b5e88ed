// SPDX-License-Identifier: Apache-2.0
// Quantized matrix multiplication with constant weights.
#pragma once

#include "octet/family/matrix.hpp"
#include "octet/reference/gemm.hpp"
#if OCTET_HAS_KERNELS
#include "octet/kernel/gemm/gemm.hpp"
#include "octet/kernel/int16x8/gemm.hpp"
#endif

namespace octet::inline OCTET_BASELINE {

struct GemmOperation;
template <class Bias>
struct Gemm16x8Operation;

//   output[i][j] = clamp(output.zero_point + requantize(acc[i][j], multiplier[j], shift[j]))
//   acc[i][j] = bias[j] + sum_k (input[i][k] - input.zero_point)
//                             * (filter[k][j] - filter.zero_point)
//
//   prepare(GemmParams, filter, bias, packed)    bind(input, output, scratch)
//
// input: m x k of In (int8 or uint8), filter: k x n of int8 (n x k if filter.transposed), bias: n
// or empty, output: m x n of Out (int8, uint8, int16; int32: acc itself). With int16 inputs the
// outputs are int16, and bias and sums int64 (Bias). Row-major, strides as in
// GemmParams; a batch multiplies many inputs with one filter. The output may lie in gaps between
// the rows of the input, as columns of one matrix.
//
// Sums are exact, whatever their size (docs/quantization.md); only int32 outputs are refused where
// some input could exceed them. Rounding: params.output.rounding.
// Source: B. Jacob et al., Quantization and training of neural networks for efficient
// integer-arithmetic-only inference, 2017, equation 4.
template <class In, class Out = In, class Bias = detail::BiasOf<In>>
using Gemm =
    family::Product<typename detail::ProductOf<In, Bias, GemmOperation, Gemm16x8Operation>::Type,
                    In, Out>;

namespace detail {

template <class Out>
struct GemmKernels {
  using Key = compiled::Key<compiled::Gemm, Out>;
  OCTET_KERNEL_TABLE((const GemmPlan&, const GemmTask&), gemm<Out>)
};

// For products that are small.
template <class Out>
struct GemmSmallKernels {
  using Key = compiled::Key<compiled::GemmSmall, Out>;
  OCTET_KERNEL_TABLE((const GemmPlan&, const GemmTask&), gemm_small<Out>)
};

// Whether rows of k bytes, that many bytes apart, are already what kernels multiply.
template <class In>
constexpr bool is_in_place(const Layout& layout, std::int64_t k, std::int64_t stride) {
  const Domain own = std::is_signed_v<In> ? Domain::signed8 : Domain::unsigned8;
  return (layout.domain == Domain::native || layout.domain == own) && k % layout.depth_unit == 0 &&
         stride % kCacheSetStride != 0;
}

// What the arguments of a product are called.
struct GemmNames {
  const char *m, *n, *k, *inputs, *outputs;
};

}  // namespace detail

struct GemmOperation : family::MatrixOperation<GemmOperation, GemmParams, detail::GemmKernels,
                                               detail::GemmSmallKernels> {
  using Plan = GemmPlan;

  static constexpr const char* kName = "gemm";
  static constexpr bool kExactFilter = false;

  static constexpr Status validate_shapes(const Params& p, const detail::GemmNames& names = {
                                                               "m", "n", "k", "m * input.stride",
                                                               "m * output_stride"}) {
    const Filter filter(p);
    if (const Status s = check::first_refusal(
            {check::extent(names.m, p.m), check::extent(names.n, p.n), check::extent(names.k, p.k),
             check::extent("batch", p.batch),
             check::row_stride("input.stride", p.input.stride, p.k),
             check::row_stride("filter.stride", p.filter.stride, filter.columns),
             check::row_stride("output_stride", p.output_stride, p.n)});
        !s.ok()) {
      return s;
    }
    const std::int64_t input = input_stride(p), output = output_stride(p);
    if (const Status s =
            check::first_refusal({check::elements(names.inputs, {p.m, input}),
                                  check::elements("filter", {filter.rows, filter.stride}),
                                  check::elements(names.outputs, {p.m, output})});
        !s.ok()) {
      return s;
    }
    const std::int64_t input_batch = dense(p.input.batch_stride, p.m * input);
    const std::int64_t output_batch = dense(p.output_batch_stride, p.m * output);
    return check::first_refusal(
        {check::row_stride("input.batch_stride", p.input.batch_stride, extent(p.m, input, p.k)),
         check::row_stride("output_batch_stride", p.output_batch_stride, extent(p.m, output, p.n)),
         check::elements("batch * input.batch_stride", {p.batch, input_batch}),
         check::elements("batch * output_batch_stride", {p.batch, output_batch})});
  }

  static constexpr family::ProductSizes sizes(const Params& p) {
    const Batches batches(p);
    const Filter filter(p);
    return {extent(batches.count, batches.input, extent(batches.rows, input_stride(p), p.k)),
            extent(batches.count, batches.output, extent(batches.rows, output_stride(p), p.n)),
            extent(filter.rows, filter.stride, filter.columns), p.n};
  }
  static constexpr std::int32_t filter_zero_point(const Params& p) { return p.filter.zero_point; }
  static constexpr std::int32_t groups(const Params&) { return 1; }
  static constexpr std::int32_t group_outputs(const Params& p) { return p.n; }
  static constexpr std::int64_t rows(const Params& p) { return Batches(p).rows; }
  // Whether rows are those of the input.
  static constexpr bool is_matrix(const Params&) { return true; }

  static constexpr std::int64_t depth(const Params& p) { return p.k; }
  static constexpr auto weight(const Params& p, std::span<const std::int8_t> filter) {
    const std::int64_t stride = Filter(p).stride;
    const std::int64_t k_step = p.filter.transposed ? 1 : stride;
    const std::int64_t n_step = p.filter.transposed ? stride : 1;
    return [=](std::int64_t k, std::int64_t n) {
      return filter[static_cast<std::size_t>(k * k_step + n * n_step)];
    };
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    return detail::panels_bytes(layout, p.k, p.n);
  }
  static constexpr std::size_t scratch_bytes(const Params& p, const Layout& layout) {
    return detail::gemm_blocking(layout, Batches(p).rows, p.k).scratch_bytes();
  }

  template <class Weight>
  static void pack(const Params& p, const Layout& layout, const detail::Packing& packing,
                   Weight weight, std::byte* packed) {
    detail::pack_panels(layout, {1, p.k}, 0, p.n, packing, weight, packed);
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const family::PackedWeights& weights) {
    const Layout& layout = GemmOperation::layout(p, backend);
    const Batches batches(p);
    const detail::GemmBlocking block = detail::gemm_blocking(layout, batches.rows, p.k);
    return {.m = batches.rows,
            .n = p.n,
            .k = p.k,
            .filter_zero_point = p.filter.zero_point,
            .range = detail::output_range<Out>(p.output),
            .epilogue = weights.epilogue,
            .loop = detail::gemm_loop(*detail::kProductLayouts[backend.index], layout,
                                      {.rows = batches.rows,
                                       .n = p.n,
                                       .k = p.k,
                                       .segments = 1,
                                       .is_matrix = true,
                                       .filter_zero_point = p.filter.zero_point,
                                       .epilogue = weights.epilogue,
                                       .output_bytes = sizeof(Out)}),
            .is_signed = std::is_signed_v<In>,
            .is_in_place =
                p.filter.zero_point == 0 && detail::is_in_place<In>(layout, p.k, input_stride(p)),
            .input_stride = input_stride(p),
            .output_stride = output_stride(p),
            .block_stride = block.stride,
            .block_rows = static_cast<std::int32_t>(block.rows),
            .packed = weights.data,
            .panel_columns = layout.panel_columns(),
            .has_lowest_weight = weights.has_lowest,
            .panel_bytes =
                static_cast<std::int64_t>(detail::panel_bytes(layout, p.k, layout.panel_columns())),
            .batch_input = batches.input,
            .batch_output = batches.output,
            .conv_group_input = 0,
            .conv_group_packed = 0};
  }
  static Partition partition(const Params& p, const Layout& layout) {
    const Batches batches(p);
    return {.rows = {batches.rows, layout.micro_rows, batches.count},
            .columns = {p.n, layout.panel_columns()},
            .row_cost = detail::kRowCost,
            .scratch_step = scratch_bytes(p, layout)};
  }

  template <class In, class Out>
  static bool interleaves(const Plan& plan, const Partition& partition, const In* input,
                          const Out* output) {
    const std::int64_t count = partition.rows.count;
    const auto rows_of = [&](const auto* data, std::int64_t batch_stride, std::int64_t stride,
                             std::int64_t columns) {
      if (count == 1) return check::Rows(data, stride, columns);
      return check::Rows(data, batch_stride, extent(plan.m, stride, columns));
    };
    return rows_of(input, plan.batch_input, plan.input_stride, plan.k)
        .interleave(rows_of(output, plan.batch_output, plan.output_stride, plan.n));
  }

 private:
  // Elements from one row to the next.
  static constexpr std::int64_t dense(std::int64_t stride, std::int64_t columns) {
    return stride == 0 ? columns : stride;
  }
  static constexpr std::int64_t input_stride(const Params& p) { return dense(p.input.stride, p.k); }
  static constexpr std::int64_t output_stride(const Params& p) {
    return dense(p.output_stride, p.n);
  }
  // Elements from the first to the last of `count` times `size`.
  static constexpr std::int64_t extent(std::int64_t count, std::int64_t stride, std::int64_t size) {
    return (count - 1) * stride + size;
  }

  // The filter as it lies in memory.
  struct Filter {
    std::int64_t rows, columns, stride;

    constexpr explicit Filter(const Params& p)
        : rows(p.filter.transposed ? p.n : p.k),
          columns(p.filter.transposed ? p.k : p.n),
          stride(dense(p.filter.stride, columns)) {}
  };

  // `count` matrices of `rows` rows. Where the rows of all batches lie one stride apart they are
  // one matrix.
  struct Batches {
    std::int64_t count, rows, input, output;

    constexpr explicit Batches(const Params& p)
        : count(p.batch),
          rows(p.m),
          input(dense(p.input.batch_stride, p.m * input_stride(p))),
          output(dense(p.output_batch_stride, p.m * output_stride(p))) {
      if (count == 1 || (input == p.m * input_stride(p) && output == p.m * output_stride(p))) {
        rows *= count;
        count = 1;
      }
    }
  };
};

namespace detail {

template <class Accumulator>
struct Gemm16x8Kernels {
  using Key = compiled::Key<compiled::Gemm16x8, Accumulator>;
  OCTET_KERNEL_TABLE((const Plan16x8&, const GemmTask&), gemm_16x8<Accumulator>)
};

}  // namespace detail

template <class Bias>
struct Gemm16x8Operation
    : family::Operation16x8<GemmOperation, Bias, detail::Gemm16x8Kernels<Bias>> {};

}  // namespace octet::inline OCTET_BASELINE
