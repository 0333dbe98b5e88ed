// SPDX-License-Identifier: Apache-2.0
// Operations that treat every element alike: their loops over vectors. Included inside the region
// of each target. Preparation has proved that every value that is rescaled suits the vectors
// (suits_vectors).

#ifndef OCTET_TARGET  // in an editor
#include "octet/detail/kernel_table.hpp"
#include "octet/kernel/rescale.hpp"

#include "octet/kernel/editor_alone.hpp"

#include "octet/kernel/elementwise/elementwise.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// (x - zero_point) * 2^left + bias. x * 2^left may not fit 32 bits, but what it is taken from does.
struct Shifting {
  static constexpr std::int32_t kBias = kBiased ? kAccumulatorBias : 0;

  vec::Acc left, offset;

  OCTET_INLINE Shifting(std::int32_t shift, std::int32_t zero_point, std::int32_t bias)
      : left(vec::splat_acc(shift)),
        offset(vec::splat_acc(static_cast<std::int32_t>(
            static_cast<std::uint32_t>(bias) -
            (static_cast<std::uint32_t>(zero_point) << static_cast<unsigned>(shift))))) {}

  OCTET_INLINE vec::Acc operator()(vec::Acc x) const {
    return vec::add(vec::shift_left(x, left), offset);
  }
};

// (x - zero_point) * 2^left, requantized.
struct Rescaling {
  Shifting shift;
  AnyMultipliers multipliers;

  OCTET_INLINE explicit Rescaling(const RescaleConstants& constants)
      : shift(constants.left, constants.zero_point, Shifting::kBias),
        multipliers(splat_multipliers(constants)) {}

  OCTET_INLINE vec::Acc operator()(vec::Acc x) const {
    return vec::requantize(shift(x), multipliers);
  }
};

// The sum or difference of two rescaled values, requantized, where the factor of one of them is a
// power of two and loses no bit, whatever the rounding: it is shifted alone, and brings the bias of
// the sum along.
struct ShiftedOperand : Shifting {
  OCTET_INLINE static bool suits(const RescaleConstants& operand, const RescaleConstants& sum) {
    return operand.multiplier == 1 << 30 && operand.plain.right < operand.left && sum.left == 0;
  }
  OCTET_INLINE static std::int32_t shift(const RescaleConstants& constants) {
    return constants.left - constants.plain.right - 1;
  }
  OCTET_INLINE explicit ShiftedOperand(const RescaleConstants& constants)
      : Shifting(shift(constants), constants.zero_point, kBias) {}
};
struct RescaledSum {
  AnyMultipliers multipliers;

  OCTET_INLINE explicit RescaledSum(const RescaleConstants& constants)
      : multipliers(splat_multipliers(constants)) {}
  OCTET_INLINE vec::Acc operator()(vec::Acc x) const { return vec::requantize(x, multipliers); }
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
// Where one of its inputs is shifted alone, the larger scale of a sum, it may have ShiftedFirst,
// ShiftedSecond and, for inputs of one scale, ShiftedBoth.
template <class Operation>
struct BinaryLanes;

template <class T, class Out, class Lanes>
OCTET_INLINE void run_with_lanes(const BinaryTask& task, const Lanes& lanes, const void* input1,
                                 const void* input2, void* output) {
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

template <class Operation, class T, class Out>
inline void run_binary(const BinaryTask& task, const void* input1, const void* input2,
                       void* output) {
  using Lanes = BinaryLanes<Operation>;
  const auto run = [&](const auto& lanes) __attribute__((always_inline)) {
    run_with_lanes<T, Out>(task, lanes, input1, input2, output);
  };
  // A single lane is for machines whose memory is small.
  if constexpr (vec::kLanes > 1 && requires { typename Lanes::ShiftedFirst; }) {
    const bool shifts_first = ShiftedOperand::suits(task.input1, task.output);
    const bool shifts_second = ShiftedOperand::suits(task.input2, task.output);
    if (shifts_first && shifts_second &&
        ShiftedOperand::shift(task.input1) == ShiftedOperand::shift(task.input2)) {
      return run(typename Lanes::ShiftedBoth(task));
    }
    if (shifts_first) return run(typename Lanes::ShiftedFirst(task));
    if (shifts_second) return run(typename Lanes::ShiftedSecond(task));
  }
  run(Lanes(task));
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
