// SPDX-License-Identifier: Apache-2.0
// recurrent/octet:<backend>/svdf/s8s16/<inputs>x<filters>x<memory>, a step of a filter over time of
// rank 1, and recurrent/octet:<backend>/lstm/<type>/<inputs>x<hidden>, a step of a long short-term
// memory; recurrent/fp32:<backend>/..., the same as loops of floats (float_loops.hpp); and
// recurrent/memcpy. GOPS counts multiplications and additions of the weights, of which each is read
// once, so that half of it is GB/s of int8 weights.
#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "float_loops.hpp"
#include "memcpy.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/hosted/message.hpp"
#include "octet/reference.hpp"
#include "octet/svdf.hpp"
#include "octet/unidirectional_sequence_lstm.hpp"

namespace octet_bench {
namespace {

template <class T>
Array<T> random_values(std::int64_t size, Generator& generator) {
  Array<T> values(size);
  fill(values.span(), std::numeric_limits<T>::min() / 4, std::numeric_limits<T>::max() / 4,
       generator);
  return values;
}

std::string name_of(const char* library, const octet::Backend& backend, const std::string& layer) {
  return std::string("recurrent/") + library + ":" + backend.name + "/" + layer;
}

// From "keyword spotting" in the examples of tflite-micro, and a layer that does not fit a cache of
// the first level.
constexpr std::int32_t kSvdfShapes[][3] = {{40, 64, 10}, {512, 256, 16}};
constexpr std::int32_t kLstmShapes[][2] = {{40, 64}, {256, 256}};

void run_svdf(benchmark::State& state, const octet::SvdfParams& params,
              const octet::Backend& backend) {
  using Svdf = octet::Svdf<std::int16_t>;
  const std::int64_t filters = params.filters, memory = params.memory;
  Generator generator(kSeed);
  const auto input = random_values<std::int8_t>(params.inputs, generator);
  const auto feature = random_values<std::int8_t>(filters * params.inputs, generator);
  const auto time = random_values<std::int16_t>(filters * memory, generator);
  Array<std::int16_t> remembered(filters * memory), expected_state(filters * memory);
  Array<std::int8_t> output(filters), expected(filters);
  octet::reference::svdf(params, input.data(), feature.data(), time.data(), nullptr,
                         expected_state.data(), expected.data());
  octet::AlignedBuffer packed(Svdf::packed_bytes(params, backend));
  const auto svdf =
      Svdf::prepare(params, {feature.span(), time.span(), {}}, packed.span(), backend);
  if (!svdf) return fail(state, octet::to_string(svdf.status()));
  octet::AlignedBuffer scratch(svdf->scratch_bytes());
  const auto bound = svdf->bind(input.span(), remembered.span(), output.span(), scratch.span());
  if (!bound) return fail(state, octet::to_string(bound.status()));
  bound->run();
  if (!std::ranges::equal(output.span(), expected.span())) {
    return fail(state, "outputs differ from the reference");
  }
  const std::int64_t weights = filters * (params.inputs + memory);
  measure(state, 2 * weights, weights + filters * memory, [&] { bound->run(); });
}

template <class T>
void run_lstm(benchmark::State& state, octet::LstmParams params, const octet::Backend& backend) {
  using Lstm = octet::UnidirectionalSequenceLstm<T>;
  const std::int64_t hidden = params.hidden, rows = 4 * hidden;
  Generator generator(kSeed);
  const auto input = random_values<T>(params.inputs, generator);
  const auto input_weights = random_values<std::int8_t>(rows * params.inputs, generator);
  const auto hidden_weights = random_values<std::int8_t>(rows * hidden, generator);
  const std::int32_t multiplier[] = {1 << 30}, shift[] = {sizeof(T) == 1 ? -3 : -9};
  params.input_gates = params.recurrent_gates = {multiplier, shift};
  Array<T> state_of_output(hidden), expected_hidden(hidden), output(hidden), expected(hidden);
  Array<std::int16_t> cell(hidden), expected_cell(hidden);
  octet::reference::unidirectional_sequence_lstm(
      params, input.data(), input_weights.data(), hidden_weights.data(),
      static_cast<const std::conditional_t<sizeof(T) == 1, std::int32_t, std::int64_t>*>(nullptr),
      expected_hidden.data(), expected_cell.data(), expected.data());
  octet::AlignedBuffer packed(Lstm::packed_bytes(params, backend));
  const auto lstm = Lstm::prepare(params, {input_weights.span(), hidden_weights.span(), {}},
                                  packed.span(), backend);
  if (!lstm) return fail(state, octet::to_string(lstm.status()));
  octet::AlignedBuffer scratch(lstm->scratch_bytes());
  const auto bound =
      lstm->bind(input.span(), state_of_output.span(), cell.span(), output.span(), scratch.span());
  if (!bound) return fail(state, octet::to_string(bound.status()));
  bound->run();
  if (!std::ranges::equal(output.span(), expected.span())) {
    return fail(state, "outputs differ from the reference");
  }
  const std::int64_t weights = rows * (params.inputs + hidden);
  measure(state, 2 * weights, weights, [&] { bound->run(); });
}

void register_svdf(const octet::Backend& backend, std::int32_t inputs, std::int32_t filters,
                   std::int32_t memory) {
  const std::string shape =
      std::to_string(inputs) + "x" + std::to_string(filters) + "x" + std::to_string(memory);
  octet::SvdfParams params{.inputs = inputs, .filters = filters, .memory = memory};
  params.input.zero_point = 3;
  params.state.rescale = {1 << 30, -3};
  params.output = {.zero_point = -5, .rescale = {1 << 30, -17}};
  register_benchmark(name_of("octet", backend, "svdf/s8s16/" + shape),
                     [=, &backend](benchmark::State& state) { run_svdf(state, params, backend); });
  const FloatLoops& loops = float_loops(backend);
  register_benchmark(name_of("fp32", backend, "svdf/" + shape), [=,
                                                                 &loops](benchmark::State& state) {
    const std::int64_t rows = filters, columns = inputs, length = memory;
    Array<float> weights(rows * columns), x(columns), features(rows), time(rows * length),
        remembered(rows * length), y(rows);
    measure(state, 2 * rows * (columns + length), 4 * rows * (columns + 2 * length), [&] {
      loops.product(rows, columns, weights.data(), x.data(), features.data());
      for (std::int64_t r = 0; r < rows; ++r) {
        float* const entries = remembered.data() + r * length;
        std::memmove(entries, entries + 1, static_cast<std::size_t>(length - 1) * sizeof(float));
        entries[length - 1] = features.data()[r];
        loops.product(1, length, time.data() + r * length, entries, y.data() + r);
      }
    });
  });
}

void register_lstm(const octet::Backend& backend, std::int32_t inputs, std::int32_t hidden) {
  const std::string shape = std::to_string(inputs) + "x" + std::to_string(hidden);
  octet::LstmParams params{.inputs = inputs, .hidden = hidden};
  params.cell = {.forget = {1 << 30, -14}, .input = {1 << 30, -18}};
  params.output.rescale = {1 << 30, -22};
  register_benchmark(
      name_of("octet", backend, "lstm/s8/" + shape),
      [=, &backend](benchmark::State& state) { run_lstm<std::int8_t>(state, params, backend); });
  params.output.rescale = {1 << 30, -14};
  register_benchmark(
      name_of("octet", backend, "lstm/s16/" + shape),
      [=, &backend](benchmark::State& state) { run_lstm<std::int16_t>(state, params, backend); });
  const FloatLoops& loops = float_loops(backend);
  register_benchmark(
      name_of("fp32", backend, "lstm/" + shape), [=, &loops](benchmark::State& state) {
        const std::int64_t units = hidden, rows = 4 * units, columns = inputs;
        Array<float> input_weights(rows * columns), hidden_weights(rows * units), x(columns),
            sums(rows), recurrent(rows), cell(units), y(units);
        Generator generator(kSeed);
        for (Array<float>* values : {&input_weights, &hidden_weights, &x}) {
          fill(values->span(), -1, 1, generator);
        }
        measure(state, 2 * rows * (columns + units), 4 * rows * (columns + units), [&] {
          loops.product(rows, columns, input_weights.data(), x.data(), sums.data());
          loops.product(rows, units, hidden_weights.data(), y.data(), recurrent.data());
          loops.add(rows, sums.data(), recurrent.data(), sums.data());
          loops.gates(units, sums.data(), cell.data(), y.data());
        });
      });
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  return run_beside_memcpy("recurrent", argc, argv, [](const octet::Backend& backend) {
    for (const auto& [inputs, filters, memory] : kSvdfShapes) {
      register_svdf(backend, inputs, filters, memory);
    }
    for (const auto& [inputs, hidden] : kLstmShapes) register_lstm(backend, inputs, hidden);
  });
}
