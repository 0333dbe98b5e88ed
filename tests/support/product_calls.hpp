// SPDX-License-Identifier: Apache-2.0
// The operations with constant weights behind an interface that does not depend on the types of
// their elements.
//
// What is special to an operation is a struct, the Suite of its test (product_suite-inl.hpp):
//
//   its base OperationOf                       Params, Operation<In, Out, Bias>
//   reference<Out>(params, input, filter, bias, output)
//   describe(params)
//   channels(params), depth(params)            output channels, and products of one output
//   inputs(params), weights(params), outputs(params)        elements from the first to the last
//   filter_place(params, k, channel)           of the weight of a channel's product k
//   input_place(params, k, channel)            of what it meets, in a layer of a single window
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "octet/reference/output_value.hpp"
#include "octet/types.hpp"

// Memory for `size` elements of the type that the operation takes there.
struct Elements {
  std::byte* data = nullptr;
  std::size_t size = 0;

  template <class T>
  std::span<T> as() const {
    return {reinterpret_cast<T*>(data), size};
  }
};

// All that an operation is given beside its params.
struct Operands {
  std::span<const std::int8_t> filter = {};
  Elements bias = {};
  std::span<std::byte> packed = {};
  Elements input = {}, output = {};
  std::span<std::byte> scratch = {};
  std::int32_t parts = 1;
};

using ParallelFor =
    std::function<void(std::int32_t count, const std::function<void(std::int32_t)>& body)>;

struct Bound {
  virtual ~Bound() = default;
  virtual octet::Status rebind(const Operands& operands) = 0;
  virtual void run() const = 0;
  virtual void run(const ParallelFor& parallel_for) const = 0;
};

struct Prepared {
  virtual ~Prepared() = default;
  virtual const octet::Backend& backend() const = 0;
  virtual std::size_t scratch_bytes(std::int32_t parts) const = 0;
  virtual octet::Result<std::shared_ptr<Bound>> bind(const Operands& operands) const = 0;
};

// Bytes that an operation asks for.
struct ProductBytes {
  std::size_t packed, scratch, max_packed, max_scratch;
};

template <template <class...> class OperationTemplate, class ParamsType>
struct OperationOf {
  using Params = ParamsType;
  template <class In, class Out, class Bias>
  using Operation = OperationTemplate<In, Out, Bias>;
};

// Convolutions whose filter is OHWI.
template <template <class...> class OperationTemplate, class ParamsType>
struct ConvolutionOf : OperationOf<OperationTemplate, ParamsType> {
  using Params = ParamsType;

  static std::int64_t channels(const Params& p) { return p.filter.o; }
  static std::int64_t depth(const Params& p) { return p.filter.size() / p.filter.o; }
  static std::int64_t inputs(const Params& p) { return p.input.shape.size(); }
  static std::int64_t weights(const Params& p) { return p.filter.size(); }
  static std::int64_t outputs(const Params& p) { return octet::output_shape(p).size(); }
  static std::int64_t filter_place(const Params& p, std::int64_t k, std::int64_t channel) {
    return channel * depth(p) + k;
  }
};

template <class Product, class In, class Out, class Bias>
struct ProductCalls {
  using Params = typename Product::Params;
  using Operation = typename Product::template Operation<In, Out, Bias>;

  static_assert(std::is_trivially_copyable_v<Operation>);
  static_assert(std::is_trivially_copyable_v<typename Operation::Bound>);
  static_assert(sizeof(void*) > 8 || sizeof(typename Operation::Bound) <= 160);

  struct BoundCalls final : Bound {
    typename Operation::Bound bound;

    explicit BoundCalls(const typename Operation::Bound& from) : bound(from) {}
    octet::Status rebind(const Operands& o) override {
      return bound.rebind(o.input.as<const In>(), o.output.as<Out>(), o.scratch);
    }
    void run() const override { bound.run(); }
    void run(const ParallelFor& parallel_for) const override { bound.run(parallel_for); }
  };

  struct PreparedCalls final : Prepared {
    Operation operation;

    explicit PreparedCalls(const Operation& from) : operation(from) {}
    const octet::Backend& backend() const override { return operation.backend(); }
    std::size_t scratch_bytes(std::int32_t parts) const override {
      return operation.scratch_bytes(parts);
    }
    octet::Result<std::shared_ptr<Bound>> bind(const Operands& o) const override {
      const auto bound =
          operation.bind(o.input.as<const In>(), o.output.as<Out>(), o.scratch, o.parts);
      if (!bound) return {bound.status()};
      return {{}, std::make_shared<BoundCalls>(*bound)};
    }
  };

  static octet::Result<std::shared_ptr<Prepared>> prepare(const Params& params, const Operands& o,
                                                          const octet::Backend& backend) {
    const auto operation =
        Operation::prepare(params, o.filter, o.bias.as<const Bias>(), o.packed, backend);
    if (!operation) return {operation.status()};
    return {{}, std::make_shared<PreparedCalls>(*operation)};
  }
  static octet::Status validate(const Params& params, const Operands& o) {
    return Operation::validate(params, o.filter, o.bias.as<const Bias>());
  }
  static ProductBytes bytes(const Params& params, const octet::Backend& backend,
                            std::int32_t parts) {
    return {Operation::packed_bytes(params, backend),
            Operation::scratch_bytes(params, backend, parts), Operation::max_packed_bytes(params),
            Operation::max_scratch_bytes(params, parts)};
  }
  static void reference(const Params& params, const Operands& o) {
    const auto bias = o.bias.as<const Bias>();
    Product::template reference<Out>(params, o.input.as<const In>().data(), o.filter.data(),
                                     bias.empty() ? nullptr : bias.data(),
                                     o.output.as<Out>().data());
  }
  // The reference with sums of any size.
  static void exact_reference(const Params& params, const Operands& o) {
    using Sum = octet::reference::ExactSum;
    if constexpr (sizeof(Bias) == 4 && sizeof(Out) < 4) {
      std::vector<Sum> bias;
      for (const Bias value : o.bias.as<const Bias>()) bias.emplace_back(value);
      Product::template reference<Out>(params, o.input.as<const In>().data(), o.filter.data(),
                                       bias.empty() ? nullptr : std::as_const(bias).data(),
                                       o.output.as<Out>().data());
    }
  }
};
