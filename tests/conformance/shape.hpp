// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "case_file.hpp"

namespace conformance {

inline octet::Shape shape_of(const TensorInfo& tensor, const std::string& name) {
  require(tensor.shape.size() <= octet::kMaxRank, name + ".shape has too many dimensions");
  octet::Shape shape;
  for (const std::int32_t extent : tensor.shape) shape.extent[shape.rank++] = extent;
  return shape;
}

}  // namespace conformance
