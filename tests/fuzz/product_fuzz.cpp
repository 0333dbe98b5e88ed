// SPDX-License-Identifier: Apache-2.0
// Operations with weights: what prepare accepts runs in memory of exactly the sizes that it names,
// whole and in parts, and equals the reference wherever that does not overflow.
#include <algorithm>
#include <type_traits>

#include "fuzz/support.hpp"
#include "octet/batch_matmul.hpp"
#include "octet/conv2d.hpp"
#include "octet/depthwise_conv2d.hpp"
#include "octet/fully_connected.hpp"
#include "octet/gemm.hpp"
#include "octet/transpose_conv2d.hpp"

namespace {

using fuzz::expect;
using fuzz::Input;
using fuzz::Memory;
using octet::detail::saturating_multiply;

// Sizes in elements, and the products of an output.
struct Sizes {
  std::int64_t input, filter, output, channels, depth;
};

// Multipliers and shifts, one for all channels or one for each.
class Stage {
 public:
  template <class Out>
  Stage(Input& input, std::int64_t channels, octet::OutputStage& stage, std::type_identity<Out>)
      : multiplier_(count(input, channels)), shift_(count(input, channels)) {
    stage.rounding = input.rounding();
    if (sizeof(Out) == 4 && !input.one_in(16)) return;
    const octet::Output output = input.output<Out>();
    stage.zero_point = output.zero_point;
    stage.min = output.min;
    stage.max = output.max;
    Random random(static_cast<std::uint32_t>(input.word()));
    random.fill(multiplier_.span(), 1 << 30, std::numeric_limits<std::int32_t>::max());
    random.fill(shift_.span(), -15, input.one_in(4) ? 4 : 0);
    if (input.one_in(16)) multiplier_.span()[0] = input.word();
    if (input.one_in(16)) shift_.span()[0] = input.word();
    stage.multiplier = multiplier_.values();
    stage.shift = shift_.values();
  }

