// SPDX-License-Identifier: Apache-2.0
#include <octet/reference/requantize.hpp>
#include <octet/requantize.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

Evaluation evaluate_requantize(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.size() == output.size(), "output.shape is not the input's");
  require(input.dtype != DType::int32 || input.zero_point == 0,
          "input.zero_point of an int32 tensor is not zero");
  const octet::RequantizeParams params{.input_zero_point = input.zero_point,
                                       .output_zero_point = output.zero_point,
                                       .multiplier = file.multiplier("multiplier"),
                                       .shift = file.shift("shift")};

  const auto with_types = [&](auto in, auto out) -> Evaluation {
    using In = typename decltype(in)::type;
    using Out = typename decltype(out)::type;
    const std::vector<In> x = input.as<In>();
    std::vector<Out> y = unwritten<Out>(output.size());
    if (backend == nullptr) {
      octet::reference::requantize<Out>(params, x.data(), y.data(), output.size());
      return output_of(y);
    }
    return run_prepared(octet::Requantize<In, Out>::prepare(params, output.size(), *backend),
                        std::move(y), x);
  };
  return visit_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(
      input.dtype, "input", [&](auto in) {
        return visit_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t>(
            output.dtype, "output", [&](auto out) { return with_types(in, out); });
      });
}

std::optional<Evaluation> requantize_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const octet::Rescale derived =
      octet::rescale_multiplier(scale_of(file, "input"), scale_of(file, "output"));
  return Evaluation{{{"multiplier", {derived.multiplier}}, {"shift", {derived.shift}}}, {}, {}};
}

}  // namespace

const Operation operations::requantize{"requantize", Runs::everywhere, evaluate_requantize,
                                       requantize_parameters};

}  // namespace conformance
