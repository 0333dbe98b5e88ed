// SPDX-License-Identifier: Apache-2.0
// Operators of one and of two inputs, element by element, in float32.
#include <algorithm>
#include <cmath>

#include "octet/quantize/unary.hpp"
#include "octet/reference/broadcast.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

struct FloatOperands {
  octet::Operand input1, input2;
};

// `element(p, a, b)` of inputs that broadcast.
void binary(const FloatNode& node, float (*element)(const FloatOperands&, float, float)) {
  const FloatOperands operands{{.shape = shape_of(node.input(0))},
                               {.shape = shape_of(node.input(1))}};
  octet::reference::broadcast<float, float>(operands, node.values(0).data(), node.values(1).data(),
                                            node.result().data(), element);
  activate(fused_activation_of(node.operation), node.result());
}

template <class Function>
void unary(const FloatNode& node, const Function& function) {
  std::ranges::transform(node.values(0), node.result().begin(), function);
}

}  // namespace

void evaluate_add(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return a + b; });
}
void evaluate_sub(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return a - b; });
}
void evaluate_mul(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return a * b; });
}
void evaluate_div(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return a / b; });
}
void evaluate_maximum(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return std::max(a, b); });
}
void evaluate_minimum(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return std::min(a, b); });
}
void evaluate_squared_difference(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float a, float b) { return (a - b) * (a - b); });
}
void evaluate_prelu(const FloatNode& node) {
  binary(node, [](const FloatOperands&, float x, float alpha) { return x < 0 ? x * alpha : x; });
}

void evaluate_abs(const FloatNode& node) {
  unary(node, [](float x) { return std::abs(x); });
}
void evaluate_rsqrt(const FloatNode& node) {
  unary(node, [](float x) { return 1 / std::sqrt(x); });
}
void evaluate_logistic(const FloatNode& node) {
  unary(node, [](float x) { return 1 / (1 + std::exp(-x)); });
}
void evaluate_tanh(const FloatNode& node) {
  unary(node, [](float x) { return std::tanh(x); });
}
void evaluate_elu(const FloatNode& node) {
  unary(node, [](float x) { return x < 0 ? std::expm1(x) : x; });
}
void evaluate_exp(const FloatNode& node) {
  unary(node, [](float x) { return std::exp(x); });
}
void evaluate_gelu(const FloatNode& node) {
  if (node.options<schema::GeluOptionsT>().approximate) {
    unary(node, octet::kApproximateGelu);
  } else {
    unary(node, octet::kGelu);
  }
}
void evaluate_hard_swish(const FloatNode& node) {
  unary(node, [](float x) { return x * std::clamp(x + 3, 0.0f, 6.0f) / 6; });
}
void evaluate_leaky_relu(const FloatNode& node) {
  const float alpha = node.options<schema::LeakyReluOptionsT>().alpha;
  unary(node, [alpha](float x) { return x < 0 ? x * alpha : x; });
}
void evaluate_relu(const FloatNode& node) {
  unary(node, [](float x) { return std::max(x, 0.0f); });
}
void evaluate_relu6(const FloatNode& node) {
  unary(node, [](float x) { return std::clamp(x, 0.0f, 6.0f); });
}
void evaluate_relu_n1_to_1(const FloatNode& node) {
  unary(node, [](float x) { return std::clamp(x, -1.0f, 1.0f); });
}

}  // namespace octet_quantizer
