// SPDX-License-Identifier: Apache-2.0
// A .tflite file in memory: checked from end to end, then read in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "octet/types.hpp"
#include "octet_engine/result.hpp"
#include "octet_engine/tensor_type.hpp"

namespace octet_engine {

namespace schema {
struct Operator;  // generated from schema/model.fbs
}

// "1x8x8x16"; "scalar" for rank 0.
std::string to_string(const octet::Shape& shape);

// real = scale * (q - zero_point): one pair for the whole tensor, or one for each index of
// `dimension`, which converters get wrong for biases and nobody checks until it matters. No scales:
// the tensor is not quantized.
struct Quantization {
  std::span<const float> scales;
  std::span<const std::byte> zero_points;  // as many int64 as scales, or none: all 0
  std::int32_t dimension = 0;

  // Files written by older programs align them to 4 bytes.
  std::int64_t zero_point(std::size_t i) const {
    std::int64_t value = 0;
    if (!zero_points.empty()) {
      std::memcpy(&value, zero_points.data() + i * sizeof(value), sizeof(value));
    }
    return value;
  }
};

struct Tensor {
  std::string_view name = {};
  TensorType type = TensorType::int8;
  octet::Shape shape = {};
  Quantization quantization = {};
  bool is_variable = false;              // keeps its values from run to run
  std::span<const std::byte> data = {};  // of a constant; empty for activations

  // Nothing is missing where there are no elements.
  bool is_constant() const { return !data.empty() || shape.size() == 0; }
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

// Operators in the order in which they run.
struct Graph {
  std::vector<Tensor> tensors = {};
  std::vector<Operator> operators = {};
  std::span<const std::int32_t> inputs = {};
  std::span<const std::int32_t> outputs = {};

  const Tensor& tensor(std::int32_t index) const {
    return tensors[static_cast<std::size_t>(index)];
  }
};

// The graphs of a file, as views of the file's bytes. Every index is in range, every shape has
// fewer than 2^30 elements, every constant has exactly the bytes its shape asks for, there are as
// many zero points as scales. Whether the engine implements the operators is for Engine::create to
// say.
class Model {
 public:
  static Expected<Model> load(const std::filesystem::path& path);
  static Expected<Model> parse(std::vector<std::byte> bytes);

  Model(Model&&) = default;
  Model& operator=(Model&&) = default;

  std::string_view description() const { return description_; }

  // The first one is the model; operators name the others.
  std::span<const Graph> graphs() const { return graphs_; }

  // Of the first graph.
  std::span<const Tensor> tensors() const { return graphs_[0].tensors; }
  const Tensor& tensor(std::int32_t index) const { return graphs_[0].tensor(index); }
  std::span<const Operator> operators() const { return graphs_[0].operators; }
  std::span<const std::int32_t> inputs() const { return graphs_[0].inputs; }
  std::span<const std::int32_t> outputs() const { return graphs_[0].outputs; }

 private:
  Model() = default;

  std::vector<std::byte> bytes_;  // everything below refers to it; moving keeps it in place
  std::string_view description_;
  std::vector<Graph> graphs_;

  friend class ModelReader;
};

}  // namespace octet_engine
