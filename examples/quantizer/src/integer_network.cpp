// SPDX-License-Identifier: Apache-2.0
#include "octet_quantizer/integer_network.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "octet/quantize/weights.hpp"
#include "octet_engine/engine.hpp"
#include "octet_quantizer/float_network.hpp"
#include "operators.hpp"

namespace octet_quantizer {

namespace {

using octet::TensorQuantization;

// How a tensor is stored.
struct Form {
  schema::TensorType type = schema::TensorType_FLOAT32;
  TensorQuantization quantization = {};

  friend bool operator==(const Form& a, const Form& b) {
    return a.type == b.type && a.quantization.scale == b.quantization.scale &&
           a.quantization.zero_point == b.quantization.zero_point;
  }
};

Form form_of(const octet::RealRange& range, schema::TensorType type) {
  if (type == schema::TensorType_INT16) {
    return {type, octet::symmetric_quantization(range.largest(), 16)};
  }
  return {type, octet::asymmetric_quantization<std::int8_t>(range)};
}

// The reals that a form can hold.
octet::RealRange range_of(const Form& form) {
  return form.type == schema::TensorType_INT16 ? octet::real_range<std::int16_t>(form.quantization)
                                               : octet::real_range<std::int8_t>(form.quantization);
}

std::unique_ptr<schema::QuantizationParametersT> record_of(const TensorQuantization& from) {
  auto record = std::make_unique<schema::QuantizationParametersT>();
  record->scale = {from.scale};
  record->zero_point = {from.zero_point};
  return record;
}

// The versions in which TensorFlow Lite's operators took int8 and int16.
// Source: tools/versioning/op_version.cc.
std::int32_t version_of(Code code, bool has_int16) {
  switch (code) {
    case schema::BuiltinOperator_CONV_2D: return has_int16 ? 4 : 3;
    case schema::BuiltinOperator_DEPTHWISE_CONV_2D: return has_int16 ? 5 : 3;
    case schema::BuiltinOperator_FULLY_CONNECTED: return has_int16 ? 7 : 4;
    case schema::BuiltinOperator_ADD: return has_int16 ? 3 : 2;
    case schema::BuiltinOperator_SUB: return has_int16 ? 5 : 3;
    case schema::BuiltinOperator_MUL: return has_int16 ? 4 : 2;
    case schema::BuiltinOperator_RESHAPE:
    case schema::BuiltinOperator_SQUEEZE:
    case schema::BuiltinOperator_EXPAND_DIMS: return 1;
    case schema::BuiltinOperator_DEQUANTIZE: return has_int16 ? 3 : 2;
    default: return has_int16 ? 3 : 2;
  }
}

class IntegerBuilder {
 public:
  IntegerBuilder(const Network& network, std::vector<TensorPlan> plan,
                 const IntegerOptions& options)
      : network_(network), plan_(std::move(plan)), options_(options) {}

  IntegerNetwork build() {
    result_ = network_;
    result_.description = "octet_quantize";
    operators_.swap(graph_of(result_).operators);
    plan_.resize(graph_of(network_).tensors.size());
    forms_.resize(plan_.size());
    join_ranges();
    add_inputs();
    for (std::size_t i = 0; i < operators_.size(); ++i) convert(i);
    add_outputs();
    set_versions();
    std::vector<std::int32_t> places = drop_unused(result_);
    places.resize(plan_.size());
    return {std::move(result_), std::move(places)};
  }

 private:
  bool is_real(std::int32_t tensor) const {
    return tensor != kAbsent && tensor_of(network_, tensor).type == schema::TensorType_FLOAT32;
  }
  const OperatorType& type_of(std::size_t i) const {
    return *find_operator(code_of(network_, *graph_of(network_).operators[i]));
  }
  TensorPlan& plan_of(std::int32_t tensor) { return plan_[static_cast<std::size_t>(tensor)]; }
  Form& form(std::int32_t tensor) { return forms_[static_cast<std::size_t>(tensor)]; }

  // The width in which an operator computes: that of its first output.
  schema::TensorType width_of(std::size_t i) {
    const std::int32_t output = graph_of(network_).operators[i]->outputs[0];
    return type_of(i).has_int16 && plan_of(output).bits == 16 ? schema::TensorType_INT16
                                                              : schema::TensorType_INT8;
  }

  // Who writes for one operator alone that wants the range of its output has that range at once.
  void join_ranges() {
    for (std::size_t i = operators_.size(); i-- > 0;) {
      if (type_of(i).scale != OutputScale::joint) continue;
      const Operation& operation = *graph_of(network_).operators[i];
      for (std::int32_t input : operation.inputs) {
        while (is_real(input) && readers_of(network_, input).size() == 1 &&
               !is_output(network_, input)) {
          const std::int32_t writer = writer_of(network_, input);
          if (writer < 0) break;
          const auto w = static_cast<std::size_t>(writer);
          plan_of(input).range = plan_of(operation.outputs[0]).range;
          if (type_of(w).scale != OutputScale::of_input) break;
          input = first_activation(w);
        }
      }
    }
  }

