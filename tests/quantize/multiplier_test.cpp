// SPDX-License-Identifier: Apache-2.0
// The numbers are those of tflite-micro for the same scales.
#include "octet/quantize/multiplier.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>

#include "octet/fixed_point.hpp"
#include "octet/quantize/unary.hpp"
#include "support/catch.hpp"
#include "support/random.hpp"

namespace {

using octet::Activation;
using octet::ActivationRange;
using octet::quantize_multiplier;
using octet::quantized_activation_range;
using octet::Rescale;
using octet::Rounding;

constexpr std::int32_t kHighest = std::numeric_limits<std::int32_t>::max();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

// Catch2 prints values that it knows how to.
namespace octet {
std::ostream& operator<<(std::ostream& out, const Rescale& m) {
  return out << "{" << m.multiplier << ", " << m.shift << "}";
}
std::ostream& operator<<(std::ostream& out, const ActivationRange& range) {
  return out << "[" << range.min << ", " << range.max << "]";
}
}  // namespace octet

TEST_CASE("a real multiplier becomes the nearest multiplier and shift") {
  CHECK(quantize_multiplier(1.0) == Rescale{1 << 30, 1});
  CHECK(quantize_multiplier(0.5) == Rescale{1 << 30, 0});
  CHECK(quantize_multiplier(0.42881422967184335) == Rescale{1841743093, -1});
  CHECK(quantize_multiplier(3918.9660002837086) == Rescale{2054666846, 12});
  CHECK(quantize_multiplier(1.6309653734276312e-09) == Rescale{1880375052, -29});

  Random random(test_seed());
  CAPTURE(random.seed());
  for (int i = 0; i < 10000; ++i) {
    const double real =
        std::ldexp(0.5 + std::ldexp(random.in(0, kHighest), -32), random.in(-31, 30));
    const auto [multiplier, shift] = quantize_multiplier(real);
    CAPTURE(real);
    REQUIRE(multiplier >= 1 << 30);
    REQUIRE(std::abs(std::ldexp(multiplier, shift - 31) - real) <= std::ldexp(0.5, shift - 31));
  }
}

TEST_CASE("a significand that rounds up to 2^31 moves into the shift") {
  CHECK(quantize_multiplier(std::nextafter(1.0, 0.0)) == Rescale{1 << 30, 1});
  CHECK(quantize_multiplier(1.0 - 0x1p-33) == Rescale{1 << 30, 1});
  CHECK(quantize_multiplier(1.0 - 0x1p-31) == Rescale{kHighest, 0});
}

TEST_CASE("zero and multipliers that round every int32 to zero") {
  CHECK(quantize_multiplier(0.0) == Rescale{0, 0});
  CHECK(quantize_multiplier(-0.0) == Rescale{0, 0});
  CHECK(quantize_multiplier(0x1p-32) == Rescale{1 << 30, -31});
  CHECK(quantize_multiplier(std::nextafter(0x1p-32, 0.0)) == Rescale{1 << 30, -31});
  CHECK(quantize_multiplier(0x1.8p-33) == Rescale{0, 0});
  CHECK(quantize_multiplier(std::numeric_limits<double>::denorm_min()) == Rescale{0, 0});
}

TEST_CASE("large multipliers saturate for one rounding only") {
  CHECK(quantize_multiplier(2147483647.0) == Rescale{kHighest, 31});
  CHECK(quantize_multiplier(2147483647.0, Rounding::single) == Rescale{kHighest, 30});
  CHECK(quantize_multiplier(1e9, Rounding::single) == Rescale{2000000000, 30});
  CHECK(quantize_multiplier(1e30, Rounding::single) == Rescale{kHighest, 30});
}

TEST_CASE("roundings that read fewer bits have multipliers of as many") {
  CHECK(quantize_multiplier(0.3, Rounding::nvdla) == Rescale{19661 << 16, -1});
  CHECK(quantize_multiplier(1.0 - 0x1p-17, Rounding::nvdla) == Rescale{1 << 30, 1});
  const float scale = 0.3f;
  CHECK(quantize_multiplier(scale, Rounding::float32_half_even) == quantize_multiplier(scale));
  CHECK(quantize_multiplier(1e30, Rounding::float32_half_even).shift == 30);
  // Quotients are those of float32, where the others take doubles.
  CHECK(octet::convolution_multiplier(0.0235f, 0.00391f, 0.0471f, Rounding::float32_half_even) ==
        quantize_multiplier(0.0235f * 0.00391f / 0.0471f));
  CHECK(octet::mean_multiplier(0.0235f, 0.0471f, 49, Rounding::float32_half_even) ==
        quantize_multiplier(0.0235f / (0.0471f * 49.0f)));
}

TEST_CASE("what is not a multiplier becomes one that is refused") {
  CHECK(quantize_multiplier(kNan).multiplier < 0);
  CHECK(quantize_multiplier(kInfinity).multiplier < 0);
  CHECK(quantize_multiplier(-kInfinity).multiplier < 0);
  CHECK(quantize_multiplier(-0.25).multiplier < 0);
  CHECK(octet::convolution_multiplier(0.5f, 0.5f, 0.0f).multiplier < 0);
  CHECK(octet::mean_multiplier(1.0f, 0.0f, 4).multiplier < 0);
  CHECK(octet::mean_multiplier(1.0f, 1.0f, 0).multiplier < 0);
  CHECK(octet::preprocess_softmax_scaling(1.0, kNan).rescale.multiplier < 0);
  CHECK(octet::preprocess_softmax_scaling(1.0, kInfinity).rescale.multiplier < 0);
  constexpr auto kNanScale = static_cast<float>(kNan);
  CHECK(octet::hard_swish_params({}, {kNanScale, 0}, {1, 0}).input.rescale.multiplier < 0);
  CHECK(octet::hard_swish_params({}, {1, 0}, {kNanScale, 0}).output.rescale.multiplier < 0);
  CHECK(octet::logistic_int16_params({}, {kNanScale, 0}).multiplier == 0);  // refused here
  CHECK(octet::logistic_int16_params({}, {-1e30f, 0}).multiplier == 0);
  const auto add = octet::add_params<std::int8_t>({{}, {0.0f, 0}, {}, {0.0f, 0}, {1.0f, 0}});
  CHECK(add.input1.rescale.multiplier < 0);
}

TEST_CASE("products of scales: double for convolutions, float32 for fully connected layers") {
  CHECK(octet::convolution_multiplier(0.00039211788680404425f, 0.0013262858847156167f,
                                      0.0006176895694807172f) == Rescale{1851455830, -10});
  CHECK(octet::convolution_multiplier(0.08023615926504135f, 0.008385755121707916f,
                                      0.14469251036643982f) == Rescale{1278221421, -7});
  CHECK(octet::fully_connected_multiplier(0.08023615926504135f, 0.008385755121707916f,
                                          0.14469251036643982f) == Rescale{1278221461, -7});
  CHECK(octet::fully_connected_multiplier(0.024480115622282028f, 0.004039009101688862f,
                                          0.01332512404769659f) == Rescale{2039655759, -7});
  CHECK(octet::rescale_multiplier(0.07394799590110779f, 6.390057387761772e-05f) ==
        Rescale{1213449098, 11});
}

TEST_CASE("the count of a mean is folded into its multiplier") {
  CHECK(octet::mean_multiplier(0.045972805470228195f, 0.019695967435836792f, 36) ==
        Rescale{1113886759, -3});
  CHECK(octet::mean_multiplier(0.00034091988345608115f, 0.0003183840599376708f, 100) ==
        Rescale{735835707, -5});
  CHECK(octet::mean_multiplier(0.5f, 0.5f, 1) == Rescale{1 << 30, 1});
  CHECK(octet::mean_multiplier(0.5f, 0.5f, 16) == Rescale{1 << 30, -3});
  // The shift never goes below -31; the multiplier pays.
  CHECK(octet::mean_multiplier(0x1p-30f, 1.0f, 1 << 10) == Rescale{1 << 22, -31});
}

TEST_CASE("softmax scaling") {
  const auto check = [](double beta, double scale, std::int32_t multiplier, std::int32_t left_shift,
                        std::int32_t diff_min) {
    const auto scaling = octet::preprocess_softmax_scaling(beta, scale);
    CAPTURE(beta, scale);
    CHECK(scaling.rescale == Rescale{multiplier, left_shift});
    CHECK(scaling.diff_min == diff_min);
  };
  check(0.5, 0.0020172568038105965, 1108998656, 17, -15872);
  check(0.10000000149011612, 0.4072449505329132, 1399283016, 22, -496);
  check(10.0, 0.05637270584702492, 1210594640, 26, -31);
  check(1.0, 0.0625, 1 << 30, 23, -248);
  check(10.0, 5.862502574920654, kHighest, 31, 0);
}

TEST_CASE("activations become clamps") {
  constexpr ActivationRange kInt8{-128, 127};
  CHECK(quantized_activation_range<std::int8_t>(Activation::none, 0.5f, 3) == kInt8);
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu, 0.5985369682312012f, 29) ==
        ActivationRange{29, 127});
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu6, 0.11179553717374802f, 48) ==
        ActivationRange{48, 102});
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu6, 0.04550127312541008f, -121) ==
        ActivationRange{-121, 11});
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu_n1_to_1, 0.01f, 0) ==
        ActivationRange{-100, 100});
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu_n1_to_1, 0.001f, 0) == kInt8);
  CHECK(quantized_activation_range<std::uint8_t>(Activation::relu6, 0.05f, 10) ==
        ActivationRange{10, 130});
  CHECK(quantized_activation_range<std::int16_t>(Activation::relu6, 0.00018579776224214584f, 0) ==
        ActivationRange{0, 32293});
  // Halves away from zero, in float32.
  CHECK(quantized_activation_range<std::int8_t>(Activation::relu_n1_to_1, 0.4f, 0) ==
        ActivationRange{-3, 3});
  // Nonsense stays inside the type.
  for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::denorm_min(),
                            static_cast<float>(kNan), static_cast<float>(kInfinity)}) {
    const auto range = quantized_activation_range<std::int8_t>(Activation::relu6, scale, 5);
    CHECK(range.min >= -128);
    CHECK(range.max <= 127);
  }
}

