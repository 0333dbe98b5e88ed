// SPDX-License-Identifier: Apache-2.0
// The output stage over a block of finished accumulators. Included inside the region of each
// target.

#ifndef OCTET_TARGET  // in an editor
#include "octet/kernel/editor.hpp"
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

OCTET_INLINE vec::Acc clamp_lanes(vec::Acc x, const OutputRange& range) {
  return vec::min(vec::max(x, vec::splat_acc(range.min)), vec::splat_acc(range.max));
}

inline constexpr bool kBiased = vec::kRequantizeForm == RequantizeForm::biased;

// Whether the zero point is added when outputs are narrowed. Elsewhere it is in the constants.
inline constexpr bool kDoubling = vec::kRequantizeForm == RequantizeForm::doubling;

// Multipliers for any rounding, where those of kDoubling suit some only.
template <bool kOfDoubling = kDoubling>
OCTET_INLINE auto load_any_multipliers(const PanelConstants& constants, int channel) {
  if constexpr (kOfDoubling) {
    return vec::load_multipliers(constants, channel, std::bool_constant<kOfDoubling>());
  } else {
    return vec::load_multipliers(constants, channel);
  }
}
using AnyMultipliers = decltype(load_any_multipliers(PanelConstants(), 0));

// Four requantized vectors to bytes.
template <class Out>
OCTET_INLINE vec::Narrowed narrow_outputs(const vec::Acc (&x)[4], const vec::ByteRange& range) {
  if constexpr (kDoubling) {
    return vec::narrow4<Out>(x, range);
  } else {
    return vec::narrow4<Out>(x);
  }
}

// Adds or takes away the bias of the accumulators of this target: the top bit either way.
OCTET_INLINE vec::Acc biased(vec::Acc x) {
  if constexpr (kBiased) return vec::add(x, vec::splat_acc(kAccumulatorBias));
  return x;
}
OCTET_INLINE std::int32_t unbiased(std::int32_t x) { return kBiased ? x ^ kAccumulatorBias : x; }

// The left shift of accumulators, with their bias before and after.
OCTET_INLINE vec::Acc shift_accumulator(vec::Acc x, vec::Acc left) {
  return biased(vec::shift_left(biased(x), left));
}

// What is finished one by one: clamp(zero_point + x).
OCTET_INLINE std::int32_t finish_scaled(std::int32_t x, const OutputRange& range) {
  return clamp(saturate<std::int32_t>(std::int64_t{x} + range.zero_point), range.min, range.max);
}

// clamp(zero_point + requantize(sum)) of a sum that need not fit 32 bits, with the constants of
// Epilogue::scalar or wide.
inline std::int32_t finish_sum(std::int64_t sum, const PanelConstants& constants, int column,
                               const OutputRange& range) {
  // The place of the addend is taken by `base`.
  const std::int32_t x = shift_left_saturating(sum, constants.left[column]);
  const std::int32_t multiplier = constants.multiplier[column], shift = -constants.right[column];
  const std::int32_t scaled =
      has_closed_form(range.rounding)
          ? requantize_closed_form(x, multiplier, requantize_constants(shift, range.rounding))
          : multiply_by_quantized_multiplier(x, multiplier, shift, range.rounding);
  return finish_scaled(scaled, range);
}

// The same of an accumulator, which is that sum modulo 2^32.
inline std::int32_t finish_scalar(std::int32_t x, const PanelConstants& constants, int column,
                                  const OutputRange& range) {
  const std::int64_t base = constants.addend[column];
  const auto above = static_cast<std::uint32_t>(unbiased(x)) - static_cast<std::uint32_t>(base);
  return finish_sum(base + above, constants, column, range);
}

// The same of an accumulator behind its left shift, with the constants of Epilogue::vector_twice.
inline std::int32_t finish_shifted(std::int32_t x, const PanelConstants& constants, int column,
                                   const OutputRange& range) {
  std::int32_t multiplier = constants.multiplier[column];
  if constexpr (kBiased) {
    const int place = 2 * detail::biased_place(column, vec::kLanes);
    multiplier =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(constants.multiplier[place]) >> 1);
  }
  return finish_scaled(multiply_by_quantized_multiplier(unbiased(x), multiplier,
                                                        -constants.right[column], range.rounding),
                       range);
}

// Room for the values of four vectors, and for no less than copy_values moves at once.
inline constexpr int kFourVectors = vec::kLanes < 16 ? 64 : 4 * vec::kLanes;

