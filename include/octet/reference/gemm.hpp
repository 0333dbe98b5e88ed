// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/output_value.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

// c[i][j] = output(bias[j] + sum_k (a[i][k] - a_zero_point) * (b[k][j] - b_zero_point))
// a: m x k, b: k x n (or its transpose, n x k), c: m x n; row-major, strides in elements between
// rows, 0 meaning dense. With a batch there are that many matrices a and c for one b,
// `batch_stride` elements from first to first, 0 meaning m rows.
struct GemmParams {
  std::int32_t m = 1, n = 1, k = 1;
  std::int32_t batch = 1;
  std::int32_t a_zero_point = 0;
  std::int32_t b_zero_point = 0;
  bool b_transposed = false;
  std::int64_t a_stride = 0, b_stride = 0, c_stride = 0;
  std::int64_t a_batch_stride = 0, c_batch_stride = 0;
  OutputStage output = {};
};

namespace reference {

// Matrix product
//
//   c[i][j] = output(bias[j] + sum_k (a[i][k] - a_zero_point) * (b[k][j] - b_zero_point))
//
// a: m x k (In: int8, uint8, int16), b: k x n or, if b_transposed, n x k; c: m x n; row-major, rows
// `stride` elements apart (0: dense); `batch` times for matrices a and c `batch_stride` apart (0: m
// rows). bias: n values of the accumulator's type, or null. The
// sum must fit the accumulator. Source: B. Jacob et al., Quantization and training of neural
// networks for efficient integer-arithmetic-only inference, 2017, equation 4.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void gemm(const GemmParams& p, const In* a, const std::int8_t* b, const Accumulator* bias,
                    Out* c) {
  const std::int64_t a_stride = p.a_stride != 0 ? p.a_stride : p.k;
  const std::int64_t b_stride = p.b_stride != 0 ? p.b_stride : p.b_transposed ? p.k : p.n;
  const std::int64_t c_stride = p.c_stride != 0 ? p.c_stride : p.n;
  const std::int64_t a_batch_stride = p.a_batch_stride != 0 ? p.a_batch_stride : p.m * a_stride;
  const std::int64_t c_batch_stride = p.c_batch_stride != 0 ? p.c_batch_stride : p.m * c_stride;
  for (std::int32_t batch = 0; batch < p.batch; ++batch) {
    for (std::int32_t i = 0; i < p.m; ++i) {
      for (std::int32_t j = 0; j < p.n; ++j) {
        Accumulator sum = bias != nullptr ? bias[j] : 0;
        for (std::int32_t k = 0; k < p.k; ++k) {
          const std::int32_t a_ik = a[batch * a_batch_stride + i * a_stride + k];
          const std::int32_t b_kj = p.b_transposed ? b[j * b_stride + k] : b[k * b_stride + j];
          sum += (a_ik - p.a_zero_point) * (b_kj - p.b_zero_point);
        }
        c[batch * c_batch_stride + i * c_stride + j] = output_value<Out>(sum, p.output, j);
      }
    }
  }
}

}  // namespace reference
}  // namespace OCTET_BASELINE
}  // namespace octet
