// SPDX-License-Identifier: Apache-2.0
// Functions of an element, and of two that broadcast.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "elementwise.hpp"

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
    {"Mean", schema::BuiltinOperator_ADD},    {"Sum", schema::BuiltinOperator_ADD},
};

template <std::size_t kCount>
Code code_in(const Kind (&kinds)[kCount], std::string_view name) {
  return std::ranges::find(kinds, name, &Kind::name)->code;
}

std::int32_t combine(const Node& node, Code code, std::vector<std::int32_t> inputs,
                     const std::vector<std::int32_t>& shape) {
  Importer& importer = node.importer;
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

// The integers of an array that broadcasts to these dimensions.
Dims integers_in(const Node& node, const Array& array, const Dims& dims) {
  constexpr std::int64_t kMost = 1 << 20;  // shapes have far fewer
  const std::int64_t count = count_of(dims);
  node.require(count <= kMost, "too many integers");
  Dims result;
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t from = 0, step = 1, rest = i;
    for (std::size_t d = 1; d <= array.dims.size(); ++d) {  // from the last on
      const std::int64_t extent = array.dims[array.dims.size() - d];
      const std::int64_t extent_of_result = dims[dims.size() - d];
      if (extent != 1) from += rest % extent_of_result * step;
      step *= extent;
      rest /= extent_of_result;
    }
    result.push_back(array.integers[static_cast<std::size_t>(from)]);
  }
  return result;
}

// A function of two integers, element by element.
template <class Function>
Value combine_integers(const Node& node, const Array& a, const Array& b, Function function) {
  const Dims dims = broadcast(node, a.dims, b.dims);
  Array result{.dims = dims, .integers = integers_in(node, a, dims)};
  std::ranges::transform(result.integers, integers_in(node, b, dims), result.integers.begin(),
                         [&](std::int64_t x, std::int64_t y) { return function(x, y); });
  return {dims, std::move(result)};
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

std::int32_t clamp(const Node& node, std::int32_t x, float min, float max) {
  if (min == 0 && max == 6) return apply(node, schema::BuiltinOperator_RELU6, {x});
  if (min == -1 && max == 1) return apply(node, schema::BuiltinOperator_RELU_N1_TO_1, {x});
  if (min == 0) {
    x = apply(node, schema::BuiltinOperator_RELU, {x});
  } else if (min > std::numeric_limits<float>::lowest()) {
    x = apply(node, schema::BuiltinOperator_MAXIMUM, {x, scalar(node, min, x)});
  }
  if (max < std::numeric_limits<float>::max()) {
    x = apply(node, schema::BuiltinOperator_MINIMUM, {x, scalar(node, max, x)});
  }
  return x;
}

}  // namespace

Value combine(const Node& node, Code code, const Value& a, const Value& b) {
  const Dims dims = broadcast(node, a.dims, b.dims);
  const std::size_t rank = dims.size();
  Order order = rank == 0 ? Order{kOne} : onnx_order(rank);
  for (const Value* const value : {&a, &b}) {
    if (value->constant || value->dims.size() != rank) continue;
    order = order_of(*value);
    break;
  }
  const std::int32_t first = node.importer.tensor(with_rank(a, rank), order);
  const std::int32_t second = node.importer.tensor(with_rank(b, rank), order);
  return {dims, {}, combine(node, code, {first, second}, shape_in(order, dims)), order};
}

std::int32_t apply(const Node& node, Code code, std::vector<std::int32_t> inputs) {
  const std::vector<std::int32_t> shape = node.importer.shape_of_tensor(inputs[0]);
  return combine(node, code, std::move(inputs), shape);
}

std::int32_t scalar(const Node& node, float value, std::int32_t tensor) {
  const std::size_t rank = node.importer.shape_of_tensor(tensor).size();
  return node.importer.reals({value}, std::vector<std::int32_t>(rank, 1));
}

std::int32_t scale(const Node& node, std::int32_t x, std::int32_t factor, std::int32_t offset) {
  const std::int32_t product = apply(node, schema::BuiltinOperator_MUL, {x, factor});
  return apply(node, schema::BuiltinOperator_ADD, {product, offset});
}

