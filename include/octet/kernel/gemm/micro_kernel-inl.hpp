// SPDX-License-Identifier: Apache-2.0
// The micro-kernels that every "splat a group of a, dot it with a vector of b" instruction set
// shares:
//
//   acc = start + A * B
//
// for a few rows of A and the columns of a panel, or of a few side by side. Their accumulators are
// registers for the whole depth; then they go to memory, in the first level cache, where the
// epilogue finds them. Included inside the region of each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/epilogue-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// The shape of micro-kernels: rows of A times whole vectors of columns.
struct MicroShape {
  static constexpr int kRows = vec::kMicroRows, kVectors = vec::kMicroVectors;
  static constexpr int kWidest = kVectors * vec::kLanes;  // columns of a whole panel
  static constexpr int kFewRows = 4;
  static_assert(kRows >= kFewRows);

  // They come in a few heights: the last one of a block is as high as the rows that are left need,
  // so it may compute rows that nobody stores.
  OCTET_INLINE static constexpr int computed(int rows) {
    return rows > kFewRows ? kRows : rows > 1 ? kFewRows : rows;
  }

  // The rows of the next one, of those that are left. Two of few rows take 8 rows where one of 6
  // would leave 2.
  OCTET_INLINE static constexpr int next(int left) {
    if (left > kRows + 1 && left <= 2 * kFewRows) return kFewRows;
    return left < kRows ? left : kRows;
  }

  // The rows of one that fuses its epilogue.
  OCTET_INLINE static constexpr int fused(int vectors) {
    return vectors == 2 ? kRows : kNarrowRows;
  }

  // Few rows wait for weights, and several streams of those come faster from memory than one: so
  // many panels side by side have the accumulators of a whole micro-kernel.
  OCTET_INLINE static constexpr int panels(int rows) { return kRows / rows; }
};
inline constexpr int kFewRowsPanels = MicroShape::panels(MicroShape::kFewRows);

// Whether rows are as pair_rows leaves them. Elsewhere it takes no room.
struct NeverPaired {
  OCTET_INLINE constexpr NeverPaired(bool /*is_paired*/) {}
  OCTET_INLINE constexpr operator bool() const { return false; }
};
using IsPaired = std::conditional_t<kPairsRows<MatrixDot>, bool, NeverPaired>;

struct MicroOperands {
  const std::byte* a;
  std::int64_t a_stride;          // bytes between rows
  std::int64_t groups, segments;  // each row is `segments` pieces of `groups` depth groups,
  std::int64_t segment_step;      // this many bytes apart
  const std::byte* panel;         // of packed weights
  std::int64_t panel_step = 0;    // bytes between panels that are multiplied side by side
  [[no_unique_address]] IsPaired is_paired = false;
};

inline constexpr std::int64_t kGroupBytes = MatrixDot::kDepth * sizeof(MatrixDot::Packed);

// The panel's constants and its elements, where its width is known when this is compiled.
template <int kVectors>
OCTET_INLINE PanelConstants constants_of(const MicroOperands& operands) {
  return detail::panel_constants(operands.panel, kVectors * vec::kLanes);
}
template <int kVectors>
OCTET_INLINE const std::byte* elements_of(const MicroOperands& operands) {
  return operands.panel + detail::panel_constants_bytes(kVectors * vec::kLanes);
}

// The panel of the columns from j on, of which `left` are left: `vectors` vectors wide. `bytes` is
// detail::panel_bytes without its roundings of what is whole already: a layer of one row and a few
// columns takes a seventh longer with them.
struct Panel {
  int columns, vectors;
  std::int64_t bytes;

  OCTET_INLINE Panel(std::int64_t left, std::int64_t groups, int weight_bytes)
      : columns(static_cast<int>(left < MicroShape::kWidest ? left : MicroShape::kWidest)),
        vectors(static_cast<int>((static_cast<unsigned>(columns) + vec::kLanes - 1) / vec::kLanes)),
        bytes(static_cast<std::int64_t>(detail::panel_constants_bytes(vectors * vec::kLanes)) +
              detail::round_up(groups * vectors * vec::kLanes * MatrixDot::kDepth * weight_bytes,
                               kAlignment)) {}
};

OCTET_INLINE std::int64_t depth_groups(std::int64_t k) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(k) + MatrixDot::kDepth - 1) /
                                   MatrixDot::kDepth);
}

template <int kRows, int kVectors>
OCTET_INLINE void start_accumulators(const std::byte* panel, vec::Acc (&acc)[kRows][kVectors]) {
  const PanelConstants constants = detail::panel_constants(panel, kVectors * vec::kLanes);
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    const vec::Acc start = vec::load_acc(constants.start + v * vec::kLanes);
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) acc[r][v] = start;
  }
}

