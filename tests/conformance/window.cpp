// SPDX-License-Identifier: Apache-2.0
// A window that slides over the input: pooling and interpolation. The nearest pixel is one of one
// pixel.
#include <octet/average_pool2d.hpp>
#include <octet/max_pool2d.hpp>
#include <octet/resize_bilinear.hpp>
#include <octet/resize_nearest_neighbor.hpp>

#include "evaluate.hpp"

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

  return visit(input, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(), [&](const T* x, T* y) { reference(params, x, y); },
        [&](const octet::Backend& on) { return Pool<T>::prepare(params, on); }, input.as<T>());
  });
}

octet::Resize2dParams resize_params(const CaseFile& file, const Tensor& input,
                                    const TensorInfo& output) {
  const octet::ShapeNhwc size = output.nhwc("output");
  const octet::Resize2dParams params{
      .input = {input.nhwc("input"), input.zero_point},
      .size = {size.h, size.w},
      .align_corners = file.boolean("align_corners"),
      .half_pixel_centers = file.boolean("half_pixel_centers"),
  };
  require(octet::output_shape(params) == size, "output.shape does not follow from the input's");
  return params;
}

Evaluation evaluate_resize_bilinear(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  const octet::Resize2dParams params = resize_params(file, input, output);
  return visit(input, Activations{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(),
        [&](const T* x, T* y) { octet::reference::resize_bilinear(params, x, y); },
        [&](const octet::Backend& on) { return octet::ResizeBilinear<T>::prepare(params, on); },
        input.as<T>());
  });
}

Evaluation evaluate_resize_nearest_neighbor(const CaseFile& file, const octet::Backend* backend) {
  const TensorInfo output = file.tensor_info("output");
  const Tensor input = input_like(output, file);
  const octet::Resize2dParams params = resize_params(file, input, output);
  return visit(input, Integers{}, [&]<class T>(std::type_identity<T>) {
    return compute<T>(
        backend, output.size(),
        [&](const T* x, T* y) { octet::reference::resize_nearest_neighbor(params, x, y); },
        [&](const octet::Backend&) { return octet::ResizeNearestNeighbor<T>::prepare(params); },
        input.as<T>());
  });
}

constexpr Operation kWindow[] = {
    {"average_pool2d", Runs::everywhere,
     evaluate_pool<octet::AveragePool2d,
                   [](const auto&... operands) { octet::reference::average_pool2d(operands...); }>},
    {"max_pool2d", Runs::everywhere,
     evaluate_pool<octet::MaxPool2d,
                   [](const auto&... operands) { octet::reference::max_pool2d(operands...); }>},
    {"resize_bilinear", Runs::everywhere, evaluate_resize_bilinear},
    {"resize_nearest_neighbor", Runs::portably, evaluate_resize_nearest_neighbor},
};

}  // namespace

constinit const std::span<const Operation> families::window = kWindow;

}  // namespace conformance
