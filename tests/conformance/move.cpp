// SPDX-License-Identifier: Apache-2.0
// Elements copied to other places.
#include <algorithm>

#include <octet/concat.hpp>
#include <octet/pad.hpp>
#include <octet/space_to_depth.hpp>
#include <octet/split.hpp>
#include <octet/strided_slice.hpp>
#include <octet/transpose.hpp>

#include "evaluate.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

// The names of the tensors in the list `field`.
std::vector<std::string> tensor_names(const CaseFile& file, const std::string& field) {
  require(file.has(field) && file.json().at(field).is_array() && !file.json().at(field).empty(),
          field + " is not a list of tensors");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < file.json().at(field).size(); ++i) {
    names.push_back(field + "/" + std::to_string(i));
  }
  return names;
}

std::vector<std::int32_t> narrow(const std::vector<std::int64_t>& values) {
  return {values.begin(), values.end()};
}

// The dimension `axis`, which counts from the last one where it is negative.
std::int32_t axis_of(const CaseFile& file, std::int32_t rank) {
  const std::int32_t axis = file.integer("axis", -rank, rank - 1);
  return axis < 0 ? axis + rank : axis;
}

// Evaluates an operation of one input and one output from its Params.
template <template <class> class Prepared, class Params, class Reference>
Evaluation evaluate_move(const CaseFile& file, const octet::Backend* backend, const Params& params,
                         const Reference& reference) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  require(output.has_shape(octet::output_shape(params)),
          "output.shape does not follow from the input's");
  return evaluate<Prepared>(backend, input, Integers{}, output, params, reference);
}

Evaluation evaluate_pad(const CaseFile& file, const octet::Backend* backend) {
  octet::PadParams params;
  params.input = file.tensor_info("input").operand("input");
  params.value = file.integer("pad_value");
  for (std::int32_t d = 0; d < params.input.shape.rank; ++d) {
    const std::string name = "paddings/" + std::to_string(d);
    const std::vector<std::int32_t> pair = narrow(file.integers(name, 0, 1 << 20));
    require(pair.size() == 2, name + " is not [before, after]");
    params.before[d] = pair[0];
    params.after[d] = pair[1];
  }
  return evaluate_move<octet::Pad>(file, backend, params, OCTET_LIFT(octet::reference::pad));
}

Evaluation evaluate_strided_slice(const CaseFile& file, const octet::Backend* backend) {
  const std::vector<std::int32_t> begin = narrow(file.integers("begin"));
  const std::vector<std::int32_t> end = narrow(file.integers("end"));
  const std::vector<std::int32_t> strides = narrow(file.integers("strides"));
  const auto slice = octet::resolve_slice(file.tensor_info("input").dense("input"),
                                          {.begin = begin, .end = end, .strides = strides});
  if (!slice) return rejected(slice.status());
  return evaluate_move<octet::StridedSlice>(file, backend, slice->params,
                                            OCTET_LIFT(octet::reference::strided_slice));
}

Evaluation evaluate_transpose(const CaseFile& file, const octet::Backend* backend) {
  octet::TransposeParams params;
  params.input = file.tensor_info("input").operand("input");
  const std::vector<std::int64_t> perm = file.integers("perm", 0, params.input.shape.rank - 1);
  require(std::ssize(perm) == params.input.shape.rank, "perm does not name every dimension");
  std::ranges::copy(narrow(perm), params.perm);
  return evaluate_move<octet::Transpose>(file, backend, params,
                                         OCTET_LIFT(octet::reference::transpose));
}

template <template <class> class Move, auto reference>
Evaluation evaluate_squares(const CaseFile& file, const octet::Backend* backend) {
  const typename Move<std::int8_t>::Params params{
      .input = {.shape = file.tensor_info("input").nhwc("input")},
      .block_size = file.integer("block_size", 1, 1 << 10)};
  return evaluate_move<Move>(file, backend, params, reference);
}

