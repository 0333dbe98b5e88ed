// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include <algorithm>

namespace conformance {
namespace {

constexpr std::string_view kMissing[] = {
    "abs",
    "add_n",
    "arg_max",
    "arg_min",
    "batch_matmul",
    "concat",
    "depth_to_space",
    "dequantize",
    "div",
    "elu",
    "equal",
    "greater",
    "greater_equal",
    "hard_swish",
    "inv_sqrt_quantized_multiplier",
    "l2_normalization",
    "leaky_relu",
    "less",
    "less_equal",
    "log_softmax",
    "lstm",
    "lut_lookup_int16",
    "maximum",
    "minimum",
    "not_equal",
    "prelu",
    "quantize",
    "reduce_max",
    "reduce_min",
    "relu",
    "relu6",
    "resize_bilinear",
    "resize_nearest_neighbor",
    "rsqrt",
    "space_to_depth",
    "squared_difference",
    "strided_slice",
    "sum",
    "svdf",
    "table sigmoid_table_uint16",
    "table softmax_int16",
    "transpose",
    "transpose_conv2d",
};

}  // namespace

const Operation* find_operation(std::string_view name) {
  for (const std::span<const Operation> family :
       {families::elementwise, families::fixed_point, families::move, families::products,
        families::quantization, families::reduce, families::rows, families::sequence,
        families::table, families::window}) {
    const auto found = std::ranges::find(family, name, &Operation::name);
    if (found != family.end()) return &*found;
  }
  return nullptr;
}

std::span<const std::string_view> missing_operations() { return kMissing; }

bool is_missing(std::string_view name) {
  return std::ranges::find(kMissing, name) != std::end(kMissing);
}

}  // namespace conformance
