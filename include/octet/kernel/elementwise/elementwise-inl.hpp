// SPDX-License-Identifier: Apache-2.0
// Operations that treat every element alike: their loops over vectors. Included inside the region
// of each target. Preparation has proved that every value that is rescaled suits the vectors
// (suits_vectors).

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// (x - zero_point) * 2^left, requantized.
struct Rescaling {
  vec::Acc zero_point, left;
  AnyMultipliers multipliers;

  OCTET_INLINE explicit Rescaling(const RescaleConstants& constants)
      : zero_point(vec::splat_acc(constants.zero_point)),
        left(vec::splat_acc(constants.left)),
        multipliers(splat_multipliers(constants)) {}

  OCTET_INLINE vec::Acc operator()(vec::Acc x) const {
    return vec::requantize(biased(vec::shift_left(vec::sub(x, zero_point), left)), multipliers);
  }
};

// y[i] = narrow(value(x[i]...)) for i < count. The last elements are copied to memory of whole
// vectors first and their results back afterwards, so that nothing beyond them is touched. One body
// serves both: it is most of the code.
template <class Out, class Value, class... In>
OCTET_INLINE void for_each_element(const OutputRange& range, std::int64_t count, Out* y,
                                   Value value, const In*... x) {
  constexpr int kStep = 4 * vec::kLanes;
  const vec::ByteRange bytes = vec::byte_range(range);
  Out last[kStep];
  const auto run = [&](auto... in) __attribute__((always_inline)) {
    for (std::int64_t left = count; left > 0; left -= kStep) {
      const bool whole = left >= kStep;
      Out* const out = whole ? y : last;
      if (!whole) (in.take_last(left), ...);
      vec::Acc results[4];
      OCTET_UNROLL
      for (int v = 0; v < 4; ++v) results[v] = value(vec::widen(in.from + v * vec::kLanes)...);
      if constexpr (sizeof(Out) == 1) {
        const vec::Narrowed narrowed = vec::clamp_bytes<Out>(vec::narrow4<Out>(results), bytes);
        vec::store_narrowed(out, vec::row_order(narrowed));
      } else {
        OCTET_UNROLL
        for (int v = 0; v < 4; ++v) {
          vec::narrow(out + v * vec::kLanes, clamp_lanes(results[v], range));
        }
      }
      if (!whole) {
        std::memcpy(y, last, static_cast<std::size_t>(left) * sizeof(Out));
        return;
      }
      ((in.from += kStep), ...);
      y += kStep;
    }
  };
  run(ElementSource<In, kStep>{x}...);
}

// One element of an operation of two inputs in every lane: BinaryLanes<Operation>(task)(x1, x2).
template <class Operation>
struct BinaryLanes;

template <class Operation, class T, class Out>
inline void run_binary(const BinaryTask& task, const void* input1, const void* input2,
                       void* output) {
  const BinaryLanes<Operation> lanes(task);
  const auto *first1 = static_cast<const T*>(input1), *first2 = static_cast<const T*>(input2);
  auto* const first = static_cast<Out*>(output);
  const BroadcastWalk& walk = task.walk;
  detail::BroadcastRuns runs(walk);
  do {
    const T *x1 = first1 + runs.place1, *x2 = first2 + runs.place2;
    Out* const y = first + runs.place;
    if (walk.repeats1) {
      const vec::Acc repeated = vec::splat_acc(*x1);
      const auto value = [&](vec::Acc x) __attribute__((always_inline)) {
        return lanes(repeated, x);
      };
      for_each_element(task.range, walk.length, y, value, x2);
    } else if (walk.repeats2) {
      const vec::Acc repeated = vec::splat_acc(*x2);
      const auto value = [&](vec::Acc x) __attribute__((always_inline)) {
        return lanes(x, repeated);
      };
      for_each_element(task.range, walk.length, y, value, x1);
    } else {
      for_each_element(task.range, walk.length, y, lanes, x1, x2);
    }
  } while (runs.next());
}

// One element of an operation of one input in every lane.
template <class Operation>
struct UnaryLanes;

template <class Operation, class In, class Out>
inline void run_unary(const UnaryTask& task, const void* input, void* output) {
  for_each_element(task.range, task.count, static_cast<Out*>(output), UnaryLanes<Operation>(task),
                   static_cast<const In*>(input));
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