  std::int32_t first_activation(std::size_t i) const {
    for (const std::int32_t input : graph_of(network_).operators[i]->inputs) {
      if (is_real(input)) return input;
    }
    return kAbsent;
  }

  void set_form(std::int32_t tensor, const Form& given) {
    Tensor& of_result = tensor_of(result_, tensor);
    of_result.type = given.type;
    of_result.quantization = record_of(given.quantization);
    if (static_cast<std::size_t>(tensor) >= forms_.size()) {
      forms_.resize(static_cast<std::size_t>(tensor) + 1);
    }
    form(tensor) = given;
  }

  void add_operation(Code code, std::int32_t input, std::int32_t output) {
    auto operation = std::make_unique<Operation>();
    operation->opcode_index = opcode_index(result_, code);
    operation->inputs = {input};
    operation->outputs = {output};
    graph_of(result_).operators.push_back(std::move(operation));
  }

  std::int32_t add_like(std::int32_t tensor, const std::string& suffix) {
    return add_tensor(result_, tensor_of(result_, tensor).name + suffix,
                      tensor_of(result_, tensor).shape, schema::TensorType_FLOAT32);
  }

  void add_inputs() {
    for (std::int32_t& input : graph_of(result_).inputs) {
      if (!is_real(input)) continue;
      const bool is_wide = plan_of(input).bits == 16;
      set_form(input, form_of(plan_of(input).range,
                              is_wide ? schema::TensorType_INT16 : schema::TensorType_INT8));
      if (!options_.float_edges) continue;
      const std::int32_t outside = add_like(input, "/float");
      add_operation(schema::BuiltinOperator_QUANTIZE, outside, input);
      input = outside;
    }
  }

  void add_outputs() {
    for (std::int32_t& output : graph_of(result_).outputs) {
      if (!options_.float_edges || !is_real(output)) continue;
      const std::int32_t outside = add_like(output, "/float");
      add_operation(schema::BuiltinOperator_DEQUANTIZE, output, outside);
      output = outside;
    }
  }

  // An activation in the form that an operator wants.
  std::int32_t requantized(std::int32_t tensor, const Form& wanted) {
    if (form(tensor) == wanted) return tensor;
    const auto known = std::ranges::find_if(requantized_, [&](const auto& entry) {
      return entry.first == tensor && form(entry.second) == wanted;
    });
    if (known != requantized_.end()) return known->second;
    const std::int32_t added = add_like(tensor, "/requantized");
    set_form(added, wanted);
    add_operation(schema::BuiltinOperator_QUANTIZE, tensor, added);
    requantized_.emplace_back(tensor, added);
    return added;
  }

  // The form of an activation in a width: as it is, or anew from its range.
  Form form_in(std::int32_t tensor, schema::TensorType width) {
    const Form& stored = form(tensor);
    if (stored.type == width) return stored;
    const octet::RealRange held = range_of(stored);
    if (width == schema::TensorType_INT16) return form_of(held, width);
    const octet::RealRange& range = plan_of(tensor).range;
    return form_of({std::max(range.min, held.min), std::min(range.max, held.max)}, width);
  }

  std::int32_t quantized_constant(std::int32_t tensor, const Form& wanted) {
    const std::vector<float> reals = octet_quantizer::values_of<float>(network_, tensor);
    const std::int32_t added = add_like(tensor, "/quantized");
    const auto fill = [&]<class T>(T) {
      std::vector<T> values(reals.size());
      octet::quantize<T>(reals, wanted.quantization, values);
      set_values(result_, added, values);
    };
    wanted.type == schema::TensorType_INT16 ? fill(std::int16_t{}) : fill(std::int8_t{});
    set_form(added, wanted);
    return added;
  }

  Form form_of_constant(std::int32_t tensor, schema::TensorType width) const {
    const std::vector<float> reals = octet_quantizer::values_of<float>(network_, tensor);
    const auto [min, max] = std::ranges::minmax(reals);
    return form_of({min, max}, width);
  }

  void convert(std::size_t i) {
    std::unique_ptr<Operation> operation = std::make_unique<Operation>(*operators_[i]);
    const OperatorType& type = type_of(i);
    const schema::TensorType width = width_of(i);
    Form output_form{width, width == schema::TensorType_INT16 ? TensorQuantization{1.0f / 32768, 0}
                                                              : type.fixed};
    if (type.scale == OutputScale::own || type.scale == OutputScale::joint) {
      output_form = form_of(plan_of(operation->outputs[0]).range, width);
    }
    bool is_first = true;
    Form input_form;
    for (std::size_t k = 0; k < operation->inputs.size(); ++k) {
      std::int32_t& input = operation->inputs[k];
      const auto index = static_cast<std::int8_t>(k);
      if (!is_real(input) || index == type.weights || index == type.bias) continue;
      const bool is_constant = octet_quantizer::is_constant(network_, input);
      const Form wanted = type.scale == OutputScale::joint ? output_form
                          : is_constant                    ? form_of_constant(input, width)
                                                           : form_in(input, width);
      input = is_constant ? quantized_constant(input, wanted) : requantized(input, wanted);
      if (std::exchange(is_first, false)) input_form = wanted;
    }
    if (type.scale == OutputScale::of_input) output_form = input_form;
    if (type.weights >= 0) quantize_layer(*operation, type, input_form);
    for (const std::int32_t output : operation->outputs) {
      if (is_real(output)) set_form(output, output_form);
    }
    graph_of(result_).operators.push_back(std::move(operation));
  }

