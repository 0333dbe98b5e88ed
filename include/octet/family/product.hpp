// SPDX-License-Identifier: Apache-2.0
// Operations with constant weights: prepare, bind and run, once for all of them.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "octet/detail/check_memory.hpp"
#include "octet/detail/int16x8.hpp"
#include "octet/detail/packing.hpp"
#include "octet/detail/target_layouts.hpp"
#include "octet/kernel/tasks.hpp"

namespace octet::inline OCTET_BASELINE::family {

// Elements of the operands of a product, from the first to the last.
struct ProductSizes {
  std::int64_t inputs, outputs, weights, channels;
};

// The weights of a product, as they were packed.
struct PackedWeights {
  const std::byte* data;
  Epilogue epilogue;  // that suits all channels
  bool has_lowest;    // some are -128
};

// A product sums up, for each output, activations times the weights of its output channel. What is
// special to one of them is its Operation:
//
//   using Bias                           the type of the accumulators
//   using Params, Plan, Task             Plan and Task as kernel/tasks.hpp says
//   template <class Out> using Kernel    a function of the kernels, by pointer
//   kName                                for statuses: "conv2d"
//   kExactFilter                         whether the filter may have no element beyond its shape
//   validate_shapes(params)              everything that sizes depend on
//   product(params)                      the params themselves, or those of the product that it is:
//                                        the functions that follow are given these
//   sizes(p), filter_zero_point(p)
//   depth(p), weight(p, filter)(k, channel)                  products of an output, their weights
//   layout(p, backend), kernel<Out>(p, backend), least_epilogue<Out>(p)      the least it has
//   packed_bytes(p, layout), scratch_bytes(p, layout)        of a run in one part
//   pack(p, layout, packing, weight, packed)
//   plan<In, Out>(p, backend, weights), partition(p, layout), task(plan)     of such a run
//   loop(plan)                                   its name, for users
//   bind(task, plan, input, output, scratch)
//   interleaves(plan, partition, input, output)  whether the output lies in gaps of the input
//   run<Out>(plan, kernel, task), run_part<Out>(plan, kernel, task, partition, part)
template <class Operation, class In, class Out>
class Product {
  static_assert(std::is_same_v<In, std::int8_t> || std::is_same_v<In, std::uint8_t> ||
                    std::is_same_v<In, std::int16_t>,
                "activations are int8, uint8 or int16");
  static_assert(sizeof(In) == 2
                    ? std::is_same_v<Out, std::int16_t>
                    : std::is_same_v<Out, std::int8_t> || std::is_same_v<Out, std::uint8_t> ||
                          std::is_same_v<Out, std::int16_t> || std::is_same_v<Out, std::int32_t>,
                "outputs are int8, uint8, int16 or int32; int16 for int16 activations");

 public:
  using Params = typename Operation::Params;
  using Bias = typename Operation::Bias;

  // A product bound to memory; it points to the product that it was bound from. Re-entrant as long
  // as scratch and output are not shared.
  class Bound {
   public:
    // Binds other memory: as bind does, but in a few nanoseconds, with the same number of parts.
    Status rebind(std::span<const In> input, std::span<Out> output, std::span<std::byte> scratch) {
      if (product_ == nullptr) return {StatusCode::not_prepared, Operation::kName};
      const Status status = product_->check_memory(input, output, scratch, parts_);
      if (status.ok()) product_->bind_task(task_, input, output, scratch);
      return status;
    }

    void run() const {
      assert(product_ != nullptr && "run of what was never bound: look at the status of bind");
      const Product& product = *product_;
      if (product.is_one_piece_) {
        return Operation::template run<Out>(product.plan_, product.kernel_, task_);
      }
      run_part(detail::whole(product.partition_));
    }

    // The same in at most as many parts as it was bound for. parallel_for(count, body) calls
    // body(i) once for every i in [0, count), in any order and on any threads, and returns when all
    // have returned. The result does not depend on it.
    template <class ParallelFor>
    void run(ParallelFor&& parallel_for) const {
      assert(product_ != nullptr && "run of what was never bound: look at the status of bind");
      Partition partition = product_->partition_;
      partition.row_parts = row_parts_;
      partition.column_parts = column_parts_;
      detail::run_parts(partition, parallel_for, [this](const Part& part) { run_part(part); });
    }

