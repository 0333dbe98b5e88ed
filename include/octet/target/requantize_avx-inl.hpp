// SPDX-License-Identifier: Apache-2.0
// Requantization on x86 targets that shift each lane by a count of its own. Included by the files
// of the widths behind vector_x86-inl.hpp.

OCTET_INLINE Acc shift_left(Acc x, Acc count) { return OCTET_MM(sllv_epi32)(x, count); }

// requantize_biased_form: unsigned products of the even lanes and of the odd ones.
struct Multipliers {
  Vector even, odd, addend_even, addend_odd, tie_shift, right;
};
inline constexpr RequantizeForm kRequantizeForm = RequantizeForm::biased;
OCTET_INLINE Multipliers load_multipliers(const PanelConstants& constants, int channel) {
  const std::int32_t* const multiplier = constants.multiplier + 2 * channel;
  return {load_acc(multiplier),
          load_acc(multiplier + kLanes),
          load_vector(constants.addend + channel),
          load_vector(constants.addend + channel + kLanes / 2),
          load_acc(constants.tie_shift + channel),
          load_acc(constants.right + channel)};
}
// Step by step, so that kernels can put other work between. The high halves of the products are the
// results: those of the odd lanes stand where they belong, those of the even move down.
inline constexpr int kRequantizeSteps = 9;
struct Requantizing {
  Vector x, even, odd, tie;
};
OCTET_INLINE void requantize_step(int step, Requantizing& state, const Multipliers& m) {
  // g++ would put the steps of one vector one after the other again.
  const auto keep = [](Acc & x) __attribute__((always_inline)) { asm("" : "+v"(x)); };
  switch (step) {
    case 0: return keep(state.odd = odd_lanes(state.x));
    case 1: return keep(state.even = OCTET_MM(mul_epu32)(state.x, m.even));
    case 2: return keep(state.odd = OCTET_MM(mul_epu32)(state.odd, m.odd));
    case 3: return keep(state.tie = OCTET_MM(srlv_epi32)(state.x, m.tie_shift));
    case 4: return keep(state.even = OCTET_MM(add_epi64)(state.even, m.addend_even));
    case 5: return keep(state.odd = OCTET_MM(add_epi64)(state.odd, m.addend_odd));
    case 6: return keep(state.x = high_halves(state.even, state.odd));
    case 7: return keep(state.x = OCTET_MM(add_epi32)(state.x, state.tie));
    case 8: return keep(state.x = OCTET_MM(srav_epi32)(state.x, m.right));
    default: return;
  }
}
OCTET_INLINE Acc requantize(Acc x, const Multipliers& m) {
  Requantizing state{x, x, x, x};
  OCTET_UNROLL
  for (int step = 0; step < kRequantizeSteps; ++step) requantize_step(step, state, m);
  return state.x;
}

// requantize_reduced.
OCTET_INLINE Acc requantize_sums(const std::int64_t* sums, const std::int32_t* multiplier,
                                 const std::int32_t* shift) {
  const auto half = [&](int first) {
    const Vector sum = load_vector(sums + first);
    const Vector factor = OCTET_MM(cvtepu32_epi64)(load_half(multiplier + first));
    const Vector right = OCTET_MM(cvtepu32_epi64)(load_half(shift + first));
    const Vector high = OCTET_MM(mul_epi32)(OCTET_MM(srli_epi64)(sum, 32), factor);
    const Vector product =
        OCTET_MM(add_epi64)(OCTET_MM(mul_epu32)(sum, factor), OCTET_MM(slli_epi64)(high, 32));
    // 2^63 higher, for a shift of unsigned values.
    const Vector bias = splat_sum(std::int64_t{-1} << 63);
    const Vector whole = OCTET_MM(sllv_epi64)(splat_sum(1), right);
    const Vector rounded =
        OCTET_MM(add_epi64)(product, OCTET_MM(add_epi64)(OCTET_MM(srli_epi64)(whole, 1), bias));
    return OCTET_MM(sub_epi64)(OCTET_MM(srlv_epi64)(rounded, right),
                               OCTET_MM(srlv_epi64)(bias, right));
  };
  return low_halves(half(0), half(kLanes / 2));
}
