// SPDX-License-Identifier: Apache-2.0
// Deriving a case's integer parameters from its scales, as quantize/multiplier.hpp does it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <octet/quantize/multiplier.hpp>

#include "operations.hpp"

namespace conformance {

// Whether every named tensor carries its scale; cases of some sources do not.
template <class... Names>
bool has_scales(const CaseFile& file, const Names&... names) {
  return (!file.tensor_info(names).scales.empty() && ...);
}

// The one scale of a tensor.
inline float scale_of(const CaseFile& file, const std::string& name) {
  const TensorInfo tensor = file.tensor_info(name);
  require(tensor.scales.size() == 1, name + " does not have one scale");
  return tensor.scales.front();
}

// A derived factor beside the fields that the case has it in.
inline Evaluation rescale_columns(const octet::Rescale& derived, const std::string& multiplier,
                                  const std::string& shift) {
  return {{{multiplier, {derived.multiplier}}, {shift, {derived.shift}}}, {}, {}};
}

using MultiplierFunction = octet::Rescale(float input_scale, float filter_scale, float output_scale,
                                          octet::Rounding);

// multiplier and shift of a layer with a filter, for each of the filter's scales; one scale may
// stand for all channels of a case that lists them.
inline std::optional<Evaluation> filter_parameters(const CaseFile& file,
                                                   MultiplierFunction* derive) {
  if (!has_scales(file, "input", "filter", "output")) return std::nullopt;
  const float input = scale_of(file, "input");
  const float output = scale_of(file, "output");
  std::vector<float> filters = file.tensor_info("filter").scales;
  if (filters.size() == 1) filters.resize(file.integers("multiplier").size(), filters.front());
  Column multiplier{"multiplier", {}}, shift{"shift", {}};
  for (const float filter : filters) {
    const octet::Rescale derived = derive(input, filter, output, octet::Rounding::tflite);
    multiplier.values.push_back(derived.multiplier);
    shift.values.push_back(derived.shift);
  }
  return Evaluation{{multiplier, shift}, {}, {}};
}

}  // namespace conformance
