// SPDX-License-Identifier: Apache-2.0
#include <octet/mean.hpp>
#include <octet/reference/mean.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "shape.hpp"

namespace conformance {
namespace {

Evaluation evaluate_mean(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.dtype == output.dtype, "input and output differ in dtype");

  octet::MeanParams params;
  params.input = shape_of(input, "input");
  const std::int32_t rank = params.input.rank;
  for (const std::int64_t axis : file.integers("axes", -rank, rank - 1)) {
    params.reduce[axis < 0 ? axis + rank : axis] = true;
  }
  params.input_zero_point = input.zero_point;
  params.output_zero_point = output.zero_point;
  params.multiplier = file.multiplier("params/multiplier");
  params.shift = file.shift("params/shift");

  std::int64_t outputs = 1;
  for (std::int32_t d = 0; d < rank; ++d) {
    if (!params.reduce[d]) outputs *= params.input.extent[d];
  }
  require(outputs == output.size(), "output.shape does not follow from the input's");

  return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
      input.dtype, "activations", [&](auto type) {
        using T = typename decltype(type)::type;
        const std::vector<T> x = input.as<T>();
        std::vector<T> y = unwritten<T>(output.size());
        if (backend == nullptr) {
          octet::reference::mean<T>(params, x.data(), y.data());
          return output_of(y);
        }
        return run_prepared(octet::Mean<T>::prepare(params), std::move(y), x);
      });
}

std::optional<Evaluation> mean_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const std::int64_t count = file.tensor_info("input").size() / file.tensor_info("output").size();
  const octet::Rescale derived =
      octet::mean_multiplier(scale_of(file, "input"), scale_of(file, "output"), count);
  return Evaluation{
      {{"params/multiplier", {derived.multiplier}}, {"params/shift", {derived.shift}}}, {}, {}};
}

}  // namespace

const Operation operations::mean{"mean", Runs::portably, evaluate_mean, mean_parameters};

}  // namespace conformance
