// SPDX-License-Identifier: Apache-2.0
// The output stage over a block of finished accumulators. Included inside the region of each
// target.

namespace octet {
inline namespace OCTET_BASELINE {
namespace OCTET_TARGET {

// What packing needs to know of this target.
inline constexpr Layout kLayout{vec::kLanes,
                                vec::kDepth,
                                vec::kDepth,
                                vec::kTileRows,
                                vec::kTileVectors,
                                sizeof(vec::Packed) == 2        ? Domain::signed16
                                : std::is_signed_v<vec::Packed> ? Domain::signed8
                                                                : Domain::unsigned8,
                                vec::kRequantizeForm,
                                vec::kBands};

OCTET_INLINE vec::Acc clamp_lanes(vec::Acc x, const OutputRange& range) {
  return vec::min(vec::max(x, vec::splat_acc(range.min)), vec::splat_acc(range.max));
}

inline constexpr bool kBiased = vec::kRequantizeForm == RequantizeForm::biased;

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

// clamp(zero_point + requantize(x)) of one accumulator of any size and with a left shift.
inline std::int32_t finish_scalar(std::int32_t x, const PanelConstants& constants, int channel,
                                  const OutputRange& range) {
  RequantizeConstants plain{constants.addend[channel], constants.tie_shift[channel],
                            constants.right[channel]};
  std::int32_t multiplier = constants.multiplier[channel];
  if constexpr (kBiased) {
    multiplier = static_cast<std::int32_t>(static_cast<std::uint32_t>(multiplier) >> 1);
    // The addend without the one that biased_addend makes of none.
    plain.addend = 0;
    const auto stored = static_cast<std::uint64_t>(
        constants.addend[detail::biased_addend_place(channel, vec::kLanes)]);
    const auto none = static_cast<std::uint64_t>(biased_addend(multiplier, plain));
    plain.addend = static_cast<std::int64_t>(stored - none) / 2;
  }
  // Without the zero point: here the sum may need more than 32 bits.
  if (folds_zero_point(range.zero_point, plain.right)) {
    plain.addend = fold_zero_point(plain, -range.zero_point).addend;
  }
  const std::int32_t scaled = requantize_closed_form(
      shift_left_wrapping(unbiased(x), constants.left[channel]), multiplier, plain);
  return clamp(saturate<std::int32_t>(std::int64_t{scaled} + range.zero_point), range.min,
               range.max);
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

// body(0) to body(count - 1); unrolled where the count is known when this is compiled.
inline constexpr int kUnknown = -1;
template <int kCount, class Body>
OCTET_INLINE void repeat(int count, Body body) {
  if constexpr (kCount == kUnknown) {
    for (int i = 0; i < count; ++i) body(i);
  } else {
    OCTET_UNROLL
    for (int i = 0; i < kCount; ++i) body(i);
  }
}

// Requantizes four vectors. Their steps stand side by side, as far as there are registers for that,
// and between(i) is called kRequantizeFourSteps times among them.
inline constexpr int kRequantizeFourSteps = 4 / vec::kRequantizeTogether * vec::kRequantizeSteps;
template <class Between>
OCTET_INLINE void requantize_four(vec::Acc (&x)[4], const vec::Multipliers& multipliers,
                                  Between between) {
  constexpr int kTogether = vec::kRequantizeTogether;
  OCTET_UNROLL
  for (int first = 0; first < 4; first += kTogether) {
    vec::Requantizing state[kTogether];
    OCTET_UNROLL
    for (int i = 0; i < kTogether; ++i) state[i].x = x[first + i];
    OCTET_UNROLL
    for (int step = 0; step < vec::kRequantizeSteps; ++step) {
      OCTET_UNROLL
      for (int i = 0; i < kTogether; ++i) vec::requantize_step(step, state[i], multipliers);
      between(first / kTogether * vec::kRequantizeSteps + step);
    }
    OCTET_UNROLL
    for (int i = 0; i < kTogether; ++i) x[first + i] = state[i].x;
  }
}

// The vector epilogue of `rows` rows of kLanes columns, where row(r) is a vector of accumulators.
// kRows is `rows`, or kUnknown.
template <int kRows, class Out, class Row>
OCTET_INLINE void finish_column(Row row, int rows, const vec::Multipliers& multipliers,
                                const OutputRange& range, const vec::ByteRange& bytes, Out* out,
                                std::int64_t stride) {
  constexpr bool kTogether = sizeof(Out) == 1;
  const int fours = kTogether ? rows / 4 : 0;
  if constexpr (kTogether) {
    constexpr int kFours = kRows == kUnknown ? kUnknown : kRows / 4;
    repeat<kFours>(
        fours, [&](int i) __attribute__((always_inline)) {
          vec::Acc x[4];
          OCTET_UNROLL
          for (int r = 0; r < 4; ++r) x[r] = vec::requantize(row(4 * i + r), multipliers);
          vec::store_rows(out + 4 * i * stride, stride,
                          vec::row_order(vec::narrow4<Out>(x, bytes)));
        });
  }
  constexpr int kSingles = kRows == kUnknown ? kUnknown : kTogether ? kRows % 4 : kRows;
  repeat<kSingles>(
      rows - 4 * fours, [&](int i) __attribute__((always_inline)) {
        const int r = 4 * fours + i;
        const vec::Acc x = vec::requantize(row(r), multipliers);
        vec::narrow(out + r * stride, clamp_lanes(x, range));
      });
}

// The vector epilogue of accumulators in memory, `width` to a row; shifts them left where they are.
template <class Out>
inline void finish_vectors(std::int32_t* accumulators, int rows, int width,
                           const PanelConstants& constants, const OutputRange& range,
                           Epilogue epilogue, Out* out, std::int64_t stride) {
  const vec::ByteRange bytes = vec::byte_range(range);
  for (int j = 0; j < width; j += vec::kLanes) {
    if (epilogue == Epilogue::vector_left_shift) {
      const vec::Acc left = vec::load_acc(constants.left + j);
      for (int r = 0; r < rows; ++r) {
        std::int32_t* const x = accumulators + r * width + j;
        vec::store_acc(x, shift_accumulator(vec::load_acc(x), left));
      }
    }
    const auto row = [&](int r) __attribute__((always_inline)) {
      return vec::load_acc(accumulators + r * width + j);
    };
    finish_column<kUnknown>(row, rows, vec::load_multipliers(constants, j), range, bytes, out + j,
                            stride);
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

// write(out, stride) writes `height` rows of `width` outputs, kMost at the most. Where not all of
// them exist, it writes to a block of its own, from which the `rows` x `columns` that do are
// copied.
template <int kMost, class Out, class Write>
OCTET_INLINE void write_block(int rows, int columns, int height, int width, Out* out,
                              std::int64_t stride, Write write) {
  const bool whole = rows == height && columns == width;
  Out block[kMost + kCopyMargin];
  write(whole ? out : block, whole ? stride : width);
  if (!whole) copy_rows(block, width, rows, columns, out, stride);
}

// Writes a block of `rows` x `columns` outputs from accumulators that lie `width` apart, width
// being the columns of the panel. Never writes beyond the last column; may change the accumulators.
template <class Out>
inline void finish_block(std::int32_t* accumulators, int rows, int columns, int width,
                         const PanelConstants& constants, const OutputRange& range,
                         Epilogue epilogue, Out* out, std::int64_t stride) {
  if constexpr (sizeof(Out) == 4) {
    for (int r = 0; r < rows; ++r) {
      for (int j = 0; j < columns; ++j) out[r * stride + j] = unbiased(accumulators[r * width + j]);
    }
    return;
  }
  if (epilogue == Epilogue::scalar) {
    for (int r = 0; r < rows; ++r, accumulators += width, out += stride) {
      for (int j = 0; j < columns; ++j) {
        out[j] = static_cast<Out>(finish_scalar(accumulators[j], constants, j, range));
      }
    }
    return;
  }
  constexpr int kMost = vec::kTileRows * vec::kTileVectors * vec::kLanes;
  write_block<kMost>(rows, columns, rows, width, out, stride, [&](Out* to, std::int64_t step) {
    finish_vectors(accumulators, rows, width, constants, range, epilogue, to, step);
  });
}

}  // namespace OCTET_TARGET
}  // namespace OCTET_BASELINE
}  // namespace octet