template <int kRows, int kVectors>
OCTET_INLINE void store_accumulators(std::int32_t* accumulators,
                                     const vec::Acc (&acc)[kRows][kVectors]) {
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      vec::store_acc(accumulators + (r * kVectors + v) * vec::kLanes, acc[r][v]);
    }
  }
}

// The odd multiples of the distance between rows. The address of each of eight rows is then a base
// and one of them times 1, 2 or 4; left alone, g++ 12 adds distances up in the loop.
struct RowStrides {
  std::int64_t odd[4];

  OCTET_INLINE explicit RowStrides(std::int64_t stride) {
    OCTET_UNROLL
    for (int i = 0; i < 4; ++i) {
      odd[i] = (2 * i + 1) * stride;
      asm("" : "+r"(odd[i]));
    }
  }
};
OCTET_INLINE std::int64_t operator*(int row, const RowStrides& strides) {
  const int even = row == 0 ? 1 : row & -row;
  return row == 0 ? 0 : strides.odd[row / even / 2] * even;
}

// The distances of rows from the first one, for addresses that have no factors. g++ 12 keeps each
// in a register; clang, left alone, adds them up in the loop.
#ifdef __clang__
template <int kRows>
struct RowOffsets {
  std::int64_t of[kRows];

  OCTET_INLINE explicit RowOffsets(std::int64_t stride) {
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      of[r] = r * stride;
      asm("" : "+r"(of[r]));
    }
  }
};
template <int kRows>
OCTET_INLINE std::int64_t operator*(int row, const RowOffsets<kRows>& offsets) {
  return row == 0 ? 0 : offsets.of[row];
}
#else
template <int /*kRows*/>
using RowOffsets = std::int64_t;
#endif

// Weights of int8 of which none is -128: sums of two products of such fit 16 bits.
enum class BoundedWeight : std::int8_t {};
template <class Weight>
inline constexpr bool kIsBounded = std::is_same_v<Weight, BoundedWeight>;

// The bytes of a vector of weights in a panel: of int8, or of elements as wide as activations.
template <class Dot, class Weight>
inline constexpr std::int64_t kWeightsBytes = sizeof(Weight) * vec::kLanes* Dot::kDepth;

template <class Dot, class Weight>
OCTET_INLINE typename Dot::Operand load_weights(const std::byte* p) {
  if constexpr (sizeof(Weight) == 1) {
    return Dot::load_weights(p);
  } else {
    return Dot::load_operand(p);
  }
}

// Packed activations: a group in every lane, or a group in each.
template <class Dot>
struct SplatPacked {
  OCTET_INLINE typename Dot::Operand operator()(const std::byte* group) const {
    return Dot::splat(reinterpret_cast<const typename Dot::Packed*>(group));
  }
  OCTET_INLINE typename Dot::Operand groups(const std::byte* p) const {
    return Dot::load_operand(p);
  }
};

// Adds the products of one depth group.
template <class Dot, class Weight, int kRows, int kVectors, class Stride,
          class Splat = SplatPacked<Dot>>
OCTET_INLINE void add_group(const std::byte* a, const Stride& a_stride, const std::byte* b,
                            vec::Acc (&acc)[kRows][kVectors], const Splat& splat = {}) {
  typename Dot::Operand column[kVectors];
  OCTET_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    column[v] = load_weights<Dot, Weight>(b + v * kWeightsBytes<Dot, Weight>);
  }
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const auto row = splat(a + r * a_stride);
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) acc[r][v] = Dot::dot(acc[r][v], row, column[v]);
  }
}

// Adds the products of kLanes depth groups, which a register of activations holds for each row.
template <class Dot, class Weight, int kRows, int kVectors, class Stride, class Splat>
OCTET_INLINE void add_elements(const std::byte* a, const Stride& a_stride, const std::byte* b,
                               vec::Acc (&acc)[kRows][kVectors], const Splat& splat) {
  typename Dot::Operand rows[kRows];
  OCTET_UNROLL
  for (int r = 0; r < kRows; ++r) rows[r] = splat.groups(a + r * a_stride);
  const auto add_element = [&](auto element) __attribute__((always_inline)) {
    constexpr int kElement = decltype(element)::value;
    typename Dot::Operand column[kVectors];
    OCTET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      column[v] =
          load_weights<Dot, Weight>(b + (kElement * kVectors + v) * kWeightsBytes<Dot, Weight>);
    }
    OCTET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        acc[r][v] = Dot::template dot_element<kElement>(acc[r][v], rows[r], column[v]);
      }
    }
    Dot::loads_behind(acc[0][kVectors - 1], b);
  };
  const auto add_all = [&]<int... kElements>(std::integer_sequence<int, kElements...>)
      __attribute__((always_inline)) {
    (add_element(std::integral_constant<int, kElements>()), ...);
  };
  add_all(std::make_integer_sequence<int, vec::kLanes>());
}

