// SPDX-License-Identifier: Apache-2.0
// rows/octet:<backend>/<operation>/<type>/<depth>, rows/fp32:<backend>/<operation>/<depth>, the
// same as loops of floats (float_loops.hpp), and rows/memcpy: rows of about 65,536 elements
// together. GOPS counts one operation for each element, so that for bytes it is GB/s of the output.
#include <limits>
#include <string>
#include <vector>

#include "float_loops.hpp"
#include "memcpy.hpp"
#include "octet/arg_max_min.hpp"
#include "octet/hosted/aligned_buffer.hpp"
#include "octet/l2_normalization.hpp"
#include "octet/layer_normalization.hpp"
#include "octet/log_softmax.hpp"
#include "octet/quantize/rows.hpp"
#include "octet/reference.hpp"
#include "octet/softmax.hpp"
#include "one_input.hpp"

namespace octet_bench {
namespace {

constexpr std::int32_t kElements = 65536;
constexpr std::int32_t kDepths[] = {10, 100, 1000};

// reference(params, input, output). Where an operation has kernels, those of the backend.
template <class Operation, class T, class Out = T, class Params, class Reference>
void register_rows(const octet::Backend& backend, const std::string& name, const Params& params,
                   const Reference& reference) {
  const std::int64_t count = params.input.shape.size();
  register_benchmark(
      std::string("rows/octet:") + backend.name + "/" + name + "/" +
          std::to_string(params.input.shape.extent[1]),
      [=, &backend](benchmark::State& state) {
        Array<T> input(count);
        Array<Out> expected(output_shape(params).size());
        Generator generator(kSeed);
        fill(input.span(), std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), generator);
        reference(params, input.data(), expected.data());
        if constexpr (requires { Operation::packed_bytes(params); }) {
          octet::AlignedBuffer packed(Operation::packed_bytes(params));
          measure_one_input(state, Operation::prepare(params, packed.span(), backend), input,
                            expected, count);
        } else {
          measure_one_input(state, Operation::prepare(params, backend), input, expected, count);
        }
      });
}

// Along rows, and along columns: rows of depth elements one below the other.
template <class T>
void register_arg_max(const octet::Backend& backend, const std::string& name, std::int32_t depth) {
  using Operation = octet::ArgMax<T>;
  octet::ArgMaxParams params{.input = {.shape = {2, {kElements / depth, depth}}}, .axis = 1};
  register_rows<Operation, T, std::int32_t>(backend, name, params, REFERENCE(arg_max));
  params.axis = 0;
  register_rows<Operation, T, std::int32_t>(backend, name + "/columns", params, REFERENCE(arg_max));
}

void register_octet(const octet::Backend& backend, std::int32_t depth) {
  const octet::Shape shape = {2, {kElements / depth, depth}};
  const float scale = 0.05f;
  const auto [rescale, diff_min] = octet::preprocess_softmax_scaling(1.0, scale);
  register_rows<octet::Softmax<std::int8_t>, std::int8_t>(
      backend, "softmax/s8",
      octet::SoftmaxParams{.input = {.shape = shape, .rescale = rescale}, .diff_min = diff_min},
      REFERENCE(softmax));
  register_rows<octet::Softmax<std::int16_t>, std::int16_t>(
      backend, "softmax/s16", octet::softmax_int16_params(shape, 1.0, {scale / 256, 0}),
      REFERENCE(softmax));
  register_rows<octet::LogSoftmax<std::int8_t>, std::int8_t>(
      backend, "log_softmax/s8", octet::log_softmax_params(shape, {scale, 0}),
      REFERENCE(log_softmax));
  register_rows<octet::L2Normalization<std::int8_t>, std::int8_t>(
      backend, "l2_normalization/s8",
      octet::L2NormalizationParams{.input = {.shape = shape, .zero_point = 3}},
      REFERENCE(l2_normalization));
  register_arg_max<std::int8_t>(backend, "arg_max/s8", depth);
  register_arg_max<std::int16_t>(backend, "arg_max/s16", depth);
  static const std::vector<std::int8_t> weights(kElements, 100);
  const auto layer = octet::layer_normalization_params(
      shape, {scale, 3}, std::span(weights).first(static_cast<std::size_t>(depth)), 0.01f, {},
      {scale, -5});
  register_rows<octet::LayerNormalization<std::int8_t>, std::int8_t>(
      backend, "layer_normalization/s8", layer, REFERENCE(layer_normalization));
}

void register_float(const octet::Backend& backend, std::int32_t depth, const std::string& name,
                    FloatLoops::Row* row) {
  register_benchmark(
      std::string("rows/fp32:") + backend.name + "/" + name + "/" + std::to_string(depth),
      [=](benchmark::State& state) {
        const std::int64_t count = kElements / depth * depth;
        Array<float> x(count), y(count);
        Generator generator(kSeed);
        fill(x.span(), -6, 6, generator);
        measure(state, count, 8 * count, [&] {
          for (std::int64_t i = 0; i < count; i += depth) {
            row(depth, x.data() + i, y.data() + i);
          }
        });
      });
}

}  // namespace
}  // namespace octet_bench

int main(int argc, char** argv) {
  using namespace octet_bench;
  return run_beside_memcpy("rows", argc, argv, [](const octet::Backend& backend) {
    const FloatLoops& loops = float_loops(backend);
    for (const std::int32_t depth : kDepths) {
      register_octet(backend, depth);
      register_float(backend, depth, "softmax", loops.softmax);
      register_float(backend, depth, "log_softmax", loops.log_softmax);
      register_float(backend, depth, "l2_normalization", loops.l2_normalization);
      register_float(backend, depth, "layer_normalization", loops.layer_normalization);
    }
  });
}
