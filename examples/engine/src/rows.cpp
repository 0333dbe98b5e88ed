// SPDX-License-Identifier: Apache-2.0
// SOFTMAX, LOG_SOFTMAX and L2_NORMALIZATION: over the last dimension.
#include <cmath>
#include <limits>

#include "checks.hpp"
#include "octet/l2_normalization.hpp"
#include "octet/log_softmax.hpp"
#include "octet/quantize/rows.hpp"
#include "octet/softmax.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// The input's shape, where it has rows and the output has the same.
std::optional<Error> check_rows(const Node& node) {
  const octet::Shape& shape = node.input(0).shape;
  if (auto error = check_output_shape(node, shape)) return error;
  if (shape.rank == 0) return node.unsupported("rows of a scalar");
  return std::nullopt;
}

}  // namespace

PreparedOrError prepare_softmax(const Node& node) {
  const auto& options = *node.options<schema::SoftmaxOptions>();
  const octet::Shape& shape = node.input(0).shape;
  if (auto error = check_rows(node)) return *error;
  if (!std::isfinite(options.beta()) || options.beta() < 0) {
    return node.invalid("beta " + std::to_string(options.beta()) + " is not a finite number >= 0");
  }
  if (node.input(0).type == TensorType::int16) {
    if (node.output().type != TensorType::int16) return node.unsupported("the output is not INT16");
    if (auto error = check_output_quantization(node, 32768, 0)) return *error;
    const octet::SoftmaxParams params =
        octet::softmax_int16_params(shape, options.beta(), quantization_of(node.input(0)));
    return finish(node, octet::Softmax<std::int16_t>::prepare(params, node.backend()),
                  kUnary<std::int16_t>);
  }
  const auto [factor, diff_min] =
      octet::preprocess_softmax_scaling(options.beta(), scale_of(node.input(0)));
  const octet::SoftmaxParams params{.input = {shape, zero_point_of(node.input(0)), factor},
                                    .diff_min = diff_min};
  const auto prepare = [&]<class In, class Out>(In, Out) -> PreparedOrError {
    // The whole range of the output stands for 0 to 1.
    constexpr std::int32_t kZeroPoint = std::numeric_limits<Out>::min();
    constexpr std::int32_t kOutputSteps = std::numeric_limits<Out>::max() - kZeroPoint + 1;
    if (auto error = check_output_quantization(node, kOutputSteps, kZeroPoint)) return *error;
    return finish_with_table<octet::Softmax<In, Out>>(node, params, kUnary<In, Out>);
  };
  const bool is_unsigned = node.input(0).type == TensorType::uint8;
  if (is_unsigned != (node.output().type == TensorType::uint8)) {
    return node.unsupported("input and output are " + to_string(node.input(0).type) + " and " +
                            to_string(node.output().type));
  }
  if (is_unsigned) return prepare(std::uint8_t{}, std::uint8_t{});
  return for_type<std::int8_t, std::int16_t>(node.output(),
                                             [&](auto out) { return prepare(std::int8_t{}, out); });
}

PreparedOrError prepare_log_softmax(const Node& node) {
  if (auto error = check_rows(node)) return *error;
  if (auto error = check_output_quantization(node, 16, 127)) return *error;
  const octet::LogSoftmaxParams params =
      octet::log_softmax_params(node.input(0).shape, quantization_of(node.input(0)));
  return finish_with_table<octet::LogSoftmax<std::int8_t>>(node, params, kUnary<std::int8_t>);
}

PreparedOrError prepare_l2_normalization(const Node& node) {
  if (auto error = check_rows(node)) return *error;
  if (auto error = check_output_quantization(node, 128, 0)) return *error;
  const auto activation = fused_activation<schema::L2NormOptions>(node);
  if (!activation) return activation.error();
  if (*activation != octet::Activation::none) return node.unsupported("an activation is fused");
  const octet::L2NormalizationParams params{
      .input = {node.input(0).shape, zero_point_of(node.input(0))}};
  return finish(node, octet::L2Normalization<std::int8_t>::prepare(params, node.backend()),
                kUnary<std::int8_t>);
}

}  // namespace octet_engine