   private:
    friend class Product;

    [[gnu::noinline]] void run_part(const Part& part) const {
      Operation::template run_part<Out>(product_->plan_, product_->kernel_, task_,
                                        product_->partition_, part);
    }

    const Product* product_ = nullptr;
    typename Operation::Task task_{};
    std::int32_t parts_ = 1, row_parts_ = 1, column_parts_ = 1;
  };

  // Bytes of memory that prepare packs the weights into; 0 for parameters that prepare refuses.
  static constexpr std::size_t packed_bytes(const Params& params,
                                            const Backend& backend = best_backend()) {
    if (!Operation::validate_shapes(params).ok()) return 0;
    const auto& product = Operation::product(params);
    return Operation::packed_bytes(product, Operation::layout(product, backend));
  }

  // Bytes of scratch memory, aligned to kAlignment, that each concurrent run in at most that many
  // parts needs; 0 as above.
  static constexpr std::size_t scratch_bytes(const Params& params,
                                             const Backend& backend = best_backend(),
                                             std::int32_t parts = 1) {
    if (!Operation::validate_shapes(params).ok()) return 0;
    const auto& product = Operation::product(params);
    return detail::scratch_of_parts(
        Operation::scratch_bytes(product, Operation::layout(product, backend)), parts);
  }

  // What any backend of this build needs at the most: constants for static memory.
  static constexpr std::size_t max_packed_bytes(const Params& params) {
    return detail::max_over_backends([&](const Backend& b) { return packed_bytes(params, b); });
  }
  static constexpr std::size_t max_scratch_bytes(const Params& params, std::int32_t parts = 1) {
    return detail::max_over_backends(
        [&](const Backend& b) { return scratch_bytes(params, b, parts); });
  }

  // What prepare says, before there is any memory for packed weights.
  static constexpr Status validate(const Params& params, std::span<const std::int8_t> filter,
                                   std::span<const Bias> bias) {
    Epilogue epilogue{};
    return validate(params, filter, bias, epilogue);
  }

  // Checks every parameter and packs filter and bias into `packed`, which must stay in place as
  // long as the result is used. filter, bias and the spans of params are not kept.
  static Result<Product> prepare(const Params& params, std::span<const std::int8_t> filter,
                                 std::span<const Bias> bias, std::span<std::byte> packed,
                                 const Backend& backend = best_backend()) {
    Epilogue epilogue{};
    if (const Status s = validate(params, filter, bias, epilogue); !s.ok()) return {s};
    const auto& shape = Operation::product(params);
    const Epilogue least = Operation::template least_epilogue<Out>(shape);
    if (epilogue < least) epilogue = least;
    const Layout& layout = Operation::layout(shape, backend);
    epilogue = detail::epilogue_with(layout, epilogue, params.output.rounding);
    const std::size_t packed_bytes = Operation::packed_bytes(shape, layout);
    if (const Status s = check::packed_weights(packed, packed_bytes, filter, bias, params.output);
        !s.ok()) {
      return {s};
    }
    Operation::pack(shape, layout,
                    detail::BasicPacking<Bias>{quantization(params), params.output, bias, epilogue},
                    Operation::weight(shape, filter), packed.data());
    const ProductSizes sizes = Operation::sizes(shape);
    Product product;
    product.backend_ = &backend;
    product.packed_ = {packed.data(), packed_bytes};
    product.inputs_ = sizes.inputs;
    product.outputs_ = sizes.outputs;
    product.partition_ = Operation::partition(shape, layout);
    product.is_one_piece_ =
        product.partition_.rows.count == 1 && product.partition_.columns.count == 1;
    product.kernel_ = Operation::template kernel<Out>(shape, backend);
    const bool has_lowest =
        std::find(filter.begin(), filter.end(), std::int8_t{-128}) != filter.end();
    product.plan_ =
        Operation::template plan<In, Out>(shape, backend, {packed.data(), epilogue, has_lowest});
    return {{}, product};
  }

  const Backend& backend() const { return *backend_; }

  // The loop that most rows of a run in one part take, for those who measure (docs/packing.md).
  const char* loop() const { return Operation::loop(plan_); }

  std::size_t scratch_bytes(std::int32_t parts = 1) const {
    return detail::scratch_of_parts(partition_.scratch_step, parts);
  }

