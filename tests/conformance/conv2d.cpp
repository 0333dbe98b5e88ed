// SPDX-License-Identifier: Apache-2.0
#include <octet/conv2d.hpp>
#include <octet/reference/conv2d.hpp>

#include "scales.hpp"
#include "weighted.hpp"

namespace conformance {
namespace {

struct Conv2dLayer {
  using Params = octet::Conv2dParams;
  template <class In, class Out>
  using Prepared = octet::Conv2d<In, Out>;

  template <class Out, class In, class Accumulator>
  static void reference(const Params& params, const In* input, const std::int8_t* filter,
                        const Accumulator* bias, Out* output) {
    octet::reference::conv2d<Out>(params, input, filter, bias, output);
  }
};

Evaluation evaluate_conv2d(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo input = file.tensor_info("input");
  const octet::ShapeNhwc output = file.tensor_info("output").nhwc("output");
  const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");

  octet::Conv2dParams params;
  params.input = input.nhwc("input");
  params.filter = {filter.n, filter.h, filter.w, filter.c};
  params.stride = file.extent("stride");
  params.dilation = file.extent("dilation");
  params.padding =
      file.padding(params.input, {filter.h, filter.w}, params.stride, params.dilation, output);
  params.input_zero_point = input.zero_point;
  require(params.input.c % filter.c == 0 && filter.n % (params.input.c / filter.c) == 0,
          "filter.shape does not divide the channels into groups");
  require(octet::output_shape(params) == output, "output.shape does not follow from the input's");
  return evaluate_weighted<Conv2dLayer>(file, params, filter.n, backend);
}

// The multipliers follow from the scales with double products, per tensor and per channel.
std::optional<Evaluation> conv2d_parameters(const CaseFile& file) {
  return weighted_parameters(file, octet::convolution_multiplier);
}

}  // namespace

const Operation operations::conv2d{"conv2d", Runs::everywhere, evaluate_conv2d, conv2d_parameters};

}  // namespace conformance
