// SPDX-License-Identifier: Apache-2.0
// Status, Result, shapes and the output stage: plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <type_traits>

#include "octet/detail/config.hpp"

namespace octet::inline OCTET_BASELINE {

// Alignment in bytes that packed weights and scratch memory need. One cache line.
inline constexpr std::size_t kAlignment = 64;

// The rounding of requantization; docs/quantization.md gives each as a formula and says who has it.
enum class Rounding : std::uint8_t {
  tflite,     // TensorFlow Lite's default: two roundings, the second with ties away from zero
  single,     // TFLITE_SINGLE_ROUNDING: one rounding, ties towards plus infinity
  double_up,  // TensorFlow Lite's first NEON kernels: two roundings, ties towards plus infinity
  floor,      // no rounding: the lower bits are dropped
  nvdla,      // NVDLA's converters: a scale of 16 bits, one rounding, ties away from zero
  float32_half_even,  // one float32 product, then the nearest integer with ties to even
};

inline constexpr Rounding kRoundings[] = {Rounding::tflite,    Rounding::single,
                                          Rounding::double_up, Rounding::floor,
                                          Rounding::nvdla,     Rounding::float32_half_even};

OCTET_INLINE constexpr const char* to_string(Rounding rounding) {
  switch (rounding) {
    case Rounding::tflite: return "tflite";
    case Rounding::single: return "single";
    case Rounding::double_up: return "double_up";
    case Rounding::floor: return "floor";
    case Rounding::nvdla: return "nvdla";
    case Rounding::float32_half_even: return "float32_half_even";
  }
  return "unknown";
}

// Whether the closed form of fixed_point.hpp has that rounding. Of the others products are `single`
// in vectors except near halves (rounding_margin); everything else is computed one by one.
OCTET_INLINE constexpr bool has_closed_form(Rounding rounding) {
  return rounding != Rounding::nvdla && rounding != Rounding::float32_half_even;
}

enum class StatusCode : std::uint8_t {
  ok,
  null_pointer,
  invalid_shape,
  invalid_stride,
  invalid_dilation,
  invalid_padding,
  misaligned,
  buffer_too_small,
  zero_point_out_of_range,
  clamp_out_of_range,
  multiplier_out_of_range,
  shift_out_of_range,
  channel_count_mismatch,
  accumulator_overflow,
  unsupported,
  size_mismatch,
  overlap,
  backend_unavailable,
  not_prepared,
  zero_multiplier,
  count_out_of_range,
  empty_slice,
};

// What a code means, as the second half of a sentence that starts with the argument's name.
OCTET_INLINE constexpr const char* to_string(StatusCode code) {
  switch (code) {
    case StatusCode::ok: return "is valid";
    case StatusCode::null_pointer: return "is null";
    case StatusCode::invalid_shape: return "is not a valid extent";
    case StatusCode::invalid_stride: return "is not a valid stride";
    case StatusCode::invalid_dilation: return "is not a valid dilation";
    case StatusCode::invalid_padding: return "is not a valid padding";
    case StatusCode::misaligned: return "is not aligned to 64 bytes";
    case StatusCode::buffer_too_small: return "is too small a buffer";
    case StatusCode::zero_point_out_of_range: return "is outside the range of its type";
    case StatusCode::clamp_out_of_range: return "is not a valid bound of the output type";
    case StatusCode::multiplier_out_of_range: return "is neither zero nor in [2^30, 2^31)";
    case StatusCode::shift_out_of_range: return "is not a shift that keeps every value in 32 bits";
    case StatusCode::channel_count_mismatch: return "is not one value nor one per output channel";
    case StatusCode::accumulator_overflow: return "could overflow the 32-bit accumulator";
    case StatusCode::unsupported: return "is not supported";
    case StatusCode::size_mismatch: return "is not the size that the shapes make";
    case StatusCode::overlap: return "overlaps other memory that is in use";
    case StatusCode::backend_unavailable: return "cannot run on this machine";
    case StatusCode::not_prepared: return "was not prepared";
    case StatusCode::zero_multiplier: return "is zero, so that there is no scale";
    case StatusCode::count_out_of_range: return "is not a number of tensors that is supported";
    case StatusCode::empty_slice: return "leaves no element";
  }
  return "is not a status";
}

// What a value that was refused ought to be.
enum class Relation : std::uint8_t { none, at_least, at_most, exactly, divides, multiple_of };

// The outcome of a check: which argument was refused, why, and its value. `argument` is the name of
// the parameter, of a backend its own (a string that lives as long as the program). `value` is what
// was found there: for a buffer its size in elements, for accumulator_overflow the output channel.
// `limit` is what the value was compared with where there is such a number, and `relation` how it
// ought to compare; for accumulator_overflow it is the sum that the accumulator could reach.
// `index` is the place in a list, from 0 on: of the value, or of the operand where `argument` has
// brackets for it ("inputs[].zero_point"); -1 where there is no list. `limit_argument` is the
// parameter that the limit comes from, if it has a name.
struct [[nodiscard]] Status {
  StatusCode code = StatusCode::ok;
  const char* argument = "";
  std::int64_t value = 0;
  std::int64_t limit = 0;
  Relation relation = Relation::none;
  std::int32_t index = -1;
  const char* limit_argument = "";

  OCTET_INLINE constexpr bool ok() const { return code == StatusCode::ok; }
};

// A value or the status that says why there is none: the subset of std::expected (C++23) that is
// needed here. `value` is only meaningful when the status is ok.
template <class T>
struct [[nodiscard]] Result {
  Status state;
  T content{};

