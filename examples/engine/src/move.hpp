// SPDX-License-Identifier: Apache-2.0
// What operators that move elements share.
#pragma once

#include "checks.hpp"
#include "operation.hpp"

namespace octet_engine {

// The operation of the elements' type, which only has to have as many bytes.
template <class Prepare>
PreparedOrError prepare_elements(const Tensor& tensor, const Prepare& prepare) {
  if (tensor.type == TensorType::boolean) return prepare(std::uint8_t{});
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t, std::int64_t>(tensor,
                                                                                       prepare);
}

// An operation of one input, number `main`, and one output of that shape.
template <template <class> class Move, class Params, class OutputShape>
PreparedOrError prepare_move(const Node& node, const Params& params, const OutputShape& shape,
                             std::size_t main = 0) {
  const Tensor& input = node.input(main);
  if (auto error = check_same_quantization(node, "input and output", input, node.output())) {
    return *error;
  }
  return prepare_elements(input, [&]<class T>(T) -> PreparedOrError {
    const auto prepared = Move<T>::prepare(params, node.backend());
    if (!prepared) return node.refused(prepared.status());
    if (auto error = check_output_shape(node, shape)) return *error;
    return finish(node, prepared, [main](const auto& move, const Bindings& bindings) {
      return move.bind(bindings.input<T>(main), bindings.output<T>(0));
    });
  });
}

}  // namespace octet_engine
