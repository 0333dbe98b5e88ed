// SPDX-License-Identifier: Apache-2.0
// Operators that the models of the other tests do not have.
#include <string>

#include "engine/run.hpp"

using namespace engine_test;

TEST_CASE("PAD surrounds with the zero point") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 1}, {0.5f, 3});
  const auto paddings = builder.constant<std::int32_t>({4, 2}, {0, 0, 1, 0, 0, 2, 0, 0});
  const auto output = builder.activation({1, 3, 4, 1}, {0.5f, 3});
  builder.operation(schema::BuiltinOperator_PAD, {input, paddings}, {output});
  CHECK(run(builder, input, output, {1, 2, -4, -5}) ==
        Values{3, 3, 3, 3, 1, 2, 3, 3, -4, -5, 3, 3});
}

TEST_CASE("PADV2 surrounds with a constant") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2}, {0.5f, 3});
  const auto paddings = builder.constant<std::int32_t>({2, 2}, {0, 1, 1, 0});
  const auto value = builder.constant<std::int8_t>({}, {-128}, {0.5f, 3});
  const auto output = builder.activation({3, 3}, {0.5f, 3});
  builder.operation(schema::BuiltinOperator_PADV2, {input, paddings, value}, {output});
  CHECK(run(builder, input, output, {1, 2, 3, 4}) ==
        Values{-128, 1, 2, -128, 3, 4, -128, -128, -128});
}

TEST_CASE("MEAN reduces any dimensions, negative ones from the end") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 2}, {0.5f, 1});
  const auto axes = builder.constant<std::int32_t>({2}, {1, -2});
  const auto output = builder.activation({1, 2}, {0.25f, -3});
  builder.operation(schema::BuiltinOperator_MEAN, {input, axes}, {output});
  // Means 4 and -2 of q, so reals 1.5 and -1.5: 6 and -6 steps of 0.25 from -3.
  CHECK(run(builder, input, output, {1, -1, 3, -1, 5, -3, 7, -3}) == Values{3, -9});
}

TEST_CASE("QUANTIZE changes type, scale and zero point") {
  ModelBuilder builder;
  const auto input = builder.activation({5}, {0.5f, 128}, schema::TensorType_UINT8);
  const auto middle = builder.activation({5}, {0.5f, 0});
  const auto coarse = builder.activation({5}, {2.0f, 1});
  const auto output = builder.activation({5}, {2.0f, 129}, schema::TensorType_UINT8);
  builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {middle});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {middle}, {coarse});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {coarse}, {output});
  CHECK(run(builder, input, output, {0, 124, 128, 132, 255}) == Values{97, 128, 129, 130, 161});
}

TEST_CASE("MAX_POOL_2D takes the largest of a window, clamped by its activation") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 3, 3, 1}, {1, 2});
  const auto output = builder.activation({1, 2, 2, 1}, {1, 2});
  const auto options = schema::CreatePool2DOptions(builder.flatbuffer(), schema::Padding_SAME, 2, 2,
                                                   2, 2, schema::ActivationFunctionType_RELU6);
  builder.operation(schema::BuiltinOperator_MAX_POOL_2D, {input}, {output},
                    schema::BuiltinOptions_Pool2DOptions, options.Union());
  CHECK(run(builder, input, output, {-9, 5, 1, 3, 4, -7, 100, 7, -128}) == Values{5, 2, 8, 2});
}

TEST_CASE("ADD takes constants") {
  ModelBuilder builder;
  const auto input = builder.activation({4}, {0.5f, 0});
  const auto constant = builder.constant<std::int8_t>({4}, {10, 20, 30, 40}, {0.5f, 10});
  const auto output = builder.activation({4}, {0.5f, 5});
  builder.operation(schema::BuiltinOperator_ADD, {input, constant}, {output});
  CHECK(run(builder, input, output, {1, 2, 3, 120}) == Values{6, 17, 28, 127});
}

