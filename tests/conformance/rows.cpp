// SPDX-License-Identifier: Apache-2.0
// Operations over the last axis.
#include <octet/softmax.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

Evaluation evaluate_softmax(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(!input.shape.empty() && input.shape == output.shape, "output.shape is not the input's");

  octet::SoftmaxParams params;
  params.input = input.operand("input");
  params.input.rescale = {file.multiplier("params/input_multiplier"),
                          file.integer("params/input_left_shift", 0, 30)};
  // Differences down to diff_min, shifted left, stay within 32 bits.
  const std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
  params.diff_min = file.integer("params/diff_min", lowest >> params.input.rescale.shift, 0);

  const auto with_types = [&]<class In, class Out>(std::type_identity<In>,
                                                   std::type_identity<Out>) {
    using Prepared = octet::Softmax<In, Out>;
    octet::AlignedBuffer packed(Prepared::packed_bytes(params));
    return compute<Out>(
        backend, output.size(),
        [&](const In* x, Out* y) { octet::reference::softmax<Out>(params, x, y); },
        [&](const octet::Backend&) { return Prepared::prepare(params, packed.span()); },
        input.as<In>());
  };
  return visit(input, Types<std::int8_t, std::uint8_t>{}, [&](auto in) {
    return visit(output, Activations{}, [&](auto out) { return with_types(in, out); });
  });
}

std::optional<Evaluation> softmax_parameters(const CaseFile& file) {
  if (file.tensor_info("input").dtype != DType::int8 || !has_scales(file, "input")) {
    return std::nullopt;
  }
  const double beta = file.has("beta") ? file.real("beta") : 1.0;
  const octet::SoftmaxScaling derived =
      octet::preprocess_softmax_scaling(beta, scale_of(file, "input"));
  Evaluation evaluation =
      rescale_columns(derived.rescale, "params/input_multiplier", "params/input_left_shift");
  evaluation.columns.push_back({"params/diff_min", {derived.diff_min}});
  return evaluation;
}

constexpr Operation kRows[] = {
    {"softmax", Runs::portably, evaluate_softmax, softmax_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::rows = kRows;

}  // namespace conformance
