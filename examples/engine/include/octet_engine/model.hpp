// SPDX-License-Identifier: Apache-2.0
// A .tflite file in memory: checked from end to end, then read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "octet/reference.hpp"
#include "octet_engine/result.hpp"

namespace octet_engine {

namespace schema {
struct Operator;  // generated from schema/model.fbs
}

// The element types by their numbers in the file; others are legal but only named.
enum class TensorType : std::int8_t {
  float32 = 0,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  int16 = 7,
  int8 = 9,
};

// "INT8"; "type 99" for a number the format does not define.
std::string to_string(TensorType type);

// "1x8x8x16"; "scalar" for rank 0.
std::string to_string(const octet::Shape& shape);

// real = scale * (q - zero_point): one pair for the whole tensor, or one for each index of
// `dimension`, which converters get wrong for biases and nobody checks until it matters. No scales:
// the tensor is not quantized.
struct Quantization {
  std::span<const float> scales;
  std::span<const std::int64_t> zero_points;  // as many as scales, or none: all 0
  std::int32_t dimension = 0;

  std::int64_t zero_point(std::size_t i) const { return zero_points.empty() ? 0 : zero_points[i]; }
};

struct Tensor {
  std::string_view name = {};
  TensorType type = TensorType::int8;
  octet::Shape shape = {};
  Quantization quantization = {};
  bool is_variable = false;
  std::span<const std::byte> data = {};  // of a constant; empty for activations

  bool is_constant() const { return !data.empty(); }
  std::size_t bytes() const;  // 0 for types without a fixed element size
};

struct Operator {
  std::string name = {};                       // "CONV_2D"
  std::int32_t code = 0;                       // its number in the format
  std::span<const std::int32_t> inputs = {};   // tensors; kAbsent where an optional one is left out
  std::span<const std::int32_t> outputs = {};  // tensors
  const schema::Operator* record = nullptr;    // with its options
};

inline constexpr std::int32_t kAbsent = -1;

// "operator 3 (CONV_2D)"
std::string label(const Operator& operation, std::size_t index);

// The graph of a file, as views of the file's bytes. Every index is in range, every shape has fewer
// than 2^30 elements, every constant has exactly the bytes its shape asks for, there are as many
// zero points as scales. Whether the engine implements the operators is for Engine::create to say.
class Model {
 public:
  static Expected<Model> load(const std::filesystem::path& path);
  static Expected<Model> parse(std::vector<std::byte> bytes);

  Model(Model&&) = default;
  Model& operator=(Model&&) = default;

  std::string_view description() const { return description_; }
  std::span<const Tensor> tensors() const { return tensors_; }
  const Tensor& tensor(std::int32_t index) const {
    return tensors_[static_cast<std::size_t>(index)];
  }
  std::span<const Operator> operators() const { return operators_; }
  std::span<const std::int32_t> inputs() const { return inputs_; }
  std::span<const std::int32_t> outputs() const { return outputs_; }

 private:
  Model() = default;

  std::vector<std::byte> bytes_;  // everything below refers to it; moving keeps it in place
  std::string_view description_;
  std::vector<Tensor> tensors_;
  std::vector<Operator> operators_;
  std::span<const std::int32_t> inputs_;
  std::span<const std::int32_t> outputs_;

  friend class ModelReader;
};

}  // namespace octet_engine