TEST_CASE("ADD, MUL and SUB broadcast, clamped by their activations") {
  ModelBuilder builder;
  const auto rows = builder.activation({2, 3}, {0.5f, 1});
  const auto row = builder.constant<std::int8_t>({3}, {10, -20, 0}, {0.5f, 0});
  const auto column = builder.activation({2, 1}, {1, 0});
  const auto sum = builder.activation({2, 3}, {0.5f, 0});
  const auto product = builder.activation({2, 3}, {0.5f, -2});
  const auto difference = builder.activation({2, 3}, {0.5f, 0});
  const auto relu = schema::ActivationFunctionType_RELU;
  const auto add = schema::CreateAddOptions(builder.flatbuffer());
  const auto mul = schema::CreateMulOptions(builder.flatbuffer(), relu);
  const auto sub = schema::CreateSubOptions(builder.flatbuffer(), relu);
  builder.operation(schema::BuiltinOperator_ADD, {rows, row}, {sum},
                    schema::BuiltinOptions_AddOptions, add.Union());
  builder.operation(schema::BuiltinOperator_MUL, {rows, column}, {product},
                    schema::BuiltinOptions_MulOptions, mul.Union());
  builder.operation(schema::BuiltinOperator_SUB, {column, rows}, {difference},
                    schema::BuiltinOptions_SubOptions, sub.Union());
  // In steps of 0.5 the rows are {0, 2, 4} and {-2, 0, 6}, the columns 4 and -6.
  CHECK(run(builder, {rows, column}, {sum, product, difference}, {{1, 3, 5, -1, 1, 7}, {2, -3}}) ==
        std::vector<Values>{{10, -18, 4, 8, -20, 6}, {-2, 2, 6, 4, -2, -2}, {4, 2, 0, 0, 0, 0}});
}

TEST_CASE("LOGISTIC and TANH have one output quantization each") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 5}, {0.0625f, 0});
  const auto logistic = builder.activation({1, 5}, {1.0f / 256, -128});
  const auto tanh = builder.activation({1, 5}, {1.0f / 128, 0});
  SECTION("as it is") {
    builder.operation(schema::BuiltinOperator_LOGISTIC, {input}, {logistic});
    builder.operation(schema::BuiltinOperator_TANH, {input}, {tanh});
    CHECK(run(builder, {input}, {logistic, tanh}, {{0, 16, -16, 127, -128}}) ==
          std::vector<Values>{{0, 59, -59, 127, -128}, {0, 97, -97, 127, -128}});
  }
  SECTION("or not") {
    builder.operation(schema::BuiltinOperator_LOGISTIC, {input}, {tanh});
    CHECK(refusal(builder, {input}, {tanh}) ==
          "operator 0 (LOGISTIC): the output's scale is not 1/256 or its zero point not -128");
  }
}

