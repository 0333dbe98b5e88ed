// SPDX-License-Identifier: Apache-2.0
// Functions of rows, which are the last dimension, and reductions, in float32.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "octet/reference/reduce.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

// call(input, output) for every row.
template <class Call>
void for_each_row(const FloatNode& node, const Call& call) {
  const auto depth = static_cast<std::size_t>(node.input(0).shape.back());
  const std::span<const float> input = node.values(0);
  for (std::size_t i = 0; i < input.size(); i += depth) {
    call(input.subspan(i, depth), node.result().subspan(i, depth));
  }
}

// exp(beta * (x - max)) for every x of a row; returns their sum.
float exponentials(std::span<const float> input, float beta, std::span<float> output) {
  const float max = *std::ranges::max_element(input);
  std::ranges::transform(input, output.begin(),
                         [&](float x) { return std::exp(beta * (x - max)); });
  return std::accumulate(output.begin(), output.end(), 0.0f);
}

octet::ReduceParams reduce_params(const FloatNode& node) {
  octet::ReduceParams params{.input = {.shape = shape_of(node.input(0))}};
  for (const std::int32_t axis : node.values<std::int32_t>(1)) {
    params.reduce[axis < 0 ? axis + params.input.shape.rank : axis] = true;
  }
  return params;
}

template <class Combine>
void reduce(const FloatNode& node, float start, const Combine& combine) {
  const octet::ReduceParams params = reduce_params(node);
  const std::span<float> result = node.result();
  for (std::size_t i = 0; i < result.size(); ++i) {
    result[i] = static_cast<float>(
        octet::reference::reduce(params.input.shape, params.reduce, node.values(0).data(),
                                 static_cast<std::int64_t>(i), double{start}, combine));
  }
}

double sum_of(double sum, float x) { return sum + double{x}; }

}  // namespace

void evaluate_softmax(const FloatNode& node) {
  const float beta = node.options<schema::SoftmaxOptionsT>().beta;
  for_each_row(node, [beta](std::span<const float> input, std::span<float> output) {
    const float sum = exponentials(input, beta, output);
    for (float& value : output) value /= sum;
  });
}

void evaluate_log_softmax(const FloatNode& node) {
  for_each_row(node, [](std::span<const float> input, std::span<float> output) {
    const float logarithm = std::log(exponentials(input, 1, output));
    const float max = *std::ranges::max_element(input);
    std::ranges::transform(input, output.begin(), [&](float x) { return x - max - logarithm; });
  });
}

void evaluate_l2_normalization(const FloatNode& node) {
  for_each_row(node, [](std::span<const float> input, std::span<float> output) {
    const float squares = std::inner_product(input.begin(), input.end(), input.begin(), 0.0f);
    const float length = std::max(std::sqrt(squares), 1e-6f);
    std::ranges::transform(input, output.begin(), [&](float x) { return x / length; });
  });
}

void evaluate_sum(const FloatNode& node) { reduce(node, 0, sum_of); }

void evaluate_mean(const FloatNode& node) {
  reduce(node, 0, sum_of);
  const std::span<float> result = node.result();
  const auto count = static_cast<float>(node.values(0).size()) / static_cast<float>(result.size());
  for (float& value : result) value /= count;
}

void evaluate_reduce_max(const FloatNode& node) {
  reduce(node, -std::numeric_limits<float>::infinity(),
         [](double a, float b) { return std::max(a, double{b}); });
}

void evaluate_reduce_min(const FloatNode& node) {
  reduce(node, std::numeric_limits<float>::infinity(),
         [](double a, float b) { return std::min(a, double{b}); });
}

}  // namespace octet_quantizer
