// SPDX-License-Identifier: Apache-2.0
// Layers with weights: a filter, a bias and an output stage with one factor for all channels or one
// for each.
#include <octet/batch_matmul.hpp>
#include <octet/conv2d.hpp>
#include <octet/depthwise_conv2d.hpp>
#include <octet/fully_connected.hpp>
#include <octet/transpose_conv2d.hpp>

#include "evaluate.hpp"
#include "scales.hpp"
#include "support/lift.hpp"

namespace conformance {
namespace {

// What octet prepares, among activations of In, outputs of Out and accumulators of Bias.
template <class In, class Out, class Bias>
inline constexpr bool kIsPrepared = sizeof(In) == 1 ? sizeof(Bias) == 4
                                                    : std::is_same_v<Out, std::int16_t>;

// The params of each layer follow: all but the output stage, in agreement with the tensors' shapes.

// What both kinds of convolution read.
template <class Params, class Filter>
Params window_params(const CaseFile& file, const Filter& filter) {
  const TensorInfo input = file.tensor_info("input");
  Params params;
  params.input = {input.nhwc("input"), input.zero_point};
  params.filter = filter;
  params.stride = file.extent("stride");
  params.dilation = file.extent("dilation");
  params.padding = file.padding(params.input.shape, {filter.h, filter.w}, params.stride,
                                params.dilation, file.tensor_info("output").nhwc("output"));
  return params;
}

template <class Params>
Params with_output_shape(const CaseFile& file, const Params& params) {
  require(octet::output_shape(params) == file.tensor_info("output").nhwc("output"),
          "output.shape does not follow from the input's");
  return params;
}

octet::Conv2dParams conv2d_params(const CaseFile& file) {
  const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");
  const auto params = window_params<octet::Conv2dParams>(
      file, octet::ShapeOhwi{filter.n, filter.h, filter.w, filter.c});
  require(params.input.shape.c % filter.c == 0 && filter.n % (params.input.shape.c / filter.c) == 0,
          "filter.shape does not divide the channels into groups");
  return with_output_shape(file, params);
}

octet::DepthwiseConv2dParams depthwise_conv2d_params(const CaseFile& file) {
  const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");
  auto params =
      window_params<octet::DepthwiseConv2dParams>(file, octet::Extent2d{filter.h, filter.w});
  params.depth_multiplier = file.integer("depth_multiplier", 1, 1 << 20);
  require(filter.n == 1 && std::int64_t{params.input.shape.c} * params.depth_multiplier == filter.c,
          "filter.shape does not have one row of input channels times depth_multiplier");
  return with_output_shape(file, params);
}

octet::TransposeConv2dParams transpose_conv2d_params(const CaseFile& file) {
  const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");
  const octet::ShapeNhwc output = file.tensor_info("output").nhwc("output");
  const TensorInfo input = file.tensor_info("input");
  octet::TransposeConv2dParams params{.input = {input.nhwc("input"), input.zero_point},
                                      .filter = {filter.n, filter.h, filter.w, filter.c},
                                      .stride = file.extent("stride")};
  require(params.input.shape.c == filter.c, "filter.shape does not fit the input's channels");
  params.padding.top = file.integer("padding/top", 0, filter.h - 1);
  params.padding.left = file.integer("padding/left", 0, filter.w - 1);
  // What is cut off behind the output follows from its shape.
  const octet::ShapeNhwc all = octet::output_shape(params);
  params.padding.bottom = all.h - output.h;
  params.padding.right = all.w - output.w;
  return with_output_shape(file, params);
}

octet::FullyConnectedParams fully_connected_params(const CaseFile& file) {
  const TensorInfo input = file.tensor_info("input");
  const TensorInfo filter = file.tensor_info("filter");
  require(filter.shape.size() == 2, "filter.shape is not [outputs, inputs]");
  octet::FullyConnectedParams params;
  params.outputs = filter.shape[0];
  params.inputs = filter.shape[1];
  require(input.size() % params.inputs == 0, "input.shape is not made of rows of the filter's");
  params.batches = static_cast<std::int32_t>(input.size() / params.inputs);
  params.input.zero_point = input.zero_point;
  params.filter.zero_point = filter.zero_point;
  const TensorInfo output = file.tensor_info("output");
  require(output.size() == std::int64_t{params.batches} * params.outputs &&
              output.shape.back() == params.outputs,
          "output.shape does not follow from the input's");
  return params;
}

std::vector<std::int32_t> one_or_per_channel(const CaseFile& file, const std::string& name,
                                             std::size_t channels, std::int64_t min,
                                             std::int64_t max) {
  const std::vector<std::int64_t> values = file.integers(name, min, max);
  require(values.size() == 1 || values.size() == channels,
          name + " does not have one entry or one per output channel");
  return {values.begin(), values.end()};
}

// The bias, of as many values as output channels, within the accumulator; none if it is null.
std::vector<std::int64_t> bias_of(const CaseFile& file, std::size_t channels, bool wide) {
  require(file.json().contains("bias"), "bias is missing");
  if (!file.has("bias")) return {};
  // The int64 form of multiply_by_quantized_multiplier takes no larger accumulators.
  constexpr std::int64_t kMaxWideBias = std::int64_t{1} << 46;
  const std::vector<std::int64_t> bias = file.tensor("bias").data;
  require(bias.size() == channels, "bias is not one per channel");
  for (const std::int64_t value : bias) {
    require(wide ? -kMaxWideBias <= value && value <= kMaxWideBias : value == std::int32_t(value),
            "bias does not fit the accumulator");
  }
  return bias;
}

template <template <class...> class Layer, auto params_of, auto plain>
Evaluation evaluate_layer(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const Tensor filter_tensor = file.tensor("filter");
  const TensorInfo output = file.tensor_info("output");
  require(filter_tensor.dtype == DType::int8 || filter_tensor.dtype == DType::int4,
          "filter.dtype is not int8 or int4");
  const std::vector<std::int8_t> filter = filter_tensor.as<std::int8_t>();
  auto params = params_of(file);
  const auto channels = static_cast<std::size_t>(output.shape.back());
  const bool wide = file.text("accumulator") == "int64";
  require(wide || file.text("accumulator") == "int32", "accumulator is not int32 or int64");
  const std::vector<std::int64_t> bias_values = bias_of(file, channels, wide);
  const std::vector<std::int32_t> multiplier =
      one_or_per_channel(file, "multiplier", channels, 0, std::numeric_limits<std::int32_t>::max());
  // The int64 form takes no larger left shifts than 7.
  const std::vector<std::int32_t> shift =
      one_or_per_channel(file, "shift", channels, -31, wide ? 7 : 30);
  params.output.zero_point = output.zero_point;
  params.output.multiplier = multiplier;
  params.output.shift = shift;
  file.activation(params.output.min, params.output.max);

  const auto with_types = [&]<class In, class Out, class Bias>(std::type_identity<In>,
                                                               std::type_identity<Out>,
                                                               std::type_identity<Bias>) {
    const std::vector<Bias> bias(bias_values.begin(), bias_values.end());
    const auto reference = [&](const In* x, Out* y) {
      plain(params, x, filter.data(), bias.empty() ? nullptr : bias.data(), y);
    };
    if constexpr (kIsPrepared<In, Out, Bias>) {
      using Prepared = Layer<In, Out, Bias>;
      octet::AlignedBuffer packed;
      const auto prepare = [&](const octet::Backend& on) {
        packed = octet::AlignedBuffer(Prepared::packed_bytes(params, on));
        return Prepared::prepare(params, filter, bias, packed.span(), on);
      };
      return compute<Out>(backend, output.size(), reference, prepare, input.as<In>());
    } else if (backend == nullptr) {
      std::vector<Out> y = unwritten<Out>(output.size());
      reference(input.as<In>().data(), y.data());
      return output_of(y);
    } else {
      return skip(std::string(to_string(input.dtype)) + " activations, " +
                  file.text("accumulator") + " accumulators");
    }
  };
  return visit(input, Activations{}, [&](auto in) {
    return visit(output, Activations{}, [&](auto out) {
      return wide ? with_types(in, out, std::type_identity<std::int64_t>{})
                  : with_types(in, out, std::type_identity<std::int32_t>{});
    });
  });
}

template <class T>
Evaluation evaluate_batch_matmul(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input1 = file.tensor("lhs"), input2 = file.tensor("rhs");
  const TensorInfo output = file.tensor_info("output");
  octet::BatchMatmulParams params{.input1 = input1.operand("lhs"),
                                  .input2 = input2.operand("rhs"),
                                  .transposed1 = file.json().at("adj_x").get<bool>(),
                                  .transposed2 = file.json().at("adj_y").get<bool>()};
  params.output.zero_point = output.zero_point;
  params.output.rescale = {one_or_per_channel(file, "multiplier", 1, 0, 0x7FFFFFFF)[0],
                           one_or_per_channel(file, "shift", 1, -31, sizeof(T) == 2 ? 7 : 30)[0]};
  file.activation(params.output.min, params.output.max);
  const octet::Status status = octet::BatchMatmul<T>::validate(params);
  if (!status.ok()) return rejected(status);
  require(input2.dtype == input1.dtype && output.dtype == input1.dtype &&
              output.has_shape(octet::output_shape(params)),
          "the tensors do not fit");
  return compute<T>(
      backend, output.size(),
      [&](const T* x1, const T* x2, T* y) { octet::reference::batch_matmul(params, x1, x2, y); },
      [&](const octet::Backend& on) { return octet::BatchMatmul<T>::prepare(params, on); },
      input1.as<T>(), input2.as<T>());
}

Evaluation evaluate_any_batch_matmul(const CaseFile& file, const octet::Backend* backend) {
  return visit(
      file.tensor_info("lhs"), Types<std::int8_t, std::int16_t>{},
      [&]<class T>(std::type_identity<T>) { return evaluate_batch_matmul<T>(file, backend); });
}

std::optional<Evaluation> batch_matmul_parameters(const CaseFile& file) {
  if (!has_scales(file, "lhs", "rhs", "output")) return std::nullopt;
  const octet::Rescale derived = octet::fully_connected_multiplier(
      scale_of(file, "lhs"), scale_of(file, "rhs"), scale_of(file, "output"));
  return rescale_columns(derived, "multiplier", "shift");
}

// The multipliers follow from the scales with double products, per tensor and per channel.
std::optional<Evaluation> convolution_parameters(const CaseFile& file) {
  return filter_parameters(file, octet::convolution_multiplier);
}

// One scale for the whole filter is multiplied in float32, one per channel in double.
std::optional<Evaluation> fully_connected_parameters(const CaseFile& file) {
  return filter_parameters(file, file.has("filter/scales") ? octet::convolution_multiplier
                                                           : octet::fully_connected_multiplier);
}

template <template <class...> class Layer, auto params_of, auto plain, auto parameters>
constexpr Operation product(const char* name) {
  return {name, Runs::everywhere, evaluate_layer<Layer, params_of, plain>, parameters};
}

constexpr auto plain_conv2d = OCTET_LIFT(octet::reference::conv2d);
constexpr auto plain_depthwise_conv2d = OCTET_LIFT(octet::reference::depthwise_conv2d);
constexpr auto plain_transpose_conv2d = OCTET_LIFT(octet::reference::transpose_conv2d);
constexpr auto plain_fully_connected = OCTET_LIFT(octet::reference::fully_connected);

constexpr Operation kProducts[] = {
    {"batch_matmul", Runs::everywhere, evaluate_any_batch_matmul, batch_matmul_parameters},
    product<octet::Conv2d, conv2d_params, plain_conv2d, convolution_parameters>("conv2d"),
    product<octet::DepthwiseConv2d, depthwise_conv2d_params, plain_depthwise_conv2d,
            convolution_parameters>("depthwise_conv2d"),
    product<octet::FullyConnected, fully_connected_params, plain_fully_connected,
            fully_connected_parameters>("fully_connected"),
    product<octet::TransposeConv2d, transpose_conv2d_params, plain_transpose_conv2d,
            convolution_parameters>("transpose_conv2d"),
};

}  // namespace

constinit const std::span<const Operation> families::products = kProducts;

}  // namespace conformance
