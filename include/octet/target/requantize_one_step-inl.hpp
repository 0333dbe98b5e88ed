// SPDX-License-Identifier: Apache-2.0
// Requantization of targets that do it in one step, and sums of 64 bits lane by lane. Included in
// the vocabulary of each, behind its `requantize`.

OCTET_INLINE Acc requantize_sums(const std::int64_t* sums, const std::int32_t* multiplier,
                                 const std::int32_t* shift) {
  std::int32_t lanes[kLanes];
  for (int i = 0; i < kLanes; ++i) {
    lanes[i] = requantize_reduced(sums[i], multiplier[i], shift[i]);
  }
  return load_acc(lanes);
}
inline constexpr int kRequantizeSteps = 1, kRequantizeTogether = 1;
struct Requantizing {
  Acc x;
};
OCTET_INLINE void requantize_step(int, Requantizing& state, const Multipliers& m) {
  state.x = requantize(state.x, m);
}
