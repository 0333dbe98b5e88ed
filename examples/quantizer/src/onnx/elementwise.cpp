// SPDX-License-Identifier: Apache-2.0
// Functions of an element, and of two that broadcast.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

struct Kind {
  std::string_view name;
  Code code;
};
constexpr Kind kUnary[] = {
    {"Abs", schema::BuiltinOperator_ABS},
    {"Exp", schema::BuiltinOperator_EXP},
    {"HardSwish", schema::BuiltinOperator_HARD_SWISH},
    {"Relu", schema::BuiltinOperator_RELU},
    {"Sigmoid", schema::BuiltinOperator_LOGISTIC},
    {"Tanh", schema::BuiltinOperator_TANH},
};
constexpr Kind kBinary[] = {
    {"Add", schema::BuiltinOperator_ADD},     {"Div", schema::BuiltinOperator_DIV},
    {"Max", schema::BuiltinOperator_MAXIMUM}, {"Min", schema::BuiltinOperator_MINIMUM},
    {"Mul", schema::BuiltinOperator_MUL},     {"Sub", schema::BuiltinOperator_SUB},
    {"Sum", schema::BuiltinOperator_ADD},
};

template <std::size_t kCount>
Code code_in(const Kind (&kinds)[kCount], std::string_view name) {
  return std::ranges::find(kinds, name, &Kind::name)->code;
}

// An operator whose output has the shape of its first input.
std::int32_t apply(const Node& node, Code code, std::vector<std::int32_t> inputs) {
  const std::vector<std::int32_t> shape = node.importer.shape_of_tensor(inputs[0]);
  return node.importer.add(code, std::move(inputs), shape);
}

// One number that broadcasts to everything of that rank.
std::int32_t scalar(const Node& node, float value, std::size_t rank) {
  return node.importer.reals({value}, std::vector<std::int32_t>(rank, 1));
}

std::int32_t combine(const Node& node, Code code, std::vector<std::int32_t> inputs,
                     const Dims& dims) {
  Importer& importer = node.importer;
  const std::vector<std::int32_t> shape = Importer::network_shape(dims);
  switch (code) {
    case schema::BuiltinOperator_ADD:
      return importer.add(code, std::move(inputs), shape, schema::AddOptionsT());
    case schema::BuiltinOperator_SUB:
      return importer.add(code, std::move(inputs), shape, schema::SubOptionsT());
    case schema::BuiltinOperator_MUL:
      return importer.add(code, std::move(inputs), shape, schema::MulOptionsT());
    case schema::BuiltinOperator_DIV:
      return importer.add(code, std::move(inputs), shape, schema::DivOptionsT());
    default: return importer.add(code, std::move(inputs), shape);
  }
}

// Of two that broadcast.
Value combine(const Node& node, Code code, Value& a, Value& b) {
  const Dims dims = broadcast(node, a.dims, b.dims);
  const std::size_t rank = std::max<std::size_t>(dims.size(), 1);
  const std::int32_t first = node.importer.with_rank(a, rank);
  const std::int32_t second = node.importer.with_rank(b, rank);
  return {dims, {}, combine(node, code, {first, second}, dims)};
}

// What networks compute of shapes.
std::int64_t combine(const Node& node, Code code, std::int64_t a, std::int64_t b) {
  switch (code) {
    case schema::BuiltinOperator_ADD: return a + b;
    case schema::BuiltinOperator_SUB: return a - b;
    case schema::BuiltinOperator_MUL: return a * b;
    case schema::BuiltinOperator_DIV: node.require(b != 0, "division by 0"); return a / b;
    case schema::BuiltinOperator_MAXIMUM: return std::max(a, b);
    default: return std::min(a, b);
  }
}

Value combine_integers(const Node& node, Code code, const Array& a, const Array& b) {
  node.require(
      a.integers.size() == b.integers.size() || a.integers.size() == 1 || b.integers.size() == 1,
      "integers of two sizes");
  Array result{.dims = broadcast(node, a.dims, b.dims)};
  const std::size_t count = a.integers.size() == 1 ? b.integers.size() : a.integers.size();
  for (std::size_t i = 0; i < count; ++i) {
    result.integers.push_back(
        within_32_bits(combine(node, code, a.integers[a.integers.size() == 1 ? 0 : i],
                               b.integers[b.integers.size() == 1 ? 0 : i])));
  }
  return {result.dims, result};
}

