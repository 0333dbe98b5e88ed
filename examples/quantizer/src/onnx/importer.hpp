// SPDX-License-Identifier: Apache-2.0
// The network that grows node by node while an ONNX graph is read, and a node as its reader sees
// it.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "array.hpp"
#include "octet_quantizer/network.hpp"

namespace octet_quantizer::onnx_reader {

// The dimensions as ONNX has them, and with channels behind the others: NHWC of NCHW, and of NCL
// N1LC, an image of one row.
Order onnx_order(std::size_t rank);
Order channels_last(std::size_t rank);
// That of the value's tensor. Constants come in any.
Order order_of(const Value& value);

// That of the network's inputs and outputs: NHWC of NCHW, others as ONNX has them.
Order edge_order(std::size_t rank);
// The same, or that with the dimension behind all others.
Order order_with_last(const Value& value, std::size_t axis);

// The extents of a tensor with these dimensions in that order.
std::vector<std::int32_t> shape_in(const Order& order, const Dims& dims);
// Where a dimension of ONNX is in an order.
std::int32_t place_of(std::size_t axis, const Order& order);

// The value with ones before its dimensions, so that it has that rank.
Value with_rank(const Value& value, std::size_t rank);

class Importer {
 public:
  Importer();

  Network take() { return std::move(network_); }

  // The tensor of a value in an order: as it is, by a RESHAPE where no element moves, or by a
  // TRANSPOSE. A constant becomes one, integers become real.
  std::int32_t tensor(const Value& value, const Order& order);
  std::int32_t tensor(const Value& value) { return tensor(value, order_of(value)); }

  // Constants: lists of integers, where no shape is given.
  std::int32_t integers(const std::vector<std::int32_t>& numbers,
                        std::vector<std::int32_t> shape = {});
  std::int32_t reals(const std::vector<float>& numbers, std::vector<std::int32_t> shape);
  // An input of the network.
  Value input(const std::string& name, const Dims& dims);

  // Adds an operator. Returns its output, of the network's shape given.
  template <class Options>
  std::int32_t add(Code code, std::vector<std::int32_t> inputs, std::vector<std::int32_t> shape,
                   Options options) {
    const std::int32_t output = add(code, std::move(inputs), std::move(shape));
    graph_of(network_).operators.back()->builtin_options.Set(std::move(options));
    return output;
  }
  std::int32_t add(Code code, std::vector<std::int32_t> inputs, std::vector<std::int32_t> shape);

  // Dimension i of the output is dimension perm[i] of the tensor.
  std::int32_t transpose(std::int32_t tensor, const std::vector<std::int32_t>& perm);
  // Elements of a tensor along one of its dimensions.
  std::int32_t gather(std::int32_t tensor, std::int32_t axis,
                      const std::vector<std::int32_t>& indices);
  // The elements of a tensor, in their order, in another shape.
  std::int32_t reshape(std::int32_t tensor, const std::vector<std::int32_t>& shape);

  const std::vector<std::int32_t>& shape_of_tensor(std::int32_t tensor) const {
    return tensor_of(network_, tensor).shape;
  }
  const Network& network() const { return network_; }
  Network& network() { return network_; }

  // Values and the nodes that made them, by name.
  std::map<std::string, Value> values;
  std::map<std::string, const onnx::NodeProto*> makers;
  std::int64_t operator_set = 0;
  std::string name;  // of the tensors that are added: the node's first output

 private:
  Network network_;
  // What was transposed and reshaped already, and to what.
  std::map<std::pair<std::int32_t, std::vector<std::int32_t>>, std::int32_t> transposed_, reshaped_;
};

class Node {
 public:
  Node(Importer& owner, const onnx::NodeProto& proto) : importer(owner), proto_(proto) {}

  const std::string& kind() const { return proto_.op_type(); }

  // Attributes, or what stands for them where they are left out.
  std::int64_t integer(std::string_view name, std::int64_t otherwise) const;
  float real(std::string_view name, float otherwise) const;
  Dims integers(std::string_view name, const Dims& otherwise) const;
  std::string text(std::string_view name, const std::string& otherwise) const;
  const onnx::AttributeProto* attribute(std::string_view name) const;

  std::size_t inputs() const { return static_cast<std::size_t>(proto_.input_size()); }
  std::size_t outputs() const { return static_cast<std::size_t>(proto_.output_size()); }
  const std::string& input_name(std::size_t i) const { return proto_.input(static_cast<int>(i)); }
  bool has_input(std::size_t i) const { return i < inputs() && !input_name(i).empty(); }
  Value& input(std::size_t i) const;
  const Array& constant(std::size_t i, const char* what) const;
  // One of reals, or of integers; `what` names it where it is the other.
  const Array& real_constant(std::size_t i, const char* what) const;
  const Dims& integer_constant(std::size_t i, const char* what) const;
  // Later operator sets have some attributes as inputs.
  Dims integers(std::size_t i, std::string_view name, const Dims& otherwise) const;

  // The value of output i.
  void give(Value value, std::size_t i = 0) const;
  void give(const Dims& dims, std::int32_t tensor, const Order& order) const {
    give(Value{dims, {}, tensor, order});
  }

  [[noreturn]] void refuse(const std::string& why) const { throw Refusal(why); }
  void require(bool holds, const char* why) const {
    if (!holds) refuse(why);
  }
  // Axis from 0 on of a value of that rank.
  std::size_t axis(std::int64_t axis, std::size_t rank) const;

  Importer& importer;

 private:
  const onnx::NodeProto& proto_;
};

// A dimension or position as the network has it.
std::int32_t extent(std::int64_t value);

// The dimensions of both once they are broadcast.
Dims broadcast(const Node& node, const Dims& a, const Dims& b);

// Reads a node of a kind.
struct Reader {
  std::string_view kind;
  void (*read)(const Node& node);
};

// A null pointer where there is none.
const Reader* find_reader(std::string_view kind);

void read_convolution(const Node& node);
void read_transposed_convolution(const Node& node);
void read_pool(const Node& node);
void read_global_pool(const Node& node);
void read_gemm(const Node& node);
void read_matmul(const Node& node);
void read_batch_normalization(const Node& node);
void read_layer_normalization(const Node& node);
void read_instance_normalization(const Node& node);
void read_lp_normalization(const Node& node);
void read_unary(const Node& node);
void read_clip(const Node& node);
void read_elu(const Node& node);
void read_mish(const Node& node);
void read_negative(const Node& node);
void read_reciprocal(const Node& node);
void read_hard_sigmoid(const Node& node);
void read_pow(const Node& node);
void read_sqrt(const Node& node);
void read_leaky_relu(const Node& node);
void read_gelu(const Node& node);
void read_binary(const Node& node);
void read_equal(const Node& node);
void read_where(const Node& node);
void read_prelu(const Node& node);
void read_softmax(const Node& node);
void read_reduction(const Node& node);
void read_constant(const Node& node);
void read_constant_of_shape(const Node& node);
void read_identity(const Node& node);
void read_cast(const Node& node);
void read_shape(const Node& node);
void read_gather(const Node& node);
void read_expand(const Node& node);
void read_tile(const Node& node);
void read_flatten(const Node& node);
void read_reshape(const Node& node);
void read_squeeze(const Node& node);
void read_unsqueeze(const Node& node);
void read_transpose(const Node& node);
void read_concat(const Node& node);
void read_split(const Node& node);
void read_slice(const Node& node);
void read_pad(const Node& node);
void read_resize(const Node& node);
void read_depth_to_space(const Node& node);
void read_space_to_depth(const Node& node);

}  // namespace octet_quantizer::onnx_reader
