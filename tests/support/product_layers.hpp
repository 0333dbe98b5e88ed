// SPDX-License-Identifier: Apache-2.0
// A product with its operands, and random biases and output stages for it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <span>
#include <vector>

#include "octet/types.hpp"
#include "support/guarded_buffer.hpp"
#include "support/product_calls.hpp"
#include "support/random.hpp"
#include "support/roundings.hpp"
#include "support/values.hpp"

// An operation and its operands. The multipliers and shifts of params.output are filled in from
// `multiplier` and `shift` when the layer is used.
template <class Params>
struct Layer {
  Params params = {};
  std::vector<std::int32_t> input = {};
  std::vector<std::int8_t> filter = {};
  std::vector<std::int64_t> bias = {};
  std::vector<std::int32_t> multiplier = {}, shift = {};
  Guard guard = Guard::after;

  Params params_with(std::span<const std::int32_t> multipliers,
                     std::span<const std::int32_t> shifts) const {
    Params result = params;
    result.output.multiplier = multipliers;
    result.output.shift = shifts;
    return result;
  }
};

// Elements in memory that ends, or begins, at a page nobody may touch.
class GuardedElements {
 public:
  GuardedElements(const ElementType& type, std::int64_t size, Guard guard)
      : size_(static_cast<std::size_t>(size)),
        memory_(size * static_cast<std::int64_t>(type.bytes), guard) {}
  template <class Value>
  GuardedElements(const ElementType& type, const std::vector<Value>& values, Guard guard)
      : GuardedElements(type, static_cast<std::int64_t>(values.size()), guard) {
    type.store(values, memory_.span().data());
  }

  Elements elements() { return {memory_.span().data(), size_}; }
  std::span<const std::byte> bytes() { return memory_.span(); }

 private:
  std::size_t size_;
  GuardedBuffer<std::byte> memory_;
};

// Of operations whose filter has a zero point; it is 0 in the others.
template <class Params>
constexpr bool kHasFilterZeroPoint = requires(Params params) {
  params.filter.zero_point;
};

template <class Params>
std::int32_t filter_zero_point(const Params& params) {
  if constexpr (kHasFilterZeroPoint<Params>) return params.filter.zero_point;
  return 0;
}

template <class Params>
void set_filter_zero_point(Params& params, std::int32_t value) {
  if constexpr (kHasFilterZeroPoint<Params>) params.filter.zero_point = value;
}

// The largest accumulator of the bias' type that is requantized.
inline std::int64_t highest_accumulator(const ElementType& bias) {
  return bias.bytes == 8 ? (std::int64_t{1} << 47) - 1 : std::numeric_limits<std::int32_t>::max();
}

// The largest left shift of values of that magnitude.
inline std::int32_t largest_left_shift(const ElementType& bias, std::int64_t bound) {
  if (bias.bytes == 8) return 7;
  std::int32_t shift = 0;
  while (shift < 30 && (bound << (shift + 1)) <= highest_accumulator(bias)) ++shift;
  return shift;
}

// Draws an output stage for sums of those magnitudes above the bias.
template <class Params>
void draw_stage(Random& random, Layer<Params>& layer, const ElementType& out,
                const ElementType& bias, std::span<const std::int64_t> magnitudes) {
  std::int64_t bound = 1;
  for (std::size_t c = 0; c < magnitudes.size(); ++c) {
    const std::int64_t start = layer.bias.empty() ? 0 : layer.bias[c];
    bound = std::max(bound, magnitudes[c] + std::abs(start));
  }
  // The shift that maps a typical accumulator to the range of the output.
  const auto bits = static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(bound)));
  const auto digits =
      static_cast<std::int32_t>(std::bit_width(static_cast<std::uint64_t>(out.highest)));
  const std::int32_t typical = digits + 3 - bits;
  const std::int32_t left = largest_left_shift(bias, bound);
  const std::int32_t style = random.in(0, 7);
  const auto draw_shift = [&]() -> std::int32_t {
    switch (style) {
      case 0: return -31;
      case 1: return 0;
      case 2: return random.in(-31, 0);
      case 3: return random.in(-31, left);
      default: return std::clamp(typical + random.in(-2, 2), -31, 0);
    }
  };
  const auto draw_multiplier = [&]() -> std::int32_t {
    switch (random.in(0, 15)) {
      case 0: return 0;
      case 1: return 1 << 30;
      case 2: return std::numeric_limits<std::int32_t>::max();
      default: return random.in(1 << 30, std::numeric_limits<std::int32_t>::max());
    }
  };
  const std::size_t multipliers = random.one_in(2) ? 1 : magnitudes.size();
  const std::size_t shifts = random.one_in(2) ? 1 : magnitudes.size();
  for (std::size_t i = 0; i < multipliers; ++i) layer.multiplier.push_back(draw_multiplier());
  for (std::size_t i = 0; i < shifts; ++i) layer.shift.push_back(draw_shift());
  octet::OutputStage& stage = layer.params.output;
  stage.zero_point = random_zero_point(random, out);
  if (random.one_in(2)) stage.rounding = random_rounding(random);
  if (random.one_in(3)) stage.min = random.in(out.lowest, out.highest);
  if (random.one_in(3)) stage.max = random.in(std::max(stage.min, out.lowest), out.highest);
}

// Draws bias and output stage; magnitudes[c] bounds |accumulator - bias| of output channel c.
template <class Params>
void draw_output(Random& random, Layer<Params>& layer, const ElementType& out,
                 const ElementType& bias, std::span<const std::int64_t> magnitudes) {
  const std::int32_t bias_style = random.in(0, 8);
  layer.bias.clear();
  layer.multiplier.clear();
  layer.shift.clear();
  layer.params.output = {};
  if (bias_style > 0) {
    for (const std::int64_t magnitude : magnitudes) {
      const std::int64_t room = highest_accumulator(bias) - magnitude;
      const std::int64_t most =
          bias_style == 1 ? room : std::min<std::int64_t>(room, bias_style < 4 ? 1 << 20 : 1 << 12);
      layer.bias.push_back(bias_style == 1 && random.one_in(2) ? (random.one_in(2) ? room : -room)
                                                               : random.wide(-most, most));
    }
  }
  layer.guard = random.one_in(4) ? Guard::before : Guard::after;
  if (out.bytes < 4) draw_stage(random, layer, out, bias, magnitudes);
}
