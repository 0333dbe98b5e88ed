// SPDX-License-Identifier: Apache-2.0
// Operations on one tensor or two, element by element.
#include <octet/add.hpp>
#include <octet/add_n.hpp>
#include <octet/comparison.hpp>
#include <octet/div.hpp>
#include <octet/maximum.hpp>
#include <octet/minimum.hpp>
#include <octet/mul.hpp>
#include <octet/prelu.hpp>
#include <octet/quantize/binary.hpp>
#include <octet/requantize.hpp>
#include <octet/squared_difference.hpp>
#include <octet/sub.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

// From quantizations to Params, of elements of T.
#define OCTET_DERIVE(params_of)                                                                \
  []<class T>(std::type_identity<T>, const CaseFile&, const octet::BinaryQuantization& from) { \
    return params_of<T>(from);                                                                 \
  }
// The seanet cases were made by TensorFlow Lite, whose quotients are doubles as those of additions
// are; sub_params follows tflite-micro, where they are float32.
constexpr auto kDeriveSub = []<class T>(std::type_identity<T>, const CaseFile& file,
                                        const octet::BinaryQuantization& from) {
  return file.text("name").starts_with("seanet_") ? octet::add_params<T>(from)
                                                  : octet::sub_params<T>(from);
};

// Whether the operation brings both inputs to one scale before it combines them, and whether it
// rescales what comes out.
template <class Params>
inline constexpr bool kSharesScale = requires(Params params) {
  params.left_shift;
};
template <class Params>
inline constexpr bool kHasOutput = requires(Params params) {
  params.output;
};

// What the vectors call the operands and factors of an operation.
struct BinaryNames {
  const char *input1 = "input1", *input2 = "input2", *factor = "output";
};
constexpr BinaryNames kUsualNames, kPreluNames = {"input", "alpha", "alpha"};

template <template <class...> class Binary, auto reference, const BinaryNames& names = kUsualNames>
Evaluation evaluate_binary(const CaseFile& file, const octet::Backend* backend) {
  using Params = typename Binary<std::int8_t>::Params;
  const Tensor input1 = file.tensor(names.input1), input2 = file.tensor(names.input2);
  const TensorInfo output = file.tensor_info("output");
  const bool is_comparison = output.dtype == DType::boolean;
  require(input1.dtype == input2.dtype && (is_comparison || input1.dtype == output.dtype),
          "operands differ in dtype");

  Params params;
  params.input1 = input1.operand(names.input1);
  params.input2 = input2.operand(names.input2);
  if constexpr (kHasOutput<Params>) {
    const std::string factor = std::string("params/") + names.factor;
    params.output.zero_point = output.zero_point;
    params.output.rescale = file.rescale(factor + "_multiplier", factor + "_shift");
    if constexpr (&names != &kPreluNames) file.activation(params.output.min, params.output.max);
  }
  if constexpr (kSharesScale<Params>) {
    params.input1.rescale = file.rescale("params/input1_multiplier", "params/input1_shift");
    params.input2.rescale = file.rescale("params/input2_multiplier", "params/input2_shift");
    params.left_shift = file.integer("params/left_shift", 0, 30);
  }
  if constexpr (&names == &kPreluNames) {
    params.input1.rescale = file.rescale("params/identity_multiplier", "params/identity_shift");
  }
  require(output.has_shape(octet::broadcast_shape(params.input1.shape, params.input2.shape)),
          "output.shape does not follow from the inputs'");

  return visit(input1, Activations{}, [&]<class T>(std::type_identity<T>) {
    using Out = std::conditional_t<kHasOutput<Params> || !kSharesScale<Params>, T, std::uint8_t>;
    return compute<Out>(
        backend, output.size(),
        [&](const T* x1, const T* x2, Out* y) { reference(params, x1, x2, y); },
        [&](const octet::Backend& on) { return Binary<T>::prepare(params, on); }, input1.as<T>(),
        input2.as<T>());
  });
}

