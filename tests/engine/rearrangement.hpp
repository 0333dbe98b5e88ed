// SPDX-License-Identifier: Apache-2.0
// What the tests of operators that move and choose elements share.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/run.hpp"

namespace engine_test {

using List = std::vector<std::int32_t>;

// A model of one operator with one activation, lists of numbers, and one output.
struct Rearrangement {
  ModelBuilder builder;
  schema::TensorType type = schema::TensorType_INT8;

  std::int32_t tensor(const List& shape) {
    return builder.activation(shape, {0.5f, type == schema::TensorType_INT8 ? 3 : 0}, type);
  }
  std::int32_t list(const List& numbers) {
    return builder.constant<std::int32_t>({static_cast<std::int32_t>(numbers.size())}, numbers);
  }
};

inline Values counted(std::int64_t count) {
  Values values;
  for (std::int64_t i = 0; i < count; ++i) values.push_back(i);
  return values;
}

}  // namespace engine_test
