// SPDX-License-Identifier: Apache-2.0
// Functions of one tensor, element by element, but requantization.
#include <octet/abs.hpp>
#include <octet/leaky_relu.hpp>
#include <octet/quantize/unary.hpp>
#include <octet/relu.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

octet::TensorQuantization quantization_of(const CaseFile& file, const char* name) {
  return {scale_of(file, name), file.tensor_info(name).zero_point};
}

// The case on a backend, for an operation whose parameters the file's fields make.
template <template <class...> class Unary, class Params, class Reference>
Evaluation evaluate_unary(const CaseFile& file, const octet::Backend* backend, Params params,
                          const Reference& reference) {
  const Tensor input = input_like(file.tensor_info("output"), file);
  const TensorInfo output = file.tensor_info("output");
  require(input.shape == output.shape, "output.shape is not the input's");
  const octet::Rescale below = params.input.rescale;
  params.input = input.operand("input");
  params.input.rescale = below;
  params.output.zero_point = output.zero_point;
  return evaluate<Unary>(backend, input, Activations{}, output, params, reference);
}

Evaluation evaluate_relu(const CaseFile& file, const octet::Backend* backend) {
  octet::ReluParams params;
  params.output.rescale = file.rescale("multiplier", "shift");
  file.activation(params.output.min, params.output.max);
  return evaluate_unary<octet::Relu>(file, backend, params,
                                     OCTET_LIFT(octet::reference::requantize));
}

// relu6 has the same quantization on both sides.
template <octet::Activation activation>
std::optional<Evaluation> relu_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  return visit(file.tensor_info("output"), Activations{}, [&]<class T>(std::type_identity<T>) {
    const octet::ReluParams params = octet::relu_params<T>(
        {}, quantization_of(file, "input"), quantization_of(file, "output"), activation);
    Evaluation evaluation = rescale_columns(params.output.rescale, "multiplier", "shift");
    evaluation.columns.push_back({"activation", {params.output.min, params.output.max}});
    return evaluation;
  });
}

Evaluation evaluate_abs(const CaseFile& file, const octet::Backend* backend) {
  octet::AbsParams params;
  params.output.rescale = file.rescale("params/multiplier", "params/shift");
  return evaluate_unary<octet::Abs>(file, backend, params, OCTET_LIFT(octet::reference::abs));
}

std::optional<Evaluation> abs_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const octet::AbsParams params =
      octet::abs_params({}, quantization_of(file, "input"), quantization_of(file, "output"));
  return rescale_columns(params.output.rescale, "params/multiplier", "params/shift");
}

// A negative multiplier stands for the negative of what the positive one makes.
Evaluation evaluate_leaky_relu(const CaseFile& file, const octet::Backend* backend) {
  octet::LeakyReluParams params;
  params.output.rescale = file.rescale("params/identity_multiplier", "params/identity_shift");
  const std::int32_t multiplier = file.integer("params/alpha_multiplier", -0x7FFFFFFF);
  params.negates = multiplier < 0;
  params.input.rescale = {multiplier < 0 ? -multiplier : multiplier,
                          file.integer("params/alpha_shift", -31, 30)};
  return evaluate_unary<octet::LeakyRelu>(file, backend, params,
                                          OCTET_LIFT(octet::reference::leaky_relu));
}

std::optional<Evaluation> leaky_relu_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const octet::LeakyReluParams params =
      octet::leaky_relu_params({}, static_cast<float>(file.real("alpha")),
                               quantization_of(file, "input"), quantization_of(file, "output"));
  Evaluation evaluation =
      rescale_columns(params.output.rescale, "params/identity_multiplier", "params/identity_shift");
  const std::int32_t below = params.input.rescale.multiplier;
  evaluation.columns.push_back({"params/alpha_multiplier", {params.negates ? -below : below}});
  evaluation.columns.push_back({"params/alpha_shift", {params.input.rescale.shift}});
  return evaluation;
}

constexpr Operation kUnary[] = {
    {"abs", Runs::everywhere, evaluate_abs, abs_parameters},
    {"leaky_relu", Runs::everywhere, evaluate_leaky_relu, leaky_relu_parameters},
    {"relu", Runs::everywhere, evaluate_relu, relu_parameters<octet::Activation::relu>},
    {"relu6", Runs::everywhere, evaluate_relu, relu_parameters<octet::Activation::relu6>},
};

}  // namespace

constinit const std::span<const Operation> families::unary = kUnary;

}  // namespace conformance
