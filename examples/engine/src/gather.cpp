// SPDX-License-Identifier: Apache-2.0
// Elements that a run chooses: by indices (GATHER, GATHER_ND, EMBEDDING_LOOKUP), by what is true
// (SELECT, SELECT_V2), at a place (DYNAMIC_UPDATE_SLICE).
#include "octet/gather.hpp"

#include <algorithm>

#include "move.hpp"
#include "octet/dynamic_update_slice.hpp"
#include "octet/select.hpp"
#include "operators.hpp"

namespace octet_engine {

namespace {

// Indices are checked where they are constants; a run takes any. `main` is the input that they
// choose from, `which` holds them.
template <template <class> class Gather, class Params>
PreparedOrError prepare_gather_of(const Node& node, const Params& params, std::size_t main = 0,
                                  std::size_t which = 1) {
  const Tensor &input = node.input(main), &indices = node.input(which);
  if (auto error = check_same_quantization(node, "input and output", input, node.output())) {
    return *error;
  }
  return prepare_elements(input, [&]<class T>(T) -> PreparedOrError {
    const auto prepared = Gather<T>::prepare(params);
    if (!prepared) return node.refused(prepared.status());
    if (auto error = check_output_shape(node, output_shape(params))) return *error;
    if (indices.is_constant()) {
      const octet::Status status =
          Gather<T>::check_indices(params, values_of<std::int32_t>(indices));
      if (!status.ok()) return node.refused(status);
    }
    return finish(node, prepared, [=](const auto& gather, const Bindings& bindings) {
      return gather.bind(bindings.input<T>(main), bindings.input<std::int32_t>(which),
                         bindings.output<T>(0));
    });
  });
}

PreparedOrError prepare_select_of(const Node& node, const octet::Shape& condition) {
  const Tensor &input1 = node.input(1), &input2 = node.input(2), &output = node.output();
  if (auto error = check_same_quantization(node, "inputs", input1, input2)) return *error;
  if (auto error = check_same_quantization(node, "input and output", input1, output)) return *error;
  const octet::SelectParams params{
      .condition = condition, .input1 = {input1.shape}, .input2 = {input2.shape}};
  return prepare_elements(output, [&]<class T>(T) -> PreparedOrError {
    const auto prepared = octet::Select<T>::prepare(params);
    if (!prepared) return node.refused(prepared.status());
    if (auto error = check_output_shape(node, output_shape(params))) return *error;
    return finish(node, prepared, [](const auto& select, const Bindings& bindings) {
      return select.bind(bindings.input<std::uint8_t>(0), bindings.input<T>(1),
                         bindings.input<T>(2), bindings.output<T>(0));
    });
  });
}

}  // namespace

PreparedOrError prepare_gather(const Node& node) {
  octet::GatherParams params{.input = {.shape = node.input(0).shape},
                             .indices = node.input(1).shape};
  if (const auto* const options = node.options<schema::GatherOptions>()) {
    const auto axis = dimension_of(node, params.input.shape, options->axis());
    if (!axis) return axis.error();
    params.axis = *axis;
    params.batch_dims = options->batch_dims();
    if (params.batch_dims < 0) params.batch_dims += params.indices.rank;
  }
  return prepare_gather_of<octet::Gather>(node, params);
}

PreparedOrError prepare_gather_nd(const Node& node) {
  return prepare_gather_of<octet::GatherNd>(
      node, octet::GatherNdParams{.input = {.shape = node.input(0).shape},
                                  .indices = node.input(1).shape});
}

// Rows of a table.
PreparedOrError prepare_embedding_lookup(const Node& node) {
  return prepare_gather_of<octet::Gather>(
      node,
      octet::GatherParams{.input = {.shape = node.input(1).shape}, .indices = node.input(0).shape},
      1, 0);
}

PreparedOrError prepare_select_v2(const Node& node) {
  return prepare_select_of(node, node.input(0).shape);
}

// The older form does not broadcast, but a list of conditions chooses whole slices.
PreparedOrError prepare_select(const Node& node) {
  octet::Shape condition = node.input(0).shape;
  const std::int32_t rank = node.input(1).shape.rank;
  if (condition.rank == 1 && rank > 1) {
    std::fill(condition.extent + 1, condition.extent + rank, 1);
    condition.rank = rank;
  }
  return prepare_select_of(node, condition);
}

PreparedOrError prepare_dynamic_update_slice(const Node& node) {
  const Tensor &input = node.input(0), &update = node.input(1), &begin = node.input(2);
  if (auto error = check_same_quantization(node, "inputs", input, update)) return *error;
  if (auto error = check_same_quantization(node, "input and output", input, node.output())) {
    return *error;
  }
  if (begin.shape.size() != input.shape.rank) {
    return node.invalid("input 2 does not have one number for each dimension of " +
                        to_string(input.shape));
  }
  if (auto error = check_output_shape(node, input.shape)) return *error;
  const octet::DynamicUpdateSliceParams params{.input = {input.shape}, .update = update.shape};
  return prepare_elements(input, [&]<class T>(T) {
    return finish(node, octet::DynamicUpdateSlice<T>::prepare(params),
                  [](const auto& slice, const Bindings& bindings) {
                    return slice.bind(bindings.input<T>(0), bindings.input<T>(1),
                                      bindings.input<std::int32_t>(2), bindings.output<T>(0));
                  });
  });
}

}  // namespace octet_engine
