// SPDX-License-Identifier: Apache-2.0
// Jacob et al. 2017, "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", equations 1 to 12 with numbers: every step is written out,
// and compared with octet's call for it.
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <octet/gemm.hpp>
#include <octet/hosted/aligned_buffer.hpp>
#include <octet/quantize/multiplier.hpp>
#include <octet/quantize/range.hpp>

#include "plot/program.hpp"

namespace {

constexpr int kRows = 2, kDepth = 3, kColumns = 2;
constexpr float kLeft[kRows][kDepth] = {{0.5f, -1.25f, 2.0f}, {1.5f, 0.25f, -0.75f}};
constexpr float kRight[kDepth][kColumns] = {{1.0f, -0.5f}, {0.75f, 2.0f}, {-1.5f, 0.5f}};

int wrong = 0;

void check(const char* what, bool holds) {
  std::printf("    %-62s %s\n", what, holds ? "equal" : "DIFFERENT");
  wrong += holds ? 0 : 1;
}

// Fake quantization with few enough levels to see them: four bits over [-1, 2].
void draw_fake_quantization(octet_plot::Chart& chart) {
  constexpr float kScale = 3.0f / 15;
  constexpr octet::TensorQuantization kFourBits{kScale, -3};  // elements -8 to 7
  chart.title = "Fake quantization with 4 bits over [-1, 2]";
  chart.x.label = "r";
  chart.y.label = "r in training";
  octet_plot::Series real{.name = "r", .mark = octet_plot::Mark::dashes},
      fake{.name = "fake_quantize(r)"};
  for (float r = -1.6f; r <= 2.6f; r += 0.005f) {
    const float clamped = std::fmin(std::fmax(r, -1.0f), 2.0f);
    real.x.push_back(double{r});
    real.y.push_back(double{r});
    fake.x.push_back(double{r});
    fake.y.push_back(double{octet::fake_quantize<std::int8_t>(clamped, kFourBits)});
  }
  chart.series = {real, fake};
}

bool measure(octet_plot::Chart& chart) {
  // Equation 1: r = S (q - Z).
  const auto q1 = octet::asymmetric_quantization<std::uint8_t>({-1.25f, 2.0f});
  const auto q2 = octet::asymmetric_quantization<std::int8_t>({-1.5f, 2.0f});
  const auto q3 = octet::asymmetric_quantization<std::uint8_t>({-4.5f, 3.0f});
  std::puts("(1) r = S (q - Z)");
  std::printf("    left S = %.6f Z = %d, right S = %.6f Z = %d, result S = %.6f Z = %d\n",
              double{q1.scale}, q1.zero_point, double{q2.scale}, q2.zero_point, double{q3.scale},
              q3.zero_point);
  std::array<std::uint8_t, kRows * kDepth> left{};
  std::array<std::int8_t, kDepth * kColumns> right{};
  bool rounds = true;
  for (int i = 0; i < kRows * kDepth; ++i) {
    const float r = kLeft[i / kDepth][i % kDepth];
    const long q = std::lround(r / q1.scale) + q1.zero_point;
    left[static_cast<std::size_t>(i)] = octet::quantize<std::uint8_t>(r, q1);
    rounds = rounds && q == left[static_cast<std::size_t>(i)];
  }
  for (int i = 0; i < kDepth * kColumns; ++i) {
    right[static_cast<std::size_t>(i)] =
        octet::quantize<std::int8_t>(kRight[i / kColumns][i % kColumns], q2);
  }
  check("q = Z + round(r / S): quantize()", rounds);

  // Equation 5 and 6: M = S1 S2 / S3 = 2^-n M0, M0 in [1/2, 1) as 32-bit fixed point.
  const double m = double{q1.scale} * double{q2.scale} / double{q3.scale};
  int n = 0;
  double m0 = m;
  while (m0 < 0.5) m0 *= 2, ++n;
  const auto fixed = static_cast<std::int32_t>(std::llround(m0 * 2147483648.0));
  const octet::Rescale factor = octet::convolution_multiplier(q1.scale, q2.scale, q3.scale);
  std::printf("(5) M = S1 S2 / S3 = %.8f\n(6) M = 2^-%d M0, M0 = %.8f = %d / 2^31\n", m, n, m0,
              fixed);
  check("multiplier and shift: convolution_multiplier()",
        factor.multiplier == fixed && factor.shift == -n);

  // Equation 4 as it stands, and equations 7 to 9, which take the zero points out of the sum.
  std::puts("(4) sum of (q1 - Z1)(q2 - Z2)    (7) N Z1 Z2 - Z1 a2 - Z2 a1 + sum of q1 q2");
  std::array<std::int32_t, kRows * kColumns> sums{};
  bool same = true;
  for (int i = 0; i < kRows; ++i) {
    for (int k = 0; k < kColumns; ++k) {
      std::int32_t direct = 0, products = 0, a1 = 0, a2 = 0;
      for (int j = 0; j < kDepth; ++j) {
        const std::int32_t x = left[static_cast<std::size_t>(i * kDepth + j)];
        const std::int32_t y = right[static_cast<std::size_t>(j * kColumns + k)];
        direct += (x - q1.zero_point) * (y - q2.zero_point);
        products += x * y;
        a1 += x;
        a2 += y;
      }
      const std::int32_t apart = kDepth * q1.zero_point * q2.zero_point - q1.zero_point * a2 -
                                 q2.zero_point * a1 + products;
      std::printf("    %26d    %d\n", direct, apart);
      same = same && direct == apart;
      sums[static_cast<std::size_t>(i * kColumns + k)] = direct;
    }
  }
  check("both sums", same);

  // Section 2.4: the sum times M0 with a rounding doubling high product, then a rounding shift by
  // n.
  octet::GemmParams params{.m = kRows, .n = kColumns, .k = kDepth};
  params.input.zero_point = q1.zero_point;
  params.filter.zero_point = q2.zero_point;
  params.output = {.zero_point = q3.zero_point,
                   .multiplier = {&factor.multiplier, 1},
                   .shift = {&factor.shift, 1}};
  using Gemm = octet::Gemm<std::uint8_t, std::uint8_t>;
  octet::AlignedBuffer packed(Gemm::packed_bytes(params));
  const auto gemm = Gemm::prepare(params, right, {}, packed.span());
  octet::AlignedBuffer scratch(gemm->scratch_bytes());
  std::array<std::uint8_t, kRows * kColumns> output{};
  gemm->bind(left, output, scratch.span())->run();
  std::puts(
      "2.4 q3 = Z3 + round(round(sum M0 / 2^31) / 2^n)    (1) r3 = S3 (q3 - Z3)    real product");
  bool equal = true;
  for (int i = 0; i < kRows * kColumns; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::int32_t high = octet::saturating_rounding_doubling_high_mul(sums[at], fixed);
    const std::int32_t q = q3.zero_point + octet::rounding_divide_by_pot(high, n);
    float real = 0;
    for (int j = 0; j < kDepth; ++j) real += kLeft[i / kColumns][j] * kRight[j][i % kColumns];
    std::printf("    %3d %60.4f %15.4f\n", q, double{octet::dequantize(output[at], q3)},
                double{real});
    equal = equal && q == output[at];
  }
  check("the matrix product: Gemm", equal);

  // Equation 12: what training with fake quantization lets through.
  std::puts("(12) fake quantization: r through an integer and back");
  bool fakes = true;
  for (const float r : {0.0f, 0.1f, -1.2f, 1.99f, 5.0f}) {
    const float low = octet::real_range<std::uint8_t>(q1).min,
                high = octet::real_range<std::uint8_t>(q1).max;
    const float clamped = std::fmin(std::fmax(r, low), high);
    const float fake = q1.scale * std::round((clamped - low) / q1.scale) + low;
    const float ours = octet::fake_quantize<std::uint8_t>(r, q1);
    std::printf("    %6.3f becomes %9.6f\n", double{r}, double{ours});
    fakes = fakes && std::abs(fake - ours) <= 1e-6f;
  }
  check("clamp(r, a, b), rounded to a step: fake_quantize()", fakes);
  draw_fake_quantization(chart);
  return wrong == 0;
}

}  // namespace

int main(int argc, char** argv) { return octet_plot::run_program(argc, argv, measure); }
