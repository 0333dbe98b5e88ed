// SPDX-License-Identifier: Apache-2.0
// Every operator in float32 against its integers in octet's engine: neither knows the other, so
// what they agree on is right.
#include <cmath>

#include "networks.hpp"

namespace {

using namespace quantizer_test;

// A network of one operator; `inputs` are the shapes of its activations.
class One : public NetworkBuilder {
 public:
  template <class Options = std::nullptr_t>
  One& make(Code code, const std::vector<std::int32_t>& inputs, const Shape& shape,
            const Options& options = {}) {
    output(operation(code, inputs, shape, options));
    return *this;
  }

  // An operator with a filter and a bias, one for each channel of its output.
  template <class Options>
  One& make_product(Code code, const Shape& image, const Shape& filter, const Shape& shape,
                    const Options& options) {
    return make(code, {input(image), random(filter), random({shape.back()})}, shape, options);
  }

  void check(double least_decibels, bool has_int16 = true) {
    const std::string name = name_of(network, *graph_of(network).operators[0]);
    const Bench bench(network, samples(6));
    CAPTURE(name, rng.seed());
    CHECK(bench.signal_to_noise(bench.recipe()) >= least_decibels);
    if (!has_int16) return;
    // Integers of 16 bits are nearer by far, and tell faults of the float side.
    CHECK(bench.signal_to_noise(bench.recipe({.bits = 16})) >= least_decibels + 12);
  }
};

template <class Options>
Options with_window(schema::Padding padding, std::int32_t stride) {
  Options options;
  options.padding = padding;
  options.stride_h = options.stride_w = stride;
  return options;
}

}  // namespace

TEST_CASE("products in float32 are those of integers") {
  const auto padding = GENERATE(schema::Padding_SAME, schema::Padding_VALID);
  const bool same = padding == schema::Padding_SAME;
  SECTION("CONV_2D") {
    auto options = with_window<schema::Conv2DOptionsT>(padding, 2);
    options.fused_activation_function = schema::ActivationFunctionType_RELU;
    One()
        .make_product(schema::BuiltinOperator_CONV_2D, {1, 9, 8, 3}, {5, 3, 3, 3},
                      {1, same ? 5 : 4, same ? 4 : 3, 5}, options)
        .check(28);
  }
  SECTION("CONV_2D of groups, dilated") {
    auto options = with_window<schema::Conv2DOptionsT>(padding, 1);
    options.dilation_h_factor = options.dilation_w_factor = 2;
    One()
        .make_product(schema::BuiltinOperator_CONV_2D, {1, 7, 7, 4}, {6, 3, 3, 2},
                      {1, same ? 7 : 3, same ? 7 : 3, 6}, options)
        .check(28);
  }
  SECTION("DEPTHWISE_CONV_2D") {
    auto options = with_window<schema::DepthwiseConv2DOptionsT>(padding, 1);
    options.depth_multiplier = 2;
    One()
        .make_product(schema::BuiltinOperator_DEPTHWISE_CONV_2D, {1, 6, 6, 3}, {1, 3, 3, 6},
                      {1, same ? 6 : 4, same ? 6 : 4, 6}, options)
        .check(28);
  }
  SECTION("TRANSPOSE_CONV") {
    const Shape shape = {1, same ? 8 : 9, same ? 8 : 9, 3};
    One n;
    n.make(schema::BuiltinOperator_TRANSPOSE_CONV,
           {n.list(shape), n.random({3, 3, 3, 2}), n.input({1, 4, 4, 2})}, shape,
           with_window<schema::TransposeConvOptionsT>(padding, 2));
    n.check(28);
  }
  SECTION("AVERAGE_POOL_2D and MAX_POOL_2D") {
    auto options = with_window<schema::Pool2DOptionsT>(padding, 2);
    options.filter_height = 3;
    options.filter_width = 2;
    for (const Code code :
         {schema::BuiltinOperator_AVERAGE_POOL_2D, schema::BuiltinOperator_MAX_POOL_2D}) {
      One n;
      n.make(code, {n.input({1, 7, 6, 3})}, {1, same ? 4 : 3, 3, 3}, options);
      n.check(30);
    }
  }
}

