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

// Elements that are computed at a time.
inline constexpr int kElementStep = 4 * vec::kLanes;

// Where a kernel reads an input from: the input itself, and for its last elements, fewer than
// kElementStep, `copies` of them with zeros or elements before them behind. The owner of the copies
// clears them; they lie apart from what is to stay in registers.
template <class T>
struct Source {
  const T* from;
  T (&copies)[kElementStep];

  OCTET_INLINE vec::Acc vector(int v) const { return vec::widen(from + v * vec::kLanes); }
  OCTET_INLINE void advance() { from += kElementStep; }
  OCTET_INLINE void take_last(std::int64_t count) {
    std::memcpy(copies, from, static_cast<std::size_t>(count) * sizeof(T));
    from = copies;
  }
};

// y[i] = narrow(value of x[i]...) for i < count: compute(results) makes the values of the next
// kElementStep elements from the sources x themselves, no copies of these, which this loop moves
// on. The last elements are copied to memory of whole vectors first and their results back
// afterwards, so that nothing beyond them is touched. One body serves both: it is most of the code.
template <class Out, class Compute, class... Sources>
OCTET_INLINE void for_each_element(const OutputRange& range, std::int64_t count, Out* y,
                                   Compute compute, Sources&... x) {
  const vec::ByteRange bytes = vec::byte_range(range);
  Out last[kElementStep];
  for (std::int64_t left = count; left > 0; left -= kElementStep) {
    const bool whole = left >= kElementStep;
    Out* const out = whole ? y : last;
    if (!whole) (x.take_last(left), ...);
    vec::Acc results[4];
    compute(results);
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
    (x.advance(), ...);
    y += kElementStep;
  }
}

// The same of one input.
template <class Out, class In, class Value>
OCTET_INLINE void map_elements(const OutputRange& range, std::int64_t count, const In* input,
                               Out* y, Value value) {
  In copies[kElementStep] = {};
  Source<In> x{input, copies};
  const auto compute = [&](vec::Acc(&results)[4]) __attribute__((always_inline)) {
    OCTET_UNROLL
    for (int v = 0; v < 4; ++v) results[v] = value(x.vector(v));
  };
  for_each_element(range, count, y, compute, x);
}

// One operand of an operation of two inputs. An element that is repeated is prepared once.
template <class T>
struct OperandSource : Source<T> {
  std::int64_t step;  // elements; 0 if one is repeated
  vec::Acc prepared;  // if one is repeated, else 0

  template <class Prepare>
  OCTET_INLINE OperandSource(const T* x, T (&memory)[kElementStep], bool repeats, Prepare prepare)
      : Source<T>{x, memory},
        step(repeats ? 0 : kElementStep),
        prepared(repeats ? prepare(vec::splat_acc(*x)) : vec::splat_acc(0)) {}

  // The next elements, prepared. A branch for each vector would keep their instructions apart.
  template <class Prepare>
  OCTET_INLINE void prepare_vectors(Prepare prepare, vec::Acc (&x)[4]) const {
    OCTET_UNROLL
    for (vec::Acc& vector : x) vector = prepared;
    if (step == 0) return;
    OCTET_UNROLL
    for (int v = 0; v < 4; ++v) x[v] = prepare(this->vector(v));
  }
  OCTET_INLINE void advance() { this->from += step; }
  OCTET_INLINE void take_last(std::int64_t count) {
    if (step != 0) Source<T>::take_last(count);
  }
};

// One element of an operation of two inputs in every lane. With `lanes` made of a BinaryTask,
//
//   y = lanes(lanes.first(x1), lanes.second(x2))
//
// first and second prepare each operand on its own. Where one of them is shifted alone, the larger
// scale of a sum, there may be ShiftedFirst, ShiftedSecond and, for inputs of one scale,
// ShiftedBoth.
template <class Operation>
struct BinaryLanes;

// For those that take operands as they are.
struct PlainOperands {
  OCTET_INLINE static vec::Acc first(vec::Acc x) { return x; }
  OCTET_INLINE static vec::Acc second(vec::Acc x) { return x; }
};

template <class T, class Out, class Lanes>
OCTET_INLINE void run_with_lanes(const BinaryTask& task, const Lanes& lanes, const void* input1,
                                 const void* input2, void* output) {
  const auto first = [&](vec::Acc x) __attribute__((always_inline)) { return lanes.first(x); };
  const auto second = [&](vec::Acc x) __attribute__((always_inline)) { return lanes.second(x); };
  const BroadcastWalk& walk = task.walk;
  detail::BroadcastRuns runs(walk);
  T copies1[kElementStep] = {}, copies2[kElementStep] = {};
  do {
    OperandSource<T> x1(static_cast<const T*>(input1) + runs.place1, copies1, walk.repeats1, first);
    OperandSource<T> x2(static_cast<const T*>(input2) + runs.place2, copies2, walk.repeats2,
                        second);
    const auto compute = [&](vec::Acc(&results)[4]) __attribute__((always_inline)) {
      vec::Acc operand1[4], operand2[4];
      x1.prepare_vectors(first, operand1);
      x2.prepare_vectors(second, operand2);
      OCTET_UNROLL
      for (int v = 0; v < 4; ++v) results[v] = lanes(operand1[v], operand2[v]);
    };
    for_each_element(task.range, walk.length, static_cast<Out*>(output) + runs.place, compute, x1,
                     x2);
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
  map_elements(task.range, task.count, static_cast<const In*>(input), static_cast<Out*>(output),
               UnaryLanes<Operation>(task));
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
