// SPDX-License-Identifier: Apache-2.0
// Checked access to one JSON case. A case file is outside data: every accessor checks type, range
// and size, and throws CaseError with the field's name, so that the operations behind, which check
// nothing, only ever see consistent arguments.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include <octet/reference.hpp>
#include <octet/types.hpp>

namespace conformance {

using Json = nlohmann::json;

struct CaseError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// int4 holds one value in [-8, 7] per element, boolean 0 or 1.
enum class DType { int4, int8, uint8, int16, int32, int64, float32, boolean };

const char* to_string(DType dtype);

// A tensor without its elements. `scales` holds no entry, one, or one per channel.
struct TensorInfo {
  DType dtype = DType::int8;
  std::vector<std::int32_t> shape;
  std::int32_t zero_point = 0;
  std::vector<float> scales;

  std::int64_t size() const;
  octet::ShapeNhwc nhwc(const std::string& name) const;  // refuses other ranks than four
  octet::Shape dense(const std::string& name) const;     // refuses ranks above octet::kMaxRank
  bool has_shape(const octet::Shape& expected) const;
  bool has_shape(const octet::ShapeNhwc& expected) const;
  octet::Operand operand(const std::string& name) const;  // without a factor
};

// An integer tensor: `data` has size() elements, each in the range of `dtype`.
struct Tensor : TensorInfo {
  std::vector<std::int64_t> data;

  template <class T>
  std::vector<T> as() const {
    return std::vector<T>(data.begin(), data.end());
  }
};

// One case: a JSON object that outlives this view of it. Names with slashes reach into nested
// objects ("params/left_shift").
class CaseFile {
 public:
  explicit CaseFile(const Json& json) : json_(json) {}

  const Json& json() const { return json_; }
  bool has(const std::string& name) const;  // present and not null

  std::string text(const std::string& name) const;
  std::int32_t integer(const std::string& name,
                       std::int64_t min = std::numeric_limits<std::int32_t>::min(),
                       std::int64_t max = std::numeric_limits<std::int32_t>::max()) const;
  bool boolean(const std::string& name) const;
  double real(const std::string& name) const;
  std::vector<std::int64_t> integers(
      const std::string& name, std::int64_t min = std::numeric_limits<std::int32_t>::min(),
      std::int64_t max = std::numeric_limits<std::int32_t>::max()) const;
  std::vector<double> reals(const std::string& name) const;

  DType dtype(const std::string& name) const;
  TensorInfo tensor_info(const std::string& name) const;
  Tensor tensor(const std::string& name) const;

  // A factor in two fields of the case.
  octet::Rescale rescale(const std::string& multiplier_name, const std::string& shift_name) const;
  // A multiplier in [0, 2^31) and a shift in [-31, 30], as the fixed-point functions need them.
  std::int32_t multiplier(const std::string& name) const;
  std::int32_t shift(const std::string& name) const;

  octet::Extent2d extent(const std::string& name) const;  // [h, w], both positive
  void activation(std::int32_t& min, std::int32_t& max) const;

  // Top and left from the field; bottom and right are what the window positions of `output` need.
  // Refuses an output that no padding gives.
  octet::Padding padding(const octet::ShapeNhwc& input, octet::Extent2d filter,
                         octet::Extent2d stride, octet::Extent2d dilation,
                         const octet::ShapeNhwc& output) const;

 private:
  const Json& at(const std::string& name) const;

  const Json& json_;
};

// Throws CaseError with `message` unless `condition` holds.
void require(bool condition, const std::string& message);

// The file's JSON; throws CaseError if it cannot be read or is not JSON.
Json read_json(const std::filesystem::path& file);

}  // namespace conformance
