// SPDX-License-Identifier: Apache-2.0
// Elements of one of two tensors: loops over a condition and both, each of them read element by
// element or repeated.
#pragma once

#include <cstdint>
#include <cstring>

#include "octet/kernel/move/strided_copy.hpp"
#include "octet/reference/select.hpp"

namespace octet::inline OCTET_BASELINE {

// The innermost loop comes first; along it strides are 0 or 1. Dimensions that one loop can walk
// are one.
struct SelectPlan {
  struct Strides {
    std::int64_t condition, input1, input2;
  };

  std::int32_t rank = 0;
  std::int64_t extent[kMaxRank] = {};
  Strides stride[kMaxRank] = {};

  constexpr explicit SelectPlan(const SelectParams& p) {
    const Shape out = output_shape(p);
    Strides dense{1, 1, 1};
    for (std::int32_t back = 1; back <= out.rank; ++back) {
      const Strides here{stride_of(p.condition, back, dense.condition),
                         stride_of(p.input1.shape, back, dense.input1),
                         stride_of(p.input2.shape, back, dense.input2)};
      add_loop(out.extent[out.rank - back], here);
    }
    if (rank == 0) extent[rank++] = 1;
  }
  constexpr SelectPlan() = default;

 private:
  // Of the dimension that is so many from the end, 0 where it is repeated; `dense` becomes that of
  // the dimension before it.
  static constexpr std::int64_t stride_of(const Shape& shape, std::int32_t back,
                                          std::int64_t& dense) {
    const std::int64_t extent = back <= shape.rank ? shape.extent[shape.rank - back] : 1;
    const std::int64_t stride = extent == 1 ? 0 : dense;
    dense *= extent;
    return stride;
  }

  constexpr void add_loop(std::int64_t count, const Strides& here) {
    if (count == 1) return;
    if (rank > 0) {
      const std::int64_t inner = extent[rank - 1];
      const Strides& last = stride[rank - 1];
      if (here.condition == inner * last.condition && here.input1 == inner * last.input1 &&
          here.input2 == inner * last.input2) {
        extent[rank - 1] *= count;
        return;
      }
    }
    extent[rank] = count;
    stride[rank++] = here;
  }
};

namespace detail {

template <class T, bool kRepeats1, bool kRepeats2>
inline void select_elements(std::int64_t count, const std::uint8_t* condition, const T* x1,
                            const T* x2, T* y) {
  for (std::int64_t i = 0; i < count; ++i) {
    const T if_true = x1[kRepeats1 ? 0 : i], if_false = x2[kRepeats2 ? 0 : i];
    y[i] = condition[i] != 0 ? if_true : if_false;
  }
}

template <class T>
inline void select_run(std::int64_t count, const SelectPlan::Strides& stride,
                       const std::uint8_t* condition, const T* x1, const T* x2, T* y) {
  const bool repeats1 = stride.input1 == 0, repeats2 = stride.input2 == 0;
  if (stride.condition == 0) {
    const bool takes1 = *condition != 0;
    const T* const from = takes1 ? x1 : x2;
    if (takes1 ? !repeats1 : !repeats2) {
      std::memcpy(y, from, static_cast<std::size_t>(count) * sizeof(T));
    } else {
      fill(y, count, *from);
    }
  } else if (repeats1 && repeats2) {
    select_elements<T, true, true>(count, condition, x1, x2, y);
  } else if (repeats1) {
    select_elements<T, true, false>(count, condition, x1, x2, y);
  } else if (repeats2) {
    select_elements<T, false, true>(count, condition, x1, x2, y);
  } else {
    select_elements<T, false, false>(count, condition, x1, x2, y);
  }
}

template <class T>
inline void run_select(const SelectPlan& plan, const std::uint8_t* condition, const T* x1,
                       const T* x2, T* y) {
  std::int64_t at[kMaxRank] = {};
  while (true) {
    select_run(plan.extent[0], plan.stride[0], condition, x1, x2, y);
    y += plan.extent[0];
    std::int32_t d = 1;
    for (; d < plan.rank; ++d) {
      // One step on, or back to the first where the loop is through.
      const bool is_through = ++at[d] == plan.extent[d];
      const std::int64_t steps = is_through ? 1 - plan.extent[d] : 1;
      condition += steps * plan.stride[d].condition;
      x1 += steps * plan.stride[d].input1;
      x2 += steps * plan.stride[d].input2;
      if (!is_through) break;
      at[d] = 0;
    }
    if (d >= plan.rank) return;
  }
}

}  // namespace detail
}  // namespace octet::inline OCTET_BASELINE
