// SPDX-License-Identifier: Apache-2.0
// Tensors as ONNX has them, and the same elements as networks of octet_quantizer have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace onnx_tests {

struct Reals {
  std::vector<std::int64_t> dims;
  std::vector<float> values;
};

// NCHW becomes NHWC, other ranks stay.
inline std::vector<float> to_network(const Reals& reals) {
  if (reals.dims.size() != 4) return reals.values;
  const auto batches = static_cast<std::size_t>(reals.dims[0]),
             channels = static_cast<std::size_t>(reals.dims[1]),
             pixels = static_cast<std::size_t>(reals.dims[2] * reals.dims[3]);
  std::vector<float> moved;
  for (std::size_t n = 0; n < batches; ++n) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      for (std::size_t c = 0; c < channels; ++c) {
        moved.push_back(reals.values[(n * channels + c) * pixels + pixel]);
      }
    }
  }
  return moved;
}

}  // namespace onnx_tests
