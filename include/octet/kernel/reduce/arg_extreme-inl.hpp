// SPDX-License-Identifier: Apache-2.0
// Where extremes along one dimension lie, by extremes of keys: an element of up to 16 bits in the
// upper half of a lane, and in the lower half what makes the first of several equal ones the
// extreme. Included inside the region of each target.

#ifndef OCTET_TARGET    // in an editor
#define OCTET_COMPILED  // the header leaves this file alone
#include "octet/kernel/reduce/arg_extreme.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <bool kIsMax>
struct PlaceKeys {
  static constexpr std::int32_t kStart =
      kIsMax ? std::numeric_limits<std::int32_t>::min() : std::numeric_limits<std::int32_t>::max();

  // The lower half of a key of that place, and back.
  static constexpr std::int32_t code(std::int64_t place) {
    return static_cast<std::int32_t>(kIsMax ? kMostPlaces - 1 - place : place);
  }
  static constexpr std::int32_t place(std::int32_t key) { return code(key & (kMostPlaces - 1)); }

  OCTET_INLINE static vec::Acc keys(vec::Acc x, vec::Acc codes) {
    return vec::add(vec::shift_left(x, vec::splat_acc(16)), codes);
  }
  OCTET_INLINE static vec::Acc extremes(vec::Acc a, vec::Acc b) {
    return kIsMax ? vec::max(a, b) : vec::min(a, b);
  }
  static constexpr std::int32_t key(std::int32_t x, std::int64_t place) {
    return x * static_cast<std::int32_t>(kMostPlaces) + code(place);
  }
  static constexpr std::int32_t extreme(std::int32_t a, std::int32_t b) {
    return (kIsMax ? a > b : a < b) ? a : b;
  }
};

// Of elements side by side.
template <bool kIsMax, class T>
inline std::int32_t find_place(const T* x, std::int64_t depth) {
  using Keys = PlaceKeys<kIsMax>;
  constexpr int kLanes = vec::kLanes, kVectors = 4, kStep = kVectors * kLanes;
  std::int32_t best = Keys::kStart;
  std::int64_t i = 0;
  if (depth >= kLanes) {
    std::int32_t lanes[kLanes];
    for (int lane = 0; lane < kLanes; ++lane) lanes[lane] = Keys::code(lane);
    const vec::Acc first_codes = vec::load_acc(lanes);
    const auto codes = [&](std::int64_t place) __attribute__((always_inline)) {
      return vec::add(first_codes, vec::splat_acc(Keys::code(place) - Keys::code(0)));
    };
    vec::Acc code[kVectors], extremes[kVectors];
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      code[v] = codes(v * kLanes);
      extremes[v] = vec::splat_acc(Keys::kStart);
    }
    const vec::Acc step = vec::splat_acc(Keys::code(kStep) - Keys::code(0));
    for (; i + kStep <= depth; i += kStep) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const vec::Acc keys = Keys::keys(vec::widen(x + i + v * kLanes), code[v]);
        extremes[v] = Keys::extremes(extremes[v], keys);
        code[v] = vec::add(code[v], step);
      }
    }
    OCTET_UNROLL
    for (int v = 1; v < kVectors; ++v) extremes[0] = Keys::extremes(extremes[0], extremes[v]);
    // The last vector may overlap the one before it.
    for (; i < depth; i += kLanes) {
      const std::int64_t first = i < depth - kLanes ? i : depth - kLanes;
      extremes[0] = Keys::extremes(extremes[0], Keys::keys(vec::widen(x + first), codes(first)));
    }
    vec::store_acc(lanes, extremes[0]);
    for (const std::int32_t key : lanes) best = Keys::extreme(best, key);
  }
  for (; i < depth; ++i) best = Keys::extreme(best, Keys::key(x[i], i));
  return Keys::place(best);
}

// Of kVectors vectors of lines side by side.
template <bool kIsMax, int kVectors, class T>
inline void find_places(const T* x, std::int64_t depth, std::int64_t stride, std::int32_t* y) {
  using Keys = PlaceKeys<kIsMax>;
  vec::Acc extremes[kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) extremes[v] = vec::splat_acc(Keys::kStart);
  for (std::int64_t d = 0; d < depth; ++d, x += stride) {
    const vec::Acc code = vec::splat_acc(Keys::code(d));
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const vec::Acc keys = Keys::keys(vec::widen(x + v * vec::kLanes), code);
      extremes[v] = Keys::extremes(extremes[v], keys);
    }
  }
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) vec::store_acc(y + v * vec::kLanes, extremes[v]);
  for (int i = 0; i < kVectors * vec::kLanes; ++i) y[i] = Keys::place(y[i]);
}

template <bool kIsMax, class T>
inline void run_arg_extreme(const detail::Lines& lines, const void* input, void* output) {
  constexpr std::int64_t kFew = vec::kLanes, kMany = 4 * vec::kLanes;
  const auto* x = static_cast<const T*>(input);
  auto* y = static_cast<std::int32_t*>(output);
  const std::int64_t depth = lines.depth, inner = lines.inner;
  for (std::int64_t o = 0; o < lines.outer; ++o, x += depth * inner, y += inner) {
    if (inner == 1) {
      *y = find_place<kIsMax>(x, depth);
      continue;
    }
    std::int64_t i = 0;
    for (; i + kMany <= inner; i += kMany) find_places<kIsMax, 4>(x + i, depth, inner, y + i);
    // The last vector may overlap the one before it.
    for (; i < inner && inner >= kFew; i += kFew) {
      const std::int64_t first = i < inner - kFew ? i : inner - kFew;
      find_places<kIsMax, 1>(x + first, depth, inner, y + first);
    }
    for (; i < inner; ++i) {
      using Keys = PlaceKeys<kIsMax>;
      std::int32_t best = Keys::kStart;
      for (std::int64_t d = 0; d < depth; ++d) {
        best = Keys::extreme(best, Keys::key(x[d * inner + i], d));
      }
      y[i] = Keys::place(best);
    }
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
