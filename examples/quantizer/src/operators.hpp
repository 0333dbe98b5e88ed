// SPDX-License-Identifier: Apache-2.0
// The operators that have integer forms, once: how each computes in float32, and how its integers
// are scaled.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "octet/quantize/range.hpp"
#include "octet/quantize/weights.hpp"
#include "octet_quantizer/network.hpp"

namespace octet_quantizer {

// An operator with its memory, while a network runs in float32.
struct FloatNode {
  const Network& network;
  const Operation& operation;
  std::vector<std::span<const std::byte>> inputs;  // empty: absent
  std::vector<std::span<std::byte>> outputs;

  bool has_input(std::size_t i) const { return i < inputs.size() && !inputs[i].empty(); }
  const Tensor& input(std::size_t i) const { return tensor_of(network, operation.inputs[i]); }
  const Tensor& output() const { return tensor_of(network, operation.outputs[0]); }

  template <class T = float>
  std::span<const T> values(std::size_t i) const {
    return {reinterpret_cast<const T*>(inputs[i].data()), inputs[i].size() / sizeof(T)};
  }
  template <class T = float>
  std::span<T> result() const {
    return {reinterpret_cast<T*>(outputs[0].data()), outputs[0].size() / sizeof(T)};
  }

  // Options that a file may leave out have their defaults then.
  template <class T>
  T options() const {
    const T* const given = options_of<T>(operation);
    return given == nullptr ? T{} : *given;
  }
};

enum class OutputScale : std::uint8_t {
  own,       // from the range of its values
  of_input,  // that of the first activation, since elements only move or are chosen
  joint,     // all inputs have that of the output
  fixed,     // the same whatever the values
};

struct OperatorType {
  Code code;
  void (*evaluate)(const FloatNode& node);  // a null pointer: it moves elements of any type
  OutputScale scale = OutputScale::own;
  bool has_int16 = true;
  octet::TensorQuantization fixed = {};  // of int8; that of int16 is 1/32768
  std::int8_t weights = -1, bias = -1;   // which inputs they are
  std::int8_t channels = 0;              // the dimension of the weights along which outputs lie
};

// A null pointer where the operator has no integer form.
const OperatorType* find_operator(Code code);

// The weights' channels: those of the output.
octet::ChannelLayout channel_layout(const Tensor& weights, std::int32_t dimension);

// Applies a fused activation.
void activate(schema::ActivationFunctionType activation, std::span<float> values);

void evaluate_abs(const FloatNode& node);
void evaluate_add(const FloatNode& node);
void evaluate_average_pool2d(const FloatNode& node);
void evaluate_batch_matmul(const FloatNode& node);
void evaluate_conv2d(const FloatNode& node);
void evaluate_depthwise_conv2d(const FloatNode& node);
void evaluate_div(const FloatNode& node);
void evaluate_elu(const FloatNode& node);
void evaluate_exp(const FloatNode& node);
void evaluate_fully_connected(const FloatNode& node);
void evaluate_gelu(const FloatNode& node);
void evaluate_hard_swish(const FloatNode& node);
void evaluate_l2_normalization(const FloatNode& node);
void evaluate_leaky_relu(const FloatNode& node);
void evaluate_log_softmax(const FloatNode& node);
void evaluate_logistic(const FloatNode& node);
void evaluate_max_pool2d(const FloatNode& node);
void evaluate_maximum(const FloatNode& node);
void evaluate_mean(const FloatNode& node);
void evaluate_minimum(const FloatNode& node);
void evaluate_mul(const FloatNode& node);
void evaluate_pad(const FloatNode& node);
void evaluate_prelu(const FloatNode& node);
void evaluate_reduce_max(const FloatNode& node);
void evaluate_reduce_min(const FloatNode& node);
void evaluate_relu(const FloatNode& node);
void evaluate_relu6(const FloatNode& node);
void evaluate_relu_n1_to_1(const FloatNode& node);
void evaluate_resize_bilinear(const FloatNode& node);
void evaluate_resize_nearest_neighbor(const FloatNode& node);
void evaluate_rsqrt(const FloatNode& node);
void evaluate_softmax(const FloatNode& node);
void evaluate_space_to_batch_nd(const FloatNode& node);
void evaluate_squared_difference(const FloatNode& node);
void evaluate_sub(const FloatNode& node);
void evaluate_sum(const FloatNode& node);
void evaluate_tanh(const FloatNode& node);
void evaluate_transpose_conv(const FloatNode& node);

}  // namespace octet_quantizer
