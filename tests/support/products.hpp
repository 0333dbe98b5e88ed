// SPDX-License-Identifier: Apache-2.0
// The operations with constant weights behind an interface that does not depend on the types of
// their elements, so that what tests do with them is compiled once: layers, random ones too, their
// runs on a backend in guarded memory of exactly the sizes asked for, and their references.
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

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "octet/reference/output_value.hpp"
#include "octet/types.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/random.hpp"
#include "support/values.hpp"

// Calls ------------------------------------------------------------------------------------------

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
    if constexpr (sizeof(In) == 1 && sizeof(Out) < 4) {
      std::vector<Sum> bias;
      for (const Bias value : o.bias.as<const Bias>()) bias.emplace_back(value);
      Product::template reference<Out>(params, o.input.as<const In>().data(), o.filter.data(),
                                       bias.empty() ? nullptr : std::as_const(bias).data(),
                                       o.output.as<Out>().data());
    }
  }
};

// Layers -----------------------------------------------------------------------------------------

// An operation and its operands. The multipliers and shifts of params.output are filled in from
// `multiplier` and `shift` when the layer is used.
template <class Params>
struct Layer {
  Params params = {};
  std::vector<std::int32_t> input = {};
  std::vector<std::int8_t> filter = {};
  std::vector<std::int64_t> bias = {};
  std::vector<std::int32_t> multiplier = {}, shift = {};
  Guard guard = Guard::after;

  Params params_with(std::span<const std::int32_t> multipliers,
                     std::span<const std::int32_t> shifts) const {
    Params result = params;
    result.output.multiplier = multipliers;
    result.output.shift = shifts;
    return result;
  }
};

// Elements in memory that ends, or begins, at a page nobody may touch.
class GuardedElements {
 public:
  GuardedElements(const ElementType& type, std::int64_t size, Guard guard)
      : size_(static_cast<std::size_t>(size)),
        memory_(size * static_cast<std::int64_t>(type.bytes), guard) {}
  template <class Value>
  GuardedElements(const ElementType& type, const std::vector<Value>& values, Guard guard)
      : GuardedElements(type, static_cast<std::int64_t>(values.size()), guard) {
    type.store(values, memory_.span().data());
  }

  Elements elements() { return {memory_.span().data(), size_}; }
  std::span<const std::byte> bytes() { return memory_.span(); }

 private:
  std::size_t size_;
  GuardedBuffer<std::byte> memory_;
};

// Of operations whose filter has a zero point; it is 0 in the others.
template <class Params>
constexpr bool kHasFilterZeroPoint = requires(Params params) {
  params.filter.zero_point;
};

template <class Params>
std::int32_t filter_zero_point(const Params& params) {
  if constexpr (kHasFilterZeroPoint<Params>) return params.filter.zero_point;
  return 0;
}

template <class Params>
void set_filter_zero_point(Params& params, std::int32_t value) {
  if constexpr (kHasFilterZeroPoint<Params>) params.filter.zero_point = value;
}

// An operation whose types are chosen.
template <class ProductType>
struct TypedProduct {
  using Product = ProductType;
  using Params = typename Product::Params;
  using Layer = ::Layer<Params>;
  using Bytes = std::vector<std::byte>;

  ElementType in, out, bias;
  octet::Result<std::shared_ptr<Prepared>> (*prepare)(const Params&, const Operands&,
                                                      const octet::Backend&);
  octet::Status (*validate)(const Params&, const Operands&);
  ProductBytes (*bytes)(const Params&, const octet::Backend&, std::int32_t parts);
  void (*reference)(const Params&, const Operands&);
  void (*exact_reference)(const Params&, const Operands&);

  bool requantizes() const { return out.bytes < 4; }
  std::int64_t highest_accumulator() const {
    return bias.bytes == 8 ? (std::int64_t{1} << 47) - 1 : std::numeric_limits<std::int32_t>::max();
  }
  // The depth at which sums fit whatever the operands are.
  std::int32_t deepest() const {
    return in.bytes == 2 && bias.bytes == 4 ? 90 : std::numeric_limits<std::int32_t>::max();
  }

  // Random layers ----

