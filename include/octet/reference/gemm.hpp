// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/types.hpp"
#include "octet/reference/output_value.hpp"

namespace octet::inline OCTET_BASELINE {

// input: m x k, filter: k x n (or its transpose, n x k), output: m x n; row-major. Strides are
// elements from one row to the next, 0 meaning dense. With a batch there are that many matrices of
// input and output for one filter, `batch_stride` elements from first to first, 0 meaning m rows.
struct GemmParams {
  struct Input {
    std::int32_t zero_point = 0;
    std::int64_t stride = 0, batch_stride = 0;
  };
  struct Filter {
    std::int32_t zero_point = 0;
    std::int64_t stride = 0;
    bool transposed = false;
  };

  std::int32_t m = 1, n = 1, k = 1;
  std::int32_t batch = 1;
  Input input = {};
  Filter filter = {};
  OutputStage output = {};
  std::int64_t output_stride = 0, output_batch_stride = 0;
};

namespace reference {

// Matrix product
//
//   output[i][j] = output_value(bias[j] + sum_k (input[i][k] - input.zero_point)
//                                               * (filter[k][j] - filter.zero_point))
//
// input: m x k (In: int8, uint8, int16), filter: k x n or, if transposed, n x k; output: m x n;
// rows and matrices of a batch lie apart as GemmParams says. bias: n values of the accumulator's
// type, or null. The sum must fit the accumulator. Source: B. Jacob et al., Quantization and
// training of neural networks for efficient integer-arithmetic-only inference, 2017, equation 4.
template <class Out, class In, class Accumulator = std::int32_t>
constexpr void gemm(const GemmParams& p, const In* input, const std::int8_t* filter,
                    const Accumulator* bias, Out* output) {
  const auto stride_or = [](std::int64_t stride, std::int64_t dense) {
    return stride != 0 ? stride : dense;
  };
  const bool transposed = p.filter.transposed;
  const std::int64_t input_stride = stride_or(p.input.stride, p.k);
  const std::int64_t filter_stride = stride_or(p.filter.stride, transposed ? p.k : p.n);
  const std::int64_t output_stride = stride_or(p.output_stride, p.n);
  const std::int64_t input_batch_stride = stride_or(p.input.batch_stride, p.m * input_stride);
  const std::int64_t output_batch_stride = stride_or(p.output_batch_stride, p.m * output_stride);
  for (std::int32_t batch = 0; batch < p.batch; ++batch) {
    for (std::int32_t i = 0; i < p.m; ++i) {
      for (std::int32_t j = 0; j < p.n; ++j) {
        Accumulator sum = bias != nullptr ? bias[j] : 0;
        for (std::int32_t k = 0; k < p.k; ++k) {
          const std::int32_t value = input[batch * input_batch_stride + i * input_stride + k];
          const std::int32_t weight =
              transposed ? filter[j * filter_stride + k] : filter[k * filter_stride + j];
          sum += (value - p.input.zero_point) * (weight - p.filter.zero_point);
        }
        output[batch * output_batch_stride + i * output_stride + j] =
            output_value<Out>(sum, p.output, j);
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
