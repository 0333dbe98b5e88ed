// SPDX-License-Identifier: Apache-2.0
// What a network hears of a sound: the logarithm of its energy in bands of frequencies, frame by
// frame, from 16-bit samples to 8-bit elements in integers alone. Only the tables, which firmware
// has as constants, are made of real numbers.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>

#include <octet/fixed_point.hpp>
#include <octet/fixed_point_log.hpp>

namespace adc {

class LogFilterBank {
 public:
  static constexpr std::size_t kRate = 8000;     // samples a second
  static constexpr std::size_t kSamples = 4000;  // of a clip
  static constexpr std::size_t kFrame = 256, kHop = 240, kFrames = (kSamples - kFrame) / kHop + 1;
  static constexpr std::size_t kBands = 16;
  static constexpr std::size_t kFeatures = kFrames * kBands;
  // A feature is 1/16 of a natural logarithm.
  static constexpr int kFractionBits = 4;

  LogFilterBank() {
    for (std::size_t i = 0; i < kFrame; ++i) {
      const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kFrame;
      window_[i] = static_cast<std::int16_t>(std::lround(32767 * (0.5 - 0.5 * std::cos(turn))));
    }
    for (std::size_t i = 0; i < kFrame / 2; ++i) {
      const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kFrame;
      twiddle_[i] = {fixed(std::cos(turn)), fixed(-std::sin(turn))};
    }
    // Triangles of equal width on the mel scale, each from the peak of one neighbour to the
    // other's.
    const double low = mel(100), high = mel(kRate / 2.0);
    const auto peak = [&](std::size_t i) {
      const double at = low + (high - low) * static_cast<double>(i) / (kBands + 1);
      return 700 * (std::exp(at / 1127) - 1) * kFrame / kRate;
    };
    for (std::size_t band = 0; band < kBands; ++band) {
      const double begin = peak(band), middle = peak(band + 1), end = peak(band + 2);
      for (std::size_t bin = 0; bin < kBins; ++bin) {
        const double at = static_cast<double>(bin);
        const double height =
            std::min((at - begin) / (middle - begin), (end - at) / (end - middle));
        weights_[band][bin] = static_cast<std::uint16_t>(std::lround(256 * std::max(height, 0.0)));
      }
    }
  }

  // kFrames x kBands features of kSamples samples: logarithms of energies, less their average, so
  // that loudness does not matter.
  void operator()(std::span<const std::int16_t> samples, std::span<std::int8_t> features) const {
    std::array<std::int32_t, kFeatures> logarithms;
    std::int64_t sum = 0;
    for (std::size_t frame = 0; frame < kFrames; ++frame) {
      const auto energies = spectrum(samples.subspan(frame * kHop).first<kFrame>());
      for (std::size_t band = 0; band < kBands; ++band) {
        std::uint64_t energy = 1;
        for (std::size_t bin = 0; bin < kBins; ++bin) energy += energies[bin] * weights_[band][bin];
        sum += logarithms[frame * kBands + band] = logarithm(energy);
      }
    }
    const auto average = static_cast<std::int32_t>(sum / std::int64_t{kFeatures});
    for (std::size_t i = 0; i < kFeatures; ++i) {
      features[i] = octet::saturate<std::int8_t>(
          octet::rounding_divide_by_pot(logarithms[i] - average, kLogFraction - kFractionBits));
    }
  }

 private:
  static constexpr std::size_t kBins = kFrame / 2 + 1;
  static constexpr int kLogInteger = 6, kLogFraction = 31 - kLogInteger;  // logarithms below 64
  static constexpr int kTwiddleFraction = 30;

  struct Complex {
    std::int32_t real, imaginary;
    Complex operator+(Complex b) const { return {real + b.real, imaginary + b.imaginary}; }
    Complex operator-(Complex b) const { return {real - b.real, imaginary - b.imaginary}; }
  };

  static std::int32_t fixed(double x) {
    return static_cast<std::int32_t>(std::lround(x * (1 << kTwiddleFraction)));
  }
  static double mel(double hertz) { return 1127 * std::log(1 + hertz / 700); }

  // Of 64 bits: of its upper 31 bits, and of the power of two that they leave.
  static std::int32_t logarithm(std::uint64_t x) {
    constexpr std::int32_t kLog2 = 23258160;  // log(2) with kLogFraction bits
    const int shift = std::max(static_cast<int>(std::bit_width(x)) - 31, 0);
    return octet::log_x_for_x_greater_than_or_equal_to_1<kLogInteger, 31>(
               static_cast<std::int32_t>(x >> shift)) +
           shift * kLog2;
  }

  static Complex multiply(Complex a, Complex b) {
    const auto product = [](std::int32_t x, std::int32_t y) { return std::int64_t{x} * y; };
    const auto round = [](std::int64_t x) {
      return static_cast<std::int32_t>((x + (1 << (kTwiddleFraction - 1))) >> kTwiddleFraction);
    };
    return {round(product(a.real, b.real) - product(a.imaginary, b.imaginary)),
            round(product(a.real, b.imaginary) + product(a.imaginary, b.real))};
  }

  // The energy of each frequency, by Cooley and Tukey's transform in 32 bits. A windowed sample has
  // 8 bits after the point; the sum of all 256 is below 2^15 * 128 * 2^8, half the range.
  std::array<std::uint64_t, kBins> spectrum(std::span<const std::int16_t, kFrame> samples) const {
    std::array<Complex, kFrame> x;
    for (std::size_t i = 0, reversed = 0; i < kFrame; ++i) {
      x[reversed] = {octet::rounding_divide_by_pot(samples[i] * window_[i], 7), 0};
      std::size_t bit = kFrame / 2;
      for (; reversed & bit; bit /= 2) reversed ^= bit;
      reversed |= bit;
    }
    for (std::size_t half = 1; half < kFrame; half *= 2) {
      for (std::size_t begin = 0; begin < kFrame; begin += 2 * half) {
        for (std::size_t i = begin; i < begin + half; ++i) {
          const Complex turned = multiply(x[i + half], twiddle_[(i - begin) * (kFrame / 2 / half)]);
          x[i + half] = x[i] - turned;
          x[i] = x[i] + turned;
        }
      }
    }
    std::array<std::uint64_t, kBins> energies;
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const std::int64_t real = x[bin].real, imaginary = x[bin].imaginary;
      energies[bin] = static_cast<std::uint64_t>(real * real + imaginary * imaginary) >> 16;
    }
    return energies;
  }

  std::array<std::int16_t, kFrame> window_;
  std::array<Complex, kFrame / 2> twiddle_;
  std::array<std::array<std::uint16_t, kBins>, kBands> weights_;
};

}  // namespace adc
