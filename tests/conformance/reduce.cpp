// SPDX-License-Identifier: Apache-2.0
// Reductions over some of the axes.
#include <octet/mean.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

Evaluation evaluate_mean(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);

  octet::MeanParams params{.input = input.operand("input")};
  const std::int32_t rank = params.input.shape.rank;
  for (const std::int64_t axis : file.integers("axes", -rank, rank - 1)) {
    params.reduce[axis < 0 ? axis + rank : axis] = true;
  }
  params.output.zero_point = output.zero_point;
  params.output.rescale = file.rescale("params/multiplier", "params/shift");
  require(octet::output_shape(params).size() == output.size(),
          "output.shape does not follow from the input's");

  return visit(input, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(), [&](const T* x, T* y) { octet::reference::mean(params, x, y); },
        [&](const octet::Backend& on) { return octet::Mean<T>::prepare(params, on); },
        input.as<T>());
  });
}

std::optional<Evaluation> mean_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const std::int64_t count = file.tensor_info("input").size() / file.tensor_info("output").size();
  return rescale_columns(
      octet::mean_multiplier(scale_of(file, "input"), scale_of(file, "output"), count),
      "params/multiplier", "params/shift");
}

constexpr Operation kReduce[] = {
    {"mean", Runs::everywhere, evaluate_mean, mean_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::reduce = kReduce;

}  // namespace conformance
