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

// A binary operation gives
//   using Params; template <class T> using Prepared;
//   static constexpr auto reference = the plain function;
//   template <class T> static Params derive(shape1, quantization1, ... output quantization)
struct Add {
  using Params = octet::AddParams;
  template <class T>
  using Prepared = octet::Add<T>;
  static constexpr auto reference = [](const auto&... arguments) {
    octet::reference::add(arguments...);
  };
  template <class T>
  static constexpr auto derive =
      [](const CaseFile&, const auto&... arguments) { return octet::add_params<T>(arguments...); };
};

struct Sub {
  using Params = octet::SubParams;
  template <class T>
  using Prepared = octet::Sub<T>;
  static constexpr auto reference = [](const auto&... arguments) {
    octet::reference::sub(arguments...);
  };
  // The seanet cases were made by TensorFlow Lite, whose quotients are doubles as those of
  // additions are; sub_params follows tflite-micro, where they are float32.
  template <class T>
  static constexpr auto derive = [](const CaseFile& file, const auto&... arguments) {
    return file.text("name").starts_with("seanet_") ? octet::add_params<T>(arguments...)
                                                    : octet::sub_params<T>(arguments...);
  };
};

struct Mul {
  using Params = octet::MulParams;
  template <class T>
  using Prepared = octet::Mul<T>;
  static constexpr auto reference = [](const auto&... arguments) {
    octet::reference::mul(arguments...);
  };
  template <class T>
  static constexpr auto derive =
      [](const CaseFile&, const auto&... arguments) { return octet::mul_params<T>(arguments...); };
};

// Whether the operation brings both inputs to one scale before it combines them.
template <class Params>
inline constexpr bool kSharesScale = requires(Params params) {
  params.left_shift;
};

template <class Binary>
Evaluation evaluate_binary(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input1 = file.tensor("input1"), input2 = file.tensor("input2");
  const TensorInfo output = file.tensor_info("output");
  require(input1.dtype == output.dtype && input2.dtype == output.dtype, "operands differ in dtype");

  typename Binary::Params params;
  params.input1 = input1.operand("input1");
  params.input2 = input2.operand("input2");
  params.output.zero_point = output.zero_point;
  params.output.rescale = file.rescale("params/output_multiplier", "params/output_shift");
  file.activation(params.output.min, params.output.max);
  if constexpr (kSharesScale<typename Binary::Params>) {
    params.input1.rescale = file.rescale("params/input1_multiplier", "params/input1_shift");
    params.input2.rescale = file.rescale("params/input2_multiplier", "params/input2_shift");
    params.left_shift = file.integer("params/left_shift", 0, 30);
  }
  require(output.has_shape(octet::broadcast_shape(params.input1.shape, params.input2.shape)),
          "output.shape does not follow from the inputs'");

  return visit(output, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(),
        [&](const T* x1, const T* x2, T* y) { Binary::reference(params, x1, x2, y); },
        [&](const octet::Backend& on) { return Binary::template Prepared<T>::prepare(params, on); },
        input1.as<T>(), input2.as<T>());
  });
}

template <class Binary>
std::optional<Evaluation> binary_parameters(const CaseFile& file) {
  if (!has_scales(file, "input1", "input2", "output")) return std::nullopt;
  const auto quantization = [&](const char* name) {
    return octet::TensorQuantization{scale_of(file, name), file.tensor_info(name).zero_point};
  };
  const TensorInfo output = file.tensor_info("output");
  return visit(output, Activations{}, [&]<class T>(std::type_identity<T>) {
    const auto params = Binary::template derive<T>(
        file, file.tensor_info("input1").dense("input1"), quantization("input1"),
        file.tensor_info("input2").dense("input2"), quantization("input2"), quantization("output"));
    Evaluation evaluation =
        rescale_columns(params.output.rescale, "params/output_multiplier", "params/output_shift");
    if constexpr (kSharesScale<typename Binary::Params>) {
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
  octet::RequantizeParams params;
  params.input = input.operand("input");
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
    {"add", Runs::everywhere, evaluate_binary<Add>, binary_parameters<Add>},
    {"mul", Runs::everywhere, evaluate_binary<Mul>, binary_parameters<Mul>},
    {"requantize", Runs::everywhere, evaluate_requantize, requantize_parameters},
    {"sub", Runs::everywhere, evaluate_binary<Sub>, binary_parameters<Sub>},
};

}  // namespace

constinit const std::span<const Operation> families::elementwise = kElementwise;

}  // namespace conformance
