// SPDX-License-Identifier: Apache-2.0
// Operations over the last axis.
#include <octet/l2_normalization.hpp>
#include <octet/log_softmax.hpp>
#include <octet/quantize/rows.hpp>
#include <octet/softmax.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

Evaluation evaluate_softmax(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(!input.shape.empty() && input.shape == output.shape, "output.shape is not the input's");

  octet::SoftmaxParams params;
  params.input = input.operand("input");
  if (input.dtype == DType::int16) {
    params.input.rescale = file.rescale("params/input_multiplier", "params/input_left_shift");
    return compute<std::int16_t>(
        backend, output.size(),
        [&](const auto* x, auto* y) { octet::reference::softmax(params, x, y); },
        [&](const octet::Backend& b) { return octet::Softmax<std::int16_t>::prepare(params, b); },
        input.as<std::int16_t>());
  }
  params.input.rescale = {file.multiplier("params/input_multiplier"),
                          file.integer("params/input_left_shift", 0, 30)};
  // Differences down to diff_min, shifted left, stay within 32 bits.
  const std::int64_t lowest = std::numeric_limits<std::int32_t>::min();
  params.diff_min = file.integer("params/diff_min", lowest >> params.input.rescale.shift, 0);

  const auto with_types = [&]<class In, class Out>(std::type_identity<In>,
                                                   std::type_identity<Out>) {
    using Prepared = octet::Softmax<In, Out>;
    octet::AlignedBuffer packed(Prepared::packed_bytes(params));
    return compute<Out>(
        backend, output.size(),
        [&](const In* x, Out* y) { octet::reference::softmax<Out>(params, x, y); },
        [&](const octet::Backend& b) { return Prepared::prepare(params, packed.span(), b); },
        input.as<In>());
  };
  return visit(input, Types<std::int8_t, std::uint8_t>{}, [&](auto in) {
    return visit(output, Activations{}, [&](auto out) { return with_types(in, out); });
  });
}

std::optional<Evaluation> softmax_parameters(const CaseFile& file) {
  if (!has_scales(file, "input")) return std::nullopt;
  const double beta = file.has("beta") ? file.real("beta") : 1.0;
  const float scale = scale_of(file, "input");
  const auto columns = [](const octet::Rescale& rescale) {
    return rescale_columns(rescale, "params/input_multiplier", "params/input_left_shift");
  };
  if (file.tensor_info("input").dtype == DType::int16) {
    return columns(octet::softmax_int16_params({}, beta, {scale, 0}).input.rescale);
  }
  const octet::SoftmaxScaling derived = octet::preprocess_softmax_scaling(beta, scale);
  Evaluation evaluation = columns(derived.rescale);
  evaluation.columns.push_back({"params/diff_min", {derived.diff_min}});
  return evaluation;
}

Evaluation evaluate_log_softmax(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  octet::LogSoftmaxParams params{
      .input = input.operand("input"),
      .diff_min = file.integer("params/diff_min", std::numeric_limits<std::int32_t>::min(), 0),
      .reverse_rescale =
          file.rescale("params/reverse_scaling_divisor", "params/reverse_scaling_shift")};
  params.input.rescale = file.rescale("params/input_multiplier", "params/input_left_shift");
  require(octet::LogSoftmax<std::int8_t>::validate(params).ok(), "params make no sense");
  return visit(input, Types<std::int8_t, std::uint8_t>{}, [&]<class T>(std::type_identity<T>) {
    octet::AlignedBuffer packed(octet::LogSoftmax<T>::packed_bytes(params));
    return compute<T>(
        backend, output.size(),
        [&](const T* x, T* y) { octet::reference::log_softmax(params, x, y); },
        [&](const octet::Backend& b) {
          return octet::LogSoftmax<T>::prepare(params, packed.span(), b);
        },
        input.as<T>());
  });
}

std::optional<Evaluation> log_softmax_parameters(const CaseFile& file) {
  if (!has_scales(file, "input")) return std::nullopt;
  const octet::LogSoftmaxParams derived =
      octet::log_softmax_params({}, {scale_of(file, "input"), 0});
  Evaluation evaluation =
      rescale_columns(derived.input.rescale, "params/input_multiplier", "params/input_left_shift");
  evaluation.columns.push_back({"params/diff_min", {derived.diff_min}});
  evaluation.columns.push_back(
      {"params/reverse_scaling_divisor", {derived.reverse_rescale.multiplier}});
  evaluation.columns.push_back({"params/reverse_scaling_shift", {derived.reverse_rescale.shift}});
  return evaluation;
}

Evaluation evaluate_l2_normalization(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  const octet::L2NormalizationParams params{.input = input.operand("input")};
  return evaluate<octet::L2Normalization>(backend, input, Types<std::int8_t>{}, output, params,
                                          OCTET_LIFT(octet::reference::l2_normalization));
}

constexpr Operation kRows[] = {
    {"l2_normalization", Runs::everywhere, evaluate_l2_normalization},
    {"log_softmax", Runs::everywhere, evaluate_log_softmax, log_softmax_parameters},
    {"softmax", Runs::everywhere, evaluate_softmax, softmax_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::rows = kRows;

}  // namespace conformance
