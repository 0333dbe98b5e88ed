// SPDX-License-Identifier: Apache-2.0
#include <octet/reference/softmax.hpp>
#include <octet/softmax.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

Evaluation evaluate_softmax(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(!input.shape.empty() && input.shape == output.shape, "output.shape is not the input's");
  if (input.dtype == DType::int16) return skip("int16 input (by table)");

  octet::SoftmaxParams params;
  params.depth = input.shape.back();
  params.rows = static_cast<std::int32_t>(input.size() / params.depth);
  params.input_multiplier = file.multiplier("params/input_multiplier");
  params.input_left_shift = file.integer("params/input_left_shift", 0, 30);
  // Differences down to diff_min, shifted left, stay within 32 bits.
  const std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
  params.diff_min = file.integer("params/diff_min", lowest >> params.input_left_shift, 0);

  const auto with_types = [&](auto in, auto out) -> Evaluation {
    using In = typename decltype(in)::type;
    using Out = typename decltype(out)::type;
    const std::vector<In> x = input.as<In>();
    std::vector<Out> y = unwritten<Out>(output.size());
    if (backend == nullptr) {
      octet::reference::softmax<Out>(params, x.data(), y.data());
      return output_of(y);
    }
    return run_prepared(octet::Softmax<In, Out>::prepare(params, *backend), std::move(y), x);
  };
  return visit_type<std::int8_t>(input.dtype, "input", [&](auto in) {
    return visit_type<std::int8_t, std::int16_t>(output.dtype, "output",
                                                 [&](auto out) { return with_types(in, out); });
  });
}

std::optional<Evaluation> softmax_parameters(const CaseFile& file) {
  if (file.tensor_info("input").dtype != DType::int8 || !has_scales(file, "input")) {
    return std::nullopt;
  }
  const double beta = file.has("beta") ? file.real("beta") : 1.0;
  const octet::SoftmaxScaling derived =
      octet::preprocess_softmax_scaling(beta, scale_of(file, "input"));
  return Evaluation{{{"params/input_multiplier", {derived.input_multiplier}},
                     {"params/input_left_shift", {derived.input_left_shift}},
                     {"params/diff_min", {derived.diff_min}}},
                    {},
                    {}};
}

}  // namespace

const Operation operations::softmax{"softmax", Runs::everywhere, evaluate_softmax,
                                    softmax_parameters};

}  // namespace conformance
