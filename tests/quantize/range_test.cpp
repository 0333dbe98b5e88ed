// SPDX-License-Identifier: Apache-2.0
// Ranges to scales and zero points, weights, biases and batch normalization.
#include "octet/quantize/range.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/quantize/weights.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::RealRange;
using octet::TensorQuantization;

float any_real(Random& random, float most) {
  return most * static_cast<float>(random.in(-1'000'000, 1'000'000)) / 1e6f;
}

template <class T>
void check_range(Random& random) {
  RealRange range{any_real(random, 10), any_real(random, 10)};
  if (range.min > range.max) std::swap(range.min, range.max);
  const TensorQuantization q = octet::asymmetric_quantization<T>(range);
  CAPTURE(range.min, range.max, q.scale, q.zero_point);
  CHECK(q.zero_point >= std::numeric_limits<T>::min());
  CHECK(q.zero_point <= std::numeric_limits<T>::max());
  // 0 is exact, both ends are within a step.
  CHECK(octet::fake_quantize<T>(0, q) == 0);
  const RealRange covered = octet::real_range<T>(q);
  const float step = 1.01f * q.scale;
  CHECK(covered.min <= std::min(range.min, 0.0f) + step);
  CHECK(covered.max >= std::max(range.max, 0.0f) - step);
  for (int i = 0; i < 20; ++i) {
    const float x = range.min + (range.max - range.min) * static_cast<float>(i) / 20;
    CHECK(std::abs(octet::fake_quantize<T>(x, q) - x) <= step);
  }
}

}  // namespace

TEST_CASE("a range becomes a scale and a zero point that hold 0 exactly") {
  Random random(test_seed());
  CAPTURE(random.seed());
  for (std::int64_t i = test_iterations(300); i > 0; --i) {
    check_range<std::int8_t>(random);
    check_range<std::uint8_t>(random);
    check_range<std::int16_t>(random);
  }
}

TEST_CASE("ranges by hand") {
  // 255 steps of 0.1 from -2.5 to 23.
  const auto bytes = octet::asymmetric_quantization<std::uint8_t>({-2.5f, 23.0f});
  CHECK(bytes.scale == 0.1f);
  CHECK(bytes.zero_point == 25);
  CHECK(octet::asymmetric_quantization<std::int8_t>({-2.5f, 23.0f}).zero_point == -103);
  // Not reaching 0.
  CHECK(octet::asymmetric_quantization<std::int8_t>({5.1f, 25.5f}).zero_point == -128);
  CHECK(octet::asymmetric_quantization<std::int8_t>({-25.5f, -5.1f}).zero_point == 127);
  CHECK(octet::asymmetric_quantization<std::int8_t>({0, 0}).scale == 1);
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const auto none = octet::asymmetric_quantization<std::int8_t>({-1, kNan});
  CHECK(std::isnan(none.scale));
  CHECK(none.zero_point == -128);
  CHECK(octet::symmetric_quantization(12.7f).scale == 12.7f / 127);
  CHECK(octet::symmetric_quantization(7, 4).scale == 1);
  CHECK(octet::symmetric_quantization(3, 16).scale == 3.0f / 32767);
  CHECK(octet::symmetric_quantization(0).scale == 1);
  static_assert(octet::real_range<std::uint8_t>({0.5f, 10}) == RealRange{-5, 122.5f});
}

TEST_CASE("weights have one scale for each channel, whichever dimension that is") {
  // Two channels of three weights, and the same numbers with the channel last.
  const std::vector<float> first = {1, -2, 0.5f, 0.1f, 0.2f, -0.4f};
  const std::vector<float> last = {1, 0.1f, -2, 0.2f, 0.5f, -0.4f};
  const auto a = octet::quantize_weights(first, octet::first_dimension(2, 3));
  const auto b = octet::quantize_weights(last, octet::last_dimension(2, 3));
  CHECK(a.scales == std::vector<float>{2.0f / 127, 0.4f / 127});
  CHECK(b.scales == a.scales);
  CHECK(a.elements == std::vector<std::int8_t>{64, -127, 32, 32, 64, -127});
  CHECK(b.elements == std::vector<std::int8_t>{64, 32, -127, 64, 32, -127});
  const auto whole = octet::quantize_weights(first, octet::first_dimension(2, 3), false);
  CHECK(whole.scales == std::vector<float>{2.0f / 127});
  CHECK(whole.elements == std::vector<std::int8_t>{64, -127, 32, 6, 13, -25});
  const auto four = octet::quantize_weights(first, octet::first_dimension(2, 3), true, 4);
  CHECK(four.elements == std::vector<std::int8_t>{3, -7, 2, 2, 4, -7});

  const std::vector<float> bias = {1, -1};
  CHECK(octet::quantize_bias(bias, 0.5f, std::vector<float>{0.25f, 0.125f}) ==
        std::vector<std::int32_t>{8, -16});
  CHECK(octet::quantize_bias(bias, 1e-20f, std::vector<float>{1e-10f}) ==
        std::vector<std::int32_t>{2147483647, -2147483647});
}

TEST_CASE("batch normalization folded into a layer changes nothing but rounding") {
  Random random(test_seed());
  CAPTURE(random.seed());
  constexpr std::size_t kChannels = 5, kWeights = 7;
  std::vector<float> weights(kChannels * kWeights), bias(kChannels), gamma(kChannels),
      beta(kChannels), mean(kChannels), variance(kChannels), input(kWeights);
  for (auto* values : {&weights, &bias, &gamma, &beta, &mean, &input}) {
    for (float& value : *values) value = any_real(random, 2);
  }
  for (float& value : variance) value = std::abs(any_real(random, 2));
  const auto layer = [&](std::size_t c) {
    double sum = bias[c];
    for (std::size_t i = 0; i < kWeights; ++i) {
      sum += double{weights[c * kWeights + i]} * double{input[i]};
    }
    return sum;
  };
  std::vector<double> expected;
  for (std::size_t c = 0; c < kChannels; ++c) {
    expected.push_back(double{gamma[c]} * (layer(c) - double{mean[c]}) /
                           std::sqrt(double{variance[c]} + 1e-3) +
                       double{beta[c]});
  }
  octet::fold_batch_normalization({gamma, beta, mean, variance},
                                  octet::first_dimension(kChannels, kWeights), weights, bias);
  for (std::size_t c = 0; c < kChannels; ++c) CHECK(layer(c) == Approx(expected[c]).margin(1e-4));
}
