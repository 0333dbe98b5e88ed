// SPDX-License-Identifier: Apache-2.0
#include "fusion.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "array.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// An input or output of a node, empty where it is left out.
std::string name_of(const google::protobuf::RepeatedPtrField<std::string>& names, int i) {
  return i < names.size() ? names.Get(i) : std::string();
}

// Lengths of less do not occur in what networks normalize.
constexpr float kLargestEpsilon = 1e-4f;

class Fuser {
 public:
  explicit Fuser(onnx::GraphProto& graph) : graph_(graph) {
    for (const onnx::TensorProto& tensor : graph.initializer()) constants_[tensor.name()] = &tensor;
    for (onnx::NodeProto& node : *graph.mutable_node()) {
      for (const std::string& output : node.output()) makers_[output] = &node;
      for (const std::string& input : node.input()) readers_[input].push_back(&node);
      if (node.op_type() != "Constant") continue;
      for (const onnx::AttributeProto& attribute : node.attribute()) {
        if (attribute.name() == "value") constants_[name_of(node.output(), 0)] = &attribute.t();
      }
    }
    for (const onnx::ValueInfoProto& output : graph.output()) outputs_.insert(output.name());
  }

  void fuse() {
    for (onnx::NodeProto& node : *graph_.mutable_node()) {
      if (node.op_type() == "Erf") fuse_gelu(node);
      if (node.op_type() == "Softplus") fuse_mish(node);
      if (node.op_type() == "Div") fuse_normalization(node);
    }
    auto& nodes = *graph_.mutable_node();
    for (int i = nodes.size(); i-- > 0;) {
      if (dropped_.contains(&nodes[i])) nodes.DeleteSubrange(i, 1);
    }
  }

 private:
  using NodeProto = onnx::NodeProto;

  // A constant of one real number.
  std::optional<float> number(const std::string& name) const {
    const auto found = constants_.find(name);
    if (found == constants_.end() || found->second->data_type() != onnx::TensorProto::FLOAT) {
      return std::nullopt;
    }
    const Array array = read_array(*found->second);
    if (array.reals.size() != 1) return std::nullopt;
    return array.reals[0];
  }

  NodeProto* maker_of(const std::string& name, std::string_view kind) const {
    const auto found = makers_.find(name);
    return found != makers_.end() && found->second->op_type() == kind ? found->second : nullptr;
  }

  // The only node that reads a node's output.
  NodeProto* reader_of(const NodeProto& node) const {
    const std::string output = name_of(node.output(), 0);
    const auto found = readers_.find(output);
    const bool is_only = found != readers_.end() && !output.empty() && found->second.size() == 1 &&
                         !outputs_.contains(output);
    return is_only ? found->second[0] : nullptr;
  }

  // What a node multiplies by a number near that one, or divides by its reciprocal; empty if it
  // does not.
  std::string multiplied(const NodeProto* node, float factor) const {
    if (node == nullptr || node->input_size() != 2) return "";
    for (const int i : {0, 1}) {
      const std::string& other = node->input(1 - i);
      const auto given = number(other);
      if (!given) continue;
      if (node->op_type() == "Mul" && std::abs(*given - factor) < 1e-4f) return node->input(i);
      if (node->op_type() == "Div" && i == 0 && std::abs(*given - 1 / factor) < 1e-4f) {
        return node->input(i);
      }
    }
    return "";
  }

  // The other input of a node of two.
  static std::string beside(const NodeProto& node, const std::string& input) {
    return name_of(node.input(), name_of(node.input(), 0) == input ? 1 : 0);
  }

