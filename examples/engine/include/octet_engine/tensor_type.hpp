// SPDX-License-Identifier: Apache-2.0
// The element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace octet_engine {

// By their numbers in the .tflite format, which has more than these: others are legal in a file but
// only named.
enum class TensorType : std::int8_t {
  float32 = 0,
  int32 = 2,
  uint8 = 3,
  int64 = 4,
  boolean = 6,  // a byte, 0 or 1
  int16 = 7,
  int8 = 9,
  resource = 13,  // the name of a variable
  int4 = 17,      // of weights, two a byte
};

// "INT8"; "type 99" for a number that the format does not define.
std::string to_string(TensorType type);

// Bytes of one element; 0 for those of less than a byte, names and for types that are not listed
// above.
constexpr std::size_t element_bytes(TensorType type) {
  switch (type) {
    case TensorType::boolean:
    case TensorType::int8:
    case TensorType::uint8: return 1;
    case TensorType::int16: return 2;
    case TensorType::int32:
    case TensorType::float32: return 4;
    case TensorType::int64: return 8;
    case TensorType::resource:
    case TensorType::int4: return 0;
  }
  return 0;
}

}  // namespace octet_engine
