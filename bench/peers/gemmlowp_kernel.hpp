// SPDX-License-Identifier: Apache-2.0
// gemmlowp chooses its kernels by compiler options, so its product is compiled once for each
// instruction set.
#pragma once

#include <cstdint>

namespace octet_bench {

// The transpose of a product as TensorFlow Lite asks for it: constant weights on the left.
// weights: channels x depth, input: rows x depth, output: rows x channels; row-major
struct GemmlowpTask {
  int rows, channels, depth;
  const std::uint8_t *input, *weights;
  int input_zero_point, weights_zero_point;
  const std::int32_t *bias, *multiplier;  // one for each channel
  int right_shift, output_zero_point;
  std::uint8_t* output;
};

namespace sse41 {
void gemmlowp_product(const GemmlowpTask& task);
}
namespace avx2 {
void gemmlowp_product(const GemmlowpTask& task);
}

}  // namespace octet_bench
