// SPDX-License-Identifier: Apache-2.0
#include <octet/pad.hpp>
#include <octet/reference/pad.hpp>

#include "evaluate.hpp"
#include "shape.hpp"

namespace conformance {
namespace {

Evaluation evaluate_pad(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.dtype == output.dtype, "input and output differ in dtype");

  octet::PadParams params;
  params.input = shape_of(input, "input");
  params.value = file.integer("pad_value");
  require(output.shape.size() == input.shape.size(), "output.shape has another rank than input");
  for (std::int32_t d = 0; d < params.input.rank; ++d) {
    const std::string name = "paddings/" + std::to_string(d);
    const std::vector<std::int64_t> pair = file.integers(name, 0, 1 << 20);
    require(pair.size() == 2, name + " is not [before, after]");
    params.before[d] = static_cast<std::int32_t>(pair[0]);
    params.after[d] = static_cast<std::int32_t>(pair[1]);
    require(octet::output_shape(params).extent[d] == output.shape[static_cast<std::size_t>(d)],
            "output.shape does not follow from the input's");
  }

  return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
      input.dtype, "activations", [&](auto type) {
        using T = typename decltype(type)::type;
        require(params.value == static_cast<T>(params.value), "pad_value is outside of the dtype");
        const std::vector<T> x = input.as<T>();
        std::vector<T> y = unwritten<T>(output.size());
        if (backend == nullptr) {
          octet::reference::pad(params, x.data(), y.data());
          return output_of(y);
        }
        return run_prepared(octet::Pad<T>::prepare(params), std::move(y), x);
      });
}

}  // namespace

const Operation operations::pad{"pad", Runs::portably, evaluate_pad, nullptr};

}  // namespace conformance
