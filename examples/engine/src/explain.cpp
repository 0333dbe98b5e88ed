// SPDX-License-Identifier: Apache-2.0
#include "octet_engine/explain.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <ostream>
#include <string>

#include "octet/reference/output_value.hpp"
#include "octet_engine/engine.hpp"
#include "operators.hpp"
#include "scales.hpp"
#include "window.hpp"

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

// How one element of a product came about.
struct Accumulation {
  std::int64_t sum = 0;
  std::int32_t channel = 0;
  OutputScales scales;
};

// A convolution, or with `depth_multiplier` a depthwise one. The filter lies as in the file: OHWI,
// or 1 x rows x columns x channels.
struct Convolution {
  Window window;
  std::int32_t depth_multiplier = 0;
};

std::int64_t convolve(const Node& node, const Convolution& convolution,
                      std::span<const std::byte> input, std::int64_t element) {
  const Tensor &x = node.input(0), &weights = node.input(1);
  const octet::ShapeNhwc in = nhwc(x.shape), out = nhwc(node.output().shape);
  const Window& window = convolution.window;
  const std::int64_t channel = element % out.c, column = element / out.c % out.w,
                     row = element / out.c / out.w % out.h, image = element / out.c / out.w / out.h;
  const bool is_depthwise = convolution.depth_multiplier != 0;
  const std::int64_t depth = is_depthwise ? 1 : weights.shape.extent[3];
  const std::int64_t first =
      is_depthwise ? channel / convolution.depth_multiplier
                   : channel / (out.c / (in.c / depth)) * depth;  // of the input's channels
  std::int64_t sum = 0;
  for (std::int64_t ky = 0; ky < window.extent.h; ++ky) {
    for (std::int64_t kx = 0; kx < window.extent.w; ++kx) {
      const std::int64_t y = row * window.stride.h - window.padding.top + ky * window.dilation.h;
      const std::int64_t column_in =
          column * window.stride.w - window.padding.left + kx * window.dilation.w;
      if (y < 0 || y >= in.h || column_in < 0 || column_in >= in.w) continue;
      for (std::int64_t k = 0; k < depth; ++k) {
        const std::int64_t tap = ky * window.extent.w + kx;
        const std::int64_t place =
            is_depthwise ? tap * out.c + channel
                         : (channel * window.extent.h * window.extent.w + tap) * depth + k;
        sum += value_at(weights, weights.data, place) *
               (value_at(x, input, ((image * in.h + y) * in.w + column_in) * in.c + first + k) -
                zero_point_of(x));
      }
    }
  }
  return sum;
}

std::int64_t multiply_row(const Node& node, std::span<const std::byte> input,
                          std::int64_t element) {
  const Tensor &x = node.input(0), &weights = node.input(1);
  const std::int64_t outputs = weights.shape.extent[0], inputs = weights.shape.extent[1];
  std::int64_t sum = 0;
  for (std::int64_t k = 0; k < inputs; ++k) {
    sum += (value_at(weights, weights.data, element % outputs * inputs + k) -
            weights.quantization.zero_point(0)) *
           (value_at(x, input, element / outputs * inputs + k) - zero_point_of(x));
  }
  return sum;
}

template <class Options>
Expected<Convolution> convolution_of(const Node& node, std::int32_t depth_multiplier) {
  const auto& options = *node.options<Options>();
  const octet::Shape& filter = node.input(1).shape;
  const auto window = make_window(node, options.padding(), {filter.extent[1], filter.extent[2]},
                                  {options.stride_h(), options.stride_w()},
                                  {options.dilation_h_factor(), options.dilation_w_factor()});
  if (!window) return window.error();
  return Convolution{*window, depth_multiplier};
}

// The accumulator of an element, of operators that multiply by weights; nothing for others. The
// node's rounding decides the factors.
Expected<std::optional<Accumulation>> accumulate(const Node& node, std::span<const std::byte> input,
                                                 std::int64_t element) {
  using Result = std::optional<Accumulation>;
  Accumulation accumulation;
  const auto finish = [&](std::int32_t channels, Expected<octet::Activation> activation,
                          FactorOf factor_of) -> Expected<Result> {
    if (!activation) return activation.error();
    auto scales = output_scales(node, channels, *activation, factor_of);
    if (!scales) return scales.error();
    const std::int64_t count = node.input(1).shape.extent[channels];
    accumulation.channel = static_cast<std::int32_t>(element % count);
    accumulation.scales = std::move(*scales);
    if (node.has_input(2)) {
      accumulation.sum += value_at(node.input(2), node.input(2).data, accumulation.channel);
    }
    return Result(std::move(accumulation));
  };
  const auto convolution = [&](auto options, std::int32_t depth_multiplier,
                               std::int32_t channels) -> Expected<Result> {
    using Options = typename decltype(options)::type;
    const auto found = convolution_of<Options>(node, depth_multiplier);
    if (!found) return found.error();
    accumulation.sum = convolve(node, *found, input, element);
    return finish(channels, fused_activation<Options>(node), octet::convolution_multiplier);
  };
  switch (node.operation().code) {
    case schema::BuiltinOperator_CONV_2D:
      return convolution(std::type_identity<schema::Conv2DOptions>(), 0, 0);
    case schema::BuiltinOperator_DEPTHWISE_CONV_2D:
      return convolution(std::type_identity<schema::DepthwiseConv2DOptions>(),
                         node.input(1).shape.extent[3] / node.input(0).shape.extent[3], 3);
    case schema::BuiltinOperator_FULLY_CONNECTED:
      accumulation.sum = multiply_row(node, input, element);
      return finish(0, fused_activation<schema::FullyConnectedOptions>(node),
                    node.input(1).quantization.scales.size() > 1
                        ? octet::convolution_multiplier
                        : octet::fully_connected_multiplier);
    default: return Result();
  }
}

// What its rounding makes of an accumulator. Sums of 64 bits have one of their own.
std::int64_t requantize(const Node& node, const Accumulation& accumulation) {
  const octet::OutputStage stage = accumulation.scales.stage();
  const bool is_wide = node.input(0).type == TensorType::int16 &&
                       !(node.has_input(2) && node.input(2).type == TensorType::int32);
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    if (is_wide) {
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
      const std::int64_t value = requantize(node, **found);
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