  // A layer of zeros without bias.
  Layer layer(const Params& params) const {
    Layer layer{.params = params};
    layer.input.resize(static_cast<std::size_t>(Product::inputs(params)));
    layer.filter.resize(static_cast<std::size_t>(Product::weights(params)));
    return layer;
  }

  // A random layer of the shape in params.
  Layer random_layer(Random& random, Params params) const {
    params.input.zero_point = random.one_in(8) ? 0 : random_zero_point(random, in);
    if (random.one_in(2)) set_filter_zero_point(params, random_zero_point<std::int8_t>(random));
    Layer layer{.params = params};
    layer.input = random_values(random, in, Product::inputs(params));
    layer.filter = random_values<std::int8_t>(random, Product::weights(params));
    randomize_output(random, layer);
    return layer;
  }

  // Draws bias and output stage so that no sum can overflow.
  void randomize_output(Random& random, Layer& layer) const {
    draw_output(random, layer, magnitudes(layer));
  }

  // The same without regard to what 32 bits hold.
  void randomize_output_beyond_int32(Random& random, Layer& layer) const {
    constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min(),
                           highest = std::numeric_limits<std::int32_t>::max();
    const auto channels = static_cast<std::size_t>(Product::channels(layer.params));
    draw_output(random, layer, std::vector<std::int64_t>(channels));
    const auto any = [&] { return random.in(lowest, highest); };
    layer.bias.clear();
    layer.shift.clear();
    const bool dead_channels = random.one_in(2);  // among others that are as usual
    for (std::size_t c = 0; c < channels; ++c) {
      const std::int32_t usual = random.in(-(1 << 14), 1 << 14);
      const std::int32_t extremes[] = {lowest, lowest + 1, highest, highest - 1, any(), usual};
      const bool dead = !dead_channels || random.one_in(4);
      layer.bias.push_back(dead ? extremes[random.in(0, 5)] : usual);
      layer.shift.push_back(dead ? random.in(-31, 30) : random.in(-12, -4));
    }
  }

  // Runs ----

  // A prepared layer with its packed weights. Everything that prepare reads is gone then.
  struct PreparedLayer {
    GuardedBuffer<std::byte> packed;
    octet::Result<std::shared_ptr<Prepared>> result;

    PreparedLayer(const TypedProduct& product, const Layer& layer, const octet::Backend& backend)
        : packed(static_cast<std::int64_t>(product.bytes(layer.params, backend, 1).packed),
                 layer.guard) {
      GuardedBuffer<std::int8_t> filter(layer.filter, layer.guard);
      GuardedElements biases(product.bias, layer.bias, layer.guard);
      GuardedBuffer<std::int32_t> multiplier(layer.multiplier, layer.guard);
      GuardedBuffer<std::int32_t> shift(layer.shift, layer.guard);
      result = product.prepare(
          layer.params_with(multiplier.span(), shift.span()),
          {.filter = filter.span(), .bias = biases.elements(), .packed = packed.span()}, backend);
    }
    const Prepared* operator->() const { return result->get(); }
    void require_ok() const { REQUIRE(result.status().code == octet::StatusCode::ok); }
  };

  // The memory of a run.
  struct RunMemory {
    GuardedElements input, output;
    GuardedBuffer<std::byte> scratch;
    std::int32_t parts;

    RunMemory(const TypedProduct& product, const Layer& layer, const Prepared& prepared,
              std::int32_t in_parts = 1)
        : input(product.in, layer.input, layer.guard),
          output(product.out, Product::outputs(layer.params), layer.guard),
          scratch(static_cast<std::int64_t>(prepared.scratch_bytes(in_parts)), layer.guard),
          parts(in_parts) {}
    Operands operands() {
      return {.input = input.elements(),
              .output = output.elements(),
              .scratch = scratch.span(),
              .parts = parts};
    }
    Bytes result() { return {output.bytes().begin(), output.bytes().end()}; }
  };

  // The output according to a reference; what lies between the rows of the output holds what fresh
  // guarded buffers hold.
  Bytes expected(const Layer& layer, void (*from)(const Params&, const Operands&)) const {
    GuardedElements input(in, layer.input, Guard::after), biases(bias, layer.bias, Guard::after),
        output(out, Product::outputs(layer.params), Guard::after);
    from(layer.params_with(layer.multiplier, layer.shift), {.filter = layer.filter,
                                                            .bias = biases.elements(),
                                                            .input = input.elements(),
                                                            .output = output.elements()});
    return {output.bytes().begin(), output.bytes().end()};
  }

