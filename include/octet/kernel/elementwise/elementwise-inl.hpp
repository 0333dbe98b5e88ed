// SPDX-License-Identifier: Apache-2.0
// Operations that treat every element alike: requantize and add. Included inside the region of each
// target. Preparation has proved that no value that is requantized leaves [-2^30, 2^30).

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// One rescaling, the same for every lane: (x - zero_point) * 2^left, requantized.
struct Rescaling {
  vec::Acc zero_point, left;
  vec::Multipliers multipliers;

  OCTET_INLINE Rescaling(const BroadcastConstants& constants, std::int32_t subtracted)
      : zero_point(vec::splat_acc(subtracted)),
        left(vec::load_acc(constants.left)),
        multipliers(vec::load_multipliers(constants.of_channels(), 0)) {}

  OCTET_INLINE vec::Acc operator()(vec::Acc x) const {
    return vec::requantize(biased(vec::shift_left(vec::sub(x, zero_point), left)), multipliers);
  }
};

// y[i] = narrow(value(x[i]...)) for i < count. The last elements are copied to memory of whole
// vectors first and their results back afterwards, so that nothing beyond them is touched.
template <class Out, class Value, class... In>
OCTET_INLINE void for_each_element(const OutputRange& range, std::int64_t count, Out* y,
                                   Value value, const In*... x) {
  constexpr int kStep = 4 * vec::kLanes;
  const vec::ByteRange bytes = vec::byte_range(range);
  const auto write = [&](Out * out, const In*... in) __attribute__((always_inline)) {
    vec::Acc results[4];
    OCTET_UNROLL
    for (int v = 0; v < 4; ++v) results[v] = value(vec::widen(in + v * vec::kLanes)...);
    if constexpr (sizeof(Out) == 1) {
      const vec::Narrowed narrowed = vec::clamp_bytes<Out>(vec::narrow4<Out>(results), bytes);
      vec::store_narrowed(out, vec::row_order(narrowed));
    } else {
      OCTET_UNROLL
      for (int v = 0; v < 4; ++v) {
        vec::narrow(out + v * vec::kLanes, clamp_lanes(results[v], range));
      }
    }
  };
  std::int64_t i = 0;
  for (; i + kStep <= count; i += kStep) write(y + i, (x + i)...);
  if (i == count) return;
  const auto rest = static_cast<std::size_t>(count - i);
  Out last[kStep];
  const auto write_last = [&](auto... copy) __attribute__((always_inline)) {
    (std::memcpy(copy.values, copy.from + i, rest * sizeof(In)), ...);
    write(last, copy.values...);
  };
  write_last(LastElements<In, kStep>{x}...);
  std::memcpy(y + i, last, rest * sizeof(Out));
}

template <class In, class Out>
inline void requantize_elements(const RequantizeTask& task) {
  const Rescaling rescale(task.constants, task.input_zero_point);
  for_each_element(task.range, task.count, static_cast<Out*>(task.y), rescale,
                   static_cast<const In*>(task.x));
}

template <class T>
inline void add_elements(const AddTask& task) {
  const Rescaling rescale1(task.constants1, task.zero_point1);
  const Rescaling rescale2(task.constants2, task.zero_point2);
  const Rescaling rescale(task.constants, 0);
  for_each_element(
      task.range, task.count, static_cast<T*>(task.y),
      [&](vec::Acc x1, vec::Acc x2)
          __attribute__((always_inline)) { return rescale(vec::add(rescale1(x1), rescale2(x2))); },
      static_cast<const T*>(task.x1), static_cast<const T*>(task.x2));
}

template <class In, class Out>
inline constexpr RequantizeKernel kRequantizeKernel{requantize_elements<In, Out>,
                                                    vec::kRequantizeForm};
template <class T>
inline constexpr AddKernel kAddKernel{add_elements<T>, vec::kRequantizeForm};

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
