// SPDX-License-Identifier: Apache-2.0
// The elementwise kernels of every target and what they are handed.
#pragma once

#include "octet/kernel/epilogue.hpp"

namespace octet {

// One rescaling for every lane of any target. With its left shift it is exact for every
// multiplier and shift, as long as no value leaves [-2^30, 2^30].
struct BroadcastConstants {
  static constexpr int kLanes = 16;  // of the widest target
  alignas(kAlignment) std::int64_t addend[kLanes];
  std::int32_t multiplier[kLanes], right[kLanes], tie_shift[kLanes], left[kLanes];
};

struct RequantizeTask {
  const void* x;
  void* y;
  std::int64_t count;
  std::int32_t input_zero_point;
  OutputRange range;
  BroadcastConstants constants;
};

struct RequantizeKernel {
  void (*run)(const RequantizeTask&);
  RequantizeForm requantize_form;
};

struct AddTask {
  const void *x1, *x2;
  void* y;
  std::int64_t count;
  std::int32_t zero_point1, zero_point2;
  OutputRange range;
  BroadcastConstants constants1, constants2, constants;
};

struct AddKernel {
  void (*run)(const AddTask&);
  RequantizeForm requantize_form;
};

// The last elements of an input, fewer than kSize, and zeros behind their copy.
template <class T, int kSize>
struct LastElements {
  const T* from;
  T values[kSize] = {};
};

inline namespace OCTET_BASELINE {
namespace detail {

// Whether x - zero_point of any x of type In stays within [-2^30, 2^30) after the left shift: that
// is what the vector requantization is exact for.
template <class In>
constexpr bool suits_vectors(std::int32_t zero_point, std::int32_t left) {
  constexpr std::int64_t kBound = std::int64_t{1} << 30;
  const std::int64_t lowest = std::int64_t{std::numeric_limits<In>::min()} - zero_point;
  const std::int64_t highest = std::int64_t{std::numeric_limits<In>::max()} - zero_point;
  return left <= 30 && lowest * (std::int64_t{1} << left) >= -kBound && highest << left < kBound;
}

// `extra_left` is a left shift that comes before the one that `shift` may hold.
template <Rounding kRounding>
constexpr BroadcastConstants broadcast_constants(std::int32_t multiplier, std::int32_t shift,
                                                 std::int32_t extra_left, RequantizeForm form) {
  const RequantizeConstants requantize = requantize_constants<kRounding>(shift < 0 ? shift : 0);
  BroadcastConstants constants{};
  const bool plain = form == RequantizeForm::plain;
  for (int i = 0; i < BroadcastConstants::kLanes; ++i) {
    constants.addend[i] = plain ? requantize.addend : biased_addend(multiplier, requantize);
    constants.multiplier[i] = plain ? multiplier : shift_left_wrapping(multiplier, 1);
    constants.right[i] = requantize.right;
    constants.tie_shift[i] = requantize.tie_shift;
    constants.left[i] = extra_left + (shift > 0 ? shift : 0);
  }
  return constants;
}

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet

#define OCTET_KERNEL "octet/kernel/elementwise-inl.hpp"
#include "octet/detail/foreach_target.hpp"
