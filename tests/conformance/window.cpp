// SPDX-License-Identifier: Apache-2.0
// A window that slides over the input: pooling and interpolation. The nearest pixel is one of one
// pixel.
#include <octet/average_pool2d.hpp>
#include <octet/max_pool2d.hpp>
#include <octet/resize_bilinear.hpp>
#include <octet/resize_nearest_neighbor.hpp>

#include "evaluate.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

template <template <class> class Pool, auto reference>
Evaluation evaluate_pool(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);

  octet::Pool2dParams params;
  params.input = {input.nhwc("input"), input.zero_point};
  params.filter = file.extent("filter_size");
  params.stride = file.extent("stride");
  params.padding =
      file.padding(params.input.shape, params.filter, params.stride, {1, 1}, output.nhwc("output"));
  params.output.zero_point = output.zero_point;
  file.activation(params.output.min, params.output.max);
  require(octet::output_shape(params) == output.nhwc("output"),
          "output.shape does not follow from the input's");
  require(params.padding.top < params.filter.h && params.padding.bottom < params.filter.h &&
              params.padding.left < params.filter.w && params.padding.right < params.filter.w,
          "padding holds a whole window");

  return evaluate<Pool>(backend, input, Activations{}, output, params, reference);
}

template <template <class> class Resize, class Types, auto reference>
Evaluation evaluate_resize(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  const octet::ShapeNhwc size = output.nhwc("output");
  const octet::Resize2dParams params{
      .input = {input.nhwc("input"), input.zero_point},
      .size = {size.h, size.w},
      .align_corners = file.boolean("align_corners"),
      .half_pixel_centers = file.boolean("half_pixel_centers"),
  };
  require(octet::output_shape(params) == size, "output.shape does not follow from the input's");
  return evaluate<Resize>(backend, input, Types{}, output, params, reference);
}

constexpr Operation kWindow[] = {
    {"average_pool2d", Runs::everywhere,
     evaluate_pool<octet::AveragePool2d, OCTET_LIFT(octet::reference::average_pool2d)>},
    {"max_pool2d", Runs::everywhere,
     evaluate_pool<octet::MaxPool2d, OCTET_LIFT(octet::reference::max_pool2d)>},
    {"resize_bilinear", Runs::everywhere,
     evaluate_resize<octet::ResizeBilinear, Activations,
                     OCTET_LIFT(octet::reference::resize_bilinear)>},
    {"resize_nearest_neighbor", Runs::portably,
     evaluate_resize<octet::ResizeNearestNeighbor, Integers,
                     OCTET_LIFT(octet::reference::resize_nearest_neighbor)>},
};

}  // namespace

constinit const std::span<const Operation> families::window = kWindow;

}  // namespace conformance
