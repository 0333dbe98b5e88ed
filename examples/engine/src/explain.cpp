// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/explain.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>

#include "octet/reference/conv2d.hpp"
#include "octet_engine/engine.hpp"
#include "operators.hpp"
#include "products.hpp"

namespace octet_engine {

namespace {

// Element i of a tensor of integers.
std::int64_t value_at(const Tensor& tensor, std::span<const std::byte> bytes, std::int64_t i) {
  if (tensor.type == TensorType::int4) return octet::int4_at(bytes, static_cast<std::size_t>(i));
  return for_type<std::int8_t, std::uint8_t, std::int16_t, std::int32_t, std::int64_t>(
      tensor, [&]<class T>(T value) {
        std::memcpy(&value, bytes.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
        return static_cast<std::int64_t>(value);
      });
}

// Weight i less its zero point, which only tensors of one scale have.
std::int64_t weight_at(const Tensor& weights, std::int64_t i) {
  return value_at(weights, weights.data, i) - weights.quantization.zero_point(0);
}

// How one element of a product came about.
struct Accumulation {
  std::int64_t sum = 0;
  std::int32_t channel = 0;
  OutputScales scales;
  bool is_wide = false;  // sums of 64 bits
};

// The products of one element of a convolution, or with `depth_multiplier` of a depthwise one. The
// filter lies as in the file: OHWI, or 1 x rows x columns x channels.
std::int64_t convolve(const Node& node, const Window& window, std::int32_t depth_multiplier,
                      std::span<const std::byte> input, std::int64_t element) {
  using octet::reference::index;
  const Tensor &x = node.input(0), &weights = node.input(1);
  const octet::ShapeNhwc in = nhwc(x.shape), out = nhwc(node.output().shape);
  const auto channel = static_cast<std::int32_t>(element % out.c);
  const auto column = static_cast<std::int32_t>(element / out.c % out.w);
  const auto row = static_cast<std::int32_t>(element / out.c / out.w % out.h);
  const std::int64_t image = element / out.c / out.w / out.h;
  const bool is_depthwise = depth_multiplier != 0;
  const octet::Conv2dParams params{
      .input = {in},
      .filter = {out.c, window.extent.h, window.extent.w,
                 is_depthwise ? 1 : weights.shape.extent[3]},
      .stride = window.stride,
      .dilation = window.dilation,
      .padding = window.padding,
  };
  const octet::ShapeOhwi& filter = params.filter;
  // The first of the input's channels that this one is made of.
  const std::int32_t first =
      is_depthwise ? channel / depth_multiplier : channel / (out.c / (in.c / filter.i)) * filter.i;
  std::int64_t sum = 0;
  octet::reference::for_each_tap(
      params, row, column,
      [&](std::int32_t ky, std::int32_t kx, std::int64_t from_row, std::int64_t from_column) {
        for (std::int32_t i = 0; i < filter.i; ++i) {
          const std::int64_t place = is_depthwise
                                         ? (std::int64_t{ky} * filter.w + kx) * out.c + channel
                                         : index(filter, channel, ky, kx, i);
          const std::int64_t from = index(in, image, from_row, from_column, first + i);
          sum += weight_at(weights, place) * (value_at(x, input, from) - zero_point_of(x));
        }
      });
  return sum;
}

std::int64_t multiply_row(const Node& node, std::span<const std::byte> input,
                          std::int64_t element) {
  const Tensor &x = node.input(0), &weights = node.input(1);
  const std::int64_t outputs = weights.shape.extent[0], inputs = weights.shape.extent[1];
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k < inputs; ++k) {
    sum += weight_at(weights, element % outputs * inputs + k) *
           (value_at(x, input, element / outputs * inputs + k) - zero_point_of(x));
  }
  return sum;
}

// A sum of products with what is behind it: the bias and the output stage.
Expected<std::optional<Accumulation>> finish_sum(const Node& node, std::int64_t products,
                                                 std::int64_t element,
                                                 const Expected<OutputScales>& scales,
                                                 schema::TensorType sum_type) {
  if (!scales) return scales.error();
  Accumulation accumulation{
      .sum = products,
      .channel = static_cast<std::int32_t>(
          element % node.output().shape.extent[node.output().shape.rank - 1]),
      .scales = *scales,
      .is_wide = node.input(0).type == TensorType::int16 && has_wide_sums(node, sum_type)};
  if (node.has_input(2)) {
    accumulation.sum += value_at(node.input(2), node.input(2).data, accumulation.channel);
  }
  return std::optional<Accumulation>(std::move(accumulation));
}

// The accumulator of an element, of operators that multiply by weights; nothing for others. The
// node's rounding decides the factors.
Expected<std::optional<Accumulation>> accumulate(const Node& node, std::span<const std::byte> input,
                                                 std::int64_t element) {
  switch (node.operation().code) {
    case schema::BuiltinOperator_CONV_2D: {
      using Options = schema::Conv2DOptions;
      const auto window = filter_window<Options>(node);
      if (!window) return window.error();
      return finish_sum(node, convolve(node, *window, 0, input, element), element,
                        convolution_scales<Options>(node, 0),
                        node.options<Options>()->quantized_bias_type());
    }
    case schema::BuiltinOperator_DEPTHWISE_CONV_2D: {
      using Options = schema::DepthwiseConv2DOptions;
      const auto window = filter_window<Options>(node);
      if (!window) return window.error();
      const std::int32_t depth_multiplier =
          node.input(1).shape.extent[3] / node.input(0).shape.extent[3];
      return finish_sum(node, convolve(node, *window, depth_multiplier, input, element), element,
                        convolution_scales<Options>(node, 3), schema::TensorType_INT64);
    }
    case schema::BuiltinOperator_FULLY_CONNECTED: {
      if (!node.input(1).is_constant()) break;
      const auto* const options = node.options<schema::FullyConnectedOptions>();
      return finish_sum(
          node, multiply_row(node, input, element), element, fully_connected_scales(node),
          options == nullptr ? schema::TensorType_INT64 : options->quantized_bias_type());
    }
    default: break;
  }
  return std::optional<Accumulation>();
}

// What its rounding makes of an accumulator. Sums of 64 bits have one of their own.
std::int64_t requantize(const Tensor& output, const Accumulation& accumulation) {
  const octet::OutputStage stage = accumulation.scales.stage();
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(output, [&]<class T>(T) {
    if (accumulation.is_wide) {
      return std::int64_t{octet::requantize<T>(accumulation.sum, stage, accumulation.channel)};
    }
    return std::int64_t{octet::reference::output_value<T>(
        octet::reference::ExactSum(accumulation.sum), stage, accumulation.channel)};
  });
}

// The tensor, and the input of the operator that writes it, as the whole model computes them with a
// rounding.
struct Run {
  octet::Rounding rounding;
  std::vector<std::byte> tensor, input;
};

class Explanation {
 public:
  Explanation(const Model& model, const Results& results, std::ostream& out)
      : model_(model), results_(results), tensor_(model.tensor(results.tensor)), out_(out) {}

