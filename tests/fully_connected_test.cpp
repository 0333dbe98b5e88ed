// SPDX-License-Identifier: Apache-2.0
// Fully connected layers equal their reference on every backend and refuse wrong arguments.
#include "octet/fully_connected.hpp"

#include <sstream>

#include "octet/reference/fully_connected.hpp"
#include "support/operations.hpp"

namespace {

using octet::FullyConnectedParams;
template <class In>
using FullyConnectedLayer = Layer<FullyConnectedParams, In>;

template <class Types>
constexpr auto reference = [](const FullyConnectedParams& params, const typename Types::In* input,
                              const std::int8_t* filter, const std::int32_t* bias,
                              typename Types::Out* output) {
  octet::reference::fully_connected<typename Types::Out>(params, input, filter, bias, output);
};

std::string describe(const FullyConnectedParams& p) {
  std::ostringstream text;
  text << p.batches << " x " << p.outputs << " x " << p.inputs << ", zero points "
       << p.input.zero_point << ", " << p.filter.zero_point << ", output zero point "
       << p.output.zero_point;
  return text.str();
}

// A random layer of the shape in params.
template <class Types>
FullyConnectedLayer<typename Types::In> random_layer(Random& random, FullyConnectedParams params) {
  using In = typename Types::In;
  params.input.zero_point = random_zero_point<In>(random);
  if (random.one_in(3)) params.filter.zero_point = random_zero_point<std::int8_t>(random);
  FullyConnectedLayer<In> layer{.params = params};
  const std::int64_t inputs = params.inputs, outputs = params.outputs;
  layer.input = random_values<In>(random, params.batches * inputs);
  layer.filter = random_values<std::int8_t>(random, outputs * inputs);
  layer.output_size = params.batches * outputs;
  std::vector<std::int64_t> magnitudes;
  for (auto weight = layer.filter.begin(); weight != layer.filter.end();) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < inputs; ++i, ++weight) {
      sum += std::abs(*weight - params.filter.zero_point);
    }
    magnitudes.push_back(sum * reach<In>(params.input.zero_point));
  }
  randomize_output<typename Types::Out>(random, layer, magnitudes);
  return layer;
}

template <class Types>
void check(const FullyConnectedLayer<typename Types::In>& layer) {
  INFO(describe(layer.params));
  check_layer<octet::FullyConnected, Types>(layer, reference<Types>);
}

}  // namespace

static_assert(std::is_trivially_copyable_v<octet::FullyConnected<std::int8_t>>);
static_assert(std::is_trivially_copyable_v<octet::FullyConnected<std::int8_t>::Bound>);
static_assert(sizeof(octet::FullyConnected<std::int8_t>::Bound) <= 160);

TEMPLATE_LIST_TEST_CASE("fully_connected equals the reference on random shapes", "", AllTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(100); i > 0; --i) {
    check<TestType>(
        random_layer<TestType>(random, {.batches = random.in(1, random.one_in(4) ? 30 : 3),
                                        .inputs = random.in(1, random.one_in(4) ? 700 : 70),
                                        .outputs = random.in(1, random.one_in(4) ? 150 : 20)}));
  }
}

TEMPLATE_LIST_TEST_CASE("fully_connected equals the reference for single rows", "", SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int32_t inputs = 1; inputs <= 70; ++inputs) {
    check<TestType>(
        random_layer<TestType>(random, {.inputs = inputs, .outputs = 1 + inputs * 7 % 67}));
  }
  for (std::int32_t outputs = 1; outputs <= 70; ++outputs) {
    check<TestType>(
        random_layer<TestType>(random, {.inputs = 1 + outputs * 7 % 13, .outputs = outputs}));
  }
}

