// SPDX-License-Identifier: Apache-2.0
// Fully connected layers: what all products do (support/product_suite-inl.hpp), and what is their
// own.
#include "octet/fully_connected.hpp"

#include "support/product_refusals.hpp"

namespace {

struct Suite : OperationOf<octet::FullyConnected, octet::FullyConnectedParams> {
  static std::string describe(const Params& p) {
    return std::to_string(p.batches) + " batches, " + std::to_string(p.inputs) + " inputs, " +
           std::to_string(p.outputs) + " outputs";
  }

  static std::int64_t channels(const Params& p) { return p.outputs; }
  static std::int64_t depth(const Params& p) { return p.inputs; }
  static std::int64_t inputs(const Params& p) { return std::int64_t{p.batches} * p.inputs; }
  static std::int64_t weights(const Params& p) { return std::int64_t{p.outputs} * p.inputs; }
  static std::int64_t outputs(const Params& p) { return std::int64_t{p.batches} * p.outputs; }
  static std::int64_t filter_place(const Params& p, std::int64_t k, std::int64_t channel) {
    return channel * p.inputs + k;
  }
  static std::int64_t input_place(const Params&, std::int64_t k, std::int64_t) { return k; }

  template <class Out, class... Operands>
  static void reference(const Operands&... operands) {
    octet::reference::fully_connected<Out>(operands...);
  }

  static Params random_shape(Random& random, std::int32_t deepest) {
    return {.batches = random.one_in(2) ? 1 : random.in(1, random.one_in(4) ? 70 : 9),
            .inputs = random.in(1, std::min(random.one_in(4) ? 700 : 70, deepest)),
            .outputs = random.in(1, random.one_in(2) ? 20 : 400)};
  }
  static std::vector<Params> extreme_shapes() {
    return {{.batches = 1, .inputs = 64, .outputs = 17},
            {.batches = 5, .inputs = 1000, .outputs = 9}};
  }
  static Params single_window() { return {.inputs = 6, .outputs = 3}; }
  static Params single_product(std::int32_t channels) { return {.inputs = 1, .outputs = channels}; }
  static std::vector<Params> concurrent_shapes() {
    return {{.batches = 5, .inputs = 301, .outputs = 45}};
  }
  static constexpr const char* kName = "fully_connected";
  static Params refused_shape() { return {.batches = 4, .inputs = 5, .outputs = 3}; }
  static Refusals<Params> refusals();
};

}  // namespace

#include "support/product_suite-inl.hpp"

TEST_CASE("fully_connected equals the reference for single rows") {
  for_each_type(byte_types<Product>(), [](const Typed& layer, Random& random) {
    for (std::int32_t inputs = 1; inputs <= 70; ++inputs) {
      layer.check_random(random, {.inputs = inputs, .outputs = 1 + inputs * 7 % 67});
    }
    for (std::int32_t outputs = 1; outputs <= 70; ++outputs) {
      layer.check_random(random, {.inputs = 1 + outputs * 7 % 13, .outputs = outputs});
    }
  });
}

Refusals<Params> Suite::refusals() {
  using enum octet::StatusCode;
  return {
      {invalid_shape, "batches", [](auto& p) { p.batches = 0; }},
      {invalid_shape, "batches * inputs", [](auto& p) { p.batches = p.inputs = kMany; }},
      {invalid_shape, "inputs", [](auto& p) { p.inputs = 0; }},
      {invalid_shape, "inputs", [](auto& p) { p.inputs = -1; }},
      {invalid_shape, "outputs", [](auto& p) { p.outputs = -kHuge - 1; }},
      {invalid_shape, "filter", [](auto& p) { p.inputs = p.outputs = kMany; }},
      {invalid_shape, "batches * outputs", [](auto& p) { p.batches = p.outputs = kMany; }},
      {buffer_too_small, "input", [](auto& p) { p.batches = kMany; }},
      {buffer_too_small, "filter", [](auto& p) { p.inputs = kMany; }},
      {buffer_too_small, "filter",
       [](auto& p) {
         p.outputs = kMany;
         p.batches = 1;
       }},
  };
}