TEST_CASE(
    "CONCATENATION and PACK join any number of tensors, SPLIT, SPLIT_V and UNPACK part them") {
  const auto type =
      GENERATE(schema::TensorType_INT8, schema::TensorType_UINT8, schema::TensorType_INT16,
               schema::TensorType_INT32, schema::TensorType_INT64);
  CAPTURE(type);
  ModelBuilder builder;
  const auto tensor = [&](const std::vector<std::int32_t>& shape) {
    return builder.tensor(shape, type, {}, {}, 0);
  };
  const auto a = tensor({2, 1}), b = tensor({2, 3}), whole = tensor({2, 6});
  SECTION("CONCATENATION") {
    const auto options = schema::CreateConcatenationOptions(builder.flatbuffer(), -1);
    builder.operation(schema::BuiltinOperator_CONCATENATION, {a, b, a, a}, {whole},
                      schema::BuiltinOptions_ConcatenationOptions, options.Union());
    CHECK(run(builder, {a, b}, {whole}, {{1, 2}, {3, 4, 5, 6, 7, 8}}) ==
          std::vector<Values>{{1, 3, 4, 5, 1, 1, 2, 6, 7, 8, 2, 2}});
  }
  SECTION("PACK") {
    const auto packed = tensor({2, 2, 3});
    const auto options = schema::CreatePackOptions(builder.flatbuffer(), 2, 1);
    builder.operation(schema::BuiltinOperator_PACK, {b, b}, {packed},
                      schema::BuiltinOptions_PackOptions, options.Union());
    CHECK(run(builder, b, packed, {1, 2, 3, 4, 5, 6}) ==
          Values{1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6});
  }
  const Values counted = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  SECTION("SPLIT") {
    const auto axis = builder.constant<std::int32_t>({}, {1});
    const auto left = tensor({2, 3}), right = tensor({2, 3});
    builder.operation(schema::BuiltinOperator_SPLIT, {axis, whole}, {left, right});
    CHECK(run(builder, {whole}, {left, right}, {counted}) ==
          std::vector<Values>{{0, 1, 2, 6, 7, 8}, {3, 4, 5, 9, 10, 11}});
  }
  SECTION("SPLIT_V") {
    const auto axis = builder.constant<std::int32_t>({}, {-1});
    const auto sizes = builder.constant<std::int32_t>({3}, {1, 3, 2});
    const auto c = tensor({2, 1}), d = tensor({2, 3}), e = tensor({2, 2});
    builder.operation(schema::BuiltinOperator_SPLIT_V, {whole, sizes, axis}, {c, d, e});
    CHECK(run(builder, {whole}, {c, d, e}, {counted}) ==
          std::vector<Values>{{0, 6}, {1, 2, 3, 7, 8, 9}, {4, 5, 10, 11}});
  }
  SECTION("UNPACK") {
    const auto first = tensor({6}), second = tensor({6});
    const auto options = schema::CreateUnpackOptions(builder.flatbuffer(), 2, 0);
    builder.operation(schema::BuiltinOperator_UNPACK, {whole}, {second, first},
                      schema::BuiltinOptions_UnpackOptions, options.Union());
    CHECK(run(builder, {whole}, {first, second}, {counted}) ==
          std::vector<Values>{{6, 7, 8, 9, 10, 11}, {0, 1, 2, 3, 4, 5}});
  }
}

TEST_CASE("CONCATENATION and PACK join more tensors than one operation of octet") {
  const std::int32_t count = GENERATE(16, 17, 33, 256);
  ModelBuilder builder;
  std::vector<std::int32_t> inputs;
  std::vector<Values> values;
  Values joined;
  for (std::int32_t i = 0; i < count; ++i) {
    inputs.push_back(builder.tensor({1, 2}, schema::TensorType_INT16, {}, {}, 0));
    values.push_back({i, -i});
    joined.insert(joined.end(), values.back().begin(), values.back().end());
  }
  SECTION("CONCATENATION") {
    const auto whole = builder.tensor({1, 2 * count}, schema::TensorType_INT16, {}, {}, 0);
    const auto options = schema::CreateConcatenationOptions(builder.flatbuffer(), 1);
    builder.operation(schema::BuiltinOperator_CONCATENATION, inputs, {whole},
                      schema::BuiltinOptions_ConcatenationOptions, options.Union());
    CHECK(run(builder, inputs, {whole}, values) == std::vector<Values>{joined});
  }
  SECTION("PACK") {
    const auto whole = builder.tensor({count, 1, 2}, schema::TensorType_INT16, {}, {}, 0);
    const auto options = schema::CreatePackOptions(builder.flatbuffer(), count, 0);
    builder.operation(schema::BuiltinOperator_PACK, inputs, {whole},
                      schema::BuiltinOptions_PackOptions, options.Union());
    CHECK(run(builder, inputs, {whole}, values) == std::vector<Values>{joined});
  }
}