  Bytes run(const Layer& layer, const octet::Backend& backend) const {
    const PreparedLayer prepared(*this, layer, backend);
    prepared.require_ok();
    REQUIRE(prepared->backend().name == backend.name);
    const ProductBytes asked = bytes(layer.params, backend, 1);
    REQUIRE(asked.scratch == prepared->scratch_bytes(1));
    REQUIRE(asked.max_packed >= asked.packed);
    REQUIRE(asked.max_scratch >= asked.scratch);
    // Bound to that memory, and bound again.
    RunMemory memory(*this, layer, *prepared.result->get()),
        other(*this, layer, *prepared.result->get());
    const auto bound = prepared->bind(memory.operands());
    REQUIRE(bound.status().code == octet::StatusCode::ok);
    (*bound)->run();
    REQUIRE(difference(in, memory.input.bytes(), other.input.bytes()) == "");
    REQUIRE((*bound)->rebind(other.operands()).ok());
    (*bound)->run();
    REQUIRE(difference(out, other.output.bytes(), memory.output.bytes()) == "");
    return memory.result();
  }

  // Checks ----

  // The layer equals its reference on one backend, and on all that the machine can run.
  void check(const Layer& layer, const octet::Backend& backend) const {
    INFO(describe(layer));
    REQUIRE(difference(out, run(layer, backend), expected(layer, reference)) == "");
  }
  void check(const Layer& layer) const { check_against(layer, reference); }
  void check_exact(const Layer& layer) const { check_against(layer, exact_reference); }
  void check_random(Random& random, const Params& params, const octet::Backend& backend) const {
    check(random_layer(random, params), backend);
  }
  void check_random(Random& random, const Params& params) const {
    check(random_layer(random, params));
  }

  // A random layer in up to 7 parts equals its run in one, in scratch memory of exactly the size
  // asked for and whoever runs the parts.
  void check_parts(Random& random, const Params& params) const {
    const Layer layer = random_layer(random, params);
    INFO(describe(layer));
    for_each_backend([&](const octet::Backend& backend) {
      const Bytes expected = run(layer, backend);
      for (std::int32_t parts = 1; parts <= 7; ++parts)
        check_parts(layer, backend, parts, expected);
    });
  }

  // One prepared layer, run by two threads at once, each with its own input, output and scratch.
  void check_reentrancy(Random& random, const Params& params) const {
    const Layer layer = random_layer(random, params);
    INFO(describe(layer));
    for_each_backend([&](const octet::Backend& backend) { check_reentrancy(layer, backend); });
  }

 private:
  std::string describe(const Layer& layer) const {
    const Params& p = layer.params;
    return std::string(in.name) + " to " + out.name + ", bias " + bias.name + ", " +
           Product::describe(p) + ", zero points " + std::to_string(p.input.zero_point) + ", " +
           std::to_string(filter_zero_point(p)) + ", " + std::to_string(p.output.zero_point);
  }

  void check_against(const Layer& layer, void (*from)(const Params&, const Operands&)) const {
    INFO(describe(layer));
    const Bytes wanted = expected(layer, from);
    for_each_backend([&](const octet::Backend& backend) {
      REQUIRE(difference(out, run(layer, backend), wanted) == "");
    });
  }

  void check_parts(const Layer& layer, const octet::Backend& backend, std::int32_t parts,
                   const Bytes& expected) const {
    const PreparedLayer prepared(*this, layer, backend);
    prepared.require_ok();
    const ProductBytes asked = bytes(layer.params, backend, parts);
    REQUIRE(asked.scratch == prepared->scratch_bytes(parts));
    REQUIRE(asked.max_scratch >= asked.scratch);
    std::int32_t calls = 0;
    const auto run_with = [&](const ParallelFor& parallel_for) {
      RunMemory memory(*this, layer, *prepared.result->get(), parts);
      const auto bound = prepared->bind(memory.operands());
      REQUIRE(bound.status().code == octet::StatusCode::ok);
      (*bound)->run(parallel_for);
      return memory.result();
    };
    const Bytes backwards = run_with([&](std::int32_t count, const auto& body) {
      calls = count;
      for (std::int32_t i = count; i-- > 0;) body(i);
    });
    const Bytes threads = run_with([](std::int32_t count, const auto& body) {
      std::vector<std::thread> workers;
      for (std::int32_t i = 0; i < count; ++i) workers.emplace_back([&body, i] { body(i); });
      for (std::thread& worker : workers) worker.join();
    });
    CAPTURE(parts, calls);
    REQUIRE(calls <= parts);
    REQUIRE(calls != 1);  // nobody is asked to run a single part
    REQUIRE(difference(out, backwards, expected) == "");
    REQUIRE(difference(out, threads, expected) == "");
  }

