// SPDX-License-Identifier: Apache-2.0
#include <octet/depthwise_conv2d.hpp>
#include <octet/reference/depthwise_conv2d.hpp>

#include "scales.hpp"
#include "weighted.hpp"

namespace conformance {
namespace {

struct DepthwiseConv2dLayer {
  using Params = octet::DepthwiseConv2dParams;
  template <class In, class Out>
  using Prepared = octet::DepthwiseConv2d<In, Out>;

  template <class Out, class In, class Accumulator>
  static void reference(const Params& params, const In* input, const std::int8_t* filter,
                        const Accumulator* bias, Out* output) {
    octet::reference::depthwise_conv2d<Out>(params, input, filter, bias, output);
  }
};

Evaluation evaluate_depthwise_conv2d(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo input = file.tensor_info("input");
  const octet::ShapeNhwc output = file.tensor_info("output").nhwc("output");
  const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");

  octet::DepthwiseConv2dParams params;
  params.input = input.nhwc("input");
  params.filter = {filter.h, filter.w};
  params.depth_multiplier = file.integer("depth_multiplier", 1, 1 << 20);
  params.stride = file.extent("stride");
  params.dilation = file.extent("dilation");
  params.padding =
      file.padding(params.input, params.filter, params.stride, params.dilation, output);
  params.input_zero_point = input.zero_point;
  require(filter.n == 1 && std::int64_t{params.input.c} * params.depth_multiplier == filter.c,
          "filter.shape does not have one row of input channels times depth_multiplier");
  require(octet::output_shape(params) == output, "output.shape does not follow from the input's");
  return evaluate_weighted<DepthwiseConv2dLayer>(file, params, filter.c, backend);
}

// The multipliers follow from the scales with double products, per tensor and per channel.
std::optional<Evaluation> depthwise_conv2d_parameters(const CaseFile& file) {
  return weighted_parameters(file, octet::convolution_multiplier);
}

}  // namespace

const Operation operations::depthwise_conv2d{
    "depthwise_conv2d", Runs::everywhere, evaluate_depthwise_conv2d, depthwise_conv2d_parameters};

}  // namespace conformance
