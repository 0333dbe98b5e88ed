// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "octet/reference/broadcast.hpp"
#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// The last two dimensions of either input are matrices, of input1 rows x depth, of input2 depth x
// columns, or transposed; the dimensions before them broadcast.
struct BatchMatmulParams {
  Operand input1 = {}, input2 = {};
  bool transposed1 = false, transposed2 = false;
  Output output = {};

  // Rows or columns, and depth.
  OCTET_INLINE constexpr std::int32_t rows() const { return extent(input1, !transposed1); }
  OCTET_INLINE constexpr std::int32_t depth() const { return extent(input1, transposed1); }
  OCTET_INLINE constexpr std::int32_t columns() const { return extent(input2, transposed2); }

 private:
  OCTET_INLINE static constexpr std::int32_t extent(const Operand& input, bool first) {
    const std::int32_t rank = input.shape.rank;
    if (rank < 2 || rank > kMaxRank) return 0;
    return input.shape.extent[rank - (first ? 2 : 1)];
  }
};

namespace detail {

// The dimensions before the last two.
constexpr Shape batch_shape(Shape shape) {
  shape.rank = shape.rank > 2 ? shape.rank - 2 : 0;
  return shape;
}

// The matrix of an input that is multiplied for matrix `i` of the output.
constexpr std::int64_t batch_of(const Shape& input, const Shape& output, std::int64_t i) {
  std::int64_t place = 0, stride = 1;
  for (std::int32_t back = 1; back <= input.rank; ++back) {
    const std::int32_t extent = input.extent[input.rank - back];
    const std::int32_t of_output = output.extent[output.rank - back];
    if (extent != 1) place += i % of_output * stride;
    stride *= extent;
    i /= of_output;
  }
  return place;
}

}  // namespace detail

// Of inputs that fit together; others have none, of rank -1 or without elements.
constexpr Shape output_shape(const BatchMatmulParams& p) {
  Shape out =
      broadcast_shape(detail::batch_shape(p.input1.shape), detail::batch_shape(p.input2.shape));
  if (out.rank < 0 || out.rank > kMaxRank - 2) return {-1, {}};
  out.extent[out.rank++] = p.rows();
  out.extent[out.rank++] = p.columns();
  return out;
}

namespace reference {

// clamp(zero_point + rescale(sum), min, max) of sums that have 64 bits for int16, rescaled as in
// the 16x8 scheme; 32 bits for int8.
template <class T>
constexpr T batch_matmul_output(std::int64_t sum, const Output& output) {
  if constexpr (sizeof(T) == 1) {
    return output_element<T>(static_cast<std::int32_t>(sum), output);
  } else {
    const std::int64_t scaled =
        multiply_by_quantized_multiplier(sum, output.rescale.multiplier, output.rescale.shift);
    return saturate<T>(
        clamp(saturate<std::int32_t>(scaled + output.zero_point), output.min, output.max));
  }
}

// Products of matrices
//
//   output[b][i][j] = output(sum_k (input1[b][i][k] - input1.zero_point)
//                                  * (input2[b][k][j] - input2.zero_point))
//
// of matrices b, which broadcast. T: int8 (sums of 32 bits) or int16 (of 64).
// Source: kernels/internal/reference/batch_matmul.h of tflite-micro.
template <class T>
constexpr void batch_matmul(const BatchMatmulParams& p, const T* input1, const T* input2,
                            T* output) {
  const std::int64_t rows = p.rows(), depth = p.depth(), columns = p.columns();
  const Shape batch1 = detail::batch_shape(p.input1.shape);
  const Shape batch2 = detail::batch_shape(p.input2.shape);
  const Shape batches = broadcast_shape(batch1, batch2);
  for (std::int64_t b = 0; b < batches.size(); ++b) {
    const T* const x1 = input1 + detail::batch_of(batch1, batches, b) * rows * depth;
    const T* const x2 = input2 + detail::batch_of(batch2, batches, b) * depth * columns;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < depth; ++k) {
          const std::int64_t a = x1[p.transposed1 ? k * rows + i : i * depth + k];
          const std::int64_t c = x2[p.transposed2 ? j * depth + k : k * columns + j];
          sum += (a - p.input1.zero_point) * (c - p.input2.zero_point);
        }
        *output++ = batch_matmul_output<T>(sum, p.output);
      }
    }
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