  void check_reentrancy(const Layer& layer, const octet::Backend& backend) const {
    const PreparedLayer prepared(*this, layer, backend);
    prepared.require_ok();
    constexpr int kThreads = 2, kRuns = 20;
    Bytes outputs[kThreads], wanted[kThreads];
    std::thread threads[kThreads];
    std::atomic<bool> bound_all = true;
    for (int t = 0; t < kThreads; ++t) {
      Layer own = layer;
      if (t > 0) std::rotate(own.input.begin(), own.input.begin() + 1, own.input.end());
      wanted[t] = expected(own, reference);
      threads[t] = std::thread([this, &prepared, &bound_all, &output = outputs[t], own] {
        for (int run = 0; run < kRuns; ++run) {
          RunMemory memory(*this, own, *prepared.result->get());
          const auto bound = prepared->bind(memory.operands());
          if (!bound) {
            bound_all = false;
            return;
          }
          (*bound)->run();
          output = memory.result();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    REQUIRE(bound_all);
    for (int t = 0; t < kThreads; ++t) REQUIRE(difference(out, outputs[t], wanted[t]) == "");
  }

  // What |accumulator - bias| of each output channel can reach.
  std::vector<std::int64_t> magnitudes(const Layer& layer) const {
    const Params& p = layer.params;
    const std::int64_t reach =
        std::max(p.input.zero_point - in.lowest, in.highest - p.input.zero_point);
    const std::int32_t zero_point = filter_zero_point(p);
    std::vector<std::int64_t> result;
    for (std::int64_t c = 0; c < Product::channels(p); ++c) {
      std::int64_t sum = 0;
      for (std::int64_t k = 0; k < Product::depth(p); ++k) {
        const auto place = static_cast<std::size_t>(Product::filter_place(p, k, c));
        sum += std::abs(layer.filter[place] - zero_point);
      }
      result.push_back(sum * reach);
    }
    return result;
  }

  // The largest left shift of values of that magnitude.
  std::int32_t largest_left_shift(std::int64_t bound) const {
    if (bias.bytes == 8) return 7;
    std::int32_t shift = 0;
    while (shift < 30 && (bound << (shift + 1)) <= highest_accumulator()) ++shift;
    return shift;
  }

  // magnitudes[c] bounds |accumulator - bias| of output channel c.
  void draw_output(Random& random, Layer& layer, std::span<const std::int64_t> magnitudes) const {
    const std::int32_t bias_style = random.in(0, 8);
    layer.bias.clear();
    layer.multiplier.clear();
    layer.shift.clear();
    layer.params.output = {};
    if (bias_style > 0) {
      for (const std::int64_t magnitude : magnitudes) {
        const std::int64_t room = highest_accumulator() - magnitude;
        const std::int64_t most =
            bias_style == 1 ? room
                            : std::min<std::int64_t>(room, bias_style < 4 ? 1 << 20 : 1 << 12);
        layer.bias.push_back(bias_style == 1 && random.one_in(2) ? (random.one_in(2) ? room : -room)
                                                                 : random.wide(-most, most));
      }
    }
    layer.guard = random.one_in(4) ? Guard::before : Guard::after;
    if (requantizes()) draw_stage(random, layer, magnitudes);
  }

  void draw_stage(Random& random, Layer& layer, std::span<const std::int64_t> magnitudes) const {
    std::int64_t bound = 1;
    for (std::size_t c = 0; c < magnitudes.size(); ++c) {
      const std::int64_t start = layer.bias.empty() ? 0 : layer.bias[c];
      bound = std::max(bound, magnitudes[c] + std::abs(start));
    }
    // The shift that maps a typical accumulator to the range of the output.
    const auto bits = static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(bound)));
    const auto digits =
        static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(out.highest)));
    const std::int32_t typical = digits + 3 - bits;
    const std::int32_t left = largest_left_shift(bound);
    const std::int32_t style = random.in(0, 7);
    const auto draw_shift = [&]() -> std::int32_t {
      switch (style) {
        case 0: return -31;
        case 1: return 0;
        case 2: return random.in(-31, 0);
        case 3: return random.in(-31, left);
        default: return std::clamp(typical + random.in(-2, 2), -31, 0);
      }
    };
    const auto draw_multiplier = [&]() -> std::int32_t {
      switch (random.in(0, 15)) {
        case 0: return 0;
        case 1: return 1 << 30;
        case 2: return std::numeric_limits<std::int32_t>::max();
        default: return random.in(1 << 30, std::numeric_limits<std::int32_t>::max());
      }
    };
    const std::size_t multipliers = random.one_in(2) ? 1 : magnitudes.size();
    const std::size_t shifts = random.one_in(2) ? 1 : magnitudes.size();
    for (std::size_t i = 0; i < multipliers; ++i) layer.multiplier.push_back(draw_multiplier());
    for (std::size_t i = 0; i < shifts; ++i) layer.shift.push_back(draw_shift());
    octet::OutputStage& stage = layer.params.output;
    stage.zero_point = random_zero_point(random, out);
    if (random.one_in(3)) stage.rounding = octet::Rounding::single;
    if (random.one_in(3)) stage.min = random.in(out.lowest, out.highest);
    if (random.one_in(3)) stage.max = random.in(std::max(stage.min, out.lowest), out.highest);
  }
};