TEST_CASE("addition") {
  const octet::Shape shape1{2, {2, 3}}, shape2{1, {3}};
  constexpr auto params = octet::add_params<std::int16_t>({{2, {2, 3}},
                                                           {0.0005852500908076763f, 0},
                                                           {1, {3}},
                                                           {0.0008069296018220484f, 0},
                                                           {0.0010244421428069472f, 0}});
  CHECK(params.input1.shape.rank == 2);
  CHECK(params.input2.shape.rank == 1);
  CHECK(params.left_shift == 15);
  CHECK(params.input1.rescale == Rescale{1557527444, -1});
  CHECK(params.input2.rescale == Rescale{1 << 30, 0});
  CHECK(params.output.rescale == Rescale{1691523662, -14});
  CHECK(params.output.min == -32768);
  CHECK(params.output.max == 32767);

  const auto bytes = octet::add_params<std::int8_t>({shape1,
                                                     {0.039393551647663116f, -128},
                                                     shape2,
                                                     {0.10419496148824692f, 4},
                                                     {0.050945673137903214f, -128},
                                                     Activation::relu,
                                                     Rounding::single});
  CHECK(bytes.left_shift == 20);
  CHECK(bytes.input1.zero_point == -128);
  CHECK(bytes.input1.rescale == Rescale{1623821475, -2});
  CHECK(bytes.input2.zero_point == 4);
  CHECK(bytes.output.rescale == Rescale{1098017566, -17});
  CHECK(bytes.output.zero_point == -128);
  CHECK(bytes.output.min == -128);
  CHECK(bytes.output.rounding == Rounding::single);
}

