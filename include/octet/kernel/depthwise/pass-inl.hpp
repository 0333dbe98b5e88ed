// SPDX-License-Identifier: Apache-2.0
// A pass of a depthwise convolution: the outputs of one block of channels in the rows that have the
// same weights, from cells that are staged (cells-inl.hpp). Included inside the region of
// each target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/depthwise/outputs-inl.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

// Rows of seven or fourteen outputs have no full four at the end: threes make up for it. With
// vectors of 16 lanes that gained nothing; there the last four overlaps the one before.
inline constexpr bool kThrees = vec::kLanes <= 8;

// body(row, position, count) for all outputs of a pass, count being a constant: fours, and threes
// where kMayBeThrees. Where there are fewer than four outputs the only four starts at the first.
template <bool kMayBeThrees, class Out, class Body>
OCTET_INLINE void for_each_few(const DepthwisePass<Out>& pass, Body body) {
  const std::int64_t positions = pass.positions;
  const std::int64_t last = positions < kFour ? 0 : positions - kFour;
  const std::int64_t all = (positions + kFour - 1) / kFour, missing = all * kFour - positions;
  const std::int64_t threes = kMayBeThrees && missing <= all ? missing : 0;
  const std::int64_t end = (all - threes) * kFour;
  const std::int64_t strip_rows = pass.task.blocking.strip_rows();
  const std::int64_t row_step = strip_rows * pass.task.out_w * pass.task.channels;
  DepthwiseRow<Out> row{pass.row, pass.place,
                        pass.out + pass.row * pass.task.out_w * pass.task.channels};
  for (int strip = 0; strip < pass.strips; ++strip) {
    for (std::int64_t position = 0; position < end; position += kFour) {
      body(row, position < last ? position : last, std::integral_constant<int, kFour>());
    }
    if constexpr (kMayBeThrees) {
      for (std::int64_t position = end; position < positions; position += kFour - 1) {
        body(row, position, std::integral_constant<int, kFour - 1>());
      }
    }
    row.row += strip_rows;
    row.out += row_step;
    row.place += pass.task.blocking.advance;
    if (row.place >= pass.block.groups.count) row.place -= pass.block.groups.count;
  }
}

// Adds up the cells under any filter, for kVectors vectors of channels of kCount outputs, the first
// cells of which lie offsets[i] bytes behind the start of a group. place: of the first group.
template <int kVectors, int kCount>
OCTET_INLINE void accumulate_cells(const DepthwiseBlocking& blocking, const StagedGroups& staged,
                                   int place, const std::byte* weights,
                                   const std::int64_t (&offsets)[kCount],
                                   vec::Acc (&acc)[kVectors][kCount]) {
  const std::int64_t tap_step = blocking.tap_step * kCellVectorBytes;
  for (int g = 0; g < blocking.groups; ++g) {
    const std::byte* column = staged.at(place, g);
    const std::byte* of_column = weights + g * kWeightBytes;
    for (int kx = 0; kx < blocking.width; ++kx) {
      OCTET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const Dot8x8::Operand weight = Dot8x8::load_operand(of_column + v * kCellVectorBytes);
        const std::byte* const cell = column + v * staged.plane;
        OCTET_UNROLL
        for (int q = 0; q < kCount; ++q) {
          acc[v][q] = Dot8x8::dot(acc[v][q], Dot8x8::load_operand(cell + offsets[q]), weight);
        }
      }
      column += tap_step;
      of_column += blocking.groups * kWeightBytes;
    }
  }
}

// Where the first cells of four outputs lie. Where a row has fewer the last one is computed again.
template <class Out>
OCTET_INLINE void offsets_of(const DepthwisePass<Out>& pass, std::int64_t start,
                             std::int64_t (&offsets)[kFour]) {
  OCTET_UNROLL
  for (int q = 0; q < kFour; ++q) {
    const std::int64_t position = start + q, last = pass.positions - 1;
    offsets[q] = pass.cells + (position < last ? position : last) *
                                  pass.task.blocking.position_step * kCellVectorBytes;
  }
}

// Vectors of channels whose sums are added up side by side. Two instructions for a dot product wait
// for each other (a 7 x 7 filter gains 24 % with avx2); a single one waits for its loads.
inline constexpr int kVectorsTogether = Dot8x8::kDepth == 2 ? 2 : 1;