// A part of a register block whose lanes are parts of sums: kBlocks times kRowsTogether rows from
// kTop on, times kCount vectors of columns from kFirst on.
template <class Dot, class Weight, int kTop, int kBlocks, int kFirst, int kCount, int kRows,
          int kVectors, class Splat>
OCTET_INLINE void accumulate_parts(const MicroOperands& operands, std::int64_t panel_offset,
                                   vec::Acc (&total)[kRows][kVectors], const Splat& splat) {
  constexpr int kTogether = Dot::kRowsTogether, kSums = Dot::kSums, kDeep = Dot::kGroupsTogether;
  static_assert(kRows == 1 || kRows % kTogether == 0);
  constexpr int kHeight = kRows == 1 ? 1 : kTogether;
  // Blocks that loads of weights stand behind; two vectors of these have room where registers are
  // many.
  constexpr int kBehind = Dot::kMostSums < 16 ? kBlocks : 1;
  constexpr std::int64_t kColumnsBytes = kVectors * kWeightsBytes<Dot, Weight>;
  constexpr std::int64_t kSumBytes = kWeightsBytes<Dot, Weight> / kSums;
  // Of a single row there is no second one.
  const std::int64_t a_stride = kRows == 1 ? 0 : operands.a_stride;
  const std::byte* a = operands.a + kTop * a_stride;
  const std::byte* b =
      elements_of<kVectors>(operands) + panel_offset + kFirst * kWeightsBytes<Dot, Weight>;
  vec::Acc sums[kCount * kSums][kBlocks];
  OCTET_UNROLL
  for (int s = 0; s < kCount * kSums; ++s) {
    OCTET_UNROLL
    for (int r = 0; r < kBlocks; ++r) sums[s][r] = vec::splat_acc(0);
  }
  const auto add_groups = [&](auto deep, auto paired) __attribute__((always_inline)) {
    constexpr int kGroups = decltype(deep)::value;
    typename Dot::Operand rows[kGroups][kBlocks];
    OCTET_UNROLL
    for (int r = 0; r < kBlocks; ++r) {
      typename Dot::Operand of_groups[kGroups];
      const std::byte* const from = a + r * kTogether * a_stride;
      if constexpr (decltype(paired)::value) {
        OCTET_UNROLL
        for (int g = 0; g < kGroups; ++g) of_groups[g] = splat.groups(from + g * a_stride);
      } else {
        Dot::load_rows(from, a_stride, splat, of_groups);
      }
      OCTET_UNROLL
      for (int g = 0; g < kGroups; ++g) rows[g][r] = of_groups[g];
    }
    OCTET_UNROLL
    for (int g = 0; g < kGroups; ++g) {
      OCTET_UNROLL
      for (int s = 0; s < kCount * kSums; ++s) {
        const auto column = Dot::load_weights(b);
        Dot::template add_parts<kIsBounded<Weight>>(sums[s], rows[g], column);
        b += s + 1 < kCount * kSums ? kSumBytes : kColumnsBytes - s * kSumBytes;
        OCTET_UNROLL
        for (int r = 0; r < kBehind; ++r) Dot::loads_behind(sums[s][r], b);
      }
      OCTET_UNROLL
      for (int r = 0; r < kBlocks; ++r) Dot::keep(rows[g][r]);
    }
    a += kGroups * kGroupBytes;
  };
  const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
  for (std::int64_t segment = operands.segments; segment > 0; --segment, a += next_segment) {
    auto g = static_cast<std::ptrdiff_t>(operands.groups);
    const auto add_deep = [&](auto paired) __attribute__((always_inline)) {
      for (; g >= kDeep; g -= kDeep) add_groups(std::integral_constant<int, kDeep>(), paired);
    };
    if (kHeight > 1 && operands.is_paired) {
      add_deep(std::true_type());
    } else {
      add_deep(std::false_type());
    }
    if constexpr (kDeep > 1) {
      for (; g > 0; --g) add_groups(std::integral_constant<int, 1>(), std::false_type());
    }
  }
  OCTET_UNROLL
  for (int v = 0; v < kCount; ++v) {
    const vec::Acc start = total[kTop][kFirst + v];
    OCTET_UNROLL
    for (int r = 0; r < kBlocks; ++r) {
      vec::Acc parts[kSums], rows[kTogether];
      OCTET_UNROLL
      for (int s = 0; s < kSums; ++s) parts[s] = sums[v * kSums + s][r];
      Dot::collect(parts, rows);
      OCTET_UNROLL
      for (int i = 0; i < kHeight; ++i) {
        total[kTop + r * kTogether + i][kFirst + v] = vec::add(start, rows[i]);
      }
    }
  }
}