TEST_CASE("sums as XNNPACK adds them: whole factors, halves up, one rounding") {
  constexpr float kScale1 = 0.039393551647663116f, kScale2 = 0.10419496148824692f,
                  kOutput = 0.050945673137903214f;
  const octet::Shape shape{1, {256}};
  const octet::SubParams params = octet::sub_params<std::int8_t>({shape,
                                                                  {kScale1, -128},
                                                                  shape,
                                                                  {kScale2, 4},
                                                                  {kOutput, 3},
                                                                  Activation::none,
                                                                  Rounding::float32_half_even});
  // The larger quotient, 2.045, is in [2, 4).
  constexpr int kShift = 19;
  const auto factor = [](float scale) {
    return static_cast<std::int64_t>(std::lrint(std::ldexp(scale / kOutput, kShift)));
  };
  std::vector<std::int8_t> x1, x2, y, expected;
  for (int a = -128; a < 128; ++a) {
    for (int b = -128; b < 128; ++b) {
      x1.push_back(static_cast<std::int8_t>(a));
      x2.push_back(static_cast<std::int8_t>(b));
      const std::int64_t sum = (a + 128) * factor(kScale1) - (b - 4) * factor(kScale2);
      const std::int64_t value = ((sum + (1 << (kShift - 1))) >> kShift) + 3;
      expected.push_back(static_cast<std::int8_t>(std::clamp<std::int64_t>(value, -128, 127)));
    }
  }
  octet::SubParams all = params;
  all.input1.shape = all.input2.shape = {1, {256 * 256}};
  y.resize(expected.size());
  octet::reference::sub(all, x1.data(), x2.data(), y.data());
  CHECK(y == expected);
  // Nonsense on either side gives no factors, but multipliers that operations refuse.
  for (const float nonsense : {static_cast<float>(kNan), static_cast<float>(kInfinity)}) {
    CHECK(octet::add_params<std::int8_t>({shape,
                                          {0.5f, 0},
                                          shape,
                                          {nonsense, 0},
                                          {1.0f, 0},
                                          Activation::none,
                                          Rounding::float32_half_even})
              .left_shift == 20);
    CHECK(octet::add_params<std::int8_t>({shape,
                                          {nonsense, 0},
                                          shape,
                                          {0.5f, 0},
                                          {1.0f, 0},
                                          Activation::none,
                                          Rounding::float32_half_even})
              .left_shift == 20);
  }
  // Quotients below 2^-10 are none that XNNPACK takes.
  CHECK(octet::add_params<std::int8_t>({shape,
                                        {1e-4f, 0},
                                        shape,
                                        {1.0f, 0},
                                        {1.0f, 0},
                                        Activation::none,
                                        Rounding::float32_half_even})
            .left_shift == 20);
}

TEST_CASE("products, logistic and tanh") {
  const auto mul = octet::mul_params<std::int8_t>({{1, {4}},
                                                   {0.07634902000427246f, -121},
                                                   {1, {4}},
                                                   {0.07468493282794952f, -13},
                                                   {0.22195397317409515f, 70}});
  CHECK(mul.input1.zero_point == -121);
  CHECK(mul.input2.zero_point == -13);
  CHECK(mul.output.zero_point == 70);
  CHECK(mul.output.rescale == Rescale{1765441706, -5});
  const auto logistic = octet::logistic_params({1, {256}}, {0.0471000000834465f, 127});
  CHECK(logistic.input.rescale == Rescale{1618343680, 23});
  CHECK(logistic.input_range_radius == 240);
  CHECK(octet::tanh_params({1, {256}}, {0.013000000268220901f, 20}).input_range_radius == 960);
  CHECK(octet::logistic_params({1, {256}}, {0x1p90f, 0}).input_range_radius == 0);
}
