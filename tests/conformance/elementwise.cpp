// SPDX-License-Identifier: Apache-2.0
// Operations on one tensor or two, element by element.
#include <octet/add.hpp>
#include <octet/mul.hpp>
#include <octet/requantize.hpp>
#include <octet/sub.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

// Params from the shapes and quantizations of the operands, of elements of T.
constexpr auto kDeriveAdd = []<class T>(std::type_identity<T>, const CaseFile&,
                                        const auto&... operands) {
  return octet::add_params<T>(operands...);
};
constexpr auto kDeriveMul = []<class T>(std::type_identity<T>, const CaseFile&,
                                        const auto&... operands) {
  return octet::mul_params<T>(operands...);
};
// The seanet cases were made by TensorFlow Lite, whose quotients are doubles as those of additions
// are; sub_params follows tflite-micro, where they are float32.
constexpr auto kDeriveSub = []<class T>(std::type_identity<T>, const CaseFile& file,
                                        const auto&... operands) {
  return file.text("name").starts_with("seanet_") ? octet::add_params<T>(operands...)
                                                  : octet::sub_params<T>(operands...);
};

// Whether the operation brings both inputs to one scale before it combines them.
template <class Params>
inline constexpr bool kSharesScale = requires(Params params) {
  params.left_shift;
};

template <template <class> class Binary, class Params, auto reference>
Evaluation evaluate_binary(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input1 = file.tensor("input1"), input2 = file.tensor("input2");
  const TensorInfo output = file.tensor_info("output");
  require(input1.dtype == output.dtype && input2.dtype == output.dtype, "operands differ in dtype");

  Params params;
  params.input1 = input1.operand("input1");
  params.input2 = input2.operand("input2");
  params.output.zero_point = output.zero_point;
  params.output.rescale = file.rescale("params/output_multiplier", "params/output_shift");
  file.activation(params.output.min, params.output.max);
  if constexpr (kSharesScale<Params>) {
    params.input1.rescale = file.rescale("params/input1_multiplier", "params/input1_shift");
    params.input2.rescale = file.rescale("params/input2_multiplier", "params/input2_shift");
    params.left_shift = file.integer("params/left_shift", 0, 30);
  }
  require(output.has_shape(octet::broadcast_shape(params.input1.shape, params.input2.shape)),
          "output.shape does not follow from the inputs'");

  return visit(output, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(),
        [&](const T* x1, const T* x2, T* y) { reference(params, x1, x2, y); },
        [&](const octet::Backend& on) { return Binary<T>::prepare(params, on); }, input1.as<T>(),
        input2.as<T>());
  });
}

template <auto derive>
std::optional<Evaluation> binary_parameters(const CaseFile& file) {
  if (!has_scales(file, "input1", "input2", "output")) return std::nullopt;
  const auto quantization = [&](const char* name) {
    return octet::TensorQuantization{scale_of(file, name), file.tensor_info(name).zero_point};
  };
  const TensorInfo output = file.tensor_info("output");
  return visit(output, Activations{}, [&](auto type) {
    const auto params = derive(type, file, file.tensor_info("input1").dense("input1"),
                               quantization("input1"), file.tensor_info("input2").dense("input2"),
                               quantization("input2"), quantization("output"));
    Evaluation evaluation =
        rescale_columns(params.output.rescale, "params/output_multiplier", "params/output_shift");
    if constexpr (kSharesScale<decltype(params)>) {
      evaluation.columns.push_back({"params/left_shift", {params.left_shift}});
      evaluation.columns.push_back(
          {"params/input1_multiplier", {params.input1.rescale.multiplier}});
      evaluation.columns.push_back({"params/input1_shift", {params.input1.rescale.shift}});
      evaluation.columns.push_back(
          {"params/input2_multiplier", {params.input2.rescale.multiplier}});
      evaluation.columns.push_back({"params/input2_shift", {params.input2.rescale.shift}});
    }
    return evaluation;
  });
}

Evaluation evaluate_requantize(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.shape == output.shape, "output.shape is not the input's");
  octet::RequantizeParams params{.input = input.operand("input")};
  params.output.zero_point = output.zero_point;
  params.output.rescale = file.rescale("multiplier", "shift");

  const auto with_types = [&]<class In, class Out>(std::type_identity<In>,
                                                   std::type_identity<Out>) {
    return compute<Out>(
        backend, output.size(),
        [&](const In* x, Out* y) { octet::reference::requantize<Out>(params, x, y); },
        [&](const octet::Backend& on) { return octet::Requantize<In, Out>::prepare(params, on); },
        input.as<In>());
  };
  return visit(input, Integers{}, [&](auto in) {
    return visit(output, Integers{}, [&](auto out) { return with_types(in, out); });
  });
}

std::optional<Evaluation> requantize_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  return rescale_columns(
      octet::rescale_multiplier(scale_of(file, "input"), scale_of(file, "output")), "multiplier",
      "shift");
}

constexpr Operation kElementwise[] = {
    {"add", Runs::everywhere,
     evaluate_binary<octet::Add, octet::AddParams,
                     [](const auto&... operands) { octet::reference::add(operands...); }>,
     binary_parameters<kDeriveAdd>},
    {"mul", Runs::everywhere,
     evaluate_binary<octet::Mul, octet::MulParams,
                     [](const auto&... operands) { octet::reference::mul(operands...); }>,
     binary_parameters<kDeriveMul>},
    {"requantize", Runs::everywhere, evaluate_requantize, requantize_parameters},
    {"sub", Runs::everywhere,
     evaluate_binary<octet::Sub, octet::SubParams,
                     [](const auto&... operands) { octet::reference::sub(operands...); }>,
     binary_parameters<kDeriveSub>},
};

}  // namespace

constinit const std::span<const Operation> families::elementwise = kElementwise;

}  // namespace conformance