// Types ------------------------------------------------------------------------------------------

template <class Product, class In, class Out = In, class Bias = std::int32_t>
TypedProduct<Product> typed() {
  using Calls = ProductCalls<Product, In, Out, Bias>;
  return {element_type<In>(), element_type<Out>(), element_type<Bias>(), &Calls::prepare,
          &Calls::validate,   &Calls::bytes,       &Calls::reference,    &Calls::exact_reference};
}

// Activations of 16 bits, with sums of 64 bits and of 32. Tiles multiply bytes only: where those
// are emulated there is nothing new in them.
template <class Product>
std::vector<TypedProduct<Product>> int16_types() {
#ifdef OCTET_EMULATE_TILES
  return {};
#else
  return {typed<Product, std::int16_t, std::int16_t, std::int64_t>(),
          typed<Product, std::int16_t, std::int16_t, std::int32_t>()};
#endif
}

template <class T>
std::vector<T> joined(std::vector<T> first, const std::vector<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// Types with an output stage: bytes of either kind, and outputs of either size.
template <class Product>
std::vector<TypedProduct<Product>> narrow_types() {
  return {typed<Product, std::int8_t>(), typed<Product, std::uint8_t>(),
          typed<Product, std::uint8_t, std::int16_t>()};
}

// Bytes to outputs of every size.
template <class Product>
std::vector<TypedProduct<Product>> byte_types() {
  return joined(narrow_types<Product>(), {typed<Product, std::int8_t, std::int32_t>()});
}

// Every pair of types.
template <class Product>
std::vector<TypedProduct<Product>> all_types() {
  return joined(joined(byte_types<Product>(), {typed<Product, std::int8_t, std::uint8_t>(),
                                               typed<Product, std::int8_t, std::int16_t>(),
                                               typed<Product, std::uint8_t, std::int8_t>(),
                                               typed<Product, std::uint8_t, std::int32_t>()}),
                int16_types<Product>());
}

// body(product, random) for each of them, with the same random numbers.
template <class Product, class Body>
void for_each_type(const std::vector<TypedProduct<Product>>& products, Body body) {
  for (const TypedProduct<Product>& product : products) {
    Random random(test_seed());
    CAPTURE(random.seed());
    body(product, random);
  }
}

// body(product, backend, random) for each of them and each backend that this machine can run.
template <class Product, class Body>
void for_each_type_and_backend(const std::vector<TypedProduct<Product>>& products, Body body) {
  for_each_type(products, [&](const TypedProduct<Product>& product, Random& random) {
    for_each_backend([&](const octet::Backend& backend) { body(product, backend, random); });
  });
}