  // Checks the memory of one run, in one part or in as many as run(parallel_for) may use. The
  // result points to this object, which must stay where it is.
  Result<Bound> bind(std::span<const In> input, std::span<Out> output, std::span<std::byte> scratch,
                     std::int32_t parts = 1) const {
    if (backend_ == nullptr) return {{StatusCode::not_prepared, Operation::kName}};
    if (const Status s = check::extent("parts", parts); !s.ok()) return {s};
    if (const Status s = check_memory(input, output, scratch, parts); !s.ok()) return {s};
    if (const Status s = check::backend(*backend_); !s.ok()) return {s};
    Bound bound;
    bound.product_ = this;
    bound.task_ = Operation::task(plan_);
    bind_task(bound.task_, input, output, scratch);
    bound.parts_ = parts;
    if (parts > 1) {
      const Partition cut = detail::partition(partition_, parts);
      bound.row_parts_ = cut.row_parts;
      bound.column_parts_ = cut.column_parts;
    }
    return {{}, bound};
  }

 private:
  static constexpr detail::Quantization quantization(const Params& params) {
    return detail::quantization_of<In>(params.input.zero_point,
                                       Operation::filter_zero_point(Operation::product(params)));
  }

  static constexpr Status validate(const Params& params, std::span<const std::int8_t> filter,
                                   std::span<const Bias> bias, Epilogue& epilogue) {
    if (const Status s = Operation::validate_shapes(params); !s.ok()) return s;
    const auto& shape = Operation::product(params);
    const ProductSizes sizes = Operation::sizes(shape);
    if (const Status s = check::first_refusal(
            {check::zero_point<In>("input.zero_point", params.input.zero_point),
             check::zero_point<std::int8_t>("filter.zero_point",
                                            Operation::filter_zero_point(shape)),
             check::output_stage<Out>(params.output, sizes.channels),
             Operation::kExactFilter ? check::exact_buffer("filter", filter, sizes.weights)
                                     : check::buffer("filter", filter, sizes.weights),
             check::bias(bias, sizes.channels)});
        !s.ok()) {
      return s;
    }
    if constexpr (sizeof(Bias) == 8) {
      return detail::prove_16x8(sizes.channels, Operation::depth(shape), quantization(params),
                                params.output, Operation::weight(shape, filter), bias);
    } else if constexpr (sizeof(In) == 2) {
      return {};
    } else {
      return detail::find_epilogue(sizes.channels, Operation::depth(shape), quantization(params),
                                   params.output, Operation::weight(shape, filter), bias, epilogue);
    }
  }

  // One after the other, so that a call that finds nothing takes a few nanoseconds.
  OCTET_INLINE Status check_memory(std::span<const In> input, std::span<Out> output,
                                   std::span<std::byte> scratch, std::int32_t parts) const {
    const std::size_t bytes = scratch_bytes(parts);
    if (const Status s = check::buffer("input", input, inputs_); !s.ok()) return s;
    if (const Status s = check::buffer("output", output, outputs_); !s.ok()) return s;
    if (const Status s = check::memory("scratch", scratch, bytes); !s.ok()) return s;
    const check::Used read(input.data(), inputs_), written(output.data(), outputs_);
    const check::Used packed(packed_.data(), packed_.size()), block(scratch.data(), bytes);
    if (written.meets(read) &&
        !Operation::interleaves(plan_, partition_, input.data(), output.data())) {
      return {StatusCode::overlap, "output"};
    }
    if (block.meets(read) || block.meets(packed)) return {StatusCode::overlap, "scratch"};
    if (written.meets(packed) || written.meets(block)) return {StatusCode::overlap, "output"};
    return {};
  }

  OCTET_INLINE void bind_task(typename Operation::Task& task, std::span<const In> input,
                              std::span<Out> output, std::span<std::byte> scratch) const {
    Operation::bind(task, plan_, reinterpret_cast<const std::uint8_t*>(input.data()), output.data(),
                    scratch.data());
  }

  const Backend* backend_ = nullptr;
  std::span<const std::byte> packed_;
  std::int64_t inputs_ = 0, outputs_ = 0;
  Partition partition_{};  // of a run in one part
  bool is_one_piece_ = false;
  typename Operation::template Kernel<Out> kernel_{};
  typename Operation::Plan plan_{};
};

}  // namespace octet::inline OCTET_BASELINE::family
