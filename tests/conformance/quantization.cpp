// SPDX-License-Identifier: Apache-2.0
// Tables of quantize/multiplier.hpp: floating-point arguments, integer results. And the functions
// of quantize/quantize.hpp.
#include <octet/quantize/multiplier.hpp>
#include <octet/quantize/quantize.hpp>

#include <bit>
#include <charconv>

#include "evaluate.hpp"
#include "scales.hpp"

namespace conformance {
namespace {

// The numbers of a list of hexadecimal IEEE-754 bit patterns.
std::vector<double> numbers_from_bits(const CaseFile& file, const std::string& name) {
  require(file.has(name) && file.json().at(name).is_array(), name + " is not a list");
  std::vector<double> values;
  for (const Json& entry : file.json().at(name)) {
    require(entry.is_string(), name + " is not a list of strings");
    const std::string text = entry.get<std::string>();
    std::uint64_t bits = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
    require(error == std::errc() && end == text.data() + text.size() && text.size() == 16,
            name + " holds " + text);
    values.push_back(std::bit_cast<double>(bits));
  }
  return values;
}

Evaluation multipliers(const CaseFile& file, const octet::Backend*) {
  Column multiplier{"output/data", {}}, shift{"shift", {}};
  for (const double x : numbers_from_bits(file, "x_bits")) {
    const octet::Rescale derived = octet::quantize_multiplier(x);
    multiplier.values.push_back(derived.multiplier);
    shift.values.push_back(derived.shift);
  }
  return {{multiplier, shift}, {}, {}};
}

Evaluation softmax_scalings(const CaseFile& file, const octet::Backend*) {
  const std::int32_t integer_bits = file.integer("integer_bits", 0, 30);
  const std::vector<double> beta = file.reals("beta");
  const std::vector<double> scale = file.reals("scale");
  require(beta.size() == scale.size(), "beta and scale differ in length");
  Column multiplier{"output/data", {}}, left_shift{"left_shift", {}}, diff_min{"diff_min", {}};
  for (std::size_t i = 0; i < beta.size(); ++i) {
    const octet::SoftmaxScaling derived =
        octet::preprocess_softmax_scaling(beta[i], scale[i], integer_bits);
    multiplier.values.push_back(derived.rescale.multiplier);
    left_shift.values.push_back(derived.rescale.shift);
    diff_min.values.push_back(derived.diff_min);
  }
  return {{multiplier, left_shift, diff_min}, {}, {}};
}

octet::TensorQuantization quantization(const CaseFile& file, const std::string& name) {
  return {scale_of(file, name), file.tensor_info(name).zero_point};
}

Evaluation quantized(const CaseFile& file, const octet::Backend*) {
  const std::vector<double> data = file.reals("input/data");
  const std::vector<float> input(data.begin(), data.end());
  return visit(file.tensor_info("output"), Activations{}, [&]<class T>(std::type_identity<T>) {
    std::vector<T> output(input.size());
    octet::quantize<T>(input, quantization(file, "output"), output);
    return output_of(output);
  });
}

Evaluation dequantized(const CaseFile& file, const octet::Backend*) {
  const Tensor input = file.tensor("input");
  return visit(input, Activations{}, [&]<class T>(std::type_identity<T>) -> Evaluation {
    std::vector<float> output(input.data.size());
    octet::dequantize<T>(input.as<T>(), quantization(file, "input"), output);
    const Column reals{"output/data", {}, {output.begin(), output.end()}};
    return {{reals}, {}, {}};
  });
}

constexpr Operation kQuantization[] = {
    {"dequantize", Runs::unprepared, dequantized},
    {"preprocess_softmax_scaling", Runs::unprepared, softmax_scalings},
    {"quantize", Runs::unprepared, quantized},
    {"quantize_multiplier", Runs::unprepared, multipliers},
};

}  // namespace

constinit const std::span<const Operation> families::quantization = kQuantization;

}  // namespace conformance
