// SPDX-License-Identifier: Apache-2.0
// Resizing, reductions, operations along one dimension and on rows: what prepare accepts runs in
// memory of exactly its size, and equals the reference.
#include <algorithm>

#include "fuzz/support.hpp"
#include "octet/arg_max_min.hpp"
#include "octet/cumsum.hpp"
#include "octet/l2_normalization.hpp"
#include "octet/layer_normalization.hpp"
#include "octet/log_softmax.hpp"
#include "octet/reduce_max_min.hpp"
#include "octet/resize_bilinear.hpp"
#include "octet/resize_nearest_neighbor.hpp"
#include "octet/softmax.hpp"
#include "octet/sum.hpp"

namespace {

using fuzz::Input;
using fuzz::Memory;
using fuzz::run;

template <class T>
void fuzz_resize(Input& input) {
  octet::Resize2dParams params{.input = {input.shape_nhwc(), input.zero_point<T>()},
                               .size = input.extents(12),
                               .align_corners = input.one_in(3),
                               .half_pixel_centers = input.one_in(3),
                               .rounding = input.rounding()};
  const std::int64_t inputs = params.input.shape.size(), outputs = output_shape(params).size();
  if (input.one_in(2)) {
    run<T, T>(
        input, octet::ResizeNearestNeighbor<T>::prepare(params), inputs, outputs, outputs,
        [&](const T* from, T* to) { octet::reference::resize_nearest_neighbor(params, from, to); });
  } else {
    run<T, T>(input, octet::ResizeBilinear<T>::prepare(params, input.backend()), inputs, outputs,
              outputs,
              [&](const T* from, T* to) { octet::reference::resize_bilinear(params, from, to); });
  }
}

template <class T>
void fuzz_reduction(Input& input) {
  octet::SumParams sum;
  sum.input = {input.shape(), input.zero_point<T>(), {}};
  for (bool& reduce : sum.reduce) reduce = input.one_in(2);
  sum.output = input.output<T>();
  octet::ReduceParams extreme{.input = sum.input};
  std::copy(std::begin(sum.reduce), std::end(sum.reduce), extreme.reduce);
  const std::int64_t inputs = sum.input.shape.size(), outputs = output_shape(sum).size();
  if (input.one_in(2)) {
    run<T, T>(input, octet::Sum<T>::prepare(sum, input.backend()), inputs, outputs, inputs,
              [&](const T* from, T* to) { octet::reference::sum(sum, from, to); });
  } else {
    run<T, T>(input, octet::ReduceMax<T>::prepare(extreme, input.backend()), inputs, outputs,
              inputs,
              [&](const T* from, T* to) { octet::reference::reduce_max(extreme, from, to); });
  }
}

template <class T>
void fuzz_arg_max(Input& input) {
  octet::ArgMaxParams params{.input = {.shape = input.shape()}, .axis = input.number(0, 3)};
  const std::int64_t inputs = params.input.shape.size();
  run<T, std::int32_t>(
      input, octet::ArgMax<T>::prepare(params), inputs, output_shape(params).size(), inputs,
      [&](const T* from, std::int32_t* to) { octet::reference::arg_max(params, from, to); });
}

template <class T>
void fuzz_cumsum(Input& input) {
  octet::CumsumParams params{.input = {input.shape(), input.zero_point<T>(), {}},
                             .axis = input.number(0, 3),
                             .exclusive = input.one_in(2),
                             .reverse = input.one_in(2),
                             .output = input.output<T>()};
  params.output.rescale.shift = input.number(-25, 0);
  const std::int64_t size = params.input.shape.size();
  run<T, T>(input, octet::Cumsum<T>::prepare(params), size, size, size,
            [&](const T* from, T* to) { octet::reference::cumsum(params, from, to); });
}

void fuzz_softmax(Input& input) {
  using T = std::int16_t;
  octet::SoftmaxParams params{.input = {input.shape(), 0, input.rescale()}};
  params.input.rescale.shift = input.number(-31, 15);
  const std::int64_t size = params.input.shape.size();
  run<T, T>(input, octet::Softmax<T>::prepare(params, input.backend()), size, size, size,
            [&](const T* from, T* to) { octet::reference::softmax(params, from, to); });
}

void fuzz_log_softmax(Input& input) {
  using T = std::int8_t;
  using LogSoftmax = octet::LogSoftmax<T>;
  octet::LogSoftmaxParams params{.input = {input.shape(), 0, input.rescale()},
                                 .diff_min = input.number(-300, 0),
                                 .reverse_rescale = input.rescale()};
  params.input.rescale.shift = input.number(0, 31);
  Memory<std::byte> packed(static_cast<std::int64_t>(LogSoftmax::packed_bytes(params)),
                           octet::kAlignment);
  const std::int64_t size = params.input.shape.size();
  run<T, T>(input, LogSoftmax::prepare(params, packed.span(), input.backend()), size, size, size,
            [&](const T* from, T* to) { octet::reference::log_softmax(params, from, to); });
}

void fuzz_l2_normalization(Input& input) {
  using T = std::int8_t;
  const octet::L2NormalizationParams params{.input = {input.shape(), input.zero_point<T>(), {}}};
  const std::int64_t size = params.input.shape.size();
  run<T, T>(input, octet::L2Normalization<T>::prepare(params, input.backend()), size, size, size,
            [&](const T* from, T* to) { octet::reference::l2_normalization(params, from, to); });
}

// Rows of up to 64 elements, whose weights and biases are there whatever is drawn.
template <class T>
void fuzz_layer_normalization(Input& input) {
  octet::LayerNormalizationParams params{.input = {input.shape(), input.zero_point<T>(), {}},
                                         .epsilon = input.number(-1, 1 << 20),
                                         .output = input.output<T>()};
  octet::Shape& shape = params.input.shape;
  const std::int32_t depth = input.number(0, 64);
  if (shape.rank > 0 && shape.rank <= octet::kMaxRank) shape.extent[shape.rank - 1] = depth;
  const std::int32_t weights = std::clamp(depth, 0, 64);
  Memory<std::int8_t> weight(weights);
  Memory<std::int32_t> bias(weights);
  weight.fill(input);
  for (std::int32_t& value : bias.span()) value = input.number(-(1 << 20), 1 << 20);
  params.weight = weight.values();
  if (input.one_in(2)) params.bias = bias.values();
  const std::int64_t size = shape.size();
  run<T, T>(input, octet::LayerNormalization<T>::prepare(params, input.backend()), size, size, size,
            [&](const T* from, T* to) { octet::reference::layer_normalization(params, from, to); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.byte() % 11) {
    case 0: fuzz_resize<std::int8_t>(input); break;
    case 1: fuzz_resize<std::int16_t>(input); break;
    case 2: fuzz_reduction<std::int8_t>(input); break;
    case 3: fuzz_reduction<std::int16_t>(input); break;
    case 4: fuzz_arg_max<std::uint8_t>(input); break;
    case 5: fuzz_cumsum<std::int8_t>(input); break;
    case 6: fuzz_softmax(input); break;
    case 7: fuzz_log_softmax(input); break;
    case 8: fuzz_layer_normalization<std::int8_t>(input); break;
    case 9: fuzz_layer_normalization<std::int16_t>(input); break;
    default: fuzz_l2_normalization(input);
  }
  return 0;
}
