// SPDX-License-Identifier: Apache-2.0
// MEAN, SUM, REDUCE_MAX, REDUCE_MIN, REDUCE_ALL and REDUCE_ANY over the dimensions that a constant
// lists; ARG_MAX, ARG_MIN and CUMSUM along one.
#include <string>

#include "bools.hpp"
#include "checks.hpp"
#include "octet/arg_max_min.hpp"
#include "octet/cumsum.hpp"
#include "octet/mean.hpp"
#include "octet/quantize/reduce.hpp"
#include "octet/reduce_max_min.hpp"
#include "octet/sum.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// The input and the dimensions in the second one, for an output of as many elements as are left.
template <class Params>
Expected<Params> reduce_params(const Node& node) {
  const Tensor& input = node.input(0);
  Params params{.input = {input.shape, zero_point_of(input)}};
  for (const std::int32_t axis : list_of(node.input(1))) {
    const auto dimension = dimension_of(node, input.shape, axis);
    if (!dimension) return dimension.error();
    params.reduce[*dimension] = true;
  }
  if (auto error = check_output_size(node, output_shape(params).size())) return *error;
  return params;
}

template <template <class> class Reduction, class Params>
PreparedOrError finish_reduction(const Node& node, const Params& params) {
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    return finish(node, Reduction<T>::prepare(params, node.backend()), kUnary<T>);
  });
}

// A sum times a factor.
template <template <class> class Reduction>
PreparedOrError prepare_sum_of(const Node& node, const octet::Rescale& factor) {
  auto params = reduce_params<octet::MeanParams>(node);
  if (!params) return params.error();
  params->output = {
      .zero_point = zero_point_of(node.output()), .rescale = factor, .rounding = node.rounding()};
  return finish_reduction<Reduction>(node, *params);
}

template <template <class> class Reduction>
PreparedOrError prepare_reduced_extreme(const Node& node) {
  const auto params = reduce_params<octet::ReduceParams>(node);
  if (!params) return params.error();
  if (auto error =
          check_same_quantization(node, "input and output", node.input(0), node.output())) {
    return *error;
  }
  return finish_reduction<Reduction>(node, *params);
}

// The only number of a list, as a dimension of the input.
Expected<std::int32_t> axis_of(const Node& node) {
  const auto axes = list_of(node.input(1));
  if (axes.size() == 1) return dimension_of(node, node.input(0).shape, axes[0]);
  return node.invalid(std::to_string(axes.size()) + " axes instead of 1");
}

template <template <class> class Arg>
PreparedOrError prepare_arg(const Node& node) {
  const auto axis = axis_of(node);
  if (!axis) return axis.error();
  const octet::ArgMaxParams params{.input = {node.input(0).shape, zero_point_of(node.input(0))},
                                   .axis = *axis};
  if (auto error = check_output_size(node, output_shape(params).size())) return *error;
  return finish(node, Arg<std::int8_t>::prepare(params, node.backend()),
                kUnary<std::int8_t, std::int32_t>);
}

// The smallest byte tells whether all are true, the largest whether any is.
template <template <class> class Reduction>
PreparedOrError prepare_reduced_bools(const Node& node) {
  const auto params = reduce_params<octet::ReduceParams>(node);
  if (!params) return params.error();
  return as_bools(finish(node, Reduction<std::uint8_t>::prepare(*params, node.backend()),
                         kUnary<std::uint8_t>));
}

}  // namespace

PreparedOrError prepare_mean(const Node& node) {
  const Tensor &input = node.input(0), &output = node.output();
  const std::int64_t count = input.shape.size() / output.shape.size();
  return prepare_sum_of<octet::Mean>(
      node, octet::mean_multiplier(scale_of(input), scale_of(output), count, node.rounding()));
}

PreparedOrError prepare_sum(const Node& node) {
  return prepare_sum_of<octet::Sum>(
      node,
      octet::rescale_multiplier(scale_of(node.input(0)), scale_of(node.output()), node.rounding()));
}

PreparedOrError prepare_reduce_max(const Node& node) {
  return prepare_reduced_extreme<octet::ReduceMax>(node);
}

PreparedOrError prepare_reduce_min(const Node& node) {
  return prepare_reduced_extreme<octet::ReduceMin>(node);
}

PreparedOrError prepare_reduce_all(const Node& node) {
  return prepare_reduced_bools<octet::ReduceMin>(node);
}

PreparedOrError prepare_reduce_any(const Node& node) {
  return prepare_reduced_bools<octet::ReduceMax>(node);
}

PreparedOrError prepare_arg_max(const Node& node) { return prepare_arg<octet::ArgMax>(node); }

PreparedOrError prepare_arg_min(const Node& node) { return prepare_arg<octet::ArgMin>(node); }

PreparedOrError prepare_cumsum(const Node& node) {
  const auto axis = axis_of(node);
  if (!axis) return axis.error();
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  const auto* const options = node.options<schema::CumsumOptions>();
  const octet::CumsumParams params = octet::cumsum_params(
      node.input(0).shape, quantization_of(node.input(0)), quantization_of(node.output()), *axis,
      options != nullptr && options->exclusive(), options != nullptr && options->reverse(),
      node.rounding());
  return finish(node, octet::Cumsum<std::int8_t>::prepare(params), kUnary<std::int8_t>);
}

}  // namespace octet_engine
