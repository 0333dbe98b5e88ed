// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/onnx.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "fusion.hpp"
#include "importer.hpp"
#include "octet_engine/files.hpp"

namespace octet_quantizer {

namespace {

using onnx_reader::Dims;
using onnx_reader::edge_order;
using onnx_reader::Importer;
using onnx_reader::Refusal;

constexpr std::int64_t kFirstOperatorSet = 7;

// All that have no reader, at once.
std::optional<Error> check_kinds(const onnx::GraphProto& graph) {
  std::map<std::string, int> missing;
  for (const onnx::NodeProto& node : graph.node()) {
    const bool is_standard = node.domain().empty() || node.domain() == "ai.onnx";
    if (!is_standard) {
      ++missing[node.domain() + "." + node.op_type()];
    } else if (onnx_reader::find_reader(node.op_type()) == nullptr) {
      ++missing[node.op_type()];
    }
  }
  if (missing.empty()) return std::nullopt;
  std::string text = "operators that cannot be read:";
  for (const auto& [kind, count] : missing) text += " " + kind + " x" + std::to_string(count);
  return Error{octet_engine::ErrorCode::unsupported, text};
}

void read_input(Importer& importer, const onnx::ValueInfoProto& info) {
  const onnx::TypeProto::Tensor& type = info.type().tensor_type();
  if (type.elem_type() != onnx::TensorProto::FLOAT) {
    throw Refusal("input " + info.name() + " is not of float32");
  }
  Dims dims;
  for (const auto& extent : type.shape().dim()) {
    const bool is_open = !extent.has_dim_value() || extent.dim_value() <= 0;
    if (is_open && !dims.empty()) {
      throw Refusal("dimension " + std::to_string(dims.size()) + " of input " + info.name() +
                    " has no number");
    }
    dims.push_back(is_open ? 1 : extent.dim_value());
  }
  importer.values[info.name()] = importer.input(info.name(), dims);
}

void read_node(Importer& importer, const onnx::NodeProto& proto) {
  if (proto.output().empty()) return;
  importer.name = proto.output(0);
  try {
    onnx_reader::find_reader(proto.op_type())->read(onnx_reader::Node(importer, proto));
  } catch (const Refusal& refusal) {
    const std::string& node = proto.name().empty() ? proto.output(0) : proto.name();
    throw Refusal("node " + node + " (" + proto.op_type() + "): " + refusal.what());
  }
  for (const std::string& output : proto.output()) importer.makers[output] = &proto;
}

// Operators whose outputs nobody reads: what became part of another one.
void drop_unread(Network& network) {
  auto& operators = graph_of(network).operators;
  for (std::size_t i = operators.size(); i-- > 0;) {
    const auto is_read = [&](std::int32_t tensor) {
      return is_output(network, tensor) || !readers_of(network, tensor).empty();
    };
    if (std::ranges::none_of(operators[i]->outputs, is_read)) {
      operators.erase(operators.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  drop_unused(network);
}

Network read_model(const onnx::ModelProto& model) {
  const onnx::GraphProto& graph = model.graph();
  Importer importer;
  for (const auto& set : model.opset_import()) {
    if (set.domain().empty() || set.domain() == "ai.onnx") importer.operator_set = set.version();
  }
  if (importer.operator_set < kFirstOperatorSet) {
    throw Refusal("operator set " + std::to_string(importer.operator_set) + " is older than " +
                  std::to_string(kFirstOperatorSet));
  }
  for (const onnx::TensorProto& tensor : graph.initializer()) {
    onnx_reader::Array array = onnx_reader::read_array(tensor);
    const Dims dims = array.dims;
    importer.values[tensor.name()] = {dims, std::move(array)};
  }
  for (const onnx::ValueInfoProto& input : graph.input()) {
    // Old files name constants as inputs too.
    if (!importer.values.contains(input.name())) read_input(importer, input);
  }
  for (const onnx::NodeProto& node : graph.node()) read_node(importer, node);
  for (const onnx::ValueInfoProto& output : graph.output()) {
    const auto found = importer.values.find(output.name());
    if (found == importer.values.end()) throw Refusal("nothing makes output " + output.name());
    importer.name = output.name();
    graph_of(importer.network())
        .outputs.push_back(importer.tensor(found->second, edge_order(found->second.dims.size())));
  }
  Network network = importer.take();
  drop_unread(network);
  return network;
}

}  // namespace

Expected<Network> parse_onnx(std::span<const std::byte> bytes) {
  onnx::ModelProto model;
  if (bytes.size() > INT32_MAX ||
      !model.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model.has_graph()) {
    return invalid("this is no ONNX file");
  }
  try {
    onnx_reader::fuse_nodes(*model.mutable_graph());
    if (auto error = check_kinds(model.graph())) return *error;
    return read_model(model);
  } catch (const Refusal& refusal) {
    return Error{octet_engine::ErrorCode::unsupported, refusal.what()};
  }
}

Expected<Network> read_onnx(const std::filesystem::path& path) {
  const auto bytes = octet_engine::read_file(path);
  if (!bytes) return bytes.error();
  auto network = parse_onnx(*bytes);
  if (!network) return Error{network.error().code, path.string() + ": " + network.error().message};
  return network;
}

}  // namespace octet_quantizer
