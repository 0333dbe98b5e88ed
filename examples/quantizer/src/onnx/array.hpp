// SPDX-License-Identifier: Apache-2.0
// Values of an ONNX graph, and the constants among them.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "octet_quantizer/network.hpp"

namespace octet_quantizer::onnx_reader {

using Dims = std::vector<std::int64_t>;

// What cannot be read; the message says which node and why. Caught where reading began.
struct Refusal : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Refuses negative extents, and more elements than 32 bits count.
std::int64_t count_of(const Dims& dims);

// Within 32 bits, so that products of two need no more than 64. Exporters write the largest number
// where they mean the end.
std::int64_t within_32_bits(std::int64_t value);

std::string to_string(const Dims& dims);

// A constant: reals, or integers, which shapes and axes are.
struct Array {
  Dims dims = {};
  std::vector<float> reals = {};
  std::vector<std::int64_t> integers = {};

  bool is_real() const { return !reals.empty(); }
};

Array read_array(const onnx::TensorProto& tensor);

// Dimension i of the result is dimension order[i] of the array.
Array permute(const Array& array, const std::vector<std::size_t>& order);

// What each dimension of a tensor is in ONNX; kOne: no dimension, the extent is 1. NHWC of NCHW is
// {0, 2, 3, 1}.
using Order = std::vector<std::size_t>;
inline constexpr std::size_t kOne = SIZE_MAX;

struct Value {
  Dims dims = {};  // in ONNX's order
  std::optional<Array> constant = {};
  std::int32_t tensor = kAbsent;  // of the network; constants get one where they are needed
  Order order = {};               // of that tensor; holds every dimension
};

}  // namespace octet_quantizer::onnx_reader