  std::optional<Error> print(std::span<const std::vector<std::byte>> inputs) {
    if (std::optional<Error> error = find_producer()) return error;
    for (const octet::Rounding rounding : octet::kRoundings) {
      if (std::optional<Error> error = run(rounding, inputs)) return error;
    }
    std::int64_t differ = 0, first = -1;
    for (std::int64_t i = 0; i < tensor_.shape.size(); ++i) {
      if (value_at(tensor_, results_.a, i) == value_at(tensor_, results_.b, i)) continue;
      if (differ++ == 0) first = i;
    }
    out_ << "tensor " << results_.tensor << " (" << tensor_.name << "), " << to_string(tensor_.type)
         << " " << to_string(tensor_.shape) << ", of "
         << label(model_.operators()[producer_], producer_) << "\n"
         << differ << " of " << tensor_.shape.size() << " elements differ\n";
    print_side("A", results_.a);
    print_side("B", results_.b);
    return first < 0 ? std::nullopt : print_element(first);
  }

 private:
  std::optional<Error> find_producer() {
    for (std::size_t i = 0; i < model_.operators().size(); ++i) {
      if (std::ranges::count(model_.operators()[i].outputs, results_.tensor) != 0) {
        producer_ = i;
        return std::nullopt;
      }
    }
    return Error{ErrorCode::invalid,
                 "no operator writes tensor " + std::to_string(results_.tensor)};
  }

  std::optional<Error> run(octet::Rounding rounding,
                           std::span<const std::vector<std::byte>> inputs) {
    auto engine = Engine::create(model_, EngineOptions{.rounding = rounding});
    if (!engine) return engine.error();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::ranges::copy(inputs[i], engine->input(i).begin());
    }
    Run run{rounding, {}, {}};
    engine->run([&](std::size_t operation) {
      if (operation != producer_) return;
      const auto copy = [&](std::int32_t tensor) {
        const std::span<const std::byte> bytes = engine->tensor(tensor);
        return std::vector<std::byte>(bytes.begin(), bytes.end());
      };
      run.tensor = copy(results_.tensor);
      run.input = copy(model_.operators()[producer_].inputs[0]);
    });
    runs_.push_back(std::move(run));
    return std::nullopt;
  }

