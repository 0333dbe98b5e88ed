// SPDX-License-Identifier: Apache-2.0
// QUANTIZE of real numbers and DEQUANTIZE: where a model meets float32.
#include "checks.hpp"
#include "octet/quantize/quantize.hpp"
#include "operators.hpp"
#include "scales.hpp"

namespace octet_engine {

namespace {

// `convert(input, quantization, output)` makes every element of In one of Out.
template <class In, class Out, class Convert>
class Conversion final : public Operation {
 public:
  Conversion(const octet::TensorQuantization& quantization, const Convert& convert)
      : quantization_(quantization), convert_(convert) {}

  octet::Status bind(const Bindings& bindings) override {
    input_ = bindings.input<In>(0);
    output_ = bindings.output<Out>(0);
    return {};
  }
  void run() const override { convert_(input_, quantization_, output_); }

 private:
  octet::TensorQuantization quantization_;
  Convert convert_;
  std::span<const In> input_;
  std::span<Out> output_;
};

template <class In, class Out, class Convert>
PreparedOrError convert(const Node& node, const Tensor& quantized, const Convert& convert) {
  if (auto error = check_output_shape(node, node.input(0).shape)) return *error;
  return std::unique_ptr<Operation>(
      std::make_unique<Conversion<In, Out, Convert>>(quantization_of(quantized), convert));
}

}  // namespace

PreparedOrError prepare_quantize_reals(const Node& node) {
  if (node.output().type == TensorType::int32) {
    return node.unsupported("FLOAT32 becomes INT8, INT16 or UINT8, not INT32");
  }
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.output(), [&]<class T>(T) {
    return convert<float, T>(node, node.output(),
                             [](const auto&... arguments) { octet::quantize<T>(arguments...); });
  });
}

PreparedOrError prepare_dequantize(const Node& node) {
  return for_type<std::int8_t, std::uint8_t, std::int16_t>(node.input(0), [&]<class T>(T) {
    return convert<T, float>(node, node.input(0),
                             [](const auto&... arguments) { octet::dequantize<T>(arguments...); });
  });
}

}  // namespace octet_engine