// All of it: as many rows, then as many vectors at a time as sums have registers.
template <class Dot, class Weight, int kTop, int kFirst, int kRows, int kVectors, class Splat>
OCTET_INLINE void accumulate_all_parts(const MicroOperands& operands, std::int64_t panel_offset,
                                       vec::Acc (&total)[kRows][kVectors], const Splat& splat) {
  if constexpr (kTop < kRows) {
    constexpr int kTogether = Dot::kRowsTogether, kFitting = Dot::kMostSums / Dot::kSums;
    constexpr int kBlocksLeft = (kRows - kTop + kTogether - 1) / kTogether;
    constexpr int kBlocks = kFitting < kBlocksLeft ? kFitting : kBlocksLeft;
    constexpr int kVectorsLeft = kVectors - kFirst, kVectorsFitting = kFitting / kBlocks;
    constexpr int kCount = kVectorsFitting < kVectorsLeft ? kVectorsFitting : kVectorsLeft;
    accumulate_parts<Dot, Weight, kTop, kBlocks, kFirst, kCount>(operands, panel_offset, total,
                                                                 splat);
    constexpr bool kEndsRows = kCount == kVectorsLeft;
    accumulate_all_parts<Dot, Weight, (kEndsRows ? kTop + kBlocks * kTogether : kTop),
                         (kEndsRows ? 0 : kFirst + kCount)>(operands, panel_offset, total, splat);
  }
}

// A dot product takes several cycles, in which as many others can start: register blocks of few
// accumulators keep kChains sums of each, over every kChains-th group, and add them up at the end.
template <class Weight, int kPanels, int kRows, int kVectors, class Splat = SplatPacked<MatrixDot>>
OCTET_INLINE void accumulate(const MicroOperands& operands,
                             vec::Acc (&total)[kPanels][kRows][kVectors], const Splat& splat = {}) {
  if constexpr (kCollects<MatrixDot>) {
    OCTET_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      start_accumulators(operands.panel + p * operands.panel_step, total[p]);
      accumulate_all_parts<MatrixDot, Weight, 0, 0>(operands, p * operands.panel_step, total[p],
                                                    splat);
    }
  } else {
    // One chain for scalar code: g++ 12 -O3 vectorizes several of them, and wrongly.
    constexpr int kMostChains = vec::kLanes == 1 ? 1 : 4;
    constexpr int kSums = kPanels * kRows * kVectors;
    constexpr int kWanted = kSums >= 8 ? 1 : kSums >= 4 ? 2 : 4;
    constexpr int kChains = kWanted < kMostChains ? kWanted : kMostChains;
    constexpr std::int64_t kColumnsBytes = kVectors * kWeightsBytes<MatrixDot, Weight>;
    vec::Acc acc[kChains][kPanels][kRows][kVectors];
    const std::int64_t panel_step = operands.panel_step;
    OCTET_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      start_accumulators(operands.panel + p * panel_step, acc[0][p]);
      OCTET_UNROLL
      for (int c = 1; c < kChains; ++c) {
        OCTET_UNROLL
        for (int r = 0; r < kRows; ++r) {
          OCTET_UNROLL
          for (int v = 0; v < kVectors; ++v) acc[c][p][r][v] = vec::splat_acc(0);
        }
      }
    }
    const std::byte *a = operands.a, *b = elements_of<kVectors>(operands);
    const std::int64_t a_stride = operands.a_stride;
    const auto add_groups = [&](vec::Acc(&sums)[kPanels][kRows][kVectors])
        __attribute__((always_inline)) {
      OCTET_UNROLL
      for (int p = 0; p < kPanels; ++p) {
        add_group<MatrixDot, Weight>(a, a_stride, b + p * panel_step, sums[p], splat);
      }
      a += kGroupBytes;
      b += kColumnsBytes;
    };
    const std::int64_t next_segment = operands.segment_step - operands.groups * kGroupBytes;
    for (std::int64_t segment = operands.segments; segment > 0; --segment, a += next_segment) {
      std::int64_t g = operands.groups;
      if constexpr (kDotsElements<MatrixDot> && kChains == 1) {
        const RowOffsets<kRows> offsets{a_stride};
        for (auto left = static_cast<std::uint64_t>(g) / vec::kLanes; left > 0; --left) {
          add_elements<MatrixDot, Weight>(a, offsets, b, acc[0][0], splat);
          OCTET_UNROLL
          for (int p = 1; p < kPanels; ++p) {
            add_elements<MatrixDot, Weight>(a, offsets, b + p * panel_step, acc[0][p], splat);
          }
          a += vec::kLanes * kGroupBytes;
          b += vec::kLanes * kColumnsBytes;
        }
        g %= vec::kLanes;
      }
      if constexpr (kChains > 1) {
        for (; g >= kChains; g -= kChains) {
          OCTET_UNROLL
          for (int c = 0; c < kChains; ++c) add_groups(acc[c]);
        }
      }
      for (; g > 0; --g) add_groups(acc[0]);
    }
    OCTET_UNROLL
    for (int p = 0; p < kPanels; ++p) {
      OCTET_UNROLL
      for (int r = 0; r < kRows; ++r) {
        OCTET_UNROLL
        for (int v = 0; v < kVectors; ++v) {
          OCTET_UNROLL
          for (int c = 1; c < kChains; ++c) {
            acc[0][p][r][v] = vec::add(acc[0][p][r][v], acc[c][p][r][v]);
          }
          // g++ 12 gives a variable one register for all its uses, or none: without another one for
          // the epilogue it takes the accumulators of the loop above out of their registers.
          total[p][r][v] = vec::split_live_range(acc[0][p][r][v]);
        }
      }
    }
  }
}

