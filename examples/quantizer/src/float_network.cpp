// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/float_network.hpp"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "octet/quantize/weights.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

// IEEE 754 half precision. Source: the standard's binary16 format.
float from_half(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16, fraction = half & 0x3FFu;
  const std::uint32_t exponent = half >> 10 & 31u;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

// A constant of int8, uint8, int16 or float16 becomes one of float32.
std::optional<Error> dequantize_constant(Network& network, std::int32_t index) {
  Tensor& tensor = tensor_of(network, index);
  std::vector<float> reals;
  const auto scale_all = [&]<class T>(T) {
    if (tensor.quantization == nullptr || tensor.quantization->scale.empty()) return;
    const schema::QuantizationParametersT& quantization = *tensor.quantization;
    const std::vector<T> values = values_of<T>(network, index);
    const std::size_t scales = quantization.scale.size();
    const octet::Shape shape = shape_of(tensor);
    std::size_t inner = 1;  // elements from one index of the quantized dimension to the next
    for (std::int32_t d = quantization.quantized_dimension + 1; d < shape.rank; ++d) {
      inner *= static_cast<std::size_t>(shape.extent[d]);
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const std::size_t c = scales == 1 ? 0 : i / inner % scales;
      const std::int64_t zero_point =
          quantization.zero_point.empty() ? 0 : quantization.zero_point[c];
      reals.push_back(quantization.scale[c] * static_cast<float>(values[i] - zero_point));
    }
  };
  switch (tensor.type) {
    case schema::TensorType_INT8: scale_all(std::int8_t{}); break;
    case schema::TensorType_UINT8: scale_all(std::uint8_t{}); break;
    case schema::TensorType_INT16: scale_all(std::int16_t{}); break;
    case schema::TensorType_FLOAT16:
      for (const std::uint16_t half : values_of<std::uint16_t>(network, index)) {
        reals.push_back(from_half(half));
      }
      break;
    default: break;
  }
  if (static_cast<std::int64_t>(reals.size()) != shape_of(tensor).size()) {
    return invalid("tensor " + std::to_string(index) + " (" + tensor.name +
                   ") holds constants that cannot be read as real numbers");
  }
  tensor.type = schema::TensorType_FLOAT32;
  tensor.quantization.reset();
  set_values(network, index, reals);
  return std::nullopt;
}

// Drops operators from a graph for which `is_dropped(operator)` holds.
template <class Predicate>
void drop_operators(Network& network, const Predicate& is_dropped) {
  std::erase_if(graph_of(network).operators, [&](const auto& operation) {
    return is_dropped(code_of(network, *operation), *operation);
  });
}

std::optional<Error> read_constants(Network& network) {
  for (const auto& operation : graph_of(network).operators) {
    const Code code = code_of(network, *operation);
    const OperatorType* const type = find_operator(code);
    const std::int32_t weights = code == schema::BuiltinOperator_DEQUANTIZE ? 0
                                 : type == nullptr                          ? -1
                                                                            : type->weights;
    if (weights < 0) continue;
    const std::int32_t tensor = operation->inputs[static_cast<std::size_t>(weights)];
    if (!is_constant(network, tensor) ||
        tensor_of(network, tensor).type == schema::TensorType_FLOAT32) {
      continue;
    }
    if (auto error = dequantize_constant(network, tensor)) return error;
  }
  // DEQUANTIZE of what is real now, and of what QUANTIZE made from reals, changes nothing.
  drop_operators(network, [&](Code code, const Operation& operation) {
    if (code != schema::BuiltinOperator_DEQUANTIZE) return false;
    std::int32_t source = operation.inputs[0];
    if (tensor_of(network, source).type != schema::TensorType_FLOAT32) {
      const std::int32_t writer = writer_of(network, source);
      if (writer < 0) return false;
      const Operation& quantize = *graph_of(network).operators[static_cast<std::size_t>(writer)];
      if (code_of(network, quantize) != schema::BuiltinOperator_QUANTIZE) return false;
      source = quantize.inputs[0];
    }
    replace_reads(network, operation.outputs[0], source);
    return true;
  });
  drop_operators(network, [&](Code code, const Operation& operation) {
    return code == schema::BuiltinOperator_QUANTIZE &&
           readers_of(network, operation.outputs[0]).empty() &&
           !is_output(network, operation.outputs[0]);
  });
  return std::nullopt;
}

// The layer with weights whose output only this operator reads, before which nothing is fused.
Operation* layer_before(Network& network, std::int32_t tensor) {
  const std::int32_t writer = writer_of(network, tensor);
  if (writer < 0 || is_output(network, tensor) || readers_of(network, tensor).size() != 1) {
    return nullptr;
  }
  Operation& layer = *graph_of(network).operators[static_cast<std::size_t>(writer)];
  const bool is_plain = fused_activation_of(layer) == schema::ActivationFunctionType_NONE;
  return is_plain && fused_activation(layer) != nullptr ? &layer : nullptr;
}

// The values of a constant for each of `channels` channels; none where it has others.
std::vector<float> channel_values(const Network& network, std::int32_t tensor,
                                  std::size_t channels) {
  if (!is_constant(network, tensor)) return {};
  std::vector<float> values = values_of<float>(network, tensor);
  if (values.size() == 1) return std::vector<float>(channels, values[0]);
  const Tensor& constant = tensor_of(network, tensor);
  const bool is_last =
      !constant.shape.empty() && static_cast<std::size_t>(constant.shape.back()) == values.size();
  return is_last && values.size() == channels ? values : std::vector<float>();
}

// Weights and bias of a layer: weight * factor, bias * factor + addend.
void scale_layer(Network& network, Operation& layer, const OperatorType& type,
                 const std::vector<float>& factor, const std::vector<float>& addend) {
  const auto place = [](std::int8_t input) { return static_cast<std::size_t>(input); };
  const std::int32_t filter = layer.inputs[place(type.weights)];
  const octet::ChannelLayout layout = channel_layout(tensor_of(network, filter), type.channels);
  std::vector<float> weights = values_of<float>(network, filter);
  layer.inputs.resize(std::max(layer.inputs.size(), place(type.bias) + 1), kAbsent);
  std::int32_t& bias_tensor = layer.inputs[place(type.bias)];
  std::vector<float> bias(layout.channels);
  if (bias_tensor != kAbsent) bias = values_of<float>(network, bias_tensor);
  const std::vector<float> zeros(layout.channels), ones(layout.channels, 1.0f);
  octet::fold_batch_normalization(
      {.gamma = factor, .beta = addend, .mean = zeros, .variance = ones, .epsilon = 0}, layout,
      weights, bias);
  // New constants: other layers may use the old ones.
  const auto renew = [&](std::int32_t old, const char* suffix, std::vector<std::int32_t> shape,
                         const std::vector<float>& values) {
    const std::string name = old == kAbsent ? "bias" : tensor_of(network, old).name;
    const std::int32_t added =
        add_tensor(network, name + suffix, std::move(shape), schema::TensorType_FLOAT32);
    set_values(network, added, values);
    return added;
  };
  const std::vector<std::int32_t> filter_shape = tensor_of(network, filter).shape;
  layer.inputs[place(type.weights)] = renew(filter, "/folded", filter_shape, weights);
  layer.inputs[place(type.bias)] = renew(layer.inputs[place(type.bias)], "/folded",
                                         {static_cast<std::int32_t>(layout.channels)}, bias);
}

// Whether weights and bias are constants with one value for each output channel. Others stay as
// they are until they are refused.
bool has_fitting_weights(const Network& network, const Operation& layer, const OperatorType& type) {
  const auto weights = static_cast<std::size_t>(type.weights);
  const auto bias = static_cast<std::size_t>(type.bias);
  const auto channels = static_cast<std::size_t>(type.channels);
  const Tensor& filter = tensor_of(network, layer.inputs[weights]);
  const Tensor& output = tensor_of(network, layer.outputs[0]);
  if (!is_constant(network, layer.inputs[weights]) || filter.shape.size() <= channels ||
      filter.shape[channels] != output.shape.back()) {
    return false;
  }
  if (layer.inputs.size() <= bias || layer.inputs[bias] == kAbsent) return true;
  return is_constant(network, layer.inputs[bias]) &&
         shape_of(tensor_of(network, layer.inputs[bias])).size() == filter.shape[channels];
}

// Whether MUL, ADD or SUB became part of the layer before it.
bool fold_into_layer(Network& network, Operation& operation, Code code) {
  const bool is_factor = code == schema::BuiltinOperator_MUL;
  const bool is_addend = code == schema::BuiltinOperator_ADD || code == schema::BuiltinOperator_SUB;
  if (!is_factor && !is_addend) return false;
  std::int32_t input = operation.inputs[0], constant = operation.inputs[1];
  if (is_constant(network, input) && code != schema::BuiltinOperator_SUB) {
    std::swap(input, constant);
  }
  Operation* const layer = layer_before(network, input);
  if (layer == nullptr || tensor_of(network, input).shape.empty() ||
      tensor_of(network, input).shape != tensor_of(network, operation.outputs[0]).shape) {
    return false;
  }
  const OperatorType* const type = find_operator(code_of(network, *layer));
  if (type == nullptr || type->weights < 0) return false;
  if (!has_fitting_weights(network, *layer, *type)) return false;
  const auto channels = static_cast<std::size_t>(tensor_of(network, input).shape.back());
  std::vector<float> values = channel_values(network, constant, channels);
  if (values.empty()) return false;
  if (code == schema::BuiltinOperator_SUB)
    std::ranges::transform(values, values.begin(), std::negate());
  const std::vector<float> zeros(channels), ones(channels, 1.0f);
  scale_layer(network, *layer, *type, is_factor ? values : ones, is_factor ? zeros : values);
  *fused_activation(*layer) = fused_activation_of(operation);
  layer->outputs[0] = operation.outputs[0];
  return true;
}

// Whether an activation became part of the operator before it.
bool fuse_activation(Network& network, const Operation& operation, Code code) {
  const auto activation =
      code == schema::BuiltinOperator_RELU           ? schema::ActivationFunctionType_RELU
      : code == schema::BuiltinOperator_RELU6        ? schema::ActivationFunctionType_RELU6
      : code == schema::BuiltinOperator_RELU_N1_TO_1 ? schema::ActivationFunctionType_RELU_N1_TO_1
                                                     : schema::ActivationFunctionType_NONE;
  if (activation == schema::ActivationFunctionType_NONE) return false;
  Operation* const before = layer_before(network, operation.inputs[0]);
  if (before == nullptr) return false;
  const Code of_before = code_of(network, *before);
  if (of_before == schema::BuiltinOperator_CONCATENATION ||
      of_before == schema::BuiltinOperator_L2_NORMALIZATION) {
    return false;
  }
  *fused_activation(*before) = activation;
  before->outputs[0] = operation.outputs[0];
  return true;
}

// What is looked at here is there: an output, and two inputs where operators combine two.
std::optional<Error> check_operands(const Network& network) {
  const auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    const Code code = code_of(network, *operators[i]);
    const OperatorType* const type = find_operator(code);
    const bool has_two = code == schema::BuiltinOperator_ADD ||
                         code == schema::BuiltinOperator_SUB || code == schema::BuiltinOperator_MUL;
    const bool has_weights = type != nullptr && type->weights > 0;
    const std::size_t least = has_weights ? static_cast<std::size_t>(type->weights) + 1
                              : has_two   ? 2
                                          : 1;
    const auto& inputs = operators[i]->inputs;
    const auto count = std::min(least, inputs.size());
    if (inputs.size() < least || operators[i]->outputs.empty() ||
        std::ranges::count(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(count),
                           kAbsent) != 0) {
      return invalid(label(network, i) + " lacks inputs or outputs");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> normalize(Network& network) {
  if (auto error = check_operands(network)) return error;
  if (auto error = read_constants(network)) return error;
  auto& operators = graph_of(network).operators;
  for (std::size_t i = 0; i < operators.size();) {
    const Code code = code_of(network, *operators[i]);
    if (fold_into_layer(network, *operators[i], code) ||
        fuse_activation(network, *operators[i], code)) {
      operators.erase(operators.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  drop_unused(network);
  return std::nullopt;
}

}  // namespace octet_quantizer
