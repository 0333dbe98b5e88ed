// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/network.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "octet_engine/files.hpp"
#include "octet_engine/model.hpp"
#include "octet_quantizer/onnx.hpp"

namespace octet_quantizer {

namespace {

// Options that have a field of that name.
template <class Options>
schema::ActivationFunctionType* activation_in(Operation& operation) {
  Options* const options = options_of<Options>(operation);
  return options == nullptr ? nullptr : &options->fused_activation_function;
}

}  // namespace

Expected<Network> read_network(const std::filesystem::path& path) {
  if (path.extension() == ".onnx") return read_onnx(path);
  Expected<std::vector<std::byte>> bytes = octet_engine::read_file(path);
  if (!bytes) return bytes.error();
  Expected<Network> network = parse_network(std::move(*bytes));
  if (!network) return Error{network.error().code, path.string() + ": " + network.error().message};
  return network;
}

Expected<Network> parse_network(std::vector<std::byte> bytes) {
  const auto model = octet_engine::Model::parse(bytes);
  if (!model) return model.error();
  if (model->graphs().size() != 1) return invalid("the network has more than one subgraph");
  std::unique_ptr<Network> network(schema::GetModel(bytes.data())->UnPack());
  for (const auto& operation : graph_of(*network).operators) {
    // Options of a kind that is not in the schema are empty: nobody reads them.
    if (operation->builtin_options.value == nullptr) {
      operation->builtin_options.type = schema::BuiltinOptions_NONE;
    }
  }
  return std::move(*network);
}

std::vector<std::byte> to_bytes(const Network& network) {
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &network));
  const auto bytes = std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));
  return {bytes.begin(), bytes.end()};
}

octet::Shape shape_of(const Tensor& tensor) {
  octet::Shape shape{static_cast<std::int32_t>(tensor.shape.size()), {}};
  std::ranges::copy(tensor.shape, shape.extent);
  return shape;
}

octet::ShapeNhwc nhwc_of(const Tensor& tensor) {
  return {tensor.shape[0], tensor.shape[1], tensor.shape[2], tensor.shape[3]};
}

Code code_of(const Network& network, const Operation& operation) {
  const schema::OperatorCodeT& code = *network.operator_codes[operation.opcode_index];
  return std::max(static_cast<Code>(code.deprecated_builtin_code), code.builtin_code);
}

std::string name_of(const Network& network, const Operation& operation) {
  const Code code = code_of(network, operation);
  if (code == schema::BuiltinOperator_CUSTOM) {
    return "CUSTOM " + network.operator_codes[operation.opcode_index]->custom_code;
  }
  const char* const name = schema::EnumNameBuiltinOperator(code);
  return *name == '\0' ? "code " + std::to_string(code) : name;
}

std::string label(const Network& network, std::size_t operation) {
  return "operator " + std::to_string(operation) + " (" +
         name_of(network, *graph_of(network).operators[operation]) + ")";
}

std::uint32_t opcode_index(Network& network, Code code) {
  for (std::size_t i = 0; i < network.operator_codes.size(); ++i) {
    const schema::OperatorCodeT& known = *network.operator_codes[i];
    if (std::max(static_cast<Code>(known.deprecated_builtin_code), known.builtin_code) == code) {
      return static_cast<std::uint32_t>(i);
    }
  }
  auto added = std::make_unique<schema::OperatorCodeT>();
  // 127 says that the code is in the other field.
  added->deprecated_builtin_code = static_cast<std::int8_t>(std::min<int>(code, 127));
  added->builtin_code = code;
  network.operator_codes.push_back(std::move(added));
  return static_cast<std::uint32_t>(network.operator_codes.size()) - 1;
}

schema::ActivationFunctionType* fused_activation(Operation& operation) {
  for (auto* const activation : {activation_in<schema::Conv2DOptionsT>(operation),
                                 activation_in<schema::DepthwiseConv2DOptionsT>(operation),
                                 activation_in<schema::FullyConnectedOptionsT>(operation),
                                 activation_in<schema::TransposeConvOptionsT>(operation),
                                 activation_in<schema::AddOptionsT>(operation),
                                 activation_in<schema::SubOptionsT>(operation),
                                 activation_in<schema::MulOptionsT>(operation),
                                 activation_in<schema::DivOptionsT>(operation),
                                 activation_in<schema::Pool2DOptionsT>(operation),
                                 activation_in<schema::ConcatenationOptionsT>(operation),
                                 activation_in<schema::L2NormOptionsT>(operation)}) {
    if (activation != nullptr) return activation;
  }
  return nullptr;
}