// n values of up to 64 bytes in all: two blocks of a power of two, which overlap. Straight code,
// because a call of memcpy in a loop would move the constants of that loop out of their registers.
template <class T>
OCTET_INLINE void copy_values(T* to, const T* from, int n) {
  auto* const out = reinterpret_cast<char*>(to);
  const auto* const in = reinterpret_cast<const char*>(from);
  const int bytes = n * static_cast<int>(sizeof(T));
  const auto copy = [&](auto block) __attribute__((always_inline)) {
    constexpr int kSize = sizeof block;
    __builtin_memcpy(&block, in, kSize);
    decltype(block) last;
    __builtin_memcpy(&last, in + bytes - kSize, kSize);
    __builtin_memcpy(out, &block, kSize);
    __builtin_memcpy(out + bytes - kSize, &last, kSize);
  };
  struct Bytes32 {
    std::uint64_t words[4];
  };
  struct Bytes16 {
    std::uint64_t words[2];
  };
  if (bytes >= 32) return copy(Bytes32{});
  if (bytes >= 16) return copy(Bytes16{});
  if (bytes >= 8) return copy(std::uint64_t{});
  if (bytes >= 4) return copy(std::uint32_t{});
  if (bytes >= 2) return copy(std::uint16_t{});
  if (bytes == 1) *out = *in;
}

// Requantizes kCount vectors. Their steps stand side by side, as far as there are registers for
// that, and between(i) is called requantize_steps(kCount) times among them.
OCTET_INLINE constexpr int requantize_steps(int count) {
  return (count + vec::kRequantizeTogether - 1) / vec::kRequantizeTogether * vec::kRequantizeSteps;
}
template <int kCount, class Between>
OCTET_INLINE void requantize_together(vec::Acc (&x)[kCount], const vec::Multipliers& multipliers,
                                      Between between) {
  constexpr int kTogether = vec::kRequantizeTogether;
  OCTET_UNROLL
  for (int first = 0; first < kCount; first += kTogether) {
    vec::Requantizing state[kTogether];
    const int count = kCount - first < kTogether ? kCount - first : kTogether;
    OCTET_UNROLL
    for (int i = 0; i < count; ++i) state[i].x = x[first + i];
    OCTET_UNROLL
    for (int step = 0; step < vec::kRequantizeSteps; ++step) {
      OCTET_UNROLL
      for (int i = 0; i < count; ++i) vec::requantize_step(step, state[i], multipliers);
      between(first / kTogether * vec::kRequantizeSteps + step);
    }
    OCTET_UNROLL
    for (int i = 0; i < count; ++i) x[first + i] = state[i].x;
  }
}

// The vector epilogue of bytes, four vectors at a time: kVectors of each of kRows rows.
template <class Out, int kVectors>
class FourVectorEpilogue {
 public:
  static constexpr int kRows = 4 / kVectors;

  // Of the columns from `channel` on.
  OCTET_INLINE FourVectorEpilogue(const PanelConstants& constants, int channel,
                                  const OutputRange& range)
      : even_(vec::load_multipliers(constants, channel)),
        odd_(vec::load_multipliers(constants, channel + (kVectors - 1) * vec::kLanes)),
        bytes_(vec::byte_range(range)) {}

  // Writes the rows whose accumulators are acc(row, vector), from row 0 on.
  template <class Accumulators>
  OCTET_INLINE void write(Accumulators acc, Out* out, std::int64_t stride) const {
    const auto value = [&](int i, const vec::Multipliers& multipliers)
        __attribute__((always_inline)) {
      return vec::requantize(acc(i / kVectors, i % kVectors), multipliers);
    };
    const vec::Acc x[4] = {value(0, even_), value(1, odd_), value(2, even_), value(3, odd_)};
    const vec::Narrowed bytes = vec::clamp_bytes<Out>(narrow_outputs<Out>(x, bytes_), bytes_);
    vec::store_rows<kRows>(out, stride, vec::row_order(bytes));
  }

  // The same of accumulators in memory, rows `width` apart.
  OCTET_INLINE void write(const std::int32_t* accumulators, int width, Out* out,
                          std::int64_t stride) const {
    const auto acc = [&](int row, int v) __attribute__((always_inline)) {
      // One load, not one for each use.
      return vec::split_live_range(vec::load_acc(accumulators + row * width + v * vec::kLanes));
    };
    write(acc, out, stride);
  }