  void quantize_layer(Operation& operation, const OperatorType& type, const Form& input) {
    const auto place = static_cast<std::size_t>(type.weights);
    const auto bias_place = static_cast<std::size_t>(type.bias);
    const std::int32_t filter = operation.inputs[place];
    const bool has_bias =
        operation.inputs.size() > bias_place && operation.inputs[bias_place] != kAbsent;
    const std::vector<float> weights = octet_quantizer::values_of<float>(network_, filter);
    const std::vector<float> bias =
        has_bias ? octet_quantizer::values_of<float>(network_, operation.inputs[bias_place])
                 : std::vector<float>();
    const octet::ChannelLayout layout = channel_layout(tensor_of(network_, filter), type.channels);
    const bool per_channel = options_.per_channel_fully_connected ||
                             code_of(result_, operation) != schema::BuiltinOperator_FULLY_CONNECTED;
    std::vector<float> scales = octet::weight_scales(weights, layout, per_channel);
    const bool is_wide = input.type == schema::TensorType_INT16;
    const float input_scale = input.quantization.scale;
    for (std::size_t c = 0; c < bias.size() && !is_wide; ++c) {
      float& scale = scales[per_channel ? c : 0];
      scale = std::max(scale, octet::least_weight_scale(bias[c], input_scale));
    }
    const octet::QuantizedWeights quantized =
        octet::quantize_weights(weights, layout, std::move(scales));
    const std::int32_t elements = add_like(filter, "/quantized");
    operation.inputs[place] = elements;
    set_channels(elements, schema::TensorType_INT8, quantized.scales, type.channels);
    set_values(result_, elements, quantized.elements);
    if (!has_bias) return;
    const std::int32_t sums = add_like(operation.inputs[bias_place], "/quantized");
    operation.inputs[bias_place] = sums;
    std::vector<float> bias_scales;
    for (const float scale : quantized.scales) bias_scales.push_back(input_scale * scale);
    set_channels(sums, is_wide ? schema::TensorType_INT64 : schema::TensorType_INT32, bias_scales,
                 0);
    if (is_wide) {
      set_values(result_, sums,
                 octet::quantize_bias<std::int64_t>(bias, input_scale, quantized.scales));
    } else {
      set_values(result_, sums, octet::quantize_bias(bias, input_scale, quantized.scales));
    }
  }

  void set_channels(std::int32_t tensor, schema::TensorType type, const std::vector<float>& scales,
                    std::int32_t dimension) {
    Tensor& of_result = tensor_of(result_, tensor);
    of_result.type = type;
    of_result.quantization = std::make_unique<schema::QuantizationParametersT>();
    of_result.quantization->scale = scales;
    of_result.quantization->zero_point.assign(scales.size(), 0);
    of_result.quantization->quantized_dimension = scales.size() == 1 ? 0 : dimension;
  }

  void set_versions() {
    std::vector<bool> has_int16(result_.operator_codes.size());
    for (const auto& operation : graph_of(result_).operators) {
      for (const auto* const list : {&operation->inputs, &operation->outputs}) {
        for (const std::int32_t tensor : *list) {
          if (tensor != kAbsent && tensor_of(result_, tensor).type == schema::TensorType_INT16) {
            has_int16[operation->opcode_index] = true;
          }
        }
      }
    }
    for (std::size_t i = 0; i < has_int16.size(); ++i) {
      schema::OperatorCodeT& code = *result_.operator_codes[i];
      code.version =
          version_of(std::max(static_cast<Code>(code.deprecated_builtin_code), code.builtin_code),
                     has_int16[i]);
    }
  }

  const Network& network_;
  std::vector<TensorPlan> plan_;
  IntegerOptions options_;
  Network result_;
  std::vector<std::unique_ptr<Operation>> operators_;  // of the float network
  std::vector<Form> forms_;                            // of the result's tensors
  std::vector<std::pair<std::int32_t, std::int32_t>> requantized_;
};

}  // namespace

Expected<IntegerNetwork> to_integers(const Network& network, std::vector<TensorPlan> plan,
                                     const IntegerOptions& options) {
  if (auto error = check_operators(network)) return *error;
  return IntegerBuilder(network, std::move(plan), options).build();
}

std::optional<Error> check_network(const Network& network) {
  const std::vector<TensorPlan> plan(graph_of(network).tensors.size(), {.range = {-1, 1}});
  const auto integers = to_integers(network, plan);
  if (!integers) return integers.error();
  const auto model = octet_engine::Model::parse(to_bytes(integers->network));
  if (!model) return model.error();
  const auto engine = octet_engine::Engine::create(*model);
  return engine ? std::nullopt : std::optional(engine.error());
}

}  // namespace octet_quantizer