std::int32_t square_root(const Node& node, std::int32_t x) {
  return apply(node, schema::BuiltinOperator_MUL,
               {x, apply(node, schema::BuiltinOperator_RSQRT, {x})});
}

void read_unary(const Node& node) {
  Value& x = node.input(0);
  node.give(x.dims, apply(node, code_in(kUnary, node.kind()), {node.importer.tensor(x)}),
            order_of(x));
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
  node.give(x.dims, clamp(node, node.importer.tensor(x), min, max), order_of(x));
}

void read_hard_sigmoid(const Node& node) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  const std::int32_t line = scale(node, input, scalar(node, node.real("alpha", 0.2f), input),
                                  scalar(node, node.real("beta", 0.5f), input));
  node.give(x.dims, clamp(node, line, 0, 1), order_of(x));
}

// Products of a few factors, and roots.
void read_pow(const Node& node) {
  Value& x = node.input(0);
  const Array& given = node.constant(1, "the exponent");
  node.require(count_of(given.dims) == 1, "the exponent is not one number");
  const float exponent = given.is_real() ? given.reals[0] : static_cast<float>(given.integers[0]);
  const std::int32_t factor = node.importer.tensor(x);
  std::int32_t result = factor;
  if (exponent == 0.5f) {
    result = square_root(node, factor);
  } else if (exponent == -0.5f) {
    result = apply(node, schema::BuiltinOperator_RSQRT, {factor});
  } else {
    node.require(exponent == 1 || exponent == 2 || exponent == 3,
                 "the exponent is none of 1, 2, 3, 0.5 and -0.5");
    for (float power = 1; power < exponent; ++power) {
      result = apply(node, schema::BuiltinOperator_MUL, {result, factor});
    }
  }
  node.give(x.dims, result, order_of(x));
}

// A division by it is a product with 1 / sqrt(x), as layers that normalize need it.
void read_sqrt(const Node& node) {
  Value& x = node.input(0);
  node.give(x.dims, square_root(node, node.importer.tensor(x)), order_of(x));
}

// ELU, with alpha where x < 0: alpha ELU(x) + (1 - alpha) RELU(x). SELU is a multiple of it.
void read_elu(const Node& node) {
  Value& x = node.input(0);
  const bool is_scaled = node.kind() == "Selu";
  const float alpha = node.real("alpha", is_scaled ? 1.67326319f : 1.0f);
  const float gamma = is_scaled ? node.real("gamma", 1.05070102f) : 1;
  const std::int32_t input = node.importer.tensor(x);
  const auto times = [&](std::int32_t tensor, float factor) {
    if (factor == 1) return tensor;
    return apply(node, schema::BuiltinOperator_MUL, {tensor, scalar(node, factor, tensor)});
  };
  std::int32_t result = times(apply(node, schema::BuiltinOperator_ELU, {input}), gamma * alpha);
  if (alpha != 1) {
    const std::int32_t positive = apply(node, schema::BuiltinOperator_RELU, {input});
    result =
        apply(node, schema::BuiltinOperator_ADD, {result, times(positive, gamma * (1 - alpha))});
  }
  node.give(x.dims, result, order_of(x));
}

// x tanh(log(1 + exp(x))) is x (1 - q^2) / (1 + q^2) with q = 1 / (1 + exp(x)).
void read_mish(const Node& node) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x), one = scalar(node, 1, input);
  const std::int32_t q =
      apply(node, schema::BuiltinOperator_LOGISTIC,
            {apply(node, schema::BuiltinOperator_MUL, {input, scalar(node, -1, input)})});
  const std::int32_t square = apply(node, schema::BuiltinOperator_MUL, {q, q});
  const std::int32_t numerator = combine(node, schema::BuiltinOperator_SUB, {one, square},
                                         node.importer.shape_of_tensor(input));
  const std::int32_t divisor = apply(node, schema::BuiltinOperator_ADD, {square, one});
  const std::int32_t gate = apply(node, schema::BuiltinOperator_DIV, {numerator, divisor});
  node.give(x.dims, apply(node, schema::BuiltinOperator_MUL, {input, gate}), order_of(x));
}

void read_negative(const Node& node) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  node.give(x.dims, apply(node, schema::BuiltinOperator_MUL, {input, scalar(node, -1, input)}),
            order_of(x));
}