TEMPLATE_LIST_TEST_CASE("fully_connected gives the same bits in any number of parts", "",
                        SomeTypes) {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(15); i > 0; --i) {
    const auto layer =
        random_layer<TestType>(random, {.batches = random.one_in(2) ? 1 : random.in(1, 70),
                                        .inputs = random.in(1, random.one_in(4) ? 700 : 70),
                                        .outputs = random.in(1, random.one_in(2) ? 400 : 20)});
    INFO(describe(layer.params));
    check_parts<octet::FullyConnected, TestType>(layer);
  }
}

TEST_CASE("one prepared fully_connected runs in two threads at once") {
  Random random(test_seed());
  CAPTURE(random.seed());
  using Bytes = Types<std::int8_t, std::int8_t>;
  const auto layer = random_layer<Bytes>(random, {.batches = 5, .inputs = 301, .outputs = 45});
  for_each_backend([&](const octet::Backend& backend) {
    check_reentrancy<octet::FullyConnected, Bytes>(layer, reference<Bytes>, backend);
  });
}

TEST_CASE("fully_connected names the argument that it refuses") {
  using enum octet::StatusCode;
  using Operation = octet::FullyConnected<std::int8_t>;
  using LayerArguments = Arguments<Operation, FullyConnectedParams, std::int8_t, std::int8_t>;
  constexpr std::int32_t kHuge = std::numeric_limits<std::int32_t>::max();
  static constexpr std::int32_t kMultiplier[] = {1 << 30}, kShift[] = {-8};

  std::vector<Refusal<LayerArguments>> refusals = {
      {invalid_shape, "batches", [](auto& a) { a.params.batches = 0; }},
      {invalid_shape, "inputs", [](auto& a) { a.params.inputs = 0; }},
      {invalid_shape, "inputs", [](auto& a) { a.params.inputs = -1; }},
      {invalid_shape, "outputs", [](auto& a) { a.params.outputs = -kHuge - 1; }},
      {invalid_shape, "batches * inputs",
       [](auto& a) {
         a.params.batches = kHuge;
         a.params.inputs = kHuge;
       }},
      {invalid_shape, "filter",
       [](auto& a) {
         a.params.inputs = kHuge;
         a.params.outputs = kHuge;
       }},
      {invalid_shape, "batches * outputs",
       [](auto& a) {
         a.params.batches = kHuge;
         a.params.outputs = kHuge;
       }},
      {buffer_too_small, "input",
       [](auto& a) {
         a.params.batches = kHuge;
         extend_packed(a);
       }},
      {buffer_too_small, "filter", [](auto& a) { a.params.inputs = kHuge; }},
      {buffer_too_small, "filter",
       [](auto& a) {
         a.params.outputs = kHuge;
         a.params.batches = 1;
       }},
      {zero_point_out_of_range, "input.zero_point",
       [](auto& a) { a.params.input.zero_point = 128; }},
      {zero_point_out_of_range, "filter.zero_point",
       [](auto& a) { a.params.filter.zero_point = -129; }},
  };
  const auto append = [&refusals](const std::vector<Refusal<LayerArguments>>& more) {
    refusals.insert(refusals.end(), more.begin(), more.end());
  };
  append(memory_refusals<LayerArguments>("filter", "input", "output"));
  append(filter_refusals<LayerArguments>());
  append(output_refusals<LayerArguments>());

  for (const octet::Backend* backend : octet::kBackends) {
    LayerArguments valid{.params = {.batches = 4, .inputs = 5, .outputs = 3}};
    valid.params.output.multiplier = kMultiplier;
    valid.params.output.shift = kShift;
    ArgumentMemory memory(valid, 20, 15, 3, 12, *backend);
    check_refusals(valid, *backend, refusals);

    const octet::Status unprepared =
        Operation().bind(valid.input, valid.output, valid.scratch).status();
    CHECK(unprepared.code == not_prepared);
    CHECK(std::string(unprepared.argument) == "fully_connected");
    const octet::Status unbound =
        Operation::Bound().rebind(valid.input, valid.output, valid.scratch);
    CHECK(unbound.code == not_prepared);
    CHECK(std::string(unbound.argument) == "fully_connected");
  }
}
