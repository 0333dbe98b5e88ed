// SPDX-License-Identifier: Apache-2.0
// Weights of older models, uint8 with a zero point: as the int8 that octet's products take.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "octet/requantize.hpp"
#include "operation.hpp"

namespace octet_engine {

// The same steps from a zero point that is 128 lower.
inline std::vector<std::int8_t> as_int8(const Tensor& weights) {
  std::vector<std::int8_t> values = values_of<std::int8_t>(weights);
  if (weights.type == TensorType::uint8) {
    for (std::int8_t& value : values) value = static_cast<std::int8_t>(value ^ -128);
  }
  return values;
}

// Weights less their zero point, which takes nine bits: weight = 2 * halves + rest.
struct CenteredWeights {
  std::vector<std::int8_t> halves, rest;
  bool fits_int8 = true;  // all weights: then `rest` holds them
};

inline CenteredWeights center(const Tensor& weights) {
  CenteredWeights centered;
  std::vector<int> differences;
  for (const std::uint8_t value : values_of<std::uint8_t>(weights)) {
    differences.push_back(value - zero_point_of(weights));
    centered.fits_int8 &= differences.back() >= -128 && differences.back() <= 127;
  }
  for (const int difference : differences) {
    if (!centered.fits_int8) centered.halves.push_back(static_cast<std::int8_t>(difference >> 1));
    centered.rest.push_back(
        static_cast<std::int8_t>(centered.fits_int8 ? difference : difference & 1));
  }
  return centered;
}

// A product with weights of nine bits: sums with their halves, which count twice, and with the
// rest, then requantized one by one. Slower than int8 weights, and as exact: sums that wrap around
// 32 bits on the way come out as those of the source, which has 32 bits too.
template <class Sums, class In, class Out>
class NineBitProduct final : public Operation {
 public:
  using Requantize = octet::Requantize<std::int32_t, Out>;

  NineBitProduct(const Sums& halves, octet::AlignedBuffer packed_halves, const Sums& rest,
                 octet::AlignedBuffer packed_rest, const Requantize& requantize,
                 std::size_t outputs)
      : halves_(halves),
        rest_(rest),
        requantize_(requantize),
        packed_halves_(std::move(packed_halves)),
        packed_rest_(std::move(packed_rest)),
        doubled_sums_(outputs),
        sums_(outputs) {}

  std::size_t scratch_bytes() const override {
    return std::max(halves_.scratch_bytes(), rest_.scratch_bytes());
  }
  octet::Status bind(const Bindings& bindings) override {
    const auto halves = halves_.bind(bindings.input<In>(0), doubled_sums_, bindings.scratch);
    if (!halves) return halves.status();
    const auto rest = rest_.bind(bindings.input<In>(0), sums_, bindings.scratch);
    if (!rest) return rest.status();
    const auto requantize = requantize_.bind(sums_, bindings.output<Out>(0));
    if (!requantize) return requantize.status();
    bound_halves_ = *halves;
    bound_rest_ = *rest;
    bound_requantize_ = *requantize;
    return {};
  }
  void run() const override {
    bound_halves_.run();
    bound_rest_.run();
    for (std::size_t i = 0; i < sums_.size(); ++i) {
      sums_[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sums_[i]) +
                                           2 * static_cast<std::uint32_t>(doubled_sums_[i]));
    }
    bound_requantize_.run();
  }
  const char* backend() const override { return rest_.backend().name; }

 private:
  Sums halves_, rest_;
  Requantize requantize_;
  octet::AlignedBuffer packed_halves_, packed_rest_;
  mutable std::vector<std::int32_t> doubled_sums_, sums_;
  typename Sums::Bound bound_halves_, bound_rest_;
  typename Requantize::Bound bound_requantize_;
};

}  // namespace octet_engine
