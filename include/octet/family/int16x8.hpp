// SPDX-License-Identifier: Apache-2.0
// Products of 16-bit activations and 8-bit weights, as TensorFlow Lite's 16x8 scheme has them: sums
// of 64 bits, or of 32 where the bias has these. They take other panels and other kernels than
// those of bytes, and are proved otherwise; the rest is that of bytes.
#pragma once

#include "octet/detail/kernel_table.hpp"
#include "octet/family/product.hpp"
#include "octet/kernel/int16x8/tasks.hpp"

namespace octet::inline OCTET_BASELINE {
namespace detail {

// The type of the bias and of the accumulators, if none is asked for.
template <class In>
using BiasOf = std::conditional_t<sizeof(In) == 2, std::int64_t, std::int32_t>;

// The operation for these types: that of bytes, or that of 16-bit activations.
template <class In, class Bias, class Bytes, template <class> class Words>
struct ProductOf {
  static_assert(std::is_same_v<Bias, std::int32_t> ||
                    (sizeof(In) == 2 && std::is_same_v<Bias, std::int64_t>),
                "the bias is int32; int64 or int32 for int16 activations");
  using Type = std::conditional_t<sizeof(In) == 2, Words<Bias>, Bytes>;
};

}  // namespace detail

namespace family {

// Gemm and Conv2d. Bytes: the operation for bytes; Kernels: the table of functions.
template <class Bytes, class BiasType, class Kernels>
struct Operation16x8 : Bytes {
  using Bias = BiasType;
  using Params = typename Bytes::Params;
  using Plan = Plan16x8;
  using Task = GemmTask;
  template <class Out>
  using Kernel = typename Kernels::Run;

  static constexpr const Layout& layout(const Params&, const Backend& backend) {
    return *detail::kLayouts16x8[backend.index];
  }
  template <class Out>
  static Kernel<Out> kernel(const Params&, const Backend& backend) {
    return Kernels::of(backend);
  }

  static constexpr std::size_t packed_bytes(const Params& p, const Layout& layout) {
    return detail::memory_size(
        detail::saturating_multiply(Bytes::groups(p), group_bytes(p, layout)));
  }
  static constexpr std::size_t scratch_bytes(const Params& p, const Layout& layout) {
    return detail::gemm_blocking(layout, Bytes::rows(p), Bytes::depth(p)).scratch_bytes();
  }

  template <class Packing, class Weight>
  static void pack(const Params& p, const Layout& layout, const Packing& packing, Weight weight,
                   std::byte* packed) {
    const std::int64_t k = Bytes::depth(p), n = Bytes::group_outputs(p);
    for (std::int32_t group = 0; group < Bytes::groups(p); ++group) {
      for (std::int64_t j = 0; j < n; j += layout.panel_columns()) {
        const int columns = detail::panel_columns(layout, n, j);
        const auto channel_of = [&](int column) {
          return j + column < n ? static_cast<std::int32_t>(group * n + j + column) : -1;
        };
        detail::pack_panel_16x8(layout, k, {1, k}, columns, packing, channel_of, weight, weight,
                                packed);
        packed += detail::panel_bytes_16x8(detail::round_up(k, layout.depth_unit), columns);
      }
    }
  }

  template <class In, class Out>
  static Plan plan(const Params& p, const Backend& backend, const PackedWeights& weights) {
    constexpr std::int64_t kBytes = sizeof(In);
    const Layout& layout = Operation16x8::layout(p, backend);
    Plan plan{};
    using BytesPlan = typename Bytes::Plan;
    static_cast<BytesPlan&>(plan) = Bytes::template plan<In, Out>(p, backend, weights);
    const std::int64_t k = Bytes::depth(p);
    const detail::GemmBlocking block = detail::gemm_blocking(layout, Bytes::rows(p), k);
    plan.k = static_cast<std::int32_t>(k);
    plan.block_stride = block.stride;
    plan.block_rows = static_cast<std::int32_t>(block.rows);
    plan.panel_columns = layout.panel_columns();
    plan.panel_bytes =
        detail::panel_bytes_16x8(detail::round_up(k, layout.depth_unit), layout.panel_columns());
    plan.conv_group_packed = group_bytes(p, layout);
    plan.is_in_place = Bytes::is_matrix(p) && Bytes::groups(p) == 1 && k % layout.depth == 0;
    plan.input_stride *= kBytes;
    plan.batch_input *= kBytes;
    plan.conv_group_input *= kBytes;
    plan.windows.zero_point = p.input.zero_point;
    return plan;
  }
  static constexpr const char* loop(const Plan&) { return "int16x8"; }
  static Partition partition(const Params& p, const Layout& layout) {
    Partition partition = Bytes::partition(p, layout);
    partition.scratch_step = scratch_bytes(p, layout);
    return partition;
  }
  template <class In, class Out>
  static bool interleaves(const Plan& plan, const Partition& partition, const In* input,
                          const Out* output) {
    Plan elements = plan;
    elements.input_stride /= std::int64_t{sizeof(In)};
    elements.batch_input /= std::int64_t{sizeof(In)};
    return Bytes::interleaves(elements, partition, input, output);
  }

 private:
  static constexpr std::int64_t group_bytes(const Params& p, const Layout& layout) {
    return detail::panels_bytes_16x8(layout, Bytes::depth(p), Bytes::group_outputs(p));
  }
};

}  // namespace family
}  // namespace octet::inline OCTET_BASELINE
