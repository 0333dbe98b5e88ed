// SPDX-License-Identifier: Apache-2.0
// Functions of one element, looked up in a table.
#include <octet/hard_swish.hpp>
#include <octet/logistic.hpp>
#include <octet/lookup.hpp>
#include <octet/quantize/unary.hpp>
#include <octet/rsqrt.hpp>
#include <octet/tanh.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

void check_operands(const TensorInfo& input, const TensorInfo& output) {
  require(input.dtype == output.dtype && input.shape == output.shape,
          "input and output differ in dtype or shape");
}

// An operation of 8 bits, with its table in memory of its own.
template <class Operation, class Params, class Reference>
Evaluation evaluate_table(const CaseFile& file, const octet::Backend* backend, const Params& params,
                          const Reference& reference) {
  const Tensor input = file.tensor("input");
  check_operands(input, file.tensor_info("output"));
  require(input.dtype == DType::int8, "tables are of int8");
  octet::AlignedBuffer packed(Operation::packed_bytes(params));
  return compute<std::int8_t>(
      backend, input.size(), [&](const std::int8_t* x, std::int8_t* y) { reference(params, x, y); },
      [&](const octet::Backend& b) { return Operation::prepare(params, packed.span(), b); },
      input.as<std::int8_t>());
}

octet::TensorQuantization quantization_in(const CaseFile& file, const char* name) {
  return {scale_of(file, name), file.tensor_info(name).zero_point};
}

template <template <class> class Sigmoid, auto reference, std::int32_t kExact>
Evaluation evaluate_sigmoid(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  if (input.dtype != DType::int16) {
    octet::LogisticParams params;
    params.input = input.operand("input");
    params.input.rescale = file.rescale("params/input_multiplier", "params/input_left_shift");
    params.input_range_radius = file.integer("params/input_range_radius", 0);
    return evaluate_table<Sigmoid<std::int8_t>>(file, backend, params, reference);
  }
  check_operands(input, file.tensor_info("output"));
  octet::LogisticInt16Params params;
  params.input = input.operand("input");
  params.multiplier = file.integer("params/input_multiplier", 0, 32767);
  params.right_shift = file.integer("params/input_left_shift", 0, 30);
  if (params.multiplier == 0) {  // a power of two
    require(params.right_shift <= kExact, "not a power of two that has no multiplier");
    params.multiplier = 3 << params.right_shift;
    params.right_shift = 0;
  }
  return compute<std::int16_t>(
      backend, input.size(),
      [&](const std::int16_t* x, std::int16_t* y) { reference(params, x, y); },
      [&](const octet::Backend& on) { return Sigmoid<std::int16_t>::prepare(params, on); },
      input.as<std::int16_t>());
}

template <auto derive_int16>
std::optional<Evaluation> sigmoid_parameters(const CaseFile& file) {
  const TensorInfo input = file.tensor_info("input");
  if (!has_scales(file, "input")) return std::nullopt;
  const octet::TensorQuantization quantization = quantization_in(file, "input");
  if (input.dtype == DType::int16) {
    const octet::LogisticInt16Params derived = derive_int16({}, quantization);
    const bool is_power_of_two = derived.multiplier <= 6;
    return Evaluation{{{"params/input_multiplier", {is_power_of_two ? 0 : derived.multiplier}},
                       {"params/input_left_shift",
                        {is_power_of_two ? derived.multiplier / 6 : derived.right_shift}}},
                      {},
                      {}};
  }
  const octet::LogisticParams derived = octet::logistic_params(input.dense("input"), quantization);
  Evaluation evaluation =
      rescale_columns(derived.input.rescale, "params/input_multiplier", "params/input_left_shift");
  evaluation.columns.push_back({"params/input_range_radius", {derived.input_range_radius}});
  return evaluation;
}

constexpr const char* kHardSwishFields[] = {
    "params/reluish_multiplier_fixedpoint_int16", "params/reluish_multiplier_exponent",
    "params/output_multiplier_fixedpoint_int16", "params/output_multiplier_exponent"};

Evaluation evaluate_hard_swish(const CaseFile& file, const octet::Backend* backend) {
  octet::HardSwishParams params;
  params.input = file.tensor_info("input").operand("input");
  params.input.rescale = {file.integer(kHardSwishFields[0]), file.integer(kHardSwishFields[1])};
  params.output.zero_point = file.tensor_info("output").zero_point;
  params.output.rescale = {file.integer(kHardSwishFields[2]), file.integer(kHardSwishFields[3])};
  return evaluate_table<octet::HardSwish<std::int8_t>>(file, backend, params,
                                                       OCTET_LIFT(octet::reference::hard_swish));
}

std::optional<Evaluation> hard_swish_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  const octet::HardSwishParams derived =
      octet::hard_swish_params({}, quantization_in(file, "input"), quantization_in(file, "output"));
  Evaluation evaluation =
      rescale_columns(derived.input.rescale, kHardSwishFields[0], kHardSwishFields[1]);
  evaluation.columns.push_back({kHardSwishFields[2], {derived.output.rescale.multiplier}});
  evaluation.columns.push_back({kHardSwishFields[3], {derived.output.rescale.shift}});
  return evaluation;
}

Evaluation evaluate_rsqrt(const CaseFile& file, const octet::Backend* backend) {
  octet::RsqrtParams params;
  params.input = file.tensor_info("input").operand("input");
  params.output.zero_point = file.tensor_info("output").zero_point;
  params.output.rescale = file.rescale("params/multiplier", "params/shift");
  return evaluate_table<octet::Rsqrt<std::int8_t>>(file, backend, params,
                                                   OCTET_LIFT(octet::reference::rsqrt));
}

std::optional<Evaluation> rsqrt_parameters(const CaseFile& file) {
  if (!has_scales(file, "input", "output")) return std::nullopt;
  return rescale_columns(
      octet::rsqrt_params({}, quantization_in(file, "input"), quantization_in(file, "output"))
          .output.rescale,
      "params/multiplier", "params/shift");
}

// The entries are made from the scales.
Evaluation evaluate_elu(const CaseFile& file, const octet::Backend* backend) {
  return evaluate_table<octet::Lookup<std::int8_t>>(
      file, backend,
      octet::elu_params<std::int8_t>(file.tensor_info("input").dense("input"),
                                     quantization_in(file, "input"),
                                     quantization_in(file, "output")),
      OCTET_LIFT(octet::reference::lookup));
}

constexpr Operation kTable[] = {
    {"elu", Runs::everywhere, evaluate_elu},
    {"hard_swish", Runs::everywhere, evaluate_hard_swish, hard_swish_parameters},
    {"logistic", Runs::everywhere,
     evaluate_sigmoid<octet::Logistic, OCTET_LIFT(octet::reference::logistic), 0>,
     sigmoid_parameters<octet::logistic_int16_params>},
    {"rsqrt", Runs::everywhere, evaluate_rsqrt, rsqrt_parameters},
    {"tanh", Runs::everywhere, evaluate_sigmoid<octet::Tanh, OCTET_LIFT(octet::reference::tanh), 1>,
     sigmoid_parameters<octet::tanh_int16_params>},
};

}  // namespace

constinit const std::span<const Operation> families::table = kTable;

}  // namespace conformance