// Bytes by the vector epilogue.
template <class Out>
inline void convolve_pass(const DepthwisePass<Out>& pass) {
  const DepthwiseBlocking& blocking = pass.task.blocking;
  const PanelConstants constants = pass.constants();
  const vec::ByteRange range = vec::byte_range(pass.task.range);
  const bool left_shift = pass.task.epilogue == Epilogue::vector_left_shift;
  for_each_few<false>(pass, [&](const DepthwiseRow<Out>& row, std::int64_t start, auto) {
    std::int64_t offsets[kFour];
    offsets_of(pass, start, offsets);
    vec::Narrowed zipped[Dot8x8::kDepth];
    for (int first = 0; first < Dot8x8::kDepth; first += kVectorsTogether) {
      vec::Acc acc[kVectorsTogether][kFour];
      OCTET_UNROLL
      for (int v = 0; v < kVectorsTogether; ++v) {
        OCTET_UNROLL
        for (vec::Acc& sum : acc[v]) {
          sum = vec::load_acc(constants.start + (first + v) * vec::kLanes);
        }
      }
      accumulate_cells(blocking, pass.block.groups, row.place,
                       pass.weights + first * kCellVectorBytes, offsets, acc);
      OCTET_UNROLL
      for (int v = 0; v < kVectorsTogether; ++v) {
        const int channel = (first + v) * vec::kLanes;
        if (left_shift) {
          const vec::Acc shift = vec::load_acc(constants.left + channel);
          OCTET_UNROLL
          for (vec::Acc& sum : acc[v]) sum = shift_accumulator(sum, shift);
        }
        if (is_rounded_otherwise(pass.task.range)) {
          const auto multipliers = load_any_multipliers(constants, channel);
          OCTET_UNROLL
          for (vec::Acc& sum : acc[v]) sum = vec::requantize(sum, multipliers);
        } else {
          requantize_together(acc[v], vec::load_multipliers(constants, channel), [](int) {});
        }
        zipped[first + v] = narrow_outputs<Out>(acc[v], range);
      }
      OCTET_UNROLL
      for (std::int64_t& offset : offsets) offset += kVectorsTogether * pass.block.groups.plane;
    }
    store_outputs<kFour>(pass, row, start, range, zipped);
  });
}

// Cells of a column whose products are added up together, in fewer bits than an accumulator has
// where there are two of them: weights of -128 take another way then.
template <class Dot, int kCount>
struct Bundle {
  static constexpr int kCells = kCount;
  typename Dot::Operand operands[kCount];

  template <class Load>
  OCTET_INLINE explicit Bundle(Load load) {
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) operands[i] = load(i);
  }
  OCTET_INLINE vec::Acc dot(vec::Acc sum, const Bundle& weights) const {
    if constexpr (kCount == 2) {
      return Dot::dot_pair(sum, operands, weights.operands);
    } else {
      return Dot::dot(sum, operands[0], weights.operands[0]);
    }
  }
};
template <class Dot, int kGroups>
using BundleOf = Bundle<Dot, kBoundsWeights<Dot> && kGroups % 2 == 0 ? 2 : 1>;