template <auto derive, const BinaryNames& names = kUsualNames>
std::optional<Evaluation> binary_parameters(const CaseFile& file) {
  if (!has_scales(file, names.input1, names.input2, "output")) return std::nullopt;
  const auto quantization = [&](const char* name) {
    return octet::TensorQuantization{scale_of(file, name), file.tensor_info(name).zero_point};
  };
  const TensorInfo output = file.tensor_info("output");
  return visit(output, Activations{}, [&](auto type) {
    const auto params = derive(
        type, file,
        octet::BinaryQuantization{.shape1 = file.tensor_info(names.input1).dense(names.input1),
                                  .input1 = quantization(names.input1),
                                  .shape2 = file.tensor_info(names.input2).dense(names.input2),
                                  .input2 = quantization(names.input2),
                                  .output = quantization("output")});
    const std::string factor = std::string("params/") + names.factor;
    Evaluation evaluation =
        rescale_columns(params.output.rescale, factor + "_multiplier", factor + "_shift");
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

std::optional<Evaluation> comparison_parameters(const CaseFile& file) {
  if (!has_scales(file, "input1", "input2")) return std::nullopt;
  const auto params = octet::comparison_params({}, {scale_of(file, "input1"), 0}, {},
                                               {scale_of(file, "input2"), 0});
  Evaluation evaluation =
      rescale_columns(params.input1.rescale, "params/input1_multiplier", "params/input1_shift");
  evaluation.columns.push_back({"params/input2_multiplier", {params.input2.rescale.multiplier}});
  evaluation.columns.push_back({"params/input2_shift", {params.input2.rescale.shift}});
  evaluation.columns.push_back({"params/left_shift", {params.left_shift}});
  return evaluation;
}

template <octet::Comparison kind>
struct Comparison {
  template <class T>
  using Operation = octet::Compare<kind, T>;
};

template <octet::Comparison kind>
constexpr Operation comparison(const char* name) {
  return {name, Runs::everywhere,
          evaluate_binary<Comparison<kind>::template Operation,
                          OCTET_LIFT(octet::reference::compare<kind>)>,
          comparison_parameters};
}

template <template <class...> class Binary, auto reference, auto derive,
          const BinaryNames& names = kUsualNames>
constexpr Operation binary(const char* name) {
  return {name, Runs::everywhere, evaluate_binary<Binary, reference, names>,
          binary_parameters<derive, names>};
}

Evaluation evaluate_add_n(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  require(output.dtype == DType::int8, "sums are of int8");
  std::vector<std::vector<std::int8_t>> x;
  octet::AddNParams params;
  for (std::size_t i = 0; file.has("inputs/" + std::to_string(i)); ++i) {
    const std::string name = "inputs/" + std::to_string(i);
    const Tensor input = file.tensor(name);
    require(input.dtype == output.dtype && input.shape == output.shape, name + " is another type");
    params.input = input.operand(name);
    x.push_back(input.as<std::int8_t>());
  }
  params.count = static_cast<std::int32_t>(x.size());
  params.left_shift = file.integer("params/left_shift", 0, 30);
  params.input.rescale = file.rescale("params/input_multiplier", "params/input_shift");
  params.output.rescale = file.rescale("params/output_multiplier", "params/output_shift");
  params.output.zero_point = output.zero_point;
  std::vector<std::int8_t> y = unwritten<std::int8_t>(output.size());
  if (backend == nullptr) {
    std::vector<const std::int8_t*> pointers;
    for (const auto& input : x) pointers.push_back(input.data());
    octet::reference::add_n(params, pointers.data(), y.data());
    return output_of(y);
  }
  const std::vector<std::span<const std::int8_t>> inputs(x.begin(), x.end());
  return run(
      octet::AddN<std::int8_t>::prepare(params, *backend),
      [&](const auto& sum) { return sum.bind(inputs, y); }, [&] { return output_of(y); });
}

std::optional<Evaluation> add_n_parameters(const CaseFile& file) {
  if (!has_scales(file, "inputs/0", "output")) return std::nullopt;
  const auto params = octet::add_n_params<std::int8_t>({}, 2, {scale_of(file, "inputs/0"), 0},
                                                       {scale_of(file, "output"), 0});
  Evaluation evaluation =
      rescale_columns(params.output.rescale, "params/output_multiplier", "params/output_shift");
  evaluation.columns.push_back({"params/input_multiplier", {params.input.rescale.multiplier}});
  evaluation.columns.push_back({"params/input_shift", {params.input.rescale.shift}});
  return evaluation;
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
    binary<octet::Add, OCTET_LIFT(octet::reference::add), OCTET_DERIVE(octet::add_params)>("add"),
    {"add_n", Runs::everywhere, evaluate_add_n, add_n_parameters},
    binary<octet::Div, OCTET_LIFT(octet::reference::div), OCTET_DERIVE(octet::div_params)>("div"),
    comparison<octet::Comparison::equal>("equal"),
    comparison<octet::Comparison::greater>("greater"),
    comparison<octet::Comparison::greater_equal>("greater_equal"),
    comparison<octet::Comparison::less>("less"),
    comparison<octet::Comparison::less_equal>("less_equal"),
    {"maximum", Runs::everywhere,
     evaluate_binary<octet::Maximum, OCTET_LIFT(octet::reference::maximum)>},
    {"minimum", Runs::everywhere,
     evaluate_binary<octet::Minimum, OCTET_LIFT(octet::reference::minimum)>},
    binary<octet::Mul, OCTET_LIFT(octet::reference::mul), OCTET_DERIVE(octet::mul_params)>("mul"),
    comparison<octet::Comparison::not_equal>("not_equal"),
    binary<octet::Prelu, OCTET_LIFT(octet::reference::prelu), OCTET_DERIVE(octet::prelu_params),
           kPreluNames>("prelu"),
    {"requantize", Runs::everywhere, evaluate_requantize, requantize_parameters},
    binary<octet::SquaredDifference, OCTET_LIFT(octet::reference::squared_difference),
           OCTET_DERIVE(octet::squared_difference_params)>("squared_difference"),
    binary<octet::Sub, OCTET_LIFT(octet::reference::sub), kDeriveSub>("sub"),
};

}  // namespace

constinit const std::span<const Operation> families::elementwise = kElementwise;

}  // namespace conformance
