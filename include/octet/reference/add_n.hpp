// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "octet/reference/output_element.hpp"

namespace octet::inline OCTET_BASELINE {

// `count` tensors of the shape and quantization of `input`, which are brought to a scale with
// left_shift more bits, as those of an addition.
struct AddNParams {
  Operand input = {};
  std::int32_t count = 2;
  std::int32_t left_shift = 20;
  Output output = {};
};

namespace reference {

// input.rescale((x - zero_point) * 2^left_shift)
constexpr std::int32_t shared_scale(std::int32_t x, const AddNParams& p) {
  return rescale(shift_left_wrapping(x - p.input.zero_point, p.left_shift), p.input.rescale,
                 p.output.rounding);
}

// y = clamp(output.zero_point + output.rescale(s(0) + s(x of each input)), output.min, output.max),
// s as above. The source starts its sum with that of an element 0, which stands for no zero: so
// does this. T: int8, uint8, int16. Source: kernels/internal/reference/add_n.h of tflite-micro.
template <class T>
constexpr void add_n(const AddNParams& p, const T* const* inputs, T* output) {
  const std::int64_t size = p.input.shape.size();
  for (std::int64_t i = 0; i < size; ++i) {
    std::int32_t sum = shared_scale(0, p);
    for (std::int32_t k = 0; k < p.count; ++k) sum += shared_scale(inputs[k][i], p);
    output[i] = output_element<T>(sum, p.output);
  }
}

}  // namespace reference
}  // namespace octet::inline OCTET_BASELINE
