// SPDX-License-Identifier: Apache-2.0
// The elementwise kernels of every target and what they are handed.
#pragma once

#include "octet/kernel/broadcast.hpp"
#include "octet/kernel/epilogue.hpp"

namespace octet {
inline namespace OCTET_BASELINE {

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

}  // namespace detail
}  // namespace OCTET_BASELINE
}  // namespace octet

#define OCTET_KERNEL "octet/kernel/elementwise/elementwise-inl.hpp"
#include "octet/detail/foreach_target.hpp"
