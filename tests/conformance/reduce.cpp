// SPDX-License-Identifier: Apache-2.0
// Reductions over some of the axes, and along one of them.
#include <octet/arg_max_min.hpp>
#include <octet/mean.hpp>
#include <octet/reduce_max_min.hpp>
#include <octet/sum.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

template <template <class> class Reduction, auto reference>
Evaluation evaluate_reduction(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);

  typename Reduction<std::int8_t>::Params params{.input = input.operand("input")};
  const std::int32_t rank = params.input.shape.rank;
  for (const std::int64_t axis : file.integers("axes", -rank, rank - 1)) {
    params.reduce[axis < 0 ? axis + rank : axis] = true;
  }
  if constexpr (requires { params.output; }) {
    params.output.zero_point = output.zero_point;
    params.output.rescale = file.rescale("params/multiplier", "params/shift");
  }
  require(octet::output_shape(params).size() == output.size(),
          "output.shape does not follow from the input's");

  return evaluate<Reduction>(backend, input, Activations{}, output, params, reference);
}

template <template <class> class Arg, auto reference>
Evaluation evaluate_arg(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  octet::ArgMaxParams params{.input = input.operand("input")};
  const std::int32_t rank = params.input.shape.rank, axis = file.integer("axis", -rank, rank - 1);
  params.axis = axis < 0 ? axis + rank : axis;
  require(output.dtype == DType::int32 && octet::output_shape(params).size() == output.size(),
          "output does not follow from the input");
  return evaluate<Arg, std::int32_t>(backend, input, Activations{}, output, params, reference);
}

std::optional<Evaluation> mean_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const std::int64_t count = file.tensor_info("input").size() / file.tensor_info("output").size();
  return rescale_columns(
      octet::mean_multiplier(scale_of(file, "input"), scale_of(file, "output"), count),
      "params/multiplier", "params/shift");
}

std::optional<Evaluation> sum_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  return rescale_columns(
      octet::rescale_multiplier(scale_of(file, "input"), scale_of(file, "output")),
      "params/multiplier", "params/shift");
}

constexpr Operation kReduce[] = {
    {"arg_max", Runs::everywhere,
     evaluate_arg<octet::ArgMax, OCTET_LIFT(octet::reference::arg_max)>},
    {"arg_min", Runs::everywhere,
     evaluate_arg<octet::ArgMin, OCTET_LIFT(octet::reference::arg_min)>},
    {"mean", Runs::everywhere, evaluate_reduction<octet::Mean, OCTET_LIFT(octet::reference::mean)>,
     mean_parameters},
    {"reduce_max", Runs::everywhere,
     evaluate_reduction<octet::ReduceMax, OCTET_LIFT(octet::reference::reduce_max)>},
    {"reduce_min", Runs::everywhere,
     evaluate_reduction<octet::ReduceMin, OCTET_LIFT(octet::reference::reduce_min)>},
    {"sum", Runs::everywhere, evaluate_reduction<octet::Sum, OCTET_LIFT(octet::reference::sum)>,
     sum_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::reduce = kReduce;

}  // namespace conformance