  // "A  is that of tflite, double_up", or which rounding is nearest.
  void print_side(const char* side, std::span<const std::byte> bytes) const {
    std::string names;
    std::int64_t least = tensor_.shape.size() + 1;
    std::string nearest;
    for (const Run& run : runs_) {
      std::int64_t differ = 0;
      for (std::int64_t i = 0; i < tensor_.shape.size(); ++i) {
        differ += value_at(tensor_, bytes, i) != value_at(tensor_, run.tensor, i) ? 1 : 0;
      }
      const std::string name = to_string(run.rounding);
      if (differ == 0) names += (names.empty() ? "" : ", ") + name;
      if (differ < least) {
        least = differ;
        nearest = name;
      }
    }
    out_ << side;
    if (!names.empty()) {
      out_ << " is what the model gives with " << names << "\n";
    } else {
      out_ << " is no rounding's; " << nearest << " is nearest, " << least << " elements differ\n";
    }
  }

  // The rounding of which A, or else B, is the tensor tells what the operator had as its input.
  const Run& likely_run() const {
    for (const std::span<const std::byte> side : {results_.a, results_.b}) {
      for (const Run& run : runs_) {
        if (std::ranges::equal(run.tensor, side)) return run;
      }
    }
    return runs_[0];
  }

  std::optional<Error> print_element(std::int64_t element) const {
    const std::int64_t a = value_at(tensor_, results_.a, element),
                       b = value_at(tensor_, results_.b, element);
    out_ << "\nelement " << element << ", the first that differs\n  A  " << a << "\n  B  " << b
         << "\n";
    const Run& likely = likely_run();
    for (const Run& run : runs_) {
      const Node node(model_.graphs()[0], producer_, EngineOptions{.rounding = run.rounding});
      const auto found = accumulate(node, likely.input, element);
      if (!found) return found.error();
      if (!*found) {
        out_ << "the operator has no accumulator: look at the tensors before it\n";
        return std::nullopt;
      }
      if (&run == &runs_[0]) print_product(**found, likely.rounding);
      const std::int64_t value = requantize(tensor_, **found);
      out_ << "  " << std::left << std::setw(20) << to_string(run.rounding) << std::right
           << std::setw(6) << value << (value == a ? "  A" : "") << (value == b ? "  B" : "")
           << "\n";
    }
    return std::nullopt;
  }

  void print_product(const Accumulation& accumulation, octet::Rounding input) const {
    const octet::OutputStage stage = accumulation.scales.stage();
    const std::int32_t multiplier = stage.multiplier_of(accumulation.channel),
                       shift = stage.shift_of(accumulation.channel);
    const long double exact = static_cast<long double>(accumulation.sum) * multiplier *
                              std::pow(2.0L, static_cast<long double>(shift - 31));
    out_ << "  accumulator    " << accumulation.sum << ", where the input is that of "
         << to_string(input) << "\n  factor         " << multiplier << " * 2^" << shift - 31
         << "\n  exact product  " << std::fixed << std::setprecision(6) << exact
         << "\n  zero point     " << stage.zero_point << "\n";
  }

  const Model& model_;
  const Results& results_;
  const Tensor& tensor_;
  std::ostream& out_;
  std::size_t producer_ = 0;
  std::vector<Run> runs_;
};

}  // namespace

std::optional<Error> explain(const Model& model, std::span<const std::vector<std::byte>> inputs,
                             const Results& results, std::ostream& out) {
  const auto invalid = [](const std::string& message) {
    return Error{ErrorCode::invalid, message};
  };
  if (results.tensor < 0 || static_cast<std::size_t>(results.tensor) >= model.tensors().size()) {
    return invalid("there is no tensor " + std::to_string(results.tensor));
  }
  const Tensor& tensor = model.tensor(results.tensor);
  if (element_bytes(tensor.type) == 0 || tensor.type == TensorType::float32) {
    return invalid("tensor " + std::to_string(results.tensor) + " holds " + to_string(tensor.type) +
                   ", no integers");
  }
  for (const auto& [side, name] : {std::pair(results.a, "A"), std::pair(results.b, "B")}) {
    if (side.size() == tensor.bytes()) continue;
    return invalid(std::string(name) + " has " + std::to_string(side.size()) +
                   " bytes, the tensor " + std::to_string(tensor.bytes()));
  }
  if (inputs.size() != model.inputs().size()) {
    return invalid("the model has " + std::to_string(model.inputs().size()) + " inputs, " +
                   std::to_string(inputs.size()) + " were given");
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::size_t bytes = model.tensor(model.inputs()[i]).bytes();
    if (inputs[i].size() == bytes) continue;
    return invalid("input " + std::to_string(i) + " has " + std::to_string(inputs[i].size()) +
                   " bytes, the model's " + std::to_string(bytes));
  }
  return Explanation(model, results, out).print(inputs);
}

}  // namespace octet_engine