  OCTET_INLINE constexpr explicit operator bool() const { return state.ok(); }
  OCTET_INLINE constexpr Status status() const { return state; }
  OCTET_INLINE constexpr T& operator*() { return content; }
  OCTET_INLINE constexpr const T& operator*() const { return content; }
  OCTET_INLINE constexpr T* operator->() { return &content; }
  OCTET_INLINE constexpr const T* operator->() const { return &content; }
};

namespace detail {

// a * b, or the nearest int64_t where that does not fit.
OCTET_INLINE constexpr std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return product;
  return (a < 0) == (b < 0) ? std::numeric_limits<std::int64_t>::max()
                            : std::numeric_limits<std::int64_t>::min();
}

OCTET_INLINE constexpr std::int64_t product(std::initializer_list<std::int64_t> factors) {
  std::int64_t result = 1;
  for (const std::int64_t factor : factors) result = saturating_multiply(result, factor);
  return result;
}

// An extent that was computed, or the nearest one that there is.
OCTET_INLINE constexpr std::int32_t saturated_extent(std::int64_t value) {
  constexpr std::int64_t highest = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(value < 0 ? 0 : value < highest ? value : highest);
}

}  // namespace detail

// Activations: batch, rows, columns, channels; the last index runs fastest.
struct ShapeNhwc {
  std::int32_t n = 1, h = 1, w = 1, c = 1;

  OCTET_INLINE constexpr std::int64_t size() const { return detail::product({n, h, w, c}); }
  OCTET_INLINE friend constexpr bool operator==(const ShapeNhwc& a, const ShapeNhwc& b) {
    return a.n == b.n && a.h == b.h && a.w == b.w && a.c == b.c;
  }
};

// Convolution weights: output channels, rows, columns, input channels of one group.
struct ShapeOhwi {
  std::int32_t o = 1, h = 1, w = 1, i = 1;

  OCTET_INLINE constexpr std::int64_t size() const { return detail::product({o, h, w, i}); }
};

inline constexpr std::int32_t kMaxRank = 6;

// The most tensors that an operation joins or makes. tflite-micro joins 10.
inline constexpr std::int32_t kMaxOperands = 16;

// A dense row-major tensor of up to kMaxRank dimensions.
struct Shape {
  std::int32_t rank = 0;
  std::int32_t extent[kMaxRank] = {};

  OCTET_INLINE constexpr std::int64_t size() const {
    std::int64_t product = 1;
    for (std::int32_t i = 0; i < rank && i < kMaxRank; ++i) {
      product = detail::saturating_multiply(product, extent[i]);
    }
    return product;
  }
};

// A pair of extents along rows (h) and columns (w): strides, dilations, pooling windows. One value
// is both: `.stride = {2}` is {2, 2}.
struct Extent2d {
  std::int32_t h = 1, w = h;
};

// Elements added around an input; they hold its zero point, so they contribute nothing.
struct Padding {
  std::int32_t top = 0, left = 0, bottom = 0, right = 0;
};

// A real factor: multiplier * 2^(shift - 31), with multiplier in [2^30, 2^31) or 0 and shift in
// [-31, 30]; positive shifts are left shifts.
struct Rescale {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;

  OCTET_INLINE friend constexpr bool operator==(const Rescale& a, const Rescale& b) {
    return a.multiplier == b.multiplier && a.shift == b.shift;
  }
};

// x * 2^-n, n in [0, 32]: layers of Arm's Q formats have a right shift and no multiplier.
OCTET_INLINE constexpr Rescale power_of_two(std::int32_t n) {
  return {std::int32_t{1} << 30, 1 - n};
}

// A tensor that is read, where its quantization matters: real = scale * (q - zero_point). `rescale`
// is for operations that bring their inputs to another scale first.
struct Operand {
  Shape shape = {};
  std::int32_t zero_point = 0;
  Rescale rescale = {};
};
struct NhwcOperand {
  ShapeNhwc shape = {};
  std::int32_t zero_point = 0;
};

// How a value becomes an output element where all channels share one factor:
//
//   out = clamp(zero_point + rescale(value), min, max)
//
// `min` and `max` are in the output type's units; their defaults mean its whole range.
struct Output {
  std::int32_t zero_point = 0;
  Rescale rescale = {};
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
  Rounding rounding = Rounding::tflite;
};

// How an accumulator becomes an output value:
//
//   out = clamp(zero_point + requantize(acc, multiplier, shift), min, max)
//
// `multiplier` and `shift` hold one value for all output channels or one for each;
// real multiplier = multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0, shift in
// [-31, 30]. `min` and `max` are in the output type's units; their defaults mean its whole range.
// For int32 outputs, the raw accumulators, leave everything at its default.
struct OutputStage {
  std::int32_t zero_point = 0;
  std::int32_t min = std::numeric_limits<std::int32_t>::min();
  std::int32_t max = std::numeric_limits<std::int32_t>::max();
  std::span<const std::int32_t> multiplier = {};
  std::span<const std::int32_t> shift = {};
  Rounding rounding = Rounding::tflite;

  OCTET_INLINE constexpr std::int32_t multiplier_of(std::int32_t channel) const {
    return multiplier[multiplier.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
  }
  OCTET_INLINE constexpr std::int32_t shift_of(std::int32_t channel) const {
    return shift[shift.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
  }
  // The clamp cut to the range of Out.
  template <class Out>
  OCTET_INLINE constexpr std::int32_t min_of() const {
    constexpr std::int32_t lowest = std::numeric_limits<Out>::min();
    return min < lowest ? lowest : min;
  }
  template <class Out>
  OCTET_INLINE constexpr std::int32_t max_of() const {
    constexpr std::int32_t highest = std::numeric_limits<Out>::max();
    return max > highest ? highest : max;
  }
};

}  // namespace octet::inline OCTET_BASELINE