TEST_CASE("products of matrices in float32 are those of integers") {
  SECTION("FULLY_CONNECTED") {
    One()
        .make_product(schema::BuiltinOperator_FULLY_CONNECTED, {2, 12}, {7, 12}, {2, 7},
                      schema::FullyConnectedOptionsT())
        .check(28);
  }
  SECTION("BATCH_MATMUL") {
    schema::BatchMatMulOptionsT options;
    options.adj_y = true;
    One n;
    n.make(schema::BuiltinOperator_BATCH_MATMUL, {n.input({2, 3, 5}), n.input({1, 4, 5})},
           {2, 3, 4}, options);
    n.check(28);
  }
}

TEST_CASE("operators of two inputs in float32 are those of integers") {
  for (const Code code :
       {schema::BuiltinOperator_ADD, schema::BuiltinOperator_SUB, schema::BuiltinOperator_MUL,
        schema::BuiltinOperator_MAXIMUM, schema::BuiltinOperator_MINIMUM,
        schema::BuiltinOperator_SQUARED_DIFFERENCE}) {
    One broadcast;
    broadcast.make(code, {broadcast.input({2, 3, 4}), broadcast.input({3, 1})}, {2, 3, 4});
    broadcast.check(26);
    One constant;
    constant.make(code, {constant.input({1, 4, 4, 3}), constant.random({3})}, {1, 4, 4, 3});
    constant.check(26);
  }
  One quotient;
  quotient.make(schema::BuiltinOperator_DIV,
                {quotient.input({2, 6}), quotient.constant({6}, {1, 2, 1.5f, 3, 2.5f, 1})}, {2, 6});
  quotient.check(26, false);
  One prelu;
  prelu.make(schema::BuiltinOperator_PRELU,
             {prelu.input({1, 4, 4, 3}), prelu.constant({1, 1, 3}, {0.1f, 0.25f, 0.5f})},
             {1, 4, 4, 3});
  prelu.check(26, false);
}

TEST_CASE("functions in float32 are those of integers") {
  const auto make = [](Code code, const auto& options) {
    One n;
    n.make(code, {n.input({2, 40})}, {2, 40}, options);
    return n;
  };
  for (const Code code : {schema::BuiltinOperator_ABS, schema::BuiltinOperator_LOGISTIC,
                          schema::BuiltinOperator_TANH, schema::BuiltinOperator_RELU,
                          schema::BuiltinOperator_RELU6, schema::BuiltinOperator_RELU_N1_TO_1}) {
    make(code, nullptr).check(25);
  }
  for (const Code code : {schema::BuiltinOperator_ELU, schema::BuiltinOperator_EXP,
                          schema::BuiltinOperator_HARD_SWISH, schema::BuiltinOperator_LOG_SOFTMAX,
                          schema::BuiltinOperator_L2_NORMALIZATION}) {
    make(code, nullptr).check(20, false);
  }
  schema::LeakyReluOptionsT leaky;
  leaky.alpha = 0.2f;
  make(schema::BuiltinOperator_LEAKY_RELU, leaky).check(25);
  for (const bool is_approximate : {false, true}) {
    schema::GeluOptionsT gelu;
    gelu.approximate = is_approximate;
    make(schema::BuiltinOperator_GELU, gelu).check(25, false);
  }
  schema::SoftmaxOptionsT softmax;
  softmax.beta = 1;
  One n;
  n.make(schema::BuiltinOperator_SOFTMAX, {n.input({3, 5})}, {3, 5}, softmax);
  n.check(25);
}

TEST_CASE("reductions in float32 are those of integers") {
  for (const Code code : {schema::BuiltinOperator_MEAN, schema::BuiltinOperator_SUM}) {
    One n;
    n.make(code, {n.input({2, 5, 4, 3}), n.list({1, -2})}, {2, 3});
    n.check(25);
  }
  for (const Code code : {schema::BuiltinOperator_REDUCE_MAX, schema::BuiltinOperator_REDUCE_MIN}) {
    One n;
    n.make(code, {n.input({2, 5, 4}), n.list({2})}, {2, 5});
    n.check(25, false);
  }
}