// The node that made input i, if it is of that kind.
std::optional<Node> maker_of(const Node& node, std::size_t i, std::string_view kind) {
  const auto found = node.importer.makers.find(node.input_name(i));
  if (found == node.importer.makers.end() || found->second->op_type() != kind) return std::nullopt;
  return Node(node.importer, *found->second);
}

// x * hard_sigmoid(x) is one operator.
bool is_hard_swish(const Node& node, std::size_t x, std::size_t gate) {
  const auto maker = maker_of(node, gate, "HardSigmoid");
  return maker && maker->input_name(0) == node.input_name(x) &&
         std::abs(maker->real("alpha", 0.2f) - 1.0f / 6) < 1e-6f &&
         maker->real("beta", 0.5f) == 0.5f;
}

std::int32_t clamp(const Node& node, std::int32_t x, std::size_t rank, float min, float max) {
  if (min == 0 && max == 6) return apply(node, schema::BuiltinOperator_RELU6, {x});
  if (min == -1 && max == 1) return apply(node, schema::BuiltinOperator_RELU_N1_TO_1, {x});
  if (min == 0) {
    x = apply(node, schema::BuiltinOperator_RELU, {x});
  } else if (min > std::numeric_limits<float>::lowest()) {
    x = apply(node, schema::BuiltinOperator_MAXIMUM, {x, scalar(node, min, rank)});
  }
  if (max < std::numeric_limits<float>::max()) {
    x = apply(node, schema::BuiltinOperator_MINIMUM, {x, scalar(node, max, rank)});
  }
  return x;
}

// x * scale + offset
std::int32_t scale(const Node& node, Value& x, std::int32_t factor, std::int32_t offset) {
  const std::int32_t product =
      combine(node, schema::BuiltinOperator_MUL, {node.importer.tensor(x), factor}, x.dims);
  return combine(node, schema::BuiltinOperator_ADD, {product, offset}, x.dims);
}

}  // namespace

void read_unary(const Node& node) {
  Value& x = node.input(0);
  node.give(x.dims, apply(node, code_in(kUnary, node.kind()), {node.importer.tensor(x)}));
}

void read_clip(const Node& node) {
  Value& x = node.input(0);
  // Attributes before operator set 11.
  const auto limit = [&](std::size_t i, const char* name, float otherwise) {
    if (!node.has_input(i)) return node.real(name, otherwise);
    const Array& array = node.real_constant(i, name);
    node.require(array.reals.size() == 1, "min or max is no number");
    return array.reals[0];
  };
  const float min = limit(1, "min", std::numeric_limits<float>::lowest());
  const float max = limit(2, "max", std::numeric_limits<float>::max());
  node.give(x.dims, clamp(node, node.importer.tensor(x), x.dims.size(), min, max));
}

void read_hard_sigmoid(const Node& node) {
  Value& x = node.input(0);
  const std::size_t rank = x.dims.size();
  const std::int32_t line = scale(node, x, scalar(node, node.real("alpha", 0.2f), rank),
                                  scalar(node, node.real("beta", 0.5f), rank));
  node.give(x.dims, clamp(node, line, rank, 0, 1));
}

// Squares alone: they are products.
void read_pow(const Node& node) {
  Value& x = node.input(0);
  const Array& exponent = node.constant(1, "the exponent");
  node.require(
      exponent.is_real() ? exponent.reals == std::vector<float>{2} : exponent.integers == Dims{2},
      "the exponent is not 2");
  const std::int32_t factor = node.importer.tensor(x);
  node.give(x.dims, combine(node, schema::BuiltinOperator_MUL, {factor, factor}, x.dims));
}