// The accumulators of each panel follow those of the one before.
template <class Weight, int kRows, int kVectors, int kPanels = 1>
inline void micro_kernel(const MicroOperands& operands, std::int32_t* accumulators) {
  vec::Acc acc[kPanels][kRows][kVectors];
  accumulate<Weight>(operands, acc);
  OCTET_UNROLL
  for (int p = 0; p < kPanels; ++p) {
    store_accumulators(accumulators + p * kRows * kVectors * vec::kLanes, acc[p]);
  }
}

// Outputs whose sums take 64 bits (Epilogue::wide), one by one: `rows` rows and the first `columns`
// columns of a panel. Slow, for layers that hardly ever exist. Packed: of activations.
template <class Packed, class Weight, class Out>
inline void multiply_wide(const GemmPlan& plan, const MicroOperands& operands, int rows,
                          int columns, int width, Out* out) {
  const PanelConstants constants = detail::panel_constants(operands.panel, width);
  using Element = std::conditional_t<sizeof(Weight) == 1, std::int8_t, Weight>;
  const auto* const elements =
      reinterpret_cast<const Element*>(operands.panel + detail::panel_constants_bytes(width));
  const std::int64_t depth = operands.groups * MatrixDot::kDepth;  // of a segment
  for (int r = 0; r < rows; ++r, out += plan.output_stride) {
    for (int column = 0; column < columns; ++column) {
      std::int64_t sum = constants.addend[column];
      for (std::int64_t segment = 0; segment < operands.segments; ++segment) {
        const auto* const a = reinterpret_cast<const Packed*>(operands.a + r * operands.a_stride +
                                                              segment * operands.segment_step);
        for (std::int64_t p = 0; p < depth; ++p) {
          const std::int64_t group = segment * operands.groups + p / MatrixDot::kDepth;
          const Element b =
              elements[(group * width + column) * MatrixDot::kDepth + p % MatrixDot::kDepth];
          sum += std::int64_t{a[p]} * (b - plan.filter_zero_point);
        }
      }
      out[column] = static_cast<Out>(finish_sum(sum, constants, column, plan.range));
    }
  }
}

using MicroKernel = void (*)(const MicroOperands&, std::int32_t* accumulators);

template <class Weight, int kVectors>
inline MicroKernel micro_kernel_for(int height) {
  if (height == vec::kMicroRows) return micro_kernel<Weight, vec::kMicroRows, kVectors>;
  return height == MicroShape::kFewRows ? micro_kernel<Weight, MicroShape::kFewRows, kVectors>
                                        : micro_kernel<Weight, 1, kVectors>;
}

template <class Weight>
inline MicroKernel micro_kernel_for(int height, int vectors) {
  static_assert(vec::kMicroVectors == 2 || vec::kMicroVectors == 4);
  if (vectors == MicroShape::kVectors)
    return micro_kernel_for<Weight, MicroShape::kVectors>(height);
  if constexpr (vec::kMicroVectors == 4) {
    if (vectors == 3) return micro_kernel_for<Weight, 3>(height);
    if (vectors == 2) return micro_kernel_for<Weight, 2>(height);
  }
  return micro_kernel_for<Weight, 1>(height);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
