// SPDX-License-Identifier: Apache-2.0
// Every pair of bytes through operations of two inputs, every byte and every 16-bit value through
// those of one, on every backend.
#include <limits>
#include <span>
#include <utility>

#include "octet/add.hpp"
#include "octet/div.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/logistic.hpp"
#include "octet/mul.hpp"
#include "octet/prelu.hpp"
#include "octet/quantize/binary.hpp"
#include "octet/requantize.hpp"
#include "octet/squared_difference.hpp"
#include "octet/sub.hpp"
#include "octet/tanh.hpp"
#include "support/lift.hpp"
#include "support/random.hpp"
#include "work.hpp"

namespace exhaustive {
namespace {

// A random activation.
template <class T>
octet::TensorQuantization any_tensor(Random& random) {
  return {0.0001f * static_cast<float>(random.in(1, 5000)),
          random.in(std::numeric_limits<T>::min(), std::numeric_limits<T>::max())};
}

template <class T>
std::string difference(const octet::Backend& backend, std::span<const T> got,
                       std::span<const T> expected) {
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (got[i] == expected[i]) continue;
    return std::string(backend.name) + ": element " + std::to_string(i) + " is " +
           std::to_string(got[i]) + " instead of " + std::to_string(expected[i]);
  }
  return "";
}

// Every value of T, each of them `repeats` times before the next, as often as fills `count`.
template <class T>
std::vector<T> all_values(std::int64_t count, std::int64_t repeats) {
  std::vector<T> values(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    values[static_cast<std::size_t>(i)] = static_cast<T>(i / repeats);
  }
  return values;
}

// make(random, shape) gives parameters, reference(params, inputs..., output) computes them.
template <class Operation, class Out, class... In, class Make, class Reference>
Row compare(const Options& options, const char* name, std::int64_t count, const Make& make,
            const Reference& reference, const std::vector<In>&... inputs) {
  const auto runnable = backends();
  Random random(options.seed);
  std::vector<decltype(make(random, octet::Shape{}))> sets;
  while (std::ssize(sets) < options.sets) {
    const auto params = make(random, octet::Shape{1, {static_cast<std::int32_t>(count)}});
    // Not those whose factors are too large.
    if (Operation::prepare(params, *runnable.front())) sets.push_back(params);
  }
  Check check(name, options.sets);
  check.run(options, [&](std::int64_t set) {
    const auto& params = sets[static_cast<std::size_t>(set)];
    std::vector<Out> expected(static_cast<std::size_t>(count));
    reference(params, inputs.data()..., expected.data());
    for (const octet::Backend* backend : runnable) {
      std::vector<Out> output(expected.size());
      const auto operation = Operation::prepare(params, *backend);
      if (!operation) return check.fail("prepare refuses");
      const auto bound = operation->bind(std::span<const In>(inputs)..., std::span<Out>(output));
      if (!bound) return check.fail("bind refuses");
      bound->run();
      const auto message =
          difference(*backend, std::span<const Out>(output), std::span<const Out>(expected));
      if (!message.empty()) check.fail(message);
    }
    check.count(count);
  });
  Row row{name};
  row.add(check, options.sets);
  return row;
}

octet::Rounding any_rounding(Random& random) {
  return octet::kRoundings[random.next() % std::size(octet::kRoundings)];
}

template <template <class> class Binary, class T, class Make, class Reference>
Row pairs(const Options& options, const char* name, const Make& make, const Reference& reference) {
  constexpr std::int64_t kPairs = 256 * 256;
  return compare<Binary<T>, T>(
      options, name, kPairs,
      [&](Random& random, const octet::Shape& shape) {
        return make(octet::BinaryQuantization{shape, any_tensor<T>(random), shape,
                                              any_tensor<T>(random), any_tensor<T>(random),
                                              octet::Activation::none, any_rounding(random)});
      },
      reference, all_values<T>(kPairs, 1), all_values<T>(kPairs, 256));
}

template <class In, class Out>
Row requantize(const Options& options, const char* name) {
  constexpr std::int64_t kValues = std::int64_t{1} << (8 * sizeof(In));
  return compare<octet::Requantize<In, Out>, Out>(
      options, name, kValues,
      [&](Random& random, const octet::Shape& shape) {
        return octet::requantize_params(shape, any_tensor<In>(random), any_tensor<Out>(random),
                                        any_rounding(random));
      },
      OCTET_LIFT(octet::reference::requantize<Out>), all_values<In>(kValues, 1));
}

// A table, prepared as if for a backend.
template <class Table>
struct WithMemory {
  static auto prepare(const typename Table::Params& params, const octet::Backend& /*backend*/) {
    thread_local octet::AlignedBuffer memory(Table::packed_bytes(params));
    return Table::prepare(params, memory.span());
  }
};

template <class Table, class T, class Make, class Reference>
Row table(const Options& options, const char* name, const Make& make, const Reference& reference) {
  constexpr std::int64_t kValues = std::int64_t{1} << (8 * sizeof(T));
  return compare<WithMemory<Table>, T>(
      options, name, kValues,
      [&](Random& random, const octet::Shape& shape) { return make(shape, any_tensor<T>(random)); },
      reference, all_values<T>(kValues, 1));
}

}  // namespace

