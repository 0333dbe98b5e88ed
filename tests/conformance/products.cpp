// SPDX-License-Identifier: Apache-2.0
// Layers with weights: a filter, a bias and an output stage with one factor for all channels or one
// for each.
#include <octet/conv2d.hpp>
#include <octet/depthwise_conv2d.hpp>
#include <octet/fully_connected.hpp>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

// What octet prepares, among activations of In, outputs of Out and accumulators of Bias.
template <class In, class Out, class Bias>
inline constexpr bool kIsPrepared = sizeof(In) == 1 ? sizeof(Bias) == 4
                                                    : std::is_same_v<Out, std::int16_t>;

// A layer gives
//   using Params; template <class In, class Out, class Bias> using Prepared;
//   template <class Out> static constexpr auto reference = the plain function;
//   static Params params(file): all but the output stage, in agreement with the tensors' shapes.
struct Conv2dLayer {
  using Params = octet::Conv2dParams;
  template <class In, class Out, class Bias>
  using Prepared = octet::Conv2d<In, Out, Bias>;
  template <class Out>
  static constexpr auto reference =
      [](const auto&... arguments) { octet::reference::conv2d<Out>(arguments...); };

  static Params params(const CaseFile& file) {
    const TensorInfo input = file.tensor_info("input");
    const octet::ShapeNhwc output = file.tensor_info("output").nhwc("output");
    const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");
    Params params;
    params.input = {input.nhwc("input"), input.zero_point};
    params.filter = {filter.n, filter.h, filter.w, filter.c};
    params.stride = file.extent("stride");
    params.dilation = file.extent("dilation");
    params.padding = file.padding(params.input.shape, {filter.h, filter.w}, params.stride,
                                  params.dilation, output);
    require(
        params.input.shape.c % filter.c == 0 && filter.n % (params.input.shape.c / filter.c) == 0,
        "filter.shape does not divide the channels into groups");
    require(octet::output_shape(params) == output, "output.shape does not follow from the input's");
    return params;
  }
};

struct DepthwiseConv2dLayer {
  using Params = octet::DepthwiseConv2dParams;
  template <class In, class Out, class Bias>
  using Prepared = octet::DepthwiseConv2d<In, Out, Bias>;
  template <class Out>
  static constexpr auto reference =
      [](const auto&... arguments) { octet::reference::depthwise_conv2d<Out>(arguments...); };

  static Params params(const CaseFile& file) {
    const TensorInfo input = file.tensor_info("input");
    const octet::ShapeNhwc output = file.tensor_info("output").nhwc("output");
    const octet::ShapeNhwc filter = file.tensor_info("filter").nhwc("filter");
    Params params;
    params.input = {input.nhwc("input"), input.zero_point};
    params.filter = {filter.h, filter.w};
    params.depth_multiplier = file.integer("depth_multiplier", 1, 1 << 20);
    params.stride = file.extent("stride");
    params.dilation = file.extent("dilation");
    params.padding =
        file.padding(params.input.shape, params.filter, params.stride, params.dilation, output);
    require(
        filter.n == 1 && std::int64_t{params.input.shape.c} * params.depth_multiplier == filter.c,
        "filter.shape does not have one row of input channels times depth_multiplier");
    require(octet::output_shape(params) == output, "output.shape does not follow from the input's");
    return params;
  }
};

struct FullyConnectedLayer {
  using Params = octet::FullyConnectedParams;
  template <class In, class Out, class Bias>
  using Prepared = octet::FullyConnected<In, Out, Bias>;
  template <class Out>
  static constexpr auto reference =
      [](const auto&... arguments) { octet::reference::fully_connected<Out>(arguments...); };

  static Params params(const CaseFile& file) {
    const TensorInfo input = file.tensor_info("input");
    const TensorInfo filter = file.tensor_info("filter");
    require(filter.shape.size() == 2, "filter.shape is not [outputs, inputs]");
    Params params;
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
};

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

template <class Layer>
Evaluation evaluate_layer(const CaseFile& file, const octet::Backend* backend) {
  const Tensor input = file.tensor("input");
  const Tensor filter_tensor = file.tensor("filter");
  const TensorInfo output = file.tensor_info("output");
  require(filter_tensor.dtype == DType::int8 || filter_tensor.dtype == DType::int4,
          "filter.dtype is not int8 or int4");
  const std::vector<std::int8_t> filter = filter_tensor.as<std::int8_t>();
  typename Layer::Params params = Layer::params(file);
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
      Layer::template reference<Out>(params, x, filter.data(), bias.empty() ? nullptr : bias.data(),
                                     y);
    };
    if constexpr (kIsPrepared<In, Out, Bias>) {
      using Prepared = typename Layer::template Prepared<In, Out, Bias>;
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

// The multipliers follow from the scales with double products, per tensor and per channel.
std::optional<Evaluation> convolution_parameters(const CaseFile& file) {
  return filter_parameters(file, octet::convolution_multiplier);
}

// One scale for the whole filter is multiplied in float32, one per channel in double.
std::optional<Evaluation> fully_connected_parameters(const CaseFile& file) {
  return filter_parameters(file, file.has("filter/scales") ? octet::convolution_multiplier
                                                           : octet::fully_connected_multiplier);
}

constexpr Operation kProducts[] = {
    {"conv2d", Runs::everywhere, evaluate_layer<Conv2dLayer>, convolution_parameters},
    {"depthwise_conv2d", Runs::everywhere, evaluate_layer<DepthwiseConv2dLayer>,
     convolution_parameters},
    {"fully_connected", Runs::everywhere, evaluate_layer<FullyConnectedLayer>,
     fully_connected_parameters},
};

}  // namespace

constinit const std::span<const Operation> families::products = kProducts;

}  // namespace conformance
