// SPDX-License-Identifier: Apache-2.0
#include <octet/add.hpp>
#include <octet/reference/add.hpp>

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

  return visit_type<std::int8_t, std::uint8_t, std::int16_t>(
      output.dtype, "activations", [&](auto type) {
        using T = typename decltype(type)::type;
        const std::vector<T> x1(wide1.begin(), wide1.end());
        const std::vector<T> x2(wide2.begin(), wide2.end());
        std::vector<T> y = unwritten<T>(output.size());
        if (backend == nullptr) {
          octet::reference::add(params, x1.data(), x2.data(), y.data(), output.size());
          return output_of(y);
        }
        if constexpr (sizeof(T) == 1) {
          return run_prepared(octet::Add<T>::prepare(params, output.size(), *backend), std::move(y),
                              x1, x2);
        } else {
          return skip("int16 activations on backends");
        }
      });
}

template <class T>
Evaluation derive(const CaseFile& file) {
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
  return file.tensor_info("output").dtype == DType::int16 ? derive<std::int16_t>(file)
                                                          : derive<std::int8_t>(file);
}

}  // namespace

const Operation operations::add{"add", Runs::everywhere, evaluate_add, add_parameters};

}  // namespace conformance