Evaluation evaluate_concat(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  std::vector<Tensor> tensors;
  std::vector<octet::Operand> operands;
  for (const std::string& name : tensor_names(file, "inputs")) {
    tensors.push_back(file.tensor(name));
    operands.push_back(tensors.back().operand(name));
    require(tensors.back().dtype == output.dtype, name + ".dtype is not the output's");
    require(tensors.back().shape.size() == output.shape.size(), name + " has another rank");
  }
  const octet::ConcatParams params{
      .inputs = operands, .axis = axis_of(file, static_cast<std::int32_t>(output.shape.size()))};
  require(output.has_shape(octet::output_shape(params)),
          "output.shape does not follow from the inputs'");

  return visit(output, Integers{}, [&]<class T>(std::type_identity<T>) {
    std::vector<std::vector<T>> x;
    for (const Tensor& tensor : tensors) x.push_back(tensor.as<T>());
    std::vector<T> y = unwritten<T>(output.size());
    if (backend == nullptr) {
      std::vector<const T*> pointers;
      for (const std::vector<T>& input : x) pointers.push_back(input.data());
      octet::reference::concat(params, pointers.data(), y.data());
      return output_of(y);
    }
    const std::vector<std::span<const T>> inputs(x.begin(), x.end());
    return run(
        octet::Concat<T>::prepare(params),
        [&](const auto& concat) { return concat.bind(inputs, y); }, [&] { return output_of(y); });
  });
}

Evaluation evaluate_split(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const std::vector<std::string> names = tensor_names(file, "outputs");
  const std::int32_t axis = axis_of(file, static_cast<std::int32_t>(input.shape.size()));
  std::vector<std::int32_t> sizes;
  for (const std::string& name : names) {
    const TensorInfo output = file.tensor_info(name);
    require(output.dtype == input.dtype, name + ".dtype is not the input's");
    require(output.shape.size() == input.shape.size(), name + " has another rank");
    sizes.push_back(output.shape[static_cast<std::size_t>(axis)]);
  }
  const octet::SplitParams params{.input = input.operand("input"), .axis = axis, .sizes = sizes};
  for (std::size_t k = 0; k < names.size(); ++k) {
    require(file.tensor_info(names[k]).has_shape(octet::output_shape(params, k)),
            names[k] + ".shape does not follow from the input's");
  }

  return visit(input, Integers{}, [&]<class T>(std::type_identity<T>) {
    const std::vector<T> x = input.as<T>();
    std::vector<std::vector<T>> y;
    for (const std::string& name : names) y.push_back(unwritten<T>(file.tensor_info(name).size()));
    const auto columns = [&] {
      Evaluation evaluation;
      for (std::size_t k = 0; k < names.size(); ++k) {
        evaluation.columns.push_back({names[k] + "/data", {y[k].begin(), y[k].end()}});
      }
      return evaluation;
    };
    if (backend == nullptr) {
      std::vector<T*> pointers;
      for (std::vector<T>& output : y) pointers.push_back(output.data());
      octet::reference::split(params, x.data(), pointers.data());
      return columns();
    }
    const std::vector<std::span<T>> outputs(y.begin(), y.end());
    return run(
        octet::Split<T>::prepare(params), [&](const auto& split) { return split.bind(x, outputs); },
        columns);
  });
}

constexpr Operation kMove[] = {
    {"concat", Runs::portably, evaluate_concat},
    {"depth_to_space", Runs::portably,
     evaluate_squares<octet::DepthToSpace, OCTET_LIFT(octet::reference::depth_to_space)>},
    {"pad", Runs::portably, evaluate_pad},
    {"space_to_depth", Runs::portably,
     evaluate_squares<octet::SpaceToDepth, OCTET_LIFT(octet::reference::space_to_depth)>},
    {"split", Runs::portably, evaluate_split},
    {"strided_slice", Runs::portably, evaluate_strided_slice},
    {"transpose", Runs::everywhere, evaluate_transpose},
};

}  // namespace

constinit const std::span<const Operation> families::move = kMove;

}  // namespace conformance
