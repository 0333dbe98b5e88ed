// SPDX-License-Identifier: Apache-2.0
// elementwise/octet:<backend>/<operation>/<type>, elementwise/fp32:<backend>/<operation>, the same
// as a loop of floats (float_loops.hpp), and elementwise/memcpy: 65,536 elements each. GOPS counts
// one operation for each element, so that for bytes it is GB/s of the output.
#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "float_loops.hpp"
#include "memcpy.hpp"
#include "octet/add.hpp"
#include "octet/add_n.hpp"
#include "octet/div.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/logistic.hpp"
#include "octet/mul.hpp"
#include "octet/quantize/binary.hpp"
#include "octet/quantize/unary.hpp"
#include "octet/reference.hpp"
#include "octet/requantize.hpp"
#include "octet/tanh.hpp"
#include "one_input.hpp"

namespace octet_bench {
namespace {

constexpr std::int32_t kCount = 65536;
constexpr octet::Shape kShape = {1, {kCount}};

template <class T>
Array<T> random_values(Generator::result_type seed = kSeed) {
  Generator generator(seed);
  Array<T> values(kCount);
  fill(values.span(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), generator);
  return values;
}

// The scale of values of the type that reach 6.
template <class T>
octet::TensorQuantization quantization() {
  return {6.0f / static_cast<float>(std::numeric_limits<T>::max()), sizeof(T) == 1 ? 3 : 0};
}

std::string octet_name(const octet::Backend& backend, const std::string& operation) {
  return std::string("elementwise/octet:") + backend.name + "/" + operation;
}

// Operations of one input: reference(params, input, output).
template <class Operation, class T, class Params, class Reference>
void register_unary(const octet::Backend& backend, const std::string& name, const Params& params,
                    const Reference& reference) {
  register_benchmark(octet_name(backend, name), [=, &backend](benchmark::State& state) {
    const Array<T> input = random_values<T>();
    Array<T> expected(kCount);
    reference(params, input.data(), expected.data());
    if constexpr (requires { Operation::packed_bytes(params); }) {
      octet::AlignedBuffer packed(Operation::packed_bytes(params));
      measure_one_input(state, Operation::prepare(params, packed.span(), backend), input, expected,
                        kCount);
    } else {
      measure_one_input(state, Operation::prepare(params, backend), input, expected, kCount);
    }
  });
}

template <class Operation, class T, class Params, class Reference>
void register_binary(const octet::Backend& backend, const std::string& name, const Params& params,
                     const Reference& reference) {
  register_benchmark(octet_name(backend, name), [=, &backend](benchmark::State& state) {
    const Array<T> input1 = random_values<T>(), input2 = random_values<T>(kSeed + 1);
    Array<T> output(kCount), expected(kCount);
    reference(params, input1.data(), input2.data(), expected.data());
    const auto operation = Operation::prepare(params, backend);
    const auto bound = operation->bind(input1.span(), input2.span(), output.span());
    if (!bound) return fail(state, octet::to_string(bound.status()));
    bound->run();
    if (!std::ranges::equal(output.span(), expected.span())) {
      return fail(state, "outputs differ from the reference");
    }
    measure(state, kCount, 3 * kCount * static_cast<std::int64_t>(sizeof(T)),
            [&] { bound->run(); });
  });
}

// The sum of as many tensors as a block of a residual network may have branches.
template <class T>
void register_add_n(const octet::Backend& backend, const std::string& name,
                    const octet::AddNParams& params) {
  register_benchmark(octet_name(backend, name), [=, &backend](benchmark::State& state) {
    std::vector<Array<T>> inputs;
    std::vector<const T*> pointers;
    for (std::int32_t k = 0; k < params.count; ++k) {
      inputs.push_back(random_values<T>(kSeed + static_cast<Generator::result_type>(k)));
      pointers.push_back(inputs.back().data());
    }
    std::vector<std::span<const T>> spans;
    for (const Array<T>& input : inputs) spans.push_back(input.span());
    Array<T> output(kCount), expected(kCount);
    octet::reference::add_n(params, pointers.data(), expected.data());
    const auto operation = octet::AddN<T>::prepare(params, backend);
    const auto bound = operation->bind(spans, output.span());
    if (!bound) return fail(state, octet::to_string(bound.status()));
    bound->run();
    if (!std::ranges::equal(output.span(), expected.span())) {
      return fail(state, "outputs differ from the reference");
    }
    measure(state, kCount, (params.count + 1) * kCount * static_cast<std::int64_t>(sizeof(T)),
            [&] { bound->run(); });
  });
}

template <class T>
void register_octet(const octet::Backend& backend, const std::string& type) {
  const octet::TensorQuantization q = quantization<T>();
  const octet::RequantizeParams requantize{
      .input = {.shape = kShape, .zero_point = q.zero_point},
      .output = {.zero_point = q.zero_point, .rescale = octet::quantize_multiplier(0.7)}};
  register_unary<octet::Requantize<T, T>, T>(backend, "requantize/" + type, requantize,
                                             REFERENCE(requantize));
  register_binary<octet::Add<T>, T>(
      backend, "add/" + type, octet::add_params<T>({kShape, q, kShape, q, q}), REFERENCE(add));
  register_binary<octet::Mul<T>, T>(
      backend, "mul/" + type, octet::mul_params<T>({kShape, q, kShape, q, q}), REFERENCE(mul));
  register_binary<octet::Div<T>, T>(
      backend, "div/" + type, octet::div_params<T>({kShape, q, kShape, q, q}), REFERENCE(div));
  if constexpr (sizeof(T) == 1) {
    register_add_n<T>(backend, "add_n/" + type, octet::add_n_params<T>(kShape, 4, q, q));
    register_unary<octet::Logistic<T>, T>(backend, "logistic/" + type,
                                          octet::logistic_params(kShape, q), REFERENCE(logistic));
  } else {
    register_unary<octet::Logistic<T>, T>(
        backend, "logistic/" + type, octet::logistic_int16_params(kShape, q), REFERENCE(logistic));
    register_unary<octet::Tanh<T>, T>(backend, "tanh/" + type, octet::tanh_int16_params(kShape, q),
                                      REFERENCE(tanh));
  }
}

template <class Loop>
void register_float(const octet::Backend& backend, const std::string& name, Loop* loop) {
  register_benchmark(std::string("elementwise/fp32:") + backend.name + "/" + name,
                     [loop](benchmark::State& state) {
                       Array<float> x1(kCount), x2(kCount), y(kCount);
                       Generator generator(kSeed);
                       for (Array<float>* x : {&x1, &x2}) fill(x->span(), -6, 6, generator);
                       if constexpr (std::is_same_v<Loop, FloatLoops::Binary>) {
                         measure(state, kCount, 12 * kCount,
                                 [&] { loop(kCount, x1.data(), x2.data(), y.data()); });
                       } else {
                         measure(state, kCount, 8 * kCount,
                                 [&] { loop(kCount, x1.data(), y.data()); });
                       }
                     });
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  return run_beside_memcpy("elementwise", argc, argv, [](const octet::Backend& backend) {
    register_octet<std::int8_t>(backend, "s8");
    register_octet<std::int16_t>(backend, "s16");
    const FloatLoops& loops = float_loops(backend);
    register_float(backend, "requantize", loops.rescale);
    register_float(backend, "add", loops.add);
    register_float(backend, "mul", loops.mul);
    register_float(backend, "div", loops.div);
    register_float(backend, "logistic", loops.logistic);
  });
}