  // All rows of a block in memory, of which there are kRows or more. The last ones may be some that
  // were written already.
  OCTET_INLINE void write_block(const std::int32_t* accumulators, int rows, int width, Out* out,
                                std::int64_t stride) const {
    for (int row = 0; row < rows; row += kRows) {
      const int first = row < rows - kRows ? row : rows - kRows;
      write(accumulators + first * width, width, out + first * stride, stride);
    }
  }

 private:
  static_assert(kVectors == 1 || kVectors == 2);
  // Of the two vectors in a row. No array: g++ 12 would keep it in memory.
  vec::Multipliers even_, odd_;
  vec::ByteRange bytes_;
};

// The vector epilogue of one vector of a row.
template <class Out, class Multipliers>
OCTET_INLINE void write_vector(vec::Acc acc, const Multipliers& multipliers,
                               const OutputRange& range, Out* out) {
  const vec::Acc y = vec::requantize(acc, multipliers);
  if constexpr (kDoubling) {
    // The zero point behind the bounds: before them it may not fit.
    const std::int32_t zero_point = range.zero_point;
    const OutputRange centred{0, range.min - zero_point, range.max - zero_point};
    vec::narrow(out, vec::add(clamp_lanes(y, centred), vec::splat_acc(zero_point)));
  } else {
    vec::narrow(out, clamp_lanes(y, range));
  }
}

// Whether a product has the constants of another form of requantization than its target's.
OCTET_INLINE bool is_rounded_otherwise(const OutputRange& range) {
  return kDoubling && !rounds_products(range.rounding);
}

// The vector epilogue of a block in memory, its rows `width` accumulators wide. kOtherwise: the
// block is_rounded_otherwise.
template <bool kOtherwise, class Out>
OCTET_INLINE void finish_vectors(const std::int32_t* accumulators, int rows, int width,
                                 const PanelConstants& constants, const OutputRange& range,
                                 Out* out, std::int64_t stride) {
  if constexpr (sizeof(Out) == 1 && !kOtherwise) {
    if (vec::kMicroVectors == 2 && width == 2 * vec::kLanes && rows >= 2) {
      return FourVectorEpilogue<Out, 2>(constants, 0, range)
          .write_block(accumulators, rows, width, out, stride);
    }
    if (rows >= 4) {
      for (int j = 0; j < width; j += vec::kLanes) {
        FourVectorEpilogue<Out, 1>(constants, j, range)
            .write_block(accumulators + j, rows, width, out + j, stride);
      }
      return;
    }
  }
  for (int j = 0; j < width; j += vec::kLanes) {
    const auto multipliers = load_any_multipliers<kOtherwise>(constants, j);
    for (int r = 0; r < rows; ++r) {
      write_vector(vec::load_acc(accumulators + r * width + j), multipliers, range,
                   out + r * stride + j);
    }
  }
}

// The constants of a panel from a column on, the first of a vector.
OCTET_INLINE PanelConstants constants_from(const PanelConstants& constants, int column,
                                           Epilogue epilogue) {
  const int multipliers = kBiased && epilogue < Epilogue::scalar ? 2 : 1;
  return {constants.start + column, constants.multiplier + multipliers * column,
          constants.right + column, constants.tie_shift + column,
          constants.left + column,  constants.addend + column};
}

// Adds a constant to the accumulators of whole vectors.
OCTET_INLINE void move_accumulators(std::int32_t* accumulators, int count, std::int32_t distance) {
  const vec::Acc far = vec::splat_acc(distance);
  for (int i = 0; i < count; i += vec::kLanes) {
    vec::store_acc(accumulators + i, vec::add(vec::load_acc(accumulators + i), far));
  }
}

// Adds start[r] to the accumulators of each row r.
inline void add_row_start(std::int32_t* accumulators, int rows, int width,
                          const std::int32_t* start) {
  for (int r = 0; r < rows; ++r) move_accumulators(accumulators + r * width, width, start[r]);
}

// Shifts accumulators left where they are.
inline void shift_accumulators(std::int32_t* accumulators, int rows, int width,
                               const PanelConstants& constants) {
  for (int r = 0; r < rows; ++r, accumulators += width) {
    for (int j = 0; j < width; j += vec::kLanes) {
      const vec::Acc left = vec::load_acc(constants.left + j);
      vec::store_acc(accumulators + j, shift_accumulator(vec::load_acc(accumulators + j), left));
    }
  }
}

