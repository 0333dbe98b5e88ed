// SPDX-License-Identifier: Apache-2.0
// Pools, means, softmax and operations that move elements: what prepare accepts runs in memory of
// exactly its size, and equals the reference.
#include <array>
#include <memory>
#include <vector>

#include "fuzz/support.hpp"
#include "octet/average_pool2d.hpp"
#include "octet/concat.hpp"
#include "octet/max_pool2d.hpp"
#include "octet/mean.hpp"
#include "octet/pad.hpp"
#include "octet/softmax.hpp"
#include "octet/split.hpp"
#include "octet/strided_slice.hpp"
#include "octet/reference/average_pool2d.hpp"
#include "octet/reference/max_pool2d.hpp"

namespace {

using fuzz::expect;
using fuzz::Input;
using fuzz::Memory;
using fuzz::run;

template <template <class> class Pool, class T, class Reference>
void fuzz_pool(Input& input, Reference reference) {
  octet::Pool2dParams params;
  params.input = {input.shape_nhwc(), input.zero_point<T>()};
  params.filter = input.extents(4);
  params.stride = input.extents(3);
  params.padding = input.padding();
  params.output = input.output<T>();
  params.output.rescale = {};
  if (!input.one_in(16)) params.output.zero_point = params.input.zero_point;
  const std::int64_t outputs = output_shape(params).size();
  const std::int64_t window = octet::detail::saturating_multiply(params.filter.h, params.filter.w);
  const std::int64_t work = octet::detail::saturating_multiply(outputs, window);
  run<T, T>(input, Pool<T>::prepare(params, input.backend()), params.input.shape.size(), outputs,
            work, [&](const T* from, T* to) { reference(params, from, to); });
}

template <class T>
void fuzz_pools(Input& input) {
  if (input.one_in(2)) {
    fuzz_pool<octet::AveragePool2d, T>(
        input, [](const auto&... all) { octet::reference::average_pool2d(all...); });
  } else {
    fuzz_pool<octet::MaxPool2d, T>(
        input, [](const auto&... all) { octet::reference::max_pool2d(all...); });
  }
}

template <class T>
void fuzz_mean(Input& input) {
  octet::MeanParams params;
  params.input = {input.shape(), input.zero_point<T>(), {}};
  for (bool& reduce : params.reduce) reduce = input.one_in(2);
  params.output = input.output<T>();
  const std::int64_t inputs = params.input.shape.size();
  run<T, T>(input, octet::Mean<T>::prepare(params, input.backend()), inputs,
            output_shape(params).size(), inputs,
            [&](const T* from, T* to) { octet::reference::mean(params, from, to); });
}

template <class In, class Out>
void fuzz_softmax(Input& input) {
  using Softmax = octet::Softmax<In, Out>;
  octet::SoftmaxParams params;
  params.input = {input.shape(), input.zero_point<In>(), input.rescale()};
  params.input.rescale.shift = input.number(0, 31);
  params.diff_min = input.number(-300, 0);
  Memory<std::byte> packed(static_cast<std::int64_t>(Softmax::packed_bytes(params)),
                           octet::kAlignment);
  const std::int64_t size = params.input.shape.size();
  run<In, Out>(input, Softmax::prepare(params, packed.span()), size, size, size,
               [&](const In* from, Out* to) { octet::reference::softmax(params, from, to); });
}

template <class T>
void fuzz_pad(Input& input) {
  octet::PadParams params{.input = {.shape = input.shape()}};
  for (int d = 0; d < octet::kMaxRank; ++d) {
    params.before[d] = input.one_in(2) ? input.number(0, 2) : 0;
    params.after[d] = input.one_in(2) ? input.number(0, 2) : 0;
  }
  params.value = input.number(-128, 127);
  const std::int64_t outputs = output_shape(params).size();
  run<T, T>(input, octet::Pad<T>::prepare(params), params.input.shape.size(), outputs, outputs,
            [&](const T* from, T* to) { octet::reference::pad(params, from, to); });
}

template <class T>
void fuzz_strided_slice(Input& input) {
  octet::StridedSliceParams params{.input = {.shape = input.shape()}};
  for (int d = 0; d < octet::kMaxRank; ++d) {
    const std::int32_t extent = params.input.shape.extent[d];
    params.begin[d] = input.number(0, extent > 0 ? extent - 1 : 0);
    params.stride[d] = input.number(-3, 3);
    params.extent[d] = input.extent(3);
  }
  const std::int64_t outputs = output_shape(params).size();
  run<T, T>(input, octet::StridedSlice<T>::prepare(params), params.input.shape.size(), outputs,
            outputs,
            [&](const T* from, T* to) { octet::reference::strided_slice(params, from, to); });
}

template <class T>
void fuzz_concat(Input& input) {
  std::array<octet::Operand, octet::kMaxOperands + 1> operands{};
  const auto count = static_cast<std::size_t>(input.number(1, 4)) % operands.size();
  const octet::Shape shape = input.shape();
  const std::int32_t axis = input.number(0, 3);
  for (std::size_t k = 0; k < count; ++k) {
    operands[k].shape = input.one_in(32) ? input.shape() : shape;
    if (axis >= 0 && axis < octet::kMaxRank) operands[k].shape.extent[axis] = input.extent(5);
  }
  const octet::ConcatParams params{.inputs = {operands.data(), count}, .axis = axis};
  const auto operation = octet::Concat<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t outputs = output_shape(params).size();
  if (!fuzz::fits({octet::detail::saturating_multiply(outputs, 3 * sizeof(T))}) ||
      outputs > fuzz::kMostElements) {
    return fuzz::expect_refusal(operation->bind({}, {}).status());
  }
  std::vector<std::unique_ptr<Memory<T>>> inputs;
  std::vector<std::span<const T>> spans;
  std::vector<const T*> pointers;
  for (std::size_t k = 0; k < count; ++k) {
    inputs.push_back(std::make_unique<Memory<T>>(operands[k].shape.size()));
    inputs.back()->fill(input);
    spans.push_back(inputs.back()->values());
    pointers.push_back(inputs.back()->data());
  }
  Memory<T> output(outputs), expected(outputs);
  const auto bound = operation->bind(spans, output.span());
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::concat(params, pointers.data(), expected.data());
  expect(output == expected);
}

template <class T>
void fuzz_split(Input& input) {
  std::array<std::int32_t, octet::kMaxOperands + 1> sizes{};
  octet::SplitParams params;
  params.input.shape = input.shape();
  params.axis = input.number(0, 3);
  const auto count = static_cast<std::size_t>(input.number(1, 4)) % sizes.size();
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < count; ++k) sum += sizes[k] = input.extent(4);
  const bool fits = sum > 0 && sum <= std::numeric_limits<std::int32_t>::max();
  if (fits && params.axis >= 0 && params.axis < octet::kMaxRank && !input.one_in(16)) {
    params.input.shape.extent[params.axis] = static_cast<std::int32_t>(sum);
  }
  params.sizes = {sizes.data(), count};
  const auto operation = octet::Split<T>::prepare(params);
  if (!operation) return fuzz::expect_refusal(operation.status());
  const std::int64_t inputs = params.input.shape.size();
  if (!fuzz::fits({octet::detail::saturating_multiply(inputs, 3 * sizeof(T))}) ||
      inputs > fuzz::kMostElements) {
    return fuzz::expect_refusal(operation->bind({}, {}).status());
  }
  Memory<T> from(inputs);
  from.fill(input);
  std::vector<std::unique_ptr<Memory<T>>> outputs, expected;
  std::vector<std::span<T>> spans;
  std::vector<T*> pointers;
  for (std::size_t k = 0; k < count; ++k) {
    outputs.push_back(std::make_unique<Memory<T>>(output_shape(params, k).size()));
    expected.push_back(std::make_unique<Memory<T>>(output_shape(params, k).size()));
    spans.push_back(outputs.back()->span());
    pointers.push_back(expected.back()->data());
  }
  const auto bound = operation->bind(from.values(), spans);
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::split(params, from.data(), pointers.data());
  for (std::size_t k = 0; k < count; ++k) expect(*outputs[k] == *expected[k]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.byte() % 13) {
    case 0: fuzz_pools<std::int8_t>(input); break;
    case 1: fuzz_pools<std::uint8_t>(input); break;
    case 2: fuzz_pools<std::int16_t>(input); break;
    case 3: fuzz_mean<std::int8_t>(input); break;
    case 4: fuzz_mean<std::uint8_t>(input); break;
    case 5: fuzz_mean<std::int16_t>(input); break;
    case 6: fuzz_softmax<std::int8_t, std::int8_t>(input); break;
    case 7: fuzz_softmax<std::uint8_t, std::int16_t>(input); break;
    case 8: fuzz_pad<std::int8_t>(input); break;
    case 9: fuzz_pad<std::int32_t>(input); break;
    case 10: fuzz_strided_slice<std::int16_t>(input); break;
    case 11: fuzz_concat<std::int8_t>(input); break;
    default: fuzz_split<std::int64_t>(input);
  }
  return 0;
}