TEST_CASE("Parts that do not make up the whole are refused") {
  ModelBuilder builder;
  const auto axis = builder.constant<std::int32_t>({1}, {1});
  const auto input = builder.activation({2, 6});
  const auto part = builder.activation({2, 3});
  const auto refused_split = [&](std::int32_t rest) {
    builder.operation(schema::BuiltinOperator_SPLIT, {axis, input}, {part, rest});
    return refusal(builder, {input}, {part});
  };
  SECTION("too few elements") {
    CHECK(refused_split(builder.activation({2, 2})).starts_with("operator 0 (SPLIT): sizes"));
  }
  SECTION("another shape") {
    CHECK(refused_split(builder.activation({3, 2})) ==
          "operator 0 (SPLIT): output 1 of shape 3x2 is not a part of 2x6 along dimension 1");
  }
  SECTION("another quantization") {
    CHECK(refused_split(builder.activation({2, 3}, {2, 0})) ==
          "operator 0 (SPLIT): input and outputs are quantized differently");
  }
  SECTION("no dimension") {
    const auto options = schema::CreateConcatenationOptions(builder.flatbuffer(), 2);
    builder.operation(schema::BuiltinOperator_CONCATENATION, {part, part}, {input},
                      schema::BuiltinOptions_ConcatenationOptions, options.Union());
    CHECK(refusal(builder, {part}, {input}) ==
          "operator 0 (CONCATENATION): axis 2 is not a dimension of 2x3");
  }
}

TEST_CASE("SLICE and STRIDED_SLICE choose elements") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 4}, {1, 0}, schema::TensorType_INT16);
  const Values values = {0, 1, 2, 3, 4, 5, 6, 7};
  const auto list = [&](const std::vector<std::int32_t>& numbers) {
    return builder.constant<std::int32_t>({static_cast<std::int32_t>(numbers.size())}, numbers);
  };
  SECTION("SLICE") {
    const auto begin = list({0, 1}), size = list({-1, 2});
    const auto output = builder.activation({2, 2}, {1, 0}, schema::TensorType_INT16);
    builder.operation(schema::BuiltinOperator_SLICE, {input, begin, size}, {output});
    CHECK(run(builder, input, output, values) == Values{1, 2, 5, 6});
  }
  SECTION("SLICE beyond the end") {
    const auto begin = list({0, 3}), size = list({2, 2});
    const auto output = builder.activation({2, 2}, {1, 0}, schema::TensorType_INT16);
    builder.operation(schema::BuiltinOperator_SLICE, {input, begin, size}, {output});
    CHECK(refusal(builder, {input}, {output}) ==
          "operator 0 (SLICE): elements 3 and 2 more leave dimension 1");
  }
  SECTION("STRIDED_SLICE") {
    // x[1, ::-2]
    const auto begin = list({1, 0}), end = list({2, 0}), strides = list({1, -2});
    const auto output = builder.activation({2}, {1, 0}, schema::TensorType_INT16);
    const auto options =
        schema::CreateStridedSliceOptions(builder.flatbuffer(), /*begin_mask=*/2, /*end_mask=*/2,
                                          /*ellipsis_mask=*/0, /*new_axis_mask=*/0,
                                          /*shrink_axis_mask=*/1);
    builder.operation(schema::BuiltinOperator_STRIDED_SLICE, {input, begin, end, strides}, {output},
                      schema::BuiltinOptions_StridedSliceOptions, options.Union());
    CHECK(run(builder, input, output, values) == Values{7, 5});
  }
}

TEST_CASE("The bias of a dead channel may be as low as converters make it") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 1, 1}, {0.5f, -128});
  const auto filter = builder.constant<std::int8_t>({2, 1, 1, 1}, {-127, 10});
  const auto bias = builder.constant<std::int32_t>({2}, {-2147483647, 5});
  const auto output = builder.activation({1, 2, 1, 2}, {0.5f, 3});
  const auto options =
      schema::CreateConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
  builder.operation(schema::BuiltinOperator_CONV_2D, {input, filter, bias}, {output},
                    schema::BuiltinOptions_Conv2DOptions, options.Union());
  CHECK(run(builder, input, output, {-128, -127}) == Values{-128, 8, -128, 18});
}

