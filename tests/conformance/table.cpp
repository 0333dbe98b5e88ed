// SPDX-License-Identifier: Apache-2.0
// Functions of one element, looked up in a table.
#include <octet/logistic.hpp>
#include <octet/tanh.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

template <template <class> class Sigmoid, auto reference>
Evaluation evaluate_sigmoid(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.dtype == output.dtype && input.shape == output.shape,
          "input and output differ in dtype or shape");

  octet::LogisticParams params;
  params.input = input.operand("input");
  params.input.rescale = file.rescale("params/input_multiplier", "params/input_left_shift");
  params.input_range_radius = file.integer("params/input_range_radius", 1);
  return visit(input, Types<std::int8_t>{}, [&]<class T>(std::type_identity<T>) {
    octet::AlignedBuffer packed(Sigmoid<T>::packed_bytes(params));
    return compute<T>(
        backend, output.size(), [&](const T* x, T* y) { reference(params, x, y); },
        [&](const octet::Backend&) { return Sigmoid<T>::prepare(params, packed.span()); },
        input.as<T>());
  });
}

std::optional<Evaluation> sigmoid_parameters(const CaseFile& file) {
  const TensorInfo input = file.tensor_info("input");
  if (input.dtype == DType::int16 || !has_scales(file, "input")) return std::nullopt;
  const octet::LogisticParams derived =
      octet::logistic_params(input.dense("input"), {scale_of(file, "input"), input.zero_point});
  Evaluation evaluation =
      rescale_columns(derived.input.rescale, "params/input_multiplier", "params/input_left_shift");
  evaluation.columns.push_back({"params/input_range_radius", {derived.input_range_radius}});
  return evaluation;
}

constexpr Operation kTable[] = {
    {"logistic", Runs::portably,
     evaluate_sigmoid<octet::Logistic,
                      [](const auto&... operands) { octet::reference::logistic(operands...); }>,
     sigmoid_parameters},
    {"tanh", Runs::portably,
     evaluate_sigmoid<octet::Tanh,
                      [](const auto&... operands) { octet::reference::tanh(operands...); }>,
     sigmoid_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::table = kTable;

}  // namespace conformance
