// SPDX-License-Identifier: Apache-2.0
// Binary, unary and table operations: what prepare accepts runs in memory of exactly its size, and
// equals the reference.
#include "fuzz/support.hpp"
#include "octet/abs.hpp"
#include "octet/add.hpp"
#include "octet/comparison.hpp"
#include "octet/div.hpp"
#include "octet/hard_swish.hpp"
#include "octet/leaky_relu.hpp"
#include "octet/logistic.hpp"
#include "octet/lookup.hpp"
#include "octet/maximum.hpp"
#include "octet/mul.hpp"
#include "octet/prelu.hpp"
#include "octet/requantize.hpp"
#include "octet/rsqrt.hpp"
#include "octet/squared_difference.hpp"
#include "octet/sub.hpp"
#include "octet/tanh.hpp"
#include "support/lift.hpp"

namespace {

using fuzz::expect;
using fuzz::Input;
using fuzz::Memory;

template <template <class...> class Operation, class T, class Out = T, class Params,
          class Reference>
void run_binary(Input& input, const Params& params, Reference reference) {
  const auto operation = Operation<T>::prepare(params, input.backend());
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t size1 = params.input1.shape.size(), size2 = params.input2.shape.size();
  const std::int64_t outputs =
      octet::broadcast_shape(params.input1.shape, params.input2.shape).size();
  if (!fuzz::fits(input, {octet::detail::saturating_multiply(size1, 2),
                          octet::detail::saturating_multiply(size2, 2),
                          octet::detail::saturating_multiply(outputs, 4)}) ||
      outputs > input.limits().elements) {
    return fuzz::expect_refusal(operation->bind({}, {}, {}).status());
  }
  Memory<T> input1(size1), input2(size2);
  Memory<Out> output(outputs), expected(outputs);
  input1.fill(input);
  input2.fill(input);
  const auto bound = operation->bind(input1.values(), input2.values(), output.span());
  expect(static_cast<bool>(bound));
  bound->run();
  reference(params, input1.data(), input2.data(), expected.data());
  expect(output == expected);
}

template <class T, class Params>
Params binary_params(Input& input) {
  Params params;
  params.input1 = {input.shape(), input.zero_point<T>(), input.rescale()};
  params.input2 = {input.shape(), input.zero_point<T>(), input.rescale()};
  // Shapes drawn apart seldom fit each other.
  if (!input.one_in(4)) {
    params.input2.shape = params.input1.shape;
    for (int d = 0; d < octet::kMaxRank; ++d) {
      if (input.one_in(3)) params.input1.shape.extent[d] = 1;
      if (input.one_in(3)) params.input2.shape.extent[d] = 1;
    }
  }
  if constexpr (requires { params.output; }) params.output = input.output<T>();
  return params;
}

template <class T>
void fuzz_binary(Input& input) {
  switch (input.byte() % 7) {
    case 0: {
      auto params = binary_params<T, octet::AddParams>(input);
      params.left_shift = input.number(0, 20);
      if (input.one_in(2)) {
        run_binary<octet::Add, T>(input, params, OCTET_LIFT(octet::reference::add));
      } else {
        run_binary<octet::Sub, T>(input, params, OCTET_LIFT(octet::reference::sub));
      }
      return;
    }
    case 1: {
      auto params = binary_params<T, octet::SquaredDifferenceParams>(input);
      params.left_shift = input.number(0, 8);
      return run_binary<octet::SquaredDifference, T>(
          input, params, OCTET_LIFT(octet::reference::squared_difference));
    }
    case 2: {
      auto params = binary_params<T, octet::ComparisonParams>(input);
      params.left_shift = input.number(0, 21);
      params.input1.rescale.shift = input.number(-31, 0);
      params.input2.rescale.shift = input.number(-31, 0);
      using enum octet::Comparison;
      if (input.one_in(2)) {
        run_binary<octet::Less, T, std::uint8_t>(input, params,
                                                 OCTET_LIFT(octet::reference::compare<less>));
      } else {
        run_binary<octet::Equal, T, std::uint8_t>(input, params,
                                                  OCTET_LIFT(octet::reference::compare<equal>));
      }
      return;
    }
    case 3:
      return run_binary<octet::Maximum, T>(input, binary_params<T, octet::MaximumParams>(input),
                                           OCTET_LIFT(octet::reference::maximum));
    case 4:
      return run_binary<octet::Div, T>(input, binary_params<T, octet::DivParams>(input),
                                       OCTET_LIFT(octet::reference::div));
    case 5:
      return run_binary<octet::Prelu, T>(input, binary_params<T, octet::PreluParams>(input),
                                         OCTET_LIFT(octet::reference::prelu));
    default:
      auto params = binary_params<T, octet::MulParams>(input);
      params.input1.rescale = params.input2.rescale = {};
      run_binary<octet::Mul, T>(input, params, OCTET_LIFT(octet::reference::mul));
  }
}

template <class In, class Out>
void fuzz_requantize(Input& input) {
  octet::RequantizeParams params;
  params.input = {input.shape(), input.zero_point<In>(), {}};
  params.output = input.output<Out>();
  const std::int64_t size = params.input.shape.size();
  fuzz::run<In, Out>(
      input, octet::Requantize<In, Out>::prepare(params, input.backend()), size, size, size,
      [&](const In* from, Out* to) { octet::reference::requantize<Out>(params, from, to); });
}

template <class T>
void fuzz_abs(Input& input) {
  octet::AbsParams params;
  params.input = {input.shape(), input.zero_point<T>(), {}};
  params.output = input.output<T>();
  const std::int64_t size = params.input.shape.size();
  fuzz::run<T, T>(input, octet::Abs<T>::prepare(params, input.backend()), size, size, size,
                  [&](const T* from, T* to) { octet::reference::abs(params, from, to); });
}

void fuzz_lookup(Input& input) {
  using T = std::uint8_t;
  octet::LookupParams params{.input = {input.shape(), input.zero_point<T>(), {}}};
  Memory<T> entries(256);
  entries.fill(input);
  std::copy_n(entries.data(), 256, params.entries);
  Memory<std::byte> packed(static_cast<std::int64_t>(octet::Lookup<T>::packed_bytes(params)),
                           octet::kAlignment);
  const std::int64_t size = params.input.shape.size();
  fuzz::run<T, T>(input, octet::Lookup<T>::prepare(params, packed.span(), input.backend()), size,
                  size, size,
                  [&](const T* from, T* to) { octet::reference::lookup(params, from, to); });
}

template <class T>
void fuzz_leaky_relu(Input& input) {
  octet::LeakyReluParams params;
  params.input = {input.shape(), input.zero_point<T>(), input.rescale()};
  params.negates = input.one_in(2);
  params.output = input.output<T>();
  const std::int64_t size = params.input.shape.size();
  fuzz::run<T, T>(input, octet::LeakyRelu<T>::prepare(params, input.backend()), size, size, size,
                  [&](const T* from, T* to) { octet::reference::leaky_relu(params, from, to); });
}

// Multipliers of Q0.31, or of 16 bits where kIsNarrow.
template <class Operation, class Params, bool kIsNarrow = false, class Reference>
void fuzz_table(Input& input, Reference reference) {
  Params params;
  params.input = {input.shape(), input.zero_point<std::int8_t>(), input.rescale()};
  params.input.rescale.shift = input.number(kIsNarrow ? -32 : 0, kIsNarrow ? 32 : 30);
  if constexpr (requires { params.input_range_radius; }) {
    params.input_range_radius = input.number(0, 255);
  } else {
    params.output = input.output<std::int8_t>();
  }
  if (kIsNarrow) {
    params.input.rescale.multiplier >>= 16;
    if constexpr (requires { params.output; }) params.output.rescale.multiplier >>= 16;
  }
  Memory<std::byte> packed(static_cast<std::int64_t>(Operation::packed_bytes(params)),
                           octet::kAlignment);
  const std::int64_t size = params.input.shape.size();
  fuzz::run<std::int8_t, std::int8_t>(
      input, Operation::prepare(params, packed.span(), input.backend()), size, size, size,
      [&](const std::int8_t* from, std::int8_t* to) { reference(params, from, to); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using octet::Logistic, octet::LogisticParams, octet::Tanh, octet::TanhParams;
  Input input(data, size);
  switch (input.byte() % 19) {
    case 0: fuzz_requantize<std::int8_t, std::int8_t>(input); break;
    case 1: fuzz_requantize<std::uint8_t, std::int8_t>(input); break;
    case 2: fuzz_requantize<std::int16_t, std::int8_t>(input); break;
    case 3: fuzz_requantize<std::int8_t, std::int16_t>(input); break;
    case 4: fuzz_requantize<std::int32_t, std::int8_t>(input); break;
    case 5:
      fuzz_table<Logistic<std::int8_t>, LogisticParams>(input,
                                                        OCTET_LIFT(octet::reference::logistic));
      break;
    case 6:
      fuzz_table<Tanh<std::int8_t>, TanhParams>(input, OCTET_LIFT(octet::reference::tanh));
      break;
    case 7:
      fuzz_table<octet::HardSwish<std::int8_t>, octet::HardSwishParams, true>(
          input, OCTET_LIFT(octet::reference::hard_swish));
      break;
    case 8:
      fuzz_table<octet::Rsqrt<std::int8_t>, octet::RsqrtParams>(
          input, OCTET_LIFT(octet::reference::rsqrt));
      break;
    case 9: fuzz_leaky_relu<std::int8_t>(input); break;
    case 10: fuzz_leaky_relu<std::int16_t>(input); break;
    case 16: fuzz_abs<std::int8_t>(input); break;
    case 17: fuzz_abs<std::int16_t>(input); break;
    case 18: fuzz_lookup(input); break;
    case 11:
    case 12: fuzz_binary<std::int16_t>(input); break;
    case 13: fuzz_binary<std::uint8_t>(input); break;
    default: fuzz_binary<std::int8_t>(input);
  }
  return 0;
}