TEST_CASE("Products take 16-bit activations, with biases of 64 bits or of 32") {
  constexpr auto kInt16 = schema::TensorType_INT16;
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 1, 2}, {0.5f, 0}, kInt16);
  const auto is_wide = GENERATE(true, false);
  const auto bias = is_wide ? builder.constant<std::int64_t>({2}, {100, -100}, {0.5f, 0})
                            : builder.constant<std::int32_t>({2}, {100, -100}, {0.5f, 0});
  const Values values = {1000, -2000, 32766, 2};
  SECTION("CONV_2D") {
    const auto output = builder.activation({1, 2, 1, 2}, {2, 0}, kInt16);
    const auto filter = builder.constant<std::int8_t>({2, 1, 1, 2}, {1, 2, -1, 0});
    const auto options =
        schema::CreateConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
    builder.operation(schema::BuiltinOperator_CONV_2D, {input, filter, bias}, {output},
                      schema::BuiltinOptions_Conv2DOptions, options.Union());
    // -2900 / 4, -1100 / 4, 32870 / 4, -32866 / 4: halves go up with sums of 64 bits, away from
    // zero with those of 32.
    CHECK(run(builder, input, output, values) == Values{-725, -275, 8218, is_wide ? -8216 : -8217});
  }
  SECTION("CONV_2D without a bias") {
    const auto output = builder.activation({1, 2, 1, 1}, {2, 0}, kInt16);
    const auto filter = builder.constant<std::int8_t>({1, 1, 1, 2}, {-1, 0});
    const auto options = schema::CreateConv2DOptions(
        builder.flatbuffer(), schema::Padding_VALID, 1, 1, schema::ActivationFunctionType_NONE, 1,
        1, is_wide ? schema::TensorType_FLOAT32 : schema::TensorType_INT32);
    builder.operation(schema::BuiltinOperator_CONV_2D, {input, filter}, {output},
                      schema::BuiltinOptions_Conv2DOptions, options.Union());
    CHECK(run(builder, input, output, values) == Values{-250, is_wide ? -8191 : -8192});
  }
  SECTION("DEPTHWISE_CONV_2D") {
    const auto output = builder.activation({1, 2, 1, 2}, {2, 0}, kInt16);
    const auto filter = builder.constant<std::int8_t>({1, 1, 1, 2}, {2, -1});
    const auto options =
        schema::CreateDepthwiseConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
    builder.operation(schema::BuiltinOperator_DEPTHWISE_CONV_2D, {input, filter, bias}, {output},
                      schema::BuiltinOptions_DepthwiseConv2DOptions, options.Union());
    CHECK(run(builder, input, output, values) == Values{525, 475, 16408, is_wide ? -25 : -26});
  }
  SECTION("FULLY_CONNECTED") {
    const auto output = builder.activation({2, 2}, {2, 0}, kInt16);
    const auto weights = builder.constant<std::int8_t>({2, 2}, {1, 2, -1, 0});
    builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights, bias}, {output});
    CHECK(run(builder, input, output, values) == Values{-725, -275, 8218, is_wide ? -8216 : -8217});
  }
}

TEST_CASE("FULLY_CONNECTED works without bias and without options") {
  ModelBuilder builder;
  const auto input = builder.activation({2, 2});
  const auto weights = builder.constant<std::int8_t>({3, 2}, {1, 0, 0, 1, 1, -1});
  const auto output = builder.activation({2, 3});
  builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights, -1}, {output});
  CHECK(run(builder, input, output, {5, 7, -1, 2}) == Values{5, 7, -2, -1, 2, -3});
}

TEST_CASE("QUANTIZE takes and gives integers of up to 32 bits") {
  ModelBuilder builder;
  const auto input = builder.activation({4}, {0.25f, 0}, schema::TensorType_INT32);
  const auto words = builder.activation({4}, {0.5f, 100}, schema::TensorType_INT16);
  const auto bytes = builder.activation({4}, {1, -3});
  const auto output = builder.activation({4}, {0.5f, 0}, schema::TensorType_INT32);
  builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {words});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {words}, {bytes});
  builder.operation(schema::BuiltinOperator_QUANTIZE, {bytes}, {output});
  const auto results = run(builder, {input}, {words, bytes, output}, {{4, -8, 100000, 400}});
  CHECK(results ==
        std::vector<Values>{{102, 96, 32767, 300}, {-2, -5, 127, 97}, {2, -4, 260, 200}});
}