TEST_CASE("elements that move in float32 are those of integers") {
  const auto check = [](Code code, const Shape& from, const Shape& to,
                        const std::vector<std::vector<std::int32_t>>& lists, const auto& options) {
    One n;
    std::vector<std::int32_t> inputs = {n.input(from)};
    for (const auto& list : lists) inputs.push_back(n.list(list));
    n.make(code, inputs, to, options);
    n.check(30);
  };
  check(schema::BuiltinOperator_RESHAPE, {2, 6}, {3, 4}, {{3, 4}}, nullptr);
  check(schema::BuiltinOperator_TRANSPOSE, {2, 3, 4}, {4, 2, 3}, {{2, 0, 1}}, nullptr);
  check(schema::BuiltinOperator_SLICE, {4, 5}, {2, 3}, {{1, 1}, {2, 3}}, nullptr);
  check(schema::BuiltinOperator_STRIDED_SLICE, {5, 6}, {2, 3}, {{0, 1}, {4, 6}, {2, 2}},
        schema::StridedSliceOptionsT());
  check(schema::BuiltinOperator_SQUEEZE, {1, 6, 1}, {6}, {}, nullptr);
  check(schema::BuiltinOperator_TILE, {2, 3}, {4, 3}, {{2, 1}}, nullptr);
  schema::SpaceToDepthOptionsT blocks;
  blocks.block_size = 2;
  check(schema::BuiltinOperator_SPACE_TO_DEPTH, {1, 4, 4, 2}, {1, 2, 2, 8}, {}, blocks);
  check(schema::BuiltinOperator_SPACE_TO_BATCH_ND, {1, 3, 4, 2}, {4, 2, 2, 2},
        {{2, 2}, {0, 1, 0, 0}}, nullptr);
  check(schema::BuiltinOperator_BATCH_TO_SPACE_ND, {4, 2, 2, 2}, {1, 3, 4, 2},
        {{2, 2}, {0, 1, 0, 0}}, nullptr);
  check(schema::BuiltinOperator_MIRROR_PAD, {3, 4}, {5, 6}, {{1, 1, 1, 1}},
        schema::MirrorPadOptionsT());
  One pad;
  pad.make(schema::BuiltinOperator_PAD, {pad.input({2, 3}), pad.constant({2, 2}, {})}, {3, 5});
  tensor_of(pad.network, 1).type = schema::TensorType_INT32;
  set_values(pad.network, 1, std::vector<std::int32_t>{1, 0, 0, 2});
  pad.check(30);
}

TEST_CASE("tensors that are joined and cut in float32 are those of integers") {
  One joined;
  schema::ConcatenationOptionsT axis;
  axis.axis = 1;
  joined.make(schema::BuiltinOperator_CONCATENATION, {joined.input({2, 3}), joined.input({2, 2})},
              {2, 5}, axis);
  joined.check(30);
  NetworkBuilder cut;
  const std::int32_t whole = cut.input({2, 6}), left = cut.activation({2, 3}),
                     right = cut.activation({2, 3});
  cut.operation_to(schema::BuiltinOperator_SPLIT, {cut.list({1}), whole}, {left, right});
  cut.output(right);
  cut.output(left);
  const Bench bench(cut.network, cut.samples(6));
  CHECK(bench.signal_to_noise(bench.recipe()) >= 30);
}

TEST_CASE("resized images in float32 are those of integers") {
  const bool half_pixel = GENERATE(false, true);
  schema::ResizeBilinearOptionsT bilinear;
  bilinear.half_pixel_centers = half_pixel;
  One smooth;
  smooth.make(schema::BuiltinOperator_RESIZE_BILINEAR,
              {smooth.input({1, 4, 5, 2}), smooth.list({7, 8})}, {1, 7, 8, 2}, bilinear);
  smooth.check(30, false);
  schema::ResizeNearestNeighborOptionsT nearest;
  nearest.half_pixel_centers = half_pixel;
  One steps;
  steps.make(schema::BuiltinOperator_RESIZE_NEAREST_NEIGHBOR,
             {steps.input({1, 4, 5, 2}), steps.list({7, 8})}, {1, 7, 8, 2}, nearest);
  steps.check(30);
}
