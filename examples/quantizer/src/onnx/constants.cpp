// SPDX-License-Identifier: Apache-2.0
// Nodes that make constants, and what networks compute of shapes, which are constants here.
#include <algorithm>
#include <cmath>
#include <utility>

#include "importer.hpp"

namespace octet_quantizer::onnx_reader {

namespace {

// Of 8 bytes each in 2 GB.
constexpr std::int64_t kMostConstants = std::int64_t{1} << 28;

}  // namespace

void read_constant(const Node& node) {
  Array array;
  if (const auto* const tensor = node.attribute("value")) {
    array = read_array(tensor->t());
  } else if (const auto* const real = node.attribute("value_float")) {
    array = {.reals = {real->f()}};
  } else if (const auto* const integer = node.attribute("value_int")) {
    array = {.integers = {integer->i()}};
  } else if (const auto* const integers = node.attribute("value_ints")) {
    array = {.dims = {integers->ints_size()},
             .integers = {integers->ints().begin(), integers->ints().end()}};
  } else {
    node.refuse("the constant is of a kind that is not read");
  }
  const Dims dims = array.dims;
  node.give({dims, std::move(array)});
}

void read_constant_of_shape(const Node& node) {
  const auto* const value = node.attribute("value");
  Array array = value == nullptr ? Array{.reals = {0}} : read_array(value->t());
  const Dims dims = node.integer_constant(0, "the shape");
  node.require(count_of(array.dims) == 1, "the value is not one number");
  node.require(count_of(dims) <= kMostConstants, "it is larger than a .tflite file may be");
  array.dims = dims;
  const auto count = static_cast<std::size_t>(count_of(dims));
  if (array.is_real()) {
    array.reals.assign(count, array.reals[0]);
  } else {
    array.integers.assign(count, array.integers[0]);
  }
  node.give({dims, std::move(array)});
}

void read_cast(const Node& node) {
  Value value = node.input(0);
  const std::int64_t to = node.integer("to", 0);
  const bool to_real = to == onnx::TensorProto::FLOAT || to == onnx::TensorProto::DOUBLE;
  node.require(to_real || to == onnx::TensorProto::INT64 || to == onnx::TensorProto::INT32 ||
                   to == onnx::TensorProto::BOOL,
               "the type is none of FLOAT, DOUBLE, INT64, INT32 and BOOL");
  node.require(value.constant || to_real, "an activation becomes integers");
  if (value.constant && value.constant->is_real() != to_real) {
    Array& array = *value.constant;
    if (to_real) {
      array.reals.assign(array.integers.begin(), array.integers.end());
      array.integers.clear();
    } else {
      for (const float real : array.reals) {
        node.require(std::abs(real) < 0x1p31f, "a number is out of range");
        array.integers.push_back(to == onnx::TensorProto::BOOL ? std::int64_t{real != 0}
                                                               : static_cast<std::int64_t>(real));
      }
      array.reals.clear();
    }
  } else if (value.constant && to == onnx::TensorProto::BOOL) {
    for (std::int64_t& number : value.constant->integers) number = number != 0 ? 1 : 0;
  }
  node.give(std::move(value));
}

void read_shape(const Node& node) {
  const Dims& dims = node.input(0).dims;
  const auto rank = static_cast<std::int64_t>(dims.size());
  // Since operator set 15 of a part of the dimensions.
  const auto place = [&](std::int64_t at) {
    return std::clamp<std::int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const std::int64_t begin = place(node.integer("start", 0));
  const std::int64_t end = std::max(begin, place(node.integer("end", rank)));
  const Dims part(dims.begin() + begin, dims.begin() + end);
  const Dims of_dims{end - begin};
  node.give({of_dims, Array{.dims = of_dims, .integers = part}});
}

}  // namespace octet_quantizer::onnx_reader