  void fuse_gelu(NodeProto& erf) {
    const auto scaled = makers_.find(name_of(erf.input(), 0));
    if (scaled == makers_.end()) return;
    const std::string x = multiplied(scaled->second, std::sqrt(0.5f));
    NodeProto* const sum = reader_of(erf);
    if (x.empty() || sum == nullptr || sum->op_type() != "Add" ||
        number(beside(*sum, erf.output(0))) != 1.0f) {
      return;
    }
    NodeProto* const product = reader_of(*sum);
    if (product == nullptr || product->op_type() != "Mul") return;
    // One of three orders: (x * sum) * 0.5, (x * 0.5) * sum, x * (sum * 0.5).
    const std::string other = beside(*product, sum->output(0));
    NodeProto* last = nullptr;
    if (other == x) {
      last = reader_of(*product);
      if (last == nullptr || multiplied(last, 0.5f) != product->output(0)) return;
      dropped_.insert(product);
    } else if (const auto half = makers_.find(other);
               half != makers_.end() && multiplied(half->second, 0.5f) == x) {
      last = product;
    } else if (multiplied(product, 0.5f) == sum->output(0)) {
      last = reader_of(*product);
      if (last == nullptr || last->op_type() != "Mul" || beside(*last, product->output(0)) != x) {
        return;
      }
      dropped_.insert(product);
    } else {
      return;
    }
    dropped_.insert(&erf);
    dropped_.insert(sum);
    become(*last, "Gelu", x);
  }

  static void become(NodeProto& node, const char* kind, const std::string& input) {
    node.set_op_type(kind);
    node.clear_attribute();
    node.clear_input();
    node.add_input(input);
  }

  void fuse_mish(NodeProto& softplus) {
    NodeProto* const gate = reader_of(softplus);
    if (gate == nullptr || gate->op_type() != "Tanh") return;
    NodeProto* const product = reader_of(*gate);
    const std::string x = name_of(softplus.input(), 0);
    if (x.empty() || product == nullptr || product->op_type() != "Mul" ||
        beside(*product, gate->output(0)) != x) {
      return;
    }
    dropped_.insert(&softplus);
    dropped_.insert(gate);
    become(*product, "Mish", x);
  }

  // Whether Clip or Max lets all pass that is not next to 0.
  bool is_almost_identity(const NodeProto& limit) const {
    auto min = number(name_of(limit.input(), 1));
    for (const onnx::AttributeProto& attribute : limit.attribute()) {
      if (attribute.name() != "min") return false;
      min = attribute.f();
    }
    return min && *min >= 0 && *min <= kLargestEpsilon && name_of(limit.input(), 2).empty();
  }

  void fuse_normalization(NodeProto& quotient) {
    if (quotient.input_size() != 2) return;
    std::string name = quotient.input(1);
    for (const char* const kind : {"Expand", "Clip", "Max", "Expand"}) {
      const NodeProto* const step = maker_of(name, kind);
      if (step == nullptr) continue;
      if (step->op_type() != "Expand" && !is_almost_identity(*step)) return;
      name = name_of(step->input(), 0);
    }
    const NodeProto* const length = maker_of(name, "ReduceL2");
    if (length == nullptr || name_of(length->input(), 0) != quotient.input(0)) return;
    std::vector<std::int64_t> axes;
    for (const onnx::AttributeProto& attribute : length->attribute()) {
      if (attribute.name() == "axes") axes.assign(attribute.ints().begin(), attribute.ints().end());
      if (attribute.name() == "keepdims" && attribute.i() == 0) return;
    }
    if (length->input_size() > 1) {
      const auto found = constants_.find(length->input(1));
      if (found != constants_.end()) axes = read_array(*found->second).integers;
    }
    if (axes.size() != 1) return;
    quotient.set_op_type("LpNormalization");
    quotient.mutable_input()->RemoveLast();
    onnx::AttributeProto& axis = *quotient.add_attribute();
    axis.set_name("axis");
    axis.set_type(onnx::AttributeProto::INT);
    axis.set_i(axes[0]);
  }

  onnx::GraphProto& graph_;
  std::map<std::string, const onnx::TensorProto*> constants_;
  std::map<std::string, NodeProto*> makers_;
  std::map<std::string, std::vector<NodeProto*>> readers_;
  std::set<std::string> outputs_;
  std::set<const NodeProto*> dropped_;
};

}  // namespace

void fuse_nodes(onnx::GraphProto& graph) { Fuser(graph).fuse(); }

}  // namespace octet_quantizer::onnx_reader