// Arrays that copy_values copies from have so much more room than values: g++ 12 takes its blocks,
// also those that are never copied there, for accesses beyond a smaller array (-Warray-bounds).
inline constexpr int kCopyMargin = 64;

// Copies rows of `columns` outputs from a block whose rows are `width` apart.
template <class Out>
OCTET_INLINE void copy_rows(const Out* block, int width, int rows, int columns, Out* out,
                            std::int64_t stride) {
  for (int r = 0; r < rows; ++r) copy_values(out + r * stride, block + r * width, columns);
}

// The accumulators of the largest block.
inline constexpr int kMostAccumulators = vec::kMicroRows * vec::kMicroVectors * vec::kLanes;

// Outputs of a block without the vector epilogue: raw accumulators, or by Epilogue::scalar. One
// function for all callers: a call for each block costs nothing beside that.
template <class Out>
[[gnu::noinline]] inline void finish_one_by_one(const std::int32_t* accumulators, int rows,
                                                int columns, int width,
                                                const PanelConstants& constants,
                                                const OutputRange& range, Out* out,
                                                std::int64_t stride) {
  for (int r = 0; r < rows; ++r, accumulators += width, out += stride) {
    for (int j = 0; j < columns; ++j) {
      out[j] =
          static_cast<Out>(sizeof(Out) == 4 ? unbiased(accumulators[j])
                                            : finish_scalar(accumulators[j], constants, j, range));
    }
  }
}

// Outputs of a block by Epilogue::vector_twice, `width` apart. What the rounding gives lies between
// what vectors give for accumulators moved down and up by its margin.
template <class Out>
inline void finish_vectors_twice(std::int32_t* accumulators, int rows, int width,
                                 const PanelConstants& constants, const OutputRange& range,
                                 Out* out) {
  if constexpr (sizeof(Out) < 4 && vec::kLanes > 1) {
    const int count = rows * width;
    const std::int32_t margin = rounding_margin(range.rounding);
    Out higher[kMostAccumulators + kCopyMargin];
    shift_accumulators(accumulators, rows, width, constants);
    // In a loop, so that the epilogue of vectors stands here once.
    Out* const bounds[] = {higher, out};
    std::int32_t distance = margin;
    for (Out* const bound : bounds) {
      move_accumulators(accumulators, count, distance);
      finish_vectors<kDoubling>(accumulators, rows, width, constants, range, bound, width);
      distance = -2 * margin;
    }
    for (int first = 0; first < count; first += vec::kLanes) {
      if (std::memcmp(out + first, higher + first, vec::kLanes * sizeof(Out)) == 0) continue;
      for (int i = first; i < first + vec::kLanes; ++i) {
        if (out[i] == higher[i]) continue;
        const auto x = static_cast<std::int32_t>(static_cast<std::uint32_t>(accumulators[i]) +
                                                 static_cast<std::uint32_t>(margin));
        out[i] = static_cast<Out>(finish_shifted(x, constants, i % width, range));
      }
    }
  }
}

// Writes a block of `rows` x `columns` outputs from accumulators that lie `width` apart, width
// being the columns of the panel. Never writes beyond the last column; may change the accumulators.
template <class Out>
OCTET_INLINE void finish_block(std::int32_t* accumulators, int rows, int columns, int width,
                               const PanelConstants& constants, const OutputRange& range,
                               Epilogue epilogue, Out* out, std::int64_t stride) {
  if (sizeof(Out) == 4 || epilogue == Epilogue::scalar) {
    return finish_one_by_one(accumulators, rows, columns, width, constants, range, out, stride);
  }
  const bool whole = columns == width;
  Out block[kMostAccumulators + kCopyMargin];
  Out* const to = whole ? out : block;
  const std::int64_t to_stride = whole ? stride : width;
  if (vec::kLanes > 1 && epilogue == Epilogue::vector_twice) {
    finish_vectors_twice(accumulators, rows, width, constants, range, block);
    return copy_rows(block, width, rows, columns, out, stride);
  }
  if (epilogue == Epilogue::vector_left_shift) {
    shift_accumulators(accumulators, rows, width, constants);
  }
  if (is_rounded_otherwise(range)) {
    finish_vectors<kDoubling>(accumulators, rows, width, constants, range, to, to_stride);
  } else {
    finish_vectors<false>(accumulators, rows, width, constants, range, to, to_stride);
  }
  if (!whole) copy_rows(block, width, rows, columns, out, stride);
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