 private:
  static std::int64_t count(Input& input, std::int64_t channels) {
    return channels >= 1 && channels < 10000 && input.one_in(2) ? channels : 1;
  }
  Memory<std::int32_t> multiplier_, shift_;
};

// Whether no accumulator of the reference overflows, nor the left shift behind it. With 64 bits
// none does.
template <class Bias>
bool reference_holds(const Sizes& sizes, std::span<const Bias> bias,
                     const octet::OutputStage& stage, std::int64_t most_product) {
  if (sizeof(Bias) == 8) return true;
  std::int64_t most = sizes.depth * most_product;
  std::int64_t largest = 0;
  for (const Bias b : bias) largest = std::max(largest, std::abs(static_cast<std::int64_t>(b)));
  most += largest;
  int left = 0;
  for (const std::int32_t shift : stage.shift) left = std::max(left, shift);
  return most <= std::int64_t{std::numeric_limits<std::int32_t>::max()} >> left;
}

template <class Operation, class In, class Out, class Params, class Reference>
void run_product(Input& input, const Params& params, const Sizes& sizes, Reference reference) {
  using Bias = typename Operation::Bias;
  const octet::Backend& backend = input.backend();
  const std::int32_t parts = 1 + input.byte() % 4;
  const auto packed_bytes = static_cast<std::int64_t>(Operation::packed_bytes(params, backend));
  const auto scratch_bytes =
      static_cast<std::int64_t>(Operation::scratch_bytes(params, backend, parts));
  const std::int64_t work = saturating_multiply(sizes.output, sizes.depth);
  if (!fuzz::fits(input, {saturating_multiply(sizes.input, 2), sizes.filter,
                          saturating_multiply(sizes.output, 12), sizes.channels, packed_bytes,
                          scratch_bytes}) ||
      work > input.limits().work || sizes.output > input.limits().elements) {
    return fuzz::expect_refusal(Operation::prepare(params, {}, {}, {}, backend).status());
  }
  Memory<std::int8_t> filter(sizes.filter);
  filter.fill(input);
  Memory<Bias> bias(input.one_in(2) ? sizes.channels : 0);
  bias.fill(input);
  if (!input.one_in(4)) {
    for (Bias& b : bias.span()) b /= 1 << 12;
  }
  Memory<std::byte> packed(packed_bytes, octet::kAlignment);
  const auto operation =
      Operation::prepare(params, filter.values(), bias.values(), packed.span(), backend);
  if (!operation) return fuzz::expect_refusal(operation.status());
  expect(static_cast<std::int64_t>(operation->scratch_bytes(parts)) == scratch_bytes);

  Memory<In> activations(sizes.input);
  activations.fill(input);
  Memory<Out> whole(sizes.output), in_parts(sizes.output), expected(sizes.output);
  // What lies between rows stays as it is.
  for (auto* output : {&whole, &in_parts, &expected}) std::ranges::fill(output->span(), Out{});
  Memory<std::byte> scratch(scratch_bytes, octet::kAlignment);
  auto bound = operation->bind(activations.values(), whole.span(), scratch.span(), parts);
  expect(static_cast<bool>(bound));
  bound->run();
  expect(bound->rebind(activations.values(), in_parts.span(), scratch.span()).ok());
  bound->run([](std::int32_t count, const auto& body) {
    for (std::int32_t i = count - 1; i >= 0; --i) body(i);
  });
  expect(whole == in_parts);

  constexpr std::int64_t kMostProduct = std::int64_t{sizeof(In) == 2 ? 65535 : 255} * 255;
  if (!reference_holds(sizes, bias.values(), params.output, kMostProduct)) return;
  reference(activations.data(), filter.data(), bias.span().empty() ? nullptr : bias.data(),
            expected.data());
  expect(whole == expected);
}

template <class In, class Out>
void fuzz_gemm(Input& input) {
  octet::GemmParams params;
  params.m = input.extent(20);
  params.n = input.extent(70);
  params.k = input.extent(70);
  if (input.one_in(4)) params.batch = input.extent(3);
  params.input.zero_point = input.zero_point<In>();
  params.filter.zero_point = input.one_in(2) ? input.zero_point<std::int8_t>() : 0;
  params.filter.transposed = input.one_in(2);
  const auto stride = [&](std::int64_t dense) {
    return input.one_in(4) ? dense + input.number(0, 20) : 0;
  };
  const std::int64_t columns = params.filter.transposed ? params.k : params.n;
  params.input.stride = stride(params.k);
  params.filter.stride = stride(columns);
  params.output_stride = stride(params.n);
  const Stage stage(input, params.n, params.output, std::type_identity<Out>());
  const auto dense = [](std::int64_t chosen, std::int64_t least) {
    return chosen == 0 ? least : chosen;
  };
  // The elements from the first row to the end of the last one.
  const auto matrix = [&](std::int64_t rows, std::int64_t row, std::int64_t width) {
    if (rows < 1 || row < 1 || width < 1) return std::int64_t{-1};
    const std::int64_t before = saturating_multiply(rows - 1, row);
    return before > std::numeric_limits<std::int64_t>::max() - width ? before : before + width;
  };
  const std::int64_t a = dense(params.input.stride, params.k),
                     b = dense(params.filter.stride, columns),
                     c = dense(params.output_stride, params.n);
  const std::int64_t rows = saturating_multiply(params.m, params.batch);
  run_product<octet::Gemm<In, Out>, In, Out>(
      input, params,
      {matrix(rows, a, params.k),
       matrix(params.filter.transposed ? params.n : params.k, b, columns),
       matrix(rows, c, params.n), params.n, params.k},
      [&](const In* x, const std::int8_t* filter, const auto* bias, Out* y) {
        octet::reference::gemm<Out>(params, x, filter, bias, y);
      });
}

template <class In, class Out>
void fuzz_fully_connected(Input& input) {
  octet::FullyConnectedParams params{
      .batches = input.extent(5), .inputs = input.extent(100), .outputs = input.extent(70)};
  params.input.zero_point = input.zero_point<In>();
  params.filter.zero_point = input.one_in(4) ? input.zero_point<std::int8_t>() : 0;
  const Stage stage(input, params.outputs, params.output, std::type_identity<Out>());
  run_product<octet::FullyConnected<In, Out>, In, Out>(
      input, params,
      {saturating_multiply(params.batches, params.inputs),
       saturating_multiply(params.outputs, params.inputs),
       saturating_multiply(params.batches, params.outputs), params.outputs, params.inputs},
      [&](const In* x, const std::int8_t* filter, const auto* bias, Out* y) {
        octet::reference::fully_connected<Out>(params, x, filter, bias, y);
      });
}

template <class Params>
void draw_window(Input& input, Params& params) {
  params.input.shape = input.shape_nhwc();
  params.stride = input.extents(2);
  params.dilation = input.one_in(3) ? input.extents(4) : octet::Extent2d{};
  params.padding = input.padding();
}

// A convolution with a filter of all channels or those of a group, by OHWI.
template <class Operation, class In, class Out, class Params, class Reference>
void run_convolution(Input& input, Params& params, Reference reference) {
  const Stage stage(input, params.filter.o, params.output, std::type_identity<Out>());
  const std::int64_t depth =
      octet::detail::product({params.filter.h, params.filter.w, params.filter.i});
  run_product<Operation, In, Out>(input, params,
                                  {params.input.shape.size(), params.filter.size(),
                                   output_shape(params).size(), params.filter.o, depth},
                                  reference);
}

template <class In, class Out>
void fuzz_conv2d(Input& input) {
  octet::Conv2dParams params;
  draw_window(input, params);
  params.input.zero_point = input.zero_point<In>();
  const std::int32_t channels = params.input.shape.c;
  params.filter = {input.extent(40), input.extent(4), input.extent(4), channels};
  if (input.one_in(4)) {
    const std::int32_t groups = input.extent(4);
    if (groups > 0 && channels % groups == 0) params.filter.i = channels / groups;
  }
  if (input.one_in(4)) params.filter.h = params.filter.w = 1;
  run_convolution<octet::Conv2d<In, Out>, In, Out>(
      input, params, [&](const In* x, const std::int8_t* filter, const auto* bias, Out* y) {
        octet::reference::conv2d<Out>(params, x, filter, bias, y);
      });
}

template <class In, class Out>
void fuzz_depthwise_conv2d(Input& input) {
  octet::DepthwiseConv2dParams params;
  draw_window(input, params);
  params.input.zero_point = input.zero_point<In>();
  params.filter = input.extents(5);
  params.depth_multiplier = input.one_in(3) ? input.extent(8) : 1;
  const std::int64_t channels = saturating_multiply(params.input.shape.c, params.depth_multiplier);
  const Stage stage(input, channels, params.output, std::type_identity<Out>());
  const std::int64_t depth = saturating_multiply(params.filter.h, params.filter.w);
  run_product<octet::DepthwiseConv2d<In, Out>, In, Out>(
      input, params,
      {params.input.shape.size(), saturating_multiply(depth, channels), output_shape(params).size(),
       channels, depth},
      [&](const In* x, const std::int8_t* filter, const auto* bias, Out* y) {
        octet::reference::depthwise_conv2d<Out>(params, x, filter, bias, y);
      });
}

template <class In, class Out>
void fuzz_transpose_conv2d(Input& input) {
  octet::TransposeConv2dParams params;
  params.input = {input.shape_nhwc(), input.zero_point<In>()};
  params.stride = input.extents(3);
  params.padding = input.padding();
  params.filter = {input.extent(40), input.extent(5), input.extent(5), params.input.shape.c};
  run_convolution<octet::TransposeConv2d<In, Out>, In, Out>(
      input, params, [&](const In* x, const std::int8_t* filter, const auto* bias, Out* y) {
        octet::reference::transpose_conv2d<Out>(params, x, filter, bias, y);
      });
}

template <class T>
void fuzz_batch_matmul(Input& input) {
  octet::BatchMatmulParams params;
  params.transposed1 = input.one_in(2);
  params.transposed2 = input.one_in(2);
  params.input1 = {input.shape(), sizeof(T) == 1 ? input.zero_point<T>() : 0};
  params.input2 = {input.shape(), sizeof(T) == 1 ? input.zero_point<T>() : 0};
  params.output = input.output<T>();
  // Mostly matrices that fit together, with dimensions in front that broadcast.
  octet::Shape &shape1 = params.input1.shape, &shape2 = params.input2.shape;
  const auto has_matrix = [](const octet::Shape& shape) {
    return shape.rank >= 2 && shape.rank <= octet::kMaxRank;
  };
  if (has_matrix(shape1) && has_matrix(shape2) && !input.one_in(16)) {
    shape2.extent[shape2.rank - (params.transposed2 ? 1 : 2)] = params.depth();
    for (std::int32_t back = 3; back <= std::min(shape1.rank, shape2.rank); ++back) {
      std::int32_t& extent2 = shape2.extent[shape2.rank - back];
      extent2 = input.one_in(3) ? 1 : shape1.extent[shape1.rank - back];
    }
  }
  const octet::Backend& backend = input.backend();
  const auto operation = octet::BatchMatmul<T>::prepare(params, backend);
  const std::size_t scratch_bytes = octet::BatchMatmul<T>::scratch_bytes(params, backend);
  if (!operation) {
    expect(scratch_bytes == 0);
    return fuzz::expect_refusal(operation.status());
  }
  expect(operation->scratch_bytes() == scratch_bytes);
  const std::int64_t size1 = shape1.size(), size2 = shape2.size();
  const std::int64_t outputs = output_shape(params).size();
  if (!fuzz::fits(input,
                  {saturating_multiply(size1, sizeof(T)), saturating_multiply(size2, sizeof(T)),
                   saturating_multiply(outputs, 2 * sizeof(T)),
                   static_cast<std::int64_t>(scratch_bytes)}) ||
      saturating_multiply(outputs, params.depth()) > input.limits().work) {
    return fuzz::expect_refusal(operation->bind({}, {}, {}, {}).status());
  }
  Memory<T> input1(size1), input2(size2), output(outputs), expected(outputs);
  input1.fill(input);
  input2.fill(input);
  Memory<std::byte> scratch(static_cast<std::int64_t>(scratch_bytes), octet::kAlignment);
  const auto bound =
      operation->bind(input1.values(), input2.values(), output.span(), scratch.span());
  expect(static_cast<bool>(bound));
  bound->run();
  octet::reference::batch_matmul(params, input1.data(), input2.data(), expected.data());
  expect(output == expected);
}

template <class In, class Out>
void fuzz_products(Input& input) {
  switch (input.byte() % 5) {
    case 0: return fuzz_gemm<In, Out>(input);
    case 1: return fuzz_fully_connected<In, Out>(input);
    case 2: return fuzz_conv2d<In, Out>(input);
    case 3: return fuzz_transpose_conv2d<In, Out>(input);
    default: fuzz_depthwise_conv2d<In, Out>(input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  switch (input.byte() % 7) {
    case 0: fuzz_products<std::uint8_t, std::uint8_t>(input); break;
    case 1: fuzz_products<std::int8_t, std::int32_t>(input); break;
    case 2: fuzz_products<std::int16_t, std::int16_t>(input); break;
    case 3: fuzz_batch_matmul<std::int8_t>(input); break;
    case 4: fuzz_batch_matmul<std::int16_t>(input); break;
    default: fuzz_products<std::int8_t, std::int8_t>(input);
  }
  return 0;
}