schema::ActivationFunctionType fused_activation_of(const Operation& operation) {
  const auto* const activation = fused_activation(const_cast<Operation&>(operation));
  return activation == nullptr ? schema::ActivationFunctionType_NONE : *activation;
}

bool is_constant(const Network& network, std::int32_t tensor) {
  return tensor != kAbsent && !network.buffers[tensor_of(network, tensor).buffer]->data.empty();
}

void set_bytes(Network& network, std::int32_t tensor, std::span<const std::byte> bytes) {
  auto buffer = std::make_unique<schema::BufferT>();
  buffer->data.resize(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer->data.data(), bytes.data(), bytes.size());
  tensor_of(network, tensor).buffer = static_cast<std::uint32_t>(network.buffers.size());
  network.buffers.push_back(std::move(buffer));
}

std::int32_t add_tensor(Network& network, std::string name, std::vector<std::int32_t> shape,
                        schema::TensorType type) {
  auto tensor = std::make_unique<Tensor>();
  tensor->name = std::move(name);
  tensor->shape = std::move(shape);
  tensor->type = type;
  graph_of(network).tensors.push_back(std::move(tensor));
  return static_cast<std::int32_t>(graph_of(network).tensors.size()) - 1;
}

std::vector<std::size_t> readers_of(const Network& network, std::int32_t tensor) {
  std::vector<std::size_t> readers;
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (std::ranges::count(operators[i]->inputs, tensor) != 0) readers.push_back(i);
  }
  return readers;
}

std::int32_t writer_of(const Network& network, std::int32_t tensor) {
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    if (std::ranges::count(operators[i]->outputs, tensor) != 0) return static_cast<std::int32_t>(i);
  }
  return -1;
}

bool is_output(const Network& network, std::int32_t tensor) {
  return std::ranges::count(graph_of(network).outputs, tensor) != 0;
}

void replace_reads(Network& network, std::int32_t from, std::int32_t to) {
  for (const auto& operation : graph_of(network).operators) {
    std::ranges::replace(operation->inputs, from, to);
  }
  std::ranges::replace(graph_of(network).outputs, from, to);
}

std::vector<std::int32_t> drop_unused(Network& network) {
  Graph& graph = graph_of(network);
  std::vector<std::int32_t> place(graph.tensors.size(), kAbsent);
  std::vector<std::unique_ptr<Tensor>> tensors;
  std::vector<std::uint32_t> buffer_place(network.buffers.size(), 0);
  std::vector<std::unique_ptr<schema::BufferT>> buffers;
  buffers.push_back(std::make_unique<schema::BufferT>());  // of tensors without constants
  std::vector<bool> is_used(graph.tensors.size());
  const auto for_each_index = [&](const auto& call) {
    for (auto* const list : {&graph.inputs, &graph.outputs}) call(*list);
    for (const auto& operation : graph.operators) {
      call(operation->inputs);
      call(operation->outputs);
    }
  };
  for_each_index([&](const std::vector<std::int32_t>& list) {
    for (const std::int32_t tensor : list) {
      if (tensor != kAbsent) is_used[static_cast<std::size_t>(tensor)] = true;
    }
  });
  for (std::size_t i = 0; i < graph.tensors.size(); ++i) {
    if (!is_used[i]) continue;
    place[i] = static_cast<std::int32_t>(tensors.size());
    std::uint32_t& buffer = graph.tensors[i]->buffer;
    if (network.buffers[buffer]->data.empty()) {
      buffer = 0;
    } else {
      std::uint32_t& moved = buffer_place[buffer];
      if (moved == 0) {
        moved = static_cast<std::uint32_t>(buffers.size());
        buffers.push_back(std::make_unique<schema::BufferT>(*network.buffers[buffer]));
      }
      buffer = moved;
    }
    tensors.push_back(std::move(graph.tensors[i]));
  }
  for_each_index([&](std::vector<std::int32_t>& list) {
    for (std::int32_t& tensor : list) {
      if (tensor != kAbsent) tensor = place[static_cast<std::size_t>(tensor)];
    }
  });
  graph.tensors = std::move(tensors);
  network.buffers = std::move(buffers);
  return place;
}

}  // namespace octet_quantizer
