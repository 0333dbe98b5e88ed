// SPDX-License-Identifier: Apache-2.0
// What tests do with operations with constant weights, compiled once for all types of elements:
// random layers, their runs on a backend in guarded memory of exactly the sizes asked for, and
// checks against the reference.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/guarded_buffer.hpp"
#include "support/product_calls.hpp"
#include "support/product_layers.hpp"
#include "support/random.hpp"
#include "support/values.hpp"

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
  std::int64_t highest_accumulator() const { return ::highest_accumulator(bias); }
  // Sums that 32 bits do not hold are exact, and not refused.
  bool has_exact_sums() const { return requantizes() && bias.bytes == 4; }
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
    // Weights of -128 may have a kernel of their own.
    if (random.one_in(2)) {
      std::replace(layer.filter.begin(), layer.filter.end(), std::int8_t{-128}, std::int8_t{-127});
    }
    randomize_output(random, layer);
    return layer;
  }

  // Draws bias and output stage so that no sum can overflow.
  void randomize_output(Random& random, Layer& layer) const {
    draw_output(random, layer, out, bias, magnitudes(layer));
  }

  // The same without regard to what 32 bits hold.
  void randomize_output_beyond_int32(Random& random, Layer& layer) const {
    constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min(),
                           highest = std::numeric_limits<std::int32_t>::max();
    const auto channels = static_cast<std::size_t>(Product::channels(layer.params));
    draw_output(random, layer, out, bias, std::vector<std::int64_t>(channels));
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
    const std::vector<std::int32_t> counts = part_counts(random);
    INFO(describe(layer));
    for_each_backend([&](const octet::Backend& backend) {
      const Bytes expected = run(layer, backend);
      const PreparedLayer prepared(*this, layer, backend);
      prepared.require_ok();
      for (const std::int32_t parts : counts) check_parts(layer, prepared, parts, expected);
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

  // 1 to 7, or some of them where there is less time.
  static std::vector<std::int32_t> part_counts(Random& random) {
    std::vector<std::int32_t> counts = {1, 2, 3, 4, 5, 6, 7};
    while (std::ssize(counts) > test_iterations(7)) {
      counts.erase(counts.begin() + random.in(0, static_cast<std::int32_t>(counts.size()) - 1));
    }
    return counts;
  }

  void check_parts(const Layer& layer, const PreparedLayer& prepared, std::int32_t parts,
                   const Bytes& expected) const {
    const ProductBytes asked = bytes(layer.params, prepared->backend(), parts);
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
