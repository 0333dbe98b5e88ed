// SPDX-License-Identifier: Apache-2.0
#include "array.hpp"

#include <algorithm>
#include <cstring>

namespace octet_quantizer::onnx_reader {

namespace {

// The elements of a tensor in its `raw_data`, or else in the list for their type.
template <class Element, class List>
std::vector<Element> elements(const onnx::TensorProto& tensor, const List& list) {
  if (!tensor.has_raw_data()) return std::vector<Element>(list.begin(), list.end());
  std::vector<Element> values(tensor.raw_data().size() / sizeof(Element));
  if (!values.empty()) {
    std::memcpy(values.data(), tensor.raw_data().data(), values.size() * sizeof(Element));
  }
  return values;
}

template <class To, class From>
std::vector<To> convert(const std::vector<From>& from) {
  std::vector<To> to(from.size());
  std::ranges::transform(from, to.begin(), [](From value) { return static_cast<To>(value); });
  return to;
}

}  // namespace

std::int64_t count_of(const Dims& dims) {
  std::int64_t count = 1;
  for (const std::int64_t extent : dims) {
    if (extent < 0 || (extent > 0 && count > INT32_MAX / extent)) {
      throw Refusal("a shape of " + to_string(dims) + " is out of range");
    }
    count *= extent;
  }
  return count;
}

std::int64_t within_32_bits(std::int64_t value) {
  return std::clamp<std::int64_t>(value, INT32_MIN, INT32_MAX);
}

std::string to_string(const Dims& dims) {
  std::string text;
  for (const std::int64_t extent : dims) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

Array read_array(const onnx::TensorProto& tensor) {
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    throw Refusal("constant " + tensor.name() + " is in another file");
  }
  Array array{.dims = {tensor.dims().begin(), tensor.dims().end()}};
  switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
      array.reals = elements<float>(tensor, tensor.float_data());
      break;
    case onnx::TensorProto::DOUBLE:
      array.reals = convert<float>(elements<double>(tensor, tensor.double_data()));
      break;
    case onnx::TensorProto::INT64:
      array.integers = elements<std::int64_t>(tensor, tensor.int64_data());
      break;
    case onnx::TensorProto::INT32:
      array.integers = convert<std::int64_t>(elements<std::int32_t>(tensor, tensor.int32_data()));
      break;
    case onnx::TensorProto::BOOL:
      array.integers = convert<std::int64_t>(elements<std::int8_t>(tensor, tensor.int32_data()));
      break;
    default:
      throw Refusal("constant " + tensor.name() + " has the element type " +
                    onnx::TensorProto::DataType_Name(tensor.data_type()));
  }
  const std::size_t count = array.is_real() ? array.reals.size() : array.integers.size();
  std::ranges::transform(array.integers, array.integers.begin(), within_32_bits);
  if (static_cast<std::int64_t>(count) != count_of(array.dims)) {
    throw Refusal("constant " + tensor.name() + " has other elements than its shape says");
  }
  return array;
}

Array permute(const Array& array, const std::vector<std::size_t>& order) {
  const std::size_t rank = order.size();
  Dims steps(rank, 1);
  for (std::size_t d = rank; d-- > 1;) steps[d - 1] = steps[d] * array.dims[d];
  Array result{.dims = Dims(rank)};
  for (std::size_t d = 0; d < rank; ++d) result.dims[d] = array.dims[order[d]];
  Dims at(rank, 0);
  for (std::int64_t i = 0; i < count_of(array.dims); ++i) {
    std::int64_t from = 0;
    for (std::size_t d = 0; d < rank; ++d) from += at[d] * steps[order[d]];
    const auto place = static_cast<std::size_t>(from);
    if (array.is_real()) {
      result.reals.push_back(array.reals[place]);
    } else {
      result.integers.push_back(array.integers[place]);
    }
    for (std::size_t d = rank; d-- > 0 && ++at[d] == result.dims[d];) at[d] = 0;
  }
  return result;
}

}  // namespace octet_quantizer::onnx_reader