TEST_CASE("ADD, pools, MEAN and PAD take 16-bit activations") {
  constexpr auto kInt16 = schema::TensorType_INT16;
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 1}, {0.5f, 0}, kInt16);
  SECTION("ADD") {
    const auto output = builder.activation({1, 2, 2, 1}, {1, 0}, kInt16);
    builder.operation(schema::BuiltinOperator_ADD, {input, input}, {output});
    CHECK(run(builder, input, output, {1000, -2000, 32767, 0}) == Values{1000, -2000, 32767, 0});
  }
  SECTION("pools") {
    const auto highest = builder.activation({1, 1, 1, 1}, {0.5f, 0}, kInt16);
    const auto average = builder.activation({1, 1, 1, 1}, {0.5f, 0}, kInt16);
    const auto options =
        schema::CreatePool2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1, 2, 2);
    builder.operation(schema::BuiltinOperator_MAX_POOL_2D, {input}, {highest},
                      schema::BuiltinOptions_Pool2DOptions, options.Union());
    builder.operation(schema::BuiltinOperator_AVERAGE_POOL_2D, {input}, {average},
                      schema::BuiltinOptions_Pool2DOptions, options.Union());
    CHECK(run(builder, {input}, {highest, average}, {{1000, -2000, 300, 5}}) ==
          std::vector<Values>{{1000}, {-174}});
  }
  SECTION("MEAN") {
    const auto axes = builder.constant<std::int32_t>({1}, {1});
    const auto output = builder.activation({1, 2, 1}, {0.25f, 0}, kInt16);
    builder.operation(schema::BuiltinOperator_MEAN, {input, axes}, {output});
    CHECK(run(builder, input, output, {1000, -2000, 300, 10}) == Values{1300, -1990});
  }
  SECTION("PADV2") {
    const auto paddings = builder.constant<std::int32_t>({4, 2}, {0, 0, 0, 0, 0, 1, 0, 0});
    const auto value = builder.constant<std::int16_t>({}, {-300}, {0.5f, 0});
    const auto output = builder.activation({1, 2, 3, 1}, {0.5f, 0}, kInt16);
    builder.operation(schema::BuiltinOperator_PADV2, {input, paddings, value}, {output});
    CHECK(run(builder, input, output, {1000, -2000, 300, 10}) ==
          Values{1000, -2000, -300, 300, 10, -300});
  }
}

TEST_CASE("SOFTMAX gives 16-bit probabilities too") {
  ModelBuilder builder;
  const auto input = builder.activation({1, 2}, {1, 0});
  const auto output = builder.activation({1, 2}, {1.0f / 65536, -32768}, schema::TensorType_INT16);
  const auto options = schema::CreateSoftmaxOptions(builder.flatbuffer(), 1.0f);
  builder.operation(schema::BuiltinOperator_SOFTMAX, {input}, {output},
                    schema::BuiltinOptions_SoftmaxOptions, options.Union());
  CHECK(run(builder, input, output, {5, 5}) == Values{0, 0});
}

TEST_CASE("SQUEEZE, EXPAND_DIMS and RESHAPE keep elements of any type") {
  const auto type =
      GENERATE(schema::TensorType_INT8, schema::TensorType_UINT8, schema::TensorType_INT16,
               schema::TensorType_INT32, schema::TensorType_INT64);
  ModelBuilder builder;
  const auto input = builder.tensor({1, 3, 1}, type, {}, {}, 0);
  const auto axis = builder.constant<std::int32_t>({1}, {0});
  const auto squeezed = builder.tensor({3}, type, {}, {}, 0);
  const auto expanded = builder.tensor({1, 3}, type, {}, {}, 0);
  const auto output = builder.tensor({3, 1}, type, {}, {}, 0);
  builder.operation(schema::BuiltinOperator_SQUEEZE, {input}, {squeezed});
  builder.operation(schema::BuiltinOperator_EXPAND_DIMS, {squeezed, axis}, {expanded});
  builder.operation(schema::BuiltinOperator_RESHAPE, {expanded}, {output});
  CHECK(run(builder, input, output, {1, 2, 127}) == Values{1, 2, 127});
}