void elements(const Options& options, Summary& summary) {
  if (!options.wants("elements")) return;
  using octet::reference::add, octet::reference::div, octet::reference::mul,
      octet::reference::prelu, octet::reference::squared_difference, octet::reference::sub;
  const Row rows[] = {
      pairs<octet::Add, std::int8_t>(options, "add int8",
                                     OCTET_LIFT(octet::add_params<std::int8_t>), OCTET_LIFT(add)),
      pairs<octet::Add, std::uint8_t>(options, "add uint8",
                                      OCTET_LIFT(octet::add_params<std::uint8_t>), OCTET_LIFT(add)),
      pairs<octet::Sub, std::int8_t>(options, "sub int8",
                                     OCTET_LIFT(octet::sub_params<std::int8_t>), OCTET_LIFT(sub)),
      pairs<octet::Mul, std::int8_t>(options, "mul int8",
                                     OCTET_LIFT(octet::mul_params<std::int8_t>), OCTET_LIFT(mul)),
      pairs<octet::Mul, std::uint8_t>(options, "mul uint8",
                                      OCTET_LIFT(octet::mul_params<std::uint8_t>), OCTET_LIFT(mul)),
      pairs<octet::SquaredDifference, std::int8_t>(
          options, "squared_difference int8",
          OCTET_LIFT(octet::squared_difference_params<std::int8_t>),
          OCTET_LIFT(squared_difference)),
      pairs<octet::Div, std::int8_t>(options, "div int8",
                                     OCTET_LIFT(octet::div_params<std::int8_t>), OCTET_LIFT(div)),
      pairs<octet::Prelu, std::int8_t>(
          options, "prelu int8", OCTET_LIFT(octet::prelu_params<std::int8_t>), OCTET_LIFT(prelu)),
      requantize<std::int8_t, std::int8_t>(options, "requantize int8 to int8"),
      requantize<std::int16_t, std::int8_t>(options, "requantize int16 to int8"),
      requantize<std::int16_t, std::int16_t>(options, "requantize int16 to int16"),
      table<octet::Logistic<std::int8_t>, std::int8_t>(options, "logistic int8",
                                                       OCTET_LIFT(octet::logistic_params),
                                                       OCTET_LIFT(octet::reference::logistic)),
      table<octet::Tanh<std::int8_t>, std::int8_t>(
          options, "tanh int8", OCTET_LIFT(octet::tanh_params), OCTET_LIFT(octet::reference::tanh)),
  };
  summary.insert(summary.end(), std::begin(rows), std::end(rows));
}

}  // namespace exhaustive
