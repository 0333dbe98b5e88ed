// SPDX-License-Identifier: Apache-2.0
// Elements copied to other places.
#include <octet/pad.hpp>
#include <octet/reference/pad.hpp>

#include "evaluate.hpp"

namespace conformance {
namespace {

Evaluation evaluate_pad(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.dtype == output.dtype, "input and output differ in dtype");

  octet::PadParams params;
  params.input = input.dense("input");
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

  return visit(input, Integers{}, [&]<class T>(std::type_identity<T>) {
    require(params.value == static_cast<T>(params.value), "pad_value is outside of the dtype");
    return compute<T>(
        backend, output.size(), [&](const T* x, T* y) { octet::reference::pad(params, x, y); },
        [&](const octet::Backend&) { return octet::Pad<T>::prepare(params); }, input.as<T>());
  });
}

constexpr Operation kMove[] = {
    {"pad", Runs::portably, evaluate_pad},
};

}  // namespace

constinit const std::span<const Operation> families::move = kMove;

}  // namespace conformance
