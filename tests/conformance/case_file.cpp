// SPDX-License-Identifier: Apache-2.0
#include "case_file.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace conformance {
namespace {

struct DTypeRow {
  const char* name;
  DType dtype;
  std::int64_t min, max;
};

// float32 tensors have no integer elements, so their range is empty.
constexpr std::array<DTypeRow, 8> kDTypes{{
    {"int4", DType::int4, -8, 7},
    {"int8", DType::int8, -128, 127},
    {"uint8", DType::uint8, 0, 255},
    {"int16", DType::int16, -32768, 32767},
    {"int32", DType::int32, std::numeric_limits<std::int32_t>::min(),
     std::numeric_limits<std::int32_t>::max()},
    {"int64", DType::int64, std::numeric_limits<std::int64_t>::min(),
     std::numeric_limits<std::int64_t>::max()},
    {"float32", DType::float32, 0, -1},
    {"bool", DType::boolean, 0, 1},
}};

const DTypeRow& row_of(DType dtype) {
  for (const DTypeRow& row : kDTypes) {
    if (row.dtype == dtype) return row;
  }
  throw CaseError("no such dtype");
}

std::int64_t integer_of(const Json& value, const std::string& name, std::int64_t min,
                        std::int64_t max) {
  require(value.is_number_integer(), name + " is not an integer");
  require(!value.is_number_unsigned() || value.get<std::uint64_t>() <= std::uint64_t{INT64_MAX},
          name + " is too large");
  const std::int64_t number = value.get<std::int64_t>();
  require(number >= min && number <= max, name + " = " + std::to_string(number) + " is outside [" +
                                              std::to_string(min) + ", " + std::to_string(max) +
                                              "]");
  return number;
}

double real_of(const Json& value, const std::string& name) {
  require(value.is_number(), name + " is not a number");
  return value.get<double>();
}

// What to add after an extent so that a window has `positions` positions.
std::int32_t padding_after(std::int64_t positions, std::int64_t input, std::int64_t before,
                           std::int64_t window, std::int64_t stride, std::int64_t dilation) {
  const std::int64_t used = (positions - 1) * stride + (window - 1) * dilation + 1;
  const std::int64_t after = used - input - before;
  require(after <= std::numeric_limits<std::int32_t>::max(), "output.shape is too large");
  return after > 0 ? static_cast<std::int32_t>(after) : 0;
}

}  // namespace

void require(bool condition, const std::string& message) {
  if (!condition) throw CaseError(message);
}

Json read_json(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  require(stream.good(), "cannot be opened");
  Json json = Json::parse(stream, nullptr, /*allow_exceptions=*/false);
  require(!json.is_discarded(), "is not valid JSON");
  return json;
}

const char* to_string(DType dtype) { return row_of(dtype).name; }

std::int64_t TensorInfo::size() const {
  std::int64_t product = 1;
  for (const std::int32_t extent : shape) product *= extent;
  return product;
}

octet::ShapeNhwc TensorInfo::nhwc(const std::string& name) const {
  require(shape.size() == 4, name + ".shape does not have four dimensions");
  return {shape[0], shape[1], shape[2], shape[3]};
}

octet::Shape TensorInfo::dense(const std::string& name) const {
  require(shape.size() <= octet::kMaxRank, name + ".shape has too many dimensions");
  octet::Shape dense;
  for (const std::int32_t extent : shape) dense.extent[dense.rank++] = extent;
  return dense;
}

bool TensorInfo::has_shape(const octet::Shape& expected) const {
  return static_cast<std::int64_t>(shape.size()) == expected.rank &&
         std::equal(shape.begin(), shape.end(), expected.extent);
}

bool TensorInfo::has_shape(const octet::ShapeNhwc& expected) const {
  return has_shape(octet::Shape{4, {expected.n, expected.h, expected.w, expected.c}});
}

octet::Operand TensorInfo::operand(const std::string& name) const {
  return {.shape = dense(name), .zero_point = zero_point};
}

const Json& CaseFile::at(const std::string& name) const {
  const Json::json_pointer pointer("/" + name);
  require(json_.is_object() && json_.contains(pointer), name + " is missing");
  return json_.at(pointer);
}

bool CaseFile::has(const std::string& name) const {
  const Json::json_pointer pointer("/" + name);
  return json_.is_object() && json_.contains(pointer) && !json_.at(pointer).is_null();
}

std::string CaseFile::text(const std::string& name) const {
  const Json& value = at(name);
  require(value.is_string(), name + " is not a string");
  return value.get<std::string>();
}

std::int32_t CaseFile::integer(const std::string& name, std::int64_t min, std::int64_t max) const {
  return static_cast<std::int32_t>(integer_of(at(name), name, min, max));
}

bool CaseFile::boolean(const std::string& name) const {
  const Json& value = at(name);
  require(value.is_boolean(), name + " is not a boolean");
  return value.get<bool>();
}

