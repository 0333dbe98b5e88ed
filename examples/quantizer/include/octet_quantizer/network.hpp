// SPDX-License-Identifier: Apache-2.0
// A network that is being changed: the .tflite format as plain structs (the object API of
// FlatBuffers), of which the first subgraph is the network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "model_generated.h"
#include "octet/types.hpp"
#include "octet_engine/result.hpp"

namespace octet_quantizer {

namespace schema = octet_engine::schema;
using octet_engine::Error;
using octet_engine::Expected;
using octet_engine::invalid;

using Network = schema::ModelT;
using Graph = schema::SubGraphT;
using Tensor = schema::TensorT;
using Operation = schema::OperatorT;
using Code = schema::BuiltinOperator;

inline constexpr std::int32_t kAbsent = -1;  // an optional input

// From a file: ONNX if its suffix is .onnx, else .tflite.
Expected<Network> read_network(const std::filesystem::path& path);

// A .tflite file in memory, checked from end to end.
Expected<Network> parse_network(std::vector<std::byte> bytes);

// The bytes of a .tflite file.
std::vector<std::byte> to_bytes(const Network& network);

inline Graph& graph_of(Network& network) { return *network.subgraphs[0]; }
inline const Graph& graph_of(const Network& network) { return *network.subgraphs[0]; }

inline Tensor& tensor_of(Network& network, std::int32_t index) {
  return *graph_of(network).tensors[static_cast<std::size_t>(index)];
}
inline const Tensor& tensor_of(const Network& network, std::int32_t index) {
  return *graph_of(network).tensors[static_cast<std::size_t>(index)];
}

octet::Shape shape_of(const Tensor& tensor);
octet::ShapeNhwc nhwc_of(const Tensor& tensor);  // of rank 4

Code code_of(const Network& network, const Operation& operation);
std::string name_of(const Network& network, const Operation& operation);  // "CONV_2D"

// "operator 3 (CONV_2D)"
std::string label(const Network& network, std::size_t operation);

// The index of an operator's code, which is added where the network has none.
std::uint32_t opcode_index(Network& network, Code code);

// Options of their type T, or a null pointer.
template <class T>
const T* options_of(const Operation& operation) {
  using Traits = schema::BuiltinOptionsUnionTraits<T>;
  const auto& options = operation.builtin_options;
  return options.type == Traits::enum_value ? static_cast<const T*>(options.value) : nullptr;
}
template <class T>
T* options_of(Operation& operation) {
  return const_cast<T*>(options_of<T>(std::as_const(operation)));
}

// The activation fused behind an operator; a null pointer where its kind has none.
schema::ActivationFunctionType* fused_activation(Operation& operation);
schema::ActivationFunctionType fused_activation_of(const Operation& operation);

bool is_constant(const Network& network, std::int32_t tensor);

// The elements of a constant.
template <class T>
std::vector<T> values_of(const Network& network, std::int32_t tensor) {
  const std::vector<std::uint8_t>& data = network.buffers[tensor_of(network, tensor).buffer]->data;
  std::vector<T> values(data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), data.data(), values.size() * sizeof(T));
  return values;
}

// Makes a tensor a constant with a buffer of its own.
void set_bytes(Network& network, std::int32_t tensor, std::span<const std::byte> bytes);
template <class T>
void set_values(Network& network, std::int32_t tensor, const std::vector<T>& values) {
  set_bytes(network, tensor, std::as_bytes(std::span(values)));
}

// A new tensor, not yet used; returns its index.
std::int32_t add_tensor(Network& network, std::string name, std::vector<std::int32_t> shape,
                        schema::TensorType type);

// The operators that read a tensor, in order; outputs of the network do not count.
std::vector<std::size_t> readers_of(const Network& network, std::int32_t tensor);
// The operator that writes it, or -1.
std::int32_t writer_of(const Network& network, std::int32_t tensor);
bool is_output(const Network& network, std::int32_t tensor);

// Lets every operator and the outputs read `to` instead of `from`.
void replace_reads(Network& network, std::int32_t from, std::int32_t to);

// Drops tensors and buffers that nothing refers to. Returns the new index of each tensor, kAbsent
// for those that went away.
std::vector<std::int32_t> drop_unused(Network& network);

}  // namespace octet_quantizer
