// SPDX-License-Identifier: Apache-2.0
#include <octet/fully_connected.hpp>
#include <octet/reference/fully_connected.hpp>

#include "scales.hpp"
#include "weighted.hpp"

namespace conformance {
namespace {

struct FullyConnectedLayer {
  using Params = octet::FullyConnectedParams;
  template <class In, class Out>
  using Prepared = octet::FullyConnected<In, Out>;

  template <class Out, class In, class Accumulator>
  static void reference(const Params& params, const In* input, const std::int8_t* filter,
                        const Accumulator* bias, Out* output) {
    octet::reference::fully_connected<Out>(params, input, filter, bias, output);
  }
};

Evaluation evaluate_fully_connected(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo input = file.tensor_info("input");
  const TensorInfo filter = file.tensor_info("filter");
  require(filter.shape.size() == 2, "filter.shape is not [outputs, inputs]");

  octet::FullyConnectedParams params;
  params.outputs = filter.shape[0];
  params.inputs = filter.shape[1];
  require(input.size() % params.inputs == 0, "input.shape is not made of rows of the filter's");
  params.batches = static_cast<std::int32_t>(input.size() / params.inputs);
  params.input_zero_point = input.zero_point;
  params.filter_zero_point = filter.zero_point;
  require(file.tensor_info("output").size() == std::int64_t{params.batches} * params.outputs,
          "output.shape does not follow from the input's");
  return evaluate_weighted<FullyConnectedLayer>(file, params, params.outputs, backend);
}

// One scale for the whole filter is multiplied in float32, one per channel in double.
std::optional<Evaluation> fully_connected_parameters(const CaseFile& file) {
  return weighted_parameters(file, file.has("filter/scales") ? octet::convolution_multiplier
                                                             : octet::fully_connected_multiplier);
}

}  // namespace

const Operation operations::fully_connected{"fully_connected", Runs::everywhere,
                                            evaluate_fully_connected, fully_connected_parameters};

}  // namespace conformance