// The same for a filter of kGroups x kWidth cells and outputs kStep cells apart, four or more in a
// row, without left shifts. Each cell is loaded once for all outputs that need it, or, where the
// filter is dilated and kStep is kShareNothing, once for each of neighbouring outputs. The dot
// products of the next vector of channels stand between the steps of requantization, because a
// processor does not look far enough ahead to find them there.
inline constexpr int kShareNothing = 0;
template <class Out, int kGroups, int kWidth, int kStep, class Dot = Dot8x8>
inline void convolve_pass_of(const DepthwisePass<Out>& pass) {
  const PanelConstants constants = pass.constants();
  const vec::ByteRange range = vec::byte_range(pass.task.range);
  const StagedGroups staged = pass.block.groups;
  [[maybe_unused]] const PixelWriter<Dot, Out> writer(pass, range);
  [[maybe_unused]] const std::int64_t tap_step = pass.task.blocking.tap_step * kCellVectorBytes;
  const auto weight = [&](int v, int kx, int g) __attribute__((always_inline)) {
    return Dot8x8::load_operand(pass.weights + v * kCellVectorBytes +
                                (kx * kGroups + g) * kWeightBytes);
  };
  for_each_few<kThrees>(
      pass, [&](const DepthwiseRow<Out>& row, std::int64_t start,
                auto count) __attribute__((always_inline)) {
        constexpr int kCount = decltype(count)::value;
        constexpr bool kShared = kStep != kShareNothing;
        constexpr int kColumns = kShared ? (kCount - 1) * kStep + kWidth : kWidth;
        using Cells = BundleOf<Dot, kGroups>;
        constexpr int kTogether = Cells::kCells;
        constexpr int kBundles = kColumns * kGroups / kTogether;
        constexpr int kSteps = requantize_steps(kCount);
        const std::byte* groups[kGroups];
        OCTET_UNROLL
        for (int g = 0; g < kGroups; ++g) {
          groups[g] = staged.at(row.place, g) + pass.cells +
                      start * ((kShared ? kStep : 1) * kCellVectorBytes);
        }
        const auto begin = [&](int v, vec::Acc(&acc)[kCount]) __attribute__((always_inline)) {
          OCTET_UNROLL
          for (vec::Acc& sum : acc) sum = vec::load_acc(constants.start + v * vec::kLanes);
        };
        // The dot products of the bundles [from, to) of cells of vector v, whose groups start
        // there.
        const auto accumulate = [&](int v, int from, int to, vec::Acc(&acc)[kCount])
            __attribute__((always_inline)) {
          OCTET_UNROLL
          for (int bundle = from; bundle < to; ++bundle) {
            const int column = bundle * kTogether / kGroups, first = bundle * kTogether % kGroups;
            const auto weights = [&](int kx) __attribute__((always_inline)) {
              return Cells([&](int i)
                               __attribute__((always_inline)) { return weight(v, kx, first + i); });
            };
            if constexpr (kShared) {
              const Cells cells([&](int i) __attribute__((always_inline)) {
                return Dot8x8::load_operand(groups[first + i] + column * kCellVectorBytes);
              });
              OCTET_UNROLL
              for (int q = 0; q < kCount; ++q) {
                const int kx = column - q * kStep;
                if (kx >= 0 && kx < kWidth) acc[q] = cells.dot(acc[q], weights(kx));
              }
            } else {
              const Cells of_column = weights(column);
              const std::byte* places[kTogether];
              OCTET_UNROLL
              for (int i = 0; i < kTogether; ++i) {
                places[i] = groups[first + i] + column * tap_step;
                asm("" : "+r"(places[i]));  // as below: one sum for all outputs
              }
              OCTET_UNROLL
              for (int q = 0; q < kCount; ++q) {
                const Cells cells([&](int i) __attribute__((always_inline)) {
                  return Dot8x8::load_operand(places[i] + q * kCellVectorBytes);
                });
                acc[q] = cells.dot(acc[q], of_column);
              }
            }
          }
        };
        PassOutputs<Dot, kCount> outputs;
        const auto finish = [&](int v, vec::Acc(&acc)[kCount], auto between)
            __attribute__((always_inline)) {
          requantize_together(acc, vec::load_multipliers(constants, v * vec::kLanes), between);
          if constexpr (kNarrowsPixels<Dot>) {
            OCTET_UNROLL
            for (int q = 0; q < kCount; ++q) Dot::add_to_pixel(outputs.pixels[q], v, acc[q]);
          } else {
            const vec::Acc four[kFour] = {acc[0], acc[1], acc[2], acc[kCount - 1]};
            outputs.zipped[v] = narrow_outputs<Out>(four, range);
          }
        };
        vec::Acc acc[kCount];
        begin(0, acc);
        accumulate(0, 0, kBundles, acc);
        OCTET_UNROLL
        for (int v = 0; v + 1 < Dot8x8::kDepth; ++v) {
          OCTET_UNROLL
          for (int g = 0; g < kGroups; ++g) {
            groups[g] += staged.plane;
            asm("" : "+r"(groups[g]));  // g++ would keep all the sums of addresses in registers
            if constexpr (kNarrowsPixels<Dot>) Dot::load_behind(acc[kCount - 1], groups[g]);
          }
          vec::Acc next[kCount];
          begin(v + 1, next);
          finish(
              v, acc, [&](int step) __attribute__((always_inline)) {
                accumulate(v + 1, step * kBundles / kSteps, (step + 1) * kBundles / kSteps, next);
              });
          OCTET_UNROLL
          for (int q = 0; q < kCount; ++q) acc[q] = next[q];
        }
        finish(Dot8x8::kDepth - 1, acc, [](int) {});
        if constexpr (kNarrowsPixels<Dot>) {
          writer.write(row, start, outputs.pixels);
        } else {
          store_outputs<kCount>(pass, row, start, range, outputs.zipped);
        }
      });
}