// 1 / x and x / (1 + |x|).
void read_reciprocal(const Node& node) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  const std::int32_t one = scalar(node, 1, input);
  const bool is_softsign = node.kind() == "Softsign";
  const std::int32_t divisor = is_softsign
                                   ? apply(node, schema::BuiltinOperator_ADD,
                                           {apply(node, schema::BuiltinOperator_ABS, {input}), one})
                                   : input;
  const std::int32_t result =
      combine(node, schema::BuiltinOperator_DIV, {is_softsign ? input : one, divisor},
              node.importer.shape_of_tensor(input));
  node.give(x.dims, result, order_of(x));
}

namespace {

template <class Options>
void read_with_options(const Node& node, Code code, Options options) {
  Value& x = node.input(0);
  const std::int32_t input = node.importer.tensor(x);
  node.give(
      x.dims,
      node.importer.add(code, {input}, node.importer.shape_of_tensor(input), std::move(options)),
      order_of(x));
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
      result = {x.dims,
                {},
                apply(node, schema::BuiltinOperator_HARD_SWISH, {node.importer.tensor(x)}),
                order_of(x)};
      continue;
    }
    if (result.constant && next.constant && !result.constant->is_real() &&
        !next.constant->is_real()) {
      result = combine_integers(node, *result.constant, *next.constant, [&](auto x, auto y) {
        return within_32_bits(combine(node, code, x, y));
      });
      continue;
    }
    if (const auto maker = maker_of(node, i, "Sqrt");
        maker && code == schema::BuiltinOperator_DIV) {
      Value& square = maker->input(0);
      Value reciprocal{square.dims,
                       {},
                       apply(node, schema::BuiltinOperator_RSQRT, {node.importer.tensor(square)}),
                       order_of(square)};
      result = combine(node, schema::BuiltinOperator_MUL, result, reciprocal);
      continue;
    }
    // A division by constants is a product, which has int16 too.
    if (code == schema::BuiltinOperator_DIV && next.constant && next.constant->is_real() &&
        std::ranges::count(next.constant->reals, 0.0f) == 0) {
      Value reciprocal = next;
      for (float& number : reciprocal.constant->reals) number = 1 / number;
      result = combine(node, schema::BuiltinOperator_MUL, result, reciprocal);
      continue;
    }
    result = combine(node, code, result, next);
  }
  if (node.kind() == "Mean" && node.inputs() > 1) {
    const float share = 1 / static_cast<float>(node.inputs());
    result = combine(node, schema::BuiltinOperator_MUL, result, {{}, Array{.reals = {share}}});
  }
  node.give(std::move(result));
}

// Of shapes, as exporters compute those of Expand.
void read_equal(const Node& node) {
  node.integer_constant(0, "A");
  node.integer_constant(1, "B");
  node.give(combine_integers(node, *node.input(0).constant, *node.input(1).constant,
                             [](auto a, auto b) { return std::int64_t{a == b}; }));
}

void read_where(const Node& node) {
  node.integer_constant(0, "the condition");
  node.integer_constant(1, "X");
  node.integer_constant(2, "Y");
  const Array &condition = *node.input(0).constant, &x = *node.input(1).constant,
              &y = *node.input(2).constant;
  const Dims dims = broadcast(node, condition.dims, broadcast(node, x.dims, y.dims));
  const Dims of_x = integers_in(node, x, dims), of_y = integers_in(node, y, dims);
  Array result{.dims = dims, .integers = integers_in(node, condition, dims)};
  for (std::size_t i = 0; i < of_x.size(); ++i) {
    result.integers[i] = result.integers[i] != 0 ? of_x[i] : of_y[i];
  }
  node.give({dims, std::move(result)});
}

void read_prelu(const Node& node) {
  Value& x = node.input(0);
  node.require(broadcast(node, x.dims, node.real_constant(1, "the slope").dims) == x.dims,
               "the slope is larger than the input");
  const Order order = order_of(x);
  const std::int32_t slope = node.importer.tensor(with_rank(node.input(1), x.dims.size()), order);
  node.give(x.dims, apply(node, schema::BuiltinOperator_PRELU, {node.importer.tensor(x), slope}),
            order);
}

}  // namespace octet_quantizer::onnx_reader