TEST_CASE("The rounding is the one that was asked for") {
  const auto rounding = GENERATE(octet::Rounding::tflite, octet::Rounding::single);
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 1, 1}, {0.25f, 0});
  const auto output = builder.activation({1, 2, 1, 1}, {1, 0});
  // Every operator computes -6 * 0.25 = -1.5 and 6 * 0.25 = 1.5.
  SECTION("QUANTIZE") { builder.operation(schema::BuiltinOperator_QUANTIZE, {input}, {output}); }
  SECTION("MEAN") {
    const auto axes = builder.constant<std::int32_t>({1}, {3});
    builder.operation(schema::BuiltinOperator_MEAN, {input, axes}, {output});
  }
  SECTION("ADD") {
    const auto zeros = builder.constant<std::int8_t>({1, 2, 1, 1}, {0, 0}, {0.25f, 0});
    builder.operation(schema::BuiltinOperator_ADD, {input, zeros}, {output});
  }
  SECTION("CONV_2D") {
    const auto filter = builder.constant<std::int8_t>({1, 1, 1, 1}, {1});
    const auto options =
        schema::CreateConv2DOptions(builder.flatbuffer(), schema::Padding_VALID, 1, 1);
    builder.operation(schema::BuiltinOperator_CONV_2D, {input, filter}, {output},
                      schema::BuiltinOptions_Conv2DOptions, options.Union());
  }
  SECTION("FULLY_CONNECTED") {
    const auto weights = builder.constant<std::int8_t>({1, 1}, {1});
    builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights}, {output});
  }
  CHECK(run(builder, input, output, {-6, 6}, rounding) ==
        Values{rounding == octet::Rounding::tflite ? -2 : -1, 2});
}

TEST_CASE("FULLY_CONNECTED takes biases whose scale is about that of the products") {
  const auto [scale, expected] = GENERATE(table<float, std::string>({
      {0.5f, ""},
      {0.519f, ""},
      {0.481f, ""},
      {0.521f,
       "operator 0 (FULLY_CONNECTED): the bias has scale 0.521000 instead of that of input "
       "times weights, 0.500000"},
      {25.0f,
       "operator 0 (FULLY_CONNECTED): the bias has scale 25.000000 instead of that of input "
       "times weights, 0.500000"},
  }));
  ModelBuilder builder;
  const auto input = builder.activation({1, 2}, {0.25f, 0});
  const auto weights = builder.constant<std::int8_t>({1, 2}, {1, 2}, {2, 0});
  const auto bias = builder.constant<std::int32_t>({1}, {3}, {scale, 0});
  const auto output = builder.activation({1, 1}, {1, 0});
  builder.operation(schema::BuiltinOperator_FULLY_CONNECTED, {input, weights, bias}, {output});
  CHECK(refusal(builder, {input}, {output}) == expected);
}

TEST_CASE("Pools and PAD compare scales relatively") {
  const auto [scale, other, is_alike] = GENERATE(table<float, float, bool>({
      {1e-7f, 2e-7f, false},
      {1e-7f, 1.001e-7f, false},
      {1e-7f, 1.0000001e-7f, true},
      {1000.0f, 1000.0002f, true},
      {1000.0f, 1000.01f, false},
  }));
  CAPTURE(scale, other);
  ModelBuilder builder;
  const auto input = builder.activation({1, 2, 2, 1}, {scale, 0});
  const auto output = builder.activation({1, 2, 2, 1}, {other, 0});
  SECTION("pool") {
    const auto options =
        schema::CreatePool2DOptions(builder.flatbuffer(), schema::Padding_SAME, 1, 1, 1, 1);
    builder.operation(schema::BuiltinOperator_MAX_POOL_2D, {input}, {output},
                      schema::BuiltinOptions_Pool2DOptions, options.Union());
  }
  SECTION("PAD") {
    const auto paddings = builder.constant<std::int32_t>({4, 2}, std::vector<std::int32_t>(8, 0));
    builder.operation(schema::BuiltinOperator_PAD, {input, paddings}, {output});
  }
  const std::string refused = refusal(builder, {input}, {output});
  CHECK(refused.empty() == is_alike);
  if (!is_alike) CHECK(refused.ends_with("input and output are quantized differently"));
}