// Any output, through memory: one by one, or by Epilogue::vector_twice.
template <class Out>
inline void convolve_pass_in_general(const DepthwisePass<Out>& pass) {
  const DepthwiseBlocking& blocking = pass.task.blocking;
  const OutputRange& range = pass.task.range;
  const int count = pass.positions < kFour ? static_cast<int>(pass.positions) : kFour;
  static_assert(kFour * vec::kLanes <= kMostAccumulators);
  for_each_few<false>(pass, [&](const DepthwiseRow<Out>& row, std::int64_t start, auto) {
    std::int64_t offsets[kFour];
    offsets_of(pass, start, offsets);
    Out results[kFour * kBlockChannels + kCopyMargin];
    for (int v = 0; v < Dot8x8::kDepth; ++v) {
      const PanelConstants constants =
          constants_from(pass.constants(), v * vec::kLanes, pass.task.epilogue);
      vec::Acc acc[1][kFour];
      OCTET_UNROLL
      for (vec::Acc& sum : acc[0]) sum = vec::load_acc(constants.start);
      accumulate_cells(blocking, pass.block.groups, row.place, pass.weights + v * kCellVectorBytes,
                       offsets, acc);
      std::int32_t sums[kFour * vec::kLanes];
      OCTET_UNROLL
      for (int q = 0; q < kFour; ++q) {
        vec::store_acc(sums + q * vec::kLanes, acc[0][q]);
        offsets[q] += pass.block.groups.plane;
      }
      Out values[kFour * vec::kLanes + kCopyMargin];
      if (sizeof(Out) == 1 && vec::kLanes > 1 && pass.task.epilogue == Epilogue::vector_twice) {
        finish_vectors_twice(sums, count, vec::kLanes, constants, range, values);
      } else {
        finish_one_by_one(sums, count, vec::kLanes, vec::kLanes, constants, range, values,
                          vec::kLanes);
      }
      for (int q = 0; q < count; ++q) {
        for (int lane = 0; lane < vec::kLanes; ++lane) {
          results[q * kBlockChannels + detail::zipped_channel(kLayout, v, lane)] =
              values[q * vec::kLanes + lane];
        }
      }
    }
    copy_outputs(pass, results, row.row, start, count);
  });
}

template <class Out>
using ConvolvePass = void (*)(const DepthwisePass<Out>&);

// For rows of that many outputs.
template <class Out>
inline ConvolvePass<Out> convolve_pass_for(const DepthwiseTask& task, std::int64_t positions) {
  if constexpr (sizeof(Out) == 1) {
    if (task.epilogue >= Epilogue::vector_twice) return convolve_pass_in_general<Out>;
    [[maybe_unused]] constexpr int kGroupsOf3 = (3 - 1) / Dot8x8::kDepth + 1,
                                   kGroupsOf5 = (5 - 1) / Dot8x8::kDepth + 1;
    const DepthwiseBlocking& b = task.blocking;
    if (positions < kFour || task.epilogue != Epilogue::vector) return convolve_pass<Out>;
    if (kBoundsWeights<Dot8x8> && task.has_lowest_weight) return convolve_pass<Out>;
    const bool dilated = b.tap_step > 1;
    const auto covers = [&](int groups, int width, int step) {
      return b.groups == groups && b.width == width && b.position_step == step;
    };
    if (covers(kGroupsOf3, 3, 1)) {
      return dilated ? convolve_pass_of<Out, kGroupsOf3, 3, kShareNothing>
                     : convolve_pass_of<Out, kGroupsOf3, 3, 1>;
    }
    // More code than that would do little for targets of small vectors.
    if constexpr (vec::kRequantizeTogether > 1) {
      if (covers(kGroupsOf5, 5, 1)) {
        return dilated ? convolve_pass_of<Out, kGroupsOf5, 5, kShareNothing>
                       : convolve_pass_of<Out, kGroupsOf5, 5, 1>;
      }
      if (dilated) return convolve_pass<Out>;
      if constexpr (Dot8x8::kDepth == 4) {
        // Filters that move by two, in squares.
        if (covers(2, 2, 1)) return convolve_pass_of<Out, 2, 2, 1>;
        if (covers(3, 3, 1)) return convolve_pass_of<Out, 3, 3, 1>;
      } else {
        if (covers(kGroupsOf3, 3, 2)) return convolve_pass_of<Out, kGroupsOf3, 3, 2>;
        if (covers(kGroupsOf5, 5, 2)) return convolve_pass_of<Out, kGroupsOf5, 5, 2>;
      }
    }
    return convolve_pass<Out>;
  } else {
    return convolve_pass_in_general<Out>;
  }
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
