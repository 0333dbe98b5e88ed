// SPDX-License-Identifier: Apache-2.0
// Operations on one tensor or two, element by element.
#include <octet/add.hpp>
#include <octet/reference/add.hpp>
#include <octet/reference/requantize.hpp>
#include <octet/requantize.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

// The operand repeated along the dimensions in which it has extent one, or which it lacks, as NumPy
// broadcasts.
std::vector<std::int64_t> broadcast(const Tensor& operand, const TensorInfo& output,
                                    const std::string& name) {
  const std::size_t rank = output.shape.size();
  require(operand.shape.size() <= rank, name + ".shape has more dimensions than the output");
  const std::size_t missing = rank - operand.shape.size();

  std::vector<std::int64_t> stride(rank, 0);
  std::int64_t dense = 1;
  for (std::size_t d = rank; d-- > missing;) {
    const std::int32_t extent = operand.shape[d - missing];
    require(extent == 1 || extent == output.shape[d], name + ".shape does not broadcast");
    if (extent != 1) stride[d] = dense;
    dense *= extent;
  }

  std::vector<std::int64_t> values(static_cast<std::size_t>(output.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::int64_t rest = static_cast<std::int64_t>(i);
    std::int64_t source = 0;
    for (std::size_t d = rank; d-- > 0;) {
      source += rest % output.shape[d] * stride[d];
      rest /= output.shape[d];
    }
    values[i] = operand.data[static_cast<std::size_t>(source)];
  }
  return values;
}

octet::AddOperand operand_of(const CaseFile& file, const std::string& name, const Tensor& tensor) {
  return {tensor.zero_point, file.multiplier("params/" + name + "_multiplier"),
          file.integer("params/" + name + "_shift", -31, 0)};
}

Evaluation evaluate_add(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input1 = file.tensor("input1");
  const Tensor input2 = file.tensor("input2");
  const TensorInfo output = file.tensor_info("output");
  require(input1.dtype == output.dtype && input2.dtype == output.dtype, "operands differ in dtype");

  octet::AddParams params;
  params.input1 = operand_of(file, "input1", input1);
  params.input2 = operand_of(file, "input2", input2);
  params.left_shift = file.integer("params/left_shift", 0, output.dtype == DType::int16 ? 15 : 20);
  params.zero_point = output.zero_point;
  params.multiplier = file.multiplier("params/output_multiplier");
  params.shift = file.shift("params/output_shift");
  file.activation(params.min, params.max);
  const std::vector<std::int64_t> wide1 = broadcast(input1, output, "input1");
  const std::vector<std::int64_t> wide2 = broadcast(input2, output, "input2");

  return visit(output, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(),
        [&](const T* x1, const T* x2, T* y) {
          octet::reference::add(params, x1, x2, y, output.size());
        },
        [&](const octet::Backend& on) { return octet::Add<T>::prepare(params, output.size(), on); },
        std::vector<T>(wide1.begin(), wide1.end()), std::vector<T>(wide2.begin(), wide2.end()));
  });
}

template <class T>
Evaluation derive_add(const CaseFile& file) {
  const octet::AddParams params = octet::add_params<T>(
      scale_of(file, "input1"), 0, scale_of(file, "input2"), 0, scale_of(file, "output"), 0);
  return {{{"params/left_shift", {params.left_shift}},
           {"params/input1_multiplier", {params.input1.multiplier}},
           {"params/input1_shift", {params.input1.shift}},
           {"params/input2_multiplier", {params.input2.multiplier}},
           {"params/input2_shift", {params.input2.shift}},
           {"params/output_multiplier", {params.multiplier}},
           {"params/output_shift", {params.shift}}},
          {},
          {}};
}

std::optional<Evaluation> add_parameters(const CaseFile& file) {
  if (!has_scales(file, "input1", "input2", "output")) return std::nullopt;
  return file.tensor_info("output").dtype == DType::int16 ? derive_add<std::int16_t>(file)
                                                          : derive_add<std::int8_t>(file);
}

Evaluation evaluate_requantize(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const TensorInfo output = file.tensor_info("output");
  require(input.size() == output.size(), "output.shape is not the input's");
  require(input.dtype != DType::int32 || input.zero_point == 0,
          "input.zero_point of an int32 tensor is not zero");
  const octet::RequantizeParams params{.input_zero_point = input.zero_point,
                                       .output_zero_point = output.zero_point,
                                       .multiplier = file.multiplier("multiplier"),
                                       .shift = file.shift("shift")};

  const auto with_types = [&]<class In, class Out>(std::type_identity<In>,
                                                   std::type_identity<Out>) {
    return compute<Out>(
        backend, output.size(),
        [&](const In* x, Out* y) {
          octet::reference::requantize<Out>(params, x, y, output.size());
        },
        [&](const octet::Backend& on) {
          return octet::Requantize<In, Out>::prepare(params, output.size(), on);
        },
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
    {"add", Runs::everywhere, evaluate_add, add_parameters},
    {"requantize", Runs::everywhere, evaluate_requantize, requantize_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::elementwise = kElementwise;

}  // namespace conformance