// x * (1 / sqrt(x)). A division by it is a product with 1 / sqrt(x), as layers that normalize need
// it.
void read_sqrt(const Node& node) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  const std::int32_t reciprocal = apply(node, schema::BuiltinOperator_RSQRT, {input});
  node.give(x.dims, combine(node, schema::BuiltinOperator_MUL, {input, reciprocal}, x.dims));
}

namespace {

template <class Options>
void read_with_options(const Node& node, Code code, Options options) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  node.give(x.dims, node.importer.add(code, {input}, node.importer.shape_of_tensor(input),
                                      std::move(options)));
}

}  // namespace

void read_gelu(const Node& node) {
  schema::GeluOptionsT options;
  options.approximate = node.text("approximate", "none") == "tanh";
  read_with_options(node, schema::BuiltinOperator_GELU, options);
}

void read_leaky_relu(const Node& node) {
  schema::LeakyReluOptionsT options;
  options.alpha = node.real("alpha", 0.01f);
  read_with_options(node, schema::BuiltinOperator_LEAKY_RELU, options);
}

void read_binary(const Node& node) {
  const Code code = code_in(kBinary, node.kind());
  Value result = node.input(0);
  for (std::size_t i = 1; i < node.inputs(); ++i) {
    Value& next = node.input(i);
    if (code == schema::BuiltinOperator_MUL &&
        (is_hard_swish(node, 0, 1) || is_hard_swish(node, 1, 0))) {
      Value& x = node.input(is_hard_swish(node, 0, 1) ? 0 : 1);
      result = {
          x.dims, {}, apply(node, schema::BuiltinOperator_HARD_SWISH, {node.importer.tensor(x)})};
      continue;
    }
    if (result.constant && next.constant && !result.constant->is_real() &&
        !next.constant->is_real()) {
      result = combine_integers(node, code, *result.constant, *next.constant);
      continue;
    }
    if (const auto maker = maker_of(node, i, "Sqrt");
        maker && code == schema::BuiltinOperator_DIV) {
      Value& square = maker->input(0);
      Value reciprocal{square.dims,
                       {},
                       apply(node, schema::BuiltinOperator_RSQRT, {node.importer.tensor(square)})};
      result = combine(node, schema::BuiltinOperator_MUL, result, reciprocal);
      continue;
    }
    result = combine(node, code, result, next);
  }
  node.give(std::move(result));
}

void read_prelu(const Node& node) {
  Value& x = node.input(0);
  node.real_constant(1, "the slope");
  const std::int32_t slope = node.importer.with_rank(node.input(1), x.dims.size());
  node.give(x.dims, apply(node, schema::BuiltinOperator_PRELU, {node.importer.tensor(x), slope}));
}

// Where it follows a convolution, quantization makes it a part of the filter.
void read_batch_normalization(const Node& node) {
  Value& x = node.input(0);
  node.require(x.dims.size() > 1, "there are no channels");
  node.require(node.integer("training_mode", 0) == 0, "it is in training");
  const std::vector<float>&gamma = node.real_constant(1, "scale").reals,
        &beta = node.real_constant(2, "B").reals, &mean = node.real_constant(3, "mean").reals,
        &variance = node.real_constant(4, "var").reals;
  const auto channels = static_cast<std::size_t>(x.dims[1]);
  for (const auto* const numbers : {&gamma, &beta, &mean, &variance}) {
    node.require(numbers->size() == channels, "there is not one number for each channel");
  }
  const float epsilon = node.real("epsilon", 1e-5f);
  Array factor{.dims = Dims(x.dims.size(), 1)};
  factor.dims[1] = x.dims[1];
  Array offset = factor;
  for (std::size_t c = 0; c < channels; ++c) {
    factor.reals.push_back(gamma[c] / std::sqrt(variance[c] + epsilon));
    offset.reals.push_back(beta[c] - mean[c] * factor.reals[c]);
  }
  Value factors{factor.dims, factor}, offsets{offset.dims, offset};
  node.give(x.dims, scale(node, x, node.importer.tensor(factors), node.importer.tensor(offsets)));
}

}  // namespace octet_quantizer::onnx_reader
