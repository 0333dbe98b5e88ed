// SPDX-License-Identifier: Apache-2.0
// Operations that treat every element alike: requantize and add. Included inside the region of each
// target. Preparation has proved that no step leaves [-2^30, 2^30].

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

OCTET_INLINE PanelConstants panel_constants(const BroadcastConstants& constants) {
  return {nullptr,        constants.multiplier, constants.right, constants.tie_shift,
          constants.left, constants.addend};
}

// (x - zero_point) * 2^left, requantized.
OCTET_INLINE vec::Acc rescale(vec::Acc x, std::int32_t zero_point,
                              const BroadcastConstants& constants) {
  x = vec::shift_left(vec::sub(x, vec::splat_acc(zero_point)), constants.left);
  return requantize(x, panel_constants(constants), 0);
}

// Whole vectors in place; the rest is copied to a vector's worth of memory first and its results
// back afterwards, so that nothing beyond the last element is touched.
template <class In, class Out>
inline void requantize_elements(const RequantizeTask& task) {
  const auto convert = [&task](const In* x, Out* y) {
    const vec::Acc scaled = rescale(vec::widen(x), task.input_zero_point, task.constants);
    vec::narrow(y, add_zero_point_and_clamp(scaled, task.range));
  };
  const auto* x = static_cast<const In*>(task.x);
  auto* y = static_cast<Out*>(task.y);
  std::int64_t i = 0;
  for (; i + vec::kLanes <= task.count; i += vec::kLanes) convert(x + i, y + i);
  if constexpr (vec::kLanes == 1) return;
  if (i == task.count) return;
  In last_x[vec::kLanes] = {};
  Out last_y[vec::kLanes];
  const auto rest = static_cast<std::size_t>(task.count - i);
  std::memcpy(last_x, x + i, rest * sizeof(In));
  convert(last_x, last_y);
  std::memcpy(y + i, last_y, rest * sizeof(Out));
}

template <class T>
inline void add_elements(const AddTask& task) {
  const auto sum = [&task](const T* x1, const T* x2, T* y) {
    const vec::Acc total = vec::add(rescale(vec::widen(x1), task.zero_point1, task.constants1),
                                    rescale(vec::widen(x2), task.zero_point2, task.constants2));
    vec::narrow(y, add_zero_point_and_clamp(rescale(total, 0, task.constants), task.range));
  };
  const auto* x1 = static_cast<const T*>(task.x1);
  const auto* x2 = static_cast<const T*>(task.x2);
  auto* y = static_cast<T*>(task.y);
  std::int64_t i = 0;
  for (; i + vec::kLanes <= task.count; i += vec::kLanes) sum(x1 + i, x2 + i, y + i);
  if constexpr (vec::kLanes == 1) return;
  if (i == task.count) return;
  T last_x1[vec::kLanes] = {}, last_x2[vec::kLanes] = {}, last_y[vec::kLanes];
  const std::size_t rest = static_cast<std::size_t>(task.count - i) * sizeof(T);
  std::memcpy(last_x1, x1 + i, rest);
  std::memcpy(last_x2, x2 + i, rest);
  sum(last_x1, last_x2, last_y);
  std::memcpy(y + i, last_y, rest);
}

template <class In, class Out>
inline constexpr RequantizeKernel kRequantizeKernel{requantize_elements<In, Out>,
                                                    vec::kAddendOrder};
template <class T>
inline constexpr AddKernel kAddKernel{add_elements<T>, vec::kAddendOrder};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
