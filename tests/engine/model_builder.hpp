// SPDX-License-Identifier: Apache-2.0
// Builds small .tflite models for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "model_generated.h"

namespace engine_test {

namespace schema = octet_engine::schema;

class ModelBuilder {
 public:
  struct Quantization {
    float scale = 1;
    std::int64_t zero_point = 0;
  };

  // An int8 activation; returns its index.
  std::int32_t activation(const std::vector<std::int32_t>& shape,
                          Quantization quantization = {1, 0},
                          schema::TensorType type = schema::TensorType_INT8) {
    return tensor(shape, type, {quantization.scale}, {quantization.zero_point}, 0);
  }

  // A tensor that keeps its values from run to run.
  std::int32_t variable(const std::vector<std::int32_t>& shape, Quantization quantization = {1, 0},
                        schema::TensorType type = schema::TensorType_INT8) {
    return tensor(shape, type, {quantization.scale}, {quantization.zero_point}, 0, true);
  }

  template <class T>
  std::int32_t constant(const std::vector<std::int32_t>& shape, const std::vector<T>& values,
                        Quantization quantization = {1, 0}) {
    constexpr schema::TensorType type = std::is_same_v<T, std::uint8_t> ? schema::TensorType_UINT8
                                        : sizeof(T) == 1                ? schema::TensorType_INT8
                                        : sizeof(T) == 2                ? schema::TensorType_INT16
                                        : sizeof(T) == 4                ? schema::TensorType_INT32
                                                                        : schema::TensorType_INT64;
    return constant_of(type, shape, values, quantization);
  }

  template <class T>
  std::int32_t constant_of(schema::TensorType type, const std::vector<std::int32_t>& shape,
                           const std::vector<T>& values, Quantization quantization = {1, 0}) {
    return tensor(shape, type, {quantization.scale}, {quantization.zero_point}, buffer(values));
  }

  // What a constant holds; returns its number.
  template <class T>
  std::uint32_t buffer(const std::vector<T>& values) {
    buffers_.push_back(schema::CreateBuffer(
        builder_, builder_.CreateVector(reinterpret_cast<const std::uint8_t*>(values.data()),
                                        values.size() * sizeof(T))));
    return static_cast<std::uint32_t>(buffers_.size());
  }

  std::int32_t tensor(const std::vector<std::int32_t>& shape, schema::TensorType type,
                      const std::vector<float>& scales,
                      const std::vector<std::int64_t>& zero_points, std::uint32_t buffer,
                      bool is_variable = false) {
    const auto quantization = schema::CreateQuantizationParameters(
        builder_, builder_.CreateVector(scales), create_zero_points(zero_points));
    tensors_.push_back(schema::CreateTensor(builder_, builder_.CreateVector(shape), type, buffer,
                                            builder_.CreateString("tensor"), quantization,
                                            is_variable));
    return static_cast<std::int32_t>(tensors_.size()) - 1;
  }

  // From here on zero points lie as older programs wrote them, aligned to 4 bytes; with `gap` those
  // 4 bytes further on.
  void align_zero_points_to_4_bytes(bool gap) {
    narrow_zero_points_ = true;
    if (gap) builder_.CreateVector(std::vector<std::int32_t>{0, 0});
  }

  void operation(schema::BuiltinOperator code, const std::vector<std::int32_t>& inputs,
                 const std::vector<std::int32_t>& outputs,
                 schema::BuiltinOptions options_type = schema::BuiltinOptions_NONE,
                 flatbuffers::Offset<void> options = 0) {
    codes_.push_back(schema::CreateOperatorCode(builder_, 0, 0, 1, code));
    operators_.push_back(schema::CreateOperator(
        builder_, static_cast<std::uint32_t>(codes_.size()) - 1, builder_.CreateVector(inputs),
        builder_.CreateVector(outputs), options_type, options));
  }

  void custom(const char* name, const std::vector<std::int32_t>& inputs,
              const std::vector<std::int32_t>& outputs, const std::vector<std::uint8_t>& options) {
    codes_.push_back(schema::CreateOperatorCode(builder_, 32, builder_.CreateString(name), 1,
                                                schema::BuiltinOperator_CUSTOM));
    operators_.push_back(
        schema::CreateOperator(builder_, static_cast<std::uint32_t>(codes_.size()) - 1,
                               builder_.CreateVector(inputs), builder_.CreateVector(outputs),
                               schema::BuiltinOptions_NONE, 0, builder_.CreateVector(options)));
  }

  flatbuffers::FlatBufferBuilder& flatbuffer() { return builder_; }

  // What was added since the last call is subgraph 1, 2, ...; the rest is the model, subgraph 0.
  void end_subgraph(const std::vector<std::int32_t>& inputs = {},
                    const std::vector<std::int32_t>& outputs = {}) {
    graphs_.push_back(schema::CreateSubGraph(
        builder_, builder_.CreateVector(tensors_), builder_.CreateVector(inputs),
        builder_.CreateVector(outputs), builder_.CreateVector(operators_)));
    tensors_.clear();
    operators_.clear();
  }

  std::vector<std::byte> finish(const std::vector<std::int32_t>& inputs,
                                const std::vector<std::int32_t>& outputs) {
    // Buffer 0 is the empty one that activations refer to.
    buffers_.insert(buffers_.begin(), schema::CreateBuffer(builder_));
    end_subgraph(inputs, outputs);
    std::rotate(graphs_.begin(), graphs_.end() - 1, graphs_.end());
    schema::FinishModelBuffer(
        builder_, schema::CreateModel(builder_, 3, builder_.CreateVector(codes_),
                                      builder_.CreateVector(graphs_), builder_.CreateString("test"),
                                      builder_.CreateVector(buffers_)));
    const auto bytes = std::as_bytes(std::span(builder_.GetBufferPointer(), builder_.GetSize()));
    return {bytes.begin(), bytes.end()};
  }

 private:
  flatbuffers::Offset<flatbuffers::Vector<std::int64_t>> create_zero_points(
      const std::vector<std::int64_t>& zero_points) {
    if (!narrow_zero_points_) return builder_.CreateVector(zero_points);
    builder_.StartVector(2 * zero_points.size(), sizeof(std::int32_t));
    for (std::size_t i = zero_points.size(); i-- > 0;) {
      builder_.PushElement(static_cast<std::int32_t>(zero_points[i] >> 32));
      builder_.PushElement(static_cast<std::int32_t>(zero_points[i] & 0xFFFFFFFF));
    }
    return builder_.EndVector(zero_points.size());
  }

  bool narrow_zero_points_ = false;
  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<schema::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<schema::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<schema::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<schema::Operator>> operators_;
  std::vector<flatbuffers::Offset<schema::SubGraph>> graphs_;
};

}  // namespace engine_test
