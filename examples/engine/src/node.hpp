// SPDX-License-Identifier: Apache-2.0
// One operation of a model while it is being prepared: its tensors, its options, its errors.
#pragma once

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "model_generated.h"
#include "octet/hosted/message.hpp"
#include "octet/int4.hpp"
#include "octet_engine/engine.hpp"
#include "octet_engine/model.hpp"

namespace octet_engine {

class Node {
 public:
  Node(const Graph& graph, std::size_t index, const EngineOptions& options = {})
      : graph_(graph), index_(index), operation_(graph.operators[index]), options_(options) {}

  const Operator& operation() const { return operation_; }
  const octet::Backend& backend() const { return options_.backend; }
  octet::Rounding rounding() const { return options_.rounding; }
  std::span<const CustomOperator> custom_operators() const { return options_.custom_operators; }

  // Operands that the table of operators asks for are there; optional ones need has_input first.
  std::size_t inputs() const { return operation_.inputs.size(); }
  std::size_t outputs() const { return operation_.outputs.size(); }
  bool has_input(std::size_t i) const { return i < inputs() && operation_.inputs[i] != kAbsent; }
  const Tensor& input(std::size_t i) const { return graph_.tensor(operation_.inputs[i]); }
  const Tensor& output(std::size_t i = 0) const { return graph_.tensor(operation_.outputs[i]); }

  // The options, or a null pointer where the file holds none.
  template <class Options>
  const Options* options() const {
    return operation_.record->builtin_options_as<Options>();
  }

  Error invalid(const std::string& message) const { return error(ErrorCode::invalid, message); }
  Error unsupported(const std::string& message) const {
    return error(ErrorCode::unsupported, message);
  }
  Error refused(const octet::Status& status) const {
    return error(
        status.code == octet::StatusCode::unsupported ? ErrorCode::unsupported : ErrorCode::invalid,
        octet::to_string(status));
  }
  Error refused(const Error& reason) const { return error(reason.code, reason.message); }

 private:
  Error error(ErrorCode code, const std::string& message) const {
    return {code, label(operation_, index_) + ": " + message};
  }

  const Graph& graph_;
  std::size_t index_;
  const Operator& operation_;
  EngineOptions options_;
};

// Quantization of an activation, which is one pair for the whole tensor.
inline float scale_of(const Tensor& tensor) { return tensor.quantization.scales[0]; }
inline std::int32_t zero_point_of(const Tensor& tensor) {
  return static_cast<std::int32_t>(tensor.quantization.zero_point(0));
}

inline octet::ShapeNhwc nhwc(const octet::Shape& shape) {
  return {shape.extent[0], shape.extent[1], shape.extent[2], shape.extent[3]};
}
inline octet::NhwcOperand nhwc_operand(const Tensor& tensor) {
  return {nhwc(tensor.shape), zero_point_of(tensor)};
}

// The elements of a constant, which files may leave misaligned.
template <class T>
std::vector<T> values_of(const Tensor& tensor) {
  std::vector<T> values(tensor.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

// A list of whole numbers, int32 or int64: what leaves 32 bits becomes the nearest that does not.
inline std::vector<std::int32_t> list_of(const Tensor& tensor) {
  if (tensor.type != TensorType::int64) return values_of<std::int32_t>(tensor);
  std::vector<std::int32_t> list;
  for (const std::int64_t value : values_of<std::int64_t>(tensor)) {
    constexpr std::numeric_limits<std::int32_t> kLimits;
    list.push_back(
        static_cast<std::int32_t>(std::clamp<std::int64_t>(value, kLimits.min(), kLimits.max())));
  }
  return list;
}

// Weights, each in a byte of its own.
inline std::vector<std::int8_t> weights_of(const Tensor& tensor) {
  if (tensor.type != TensorType::int4) return values_of<std::int8_t>(tensor);
  std::vector<std::int8_t> weights(static_cast<std::size_t>(tensor.shape.size()));
  octet::unpack_int4(tensor.data, weights);
  return weights;
}

}  // namespace octet_engine