double CaseFile::real(const std::string& name) const { return real_of(at(name), name); }

std::vector<std::int64_t> CaseFile::integers(const std::string& name, std::int64_t min,
                                             std::int64_t max) const {
  const Json& list = at(name);
  require(list.is_array(), name + " is not a list");
  std::vector<std::int64_t> values;
  values.reserve(list.size());
  for (const Json& value : list) values.push_back(integer_of(value, name, min, max));
  return values;
}

std::vector<double> CaseFile::reals(const std::string& name) const {
  const Json& list = at(name);
  require(list.is_array(), name + " is not a list");
  std::vector<double> values;
  values.reserve(list.size());
  for (const Json& value : list) values.push_back(real_of(value, name));
  return values;
}

DType CaseFile::dtype(const std::string& name) const {
  const std::string dtype = text(name);
  for (const DTypeRow& row : kDTypes) {
    if (dtype == row.name) return row.dtype;
  }
  throw CaseError(name + " is " + dtype + ", which is unknown");
}

TensorInfo CaseFile::tensor_info(const std::string& name) const {
  TensorInfo tensor;
  tensor.dtype = dtype(name + "/dtype");

  // Bounds memory, and keeps every product of two extents far within 64 bits.
  constexpr std::int64_t kMaxElements = std::int64_t{1} << 24;
  std::int64_t elements = 1;
  for (const std::int64_t extent : integers(name + "/shape", 1, kMaxElements)) {
    elements *= extent;
    require(elements <= kMaxElements, name + ".shape is too large");
    tensor.shape.push_back(static_cast<std::int32_t>(extent));
  }

  if (has(name + "/zero_point")) {
    require(tensor.dtype != DType::float32, name + ".zero_point on a float32 tensor");
    const DTypeRow& range = row_of(tensor.dtype == DType::int64 ? DType::int32 : tensor.dtype);
    tensor.zero_point = integer(name + "/zero_point", range.min, range.max);
  }
  if (has(name + "/scale")) tensor.scales.push_back(static_cast<float>(real(name + "/scale")));
  if (has(name + "/scales")) {
    for (const double scale : reals(name + "/scales")) {
      tensor.scales.push_back(static_cast<float>(scale));
    }
  }
  return tensor;
}

Tensor CaseFile::tensor(const std::string& name) const {
  Tensor tensor;
  static_cast<TensorInfo&>(tensor) = tensor_info(name);
  require(tensor.dtype != DType::float32, name + " is float32, which no integer operation takes");
  const DTypeRow& range = row_of(tensor.dtype);
  tensor.data = integers(name + "/data", range.min, range.max);
  require(static_cast<std::int64_t>(tensor.data.size()) == tensor.size(),
          name + ".data does not have as many elements as its shape says");
  return tensor;
}

std::int32_t CaseFile::multiplier(const std::string& name) const {
  return integer(name, 0, std::numeric_limits<std::int32_t>::max());
}

std::int32_t CaseFile::shift(const std::string& name) const { return integer(name, -31, 30); }

octet::Rescale CaseFile::rescale(const std::string& multiplier_name,
                                 const std::string& shift_name) const {
  return {multiplier(multiplier_name), shift(shift_name)};
}

octet::Extent2d CaseFile::extent(const std::string& name) const {
  const std::vector<std::int64_t> values = integers(name, 1, 1 << 20);
  require(values.size() == 2, name + " is not [h, w]");
  return {static_cast<std::int32_t>(values[0]), static_cast<std::int32_t>(values[1])};
}

void CaseFile::activation(std::int32_t& min, std::int32_t& max) const {
  const std::vector<std::int64_t> bounds = integers("activation");
  require(bounds.size() == 2 && bounds[0] <= bounds[1], "activation is not [min, max]");
  min = static_cast<std::int32_t>(bounds[0]);
  max = static_cast<std::int32_t>(bounds[1]);
}

octet::Padding CaseFile::padding(const octet::ShapeNhwc& input, octet::Extent2d filter,
                                 octet::Extent2d stride, octet::Extent2d dilation,
                                 const octet::ShapeNhwc& output) const {
  octet::Padding padding;
  padding.top = integer("padding/top", 0, 1 << 20);
  padding.left = integer("padding/left", 0, 1 << 20);
  padding.bottom = padding_after(output.h, input.h, padding.top, filter.h, stride.h, dilation.h);
  padding.right = padding_after(output.w, input.w, padding.left, filter.w, stride.w, dilation.w);
  const bool reached =
      output.h == octet::detail::window_positions(input.h, padding.top, padding.bottom, filter.h,
                                                  stride.h, dilation.h) &&
      output.w == octet::detail::window_positions(input.w, padding.left, padding.right, filter.w,
                                                  stride.w, dilation.w);
  require(reached, "output.shape does not follow from input, filter, stride and padding");
  return padding;
}

}  // namespace conformance
