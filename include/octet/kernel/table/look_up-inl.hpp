// SPDX-License-Identifier: Apache-2.0
// What operations do with bytes that are not computed with: looking them up in a table of 256, and
// finding the highest. Included inside the region of each target.

#ifndef OCTET_TARGET    // in an editor
#define OCTET_COMPILED  // the header leaves this file alone
#include "octet/kernel/table/look_up.hpp"
#define OCTET_TARGET scalar
#endif

namespace octet::inline OCTET_BASELINE::OCTET_TARGET {

template <int kCount, class Table>
OCTET_INLINE void look_up_vectors(const Table& table, const std::uint8_t* x, std::uint8_t* y) {
  constexpr int kBytes = 4 * vec::kLanes;
  vec::Narrowed bytes[kCount];
  OCTET_UNROLL
  for (int v = 0; v < kCount; ++v) bytes[v] = vec::load_narrowed(x + v * kBytes);
  table.look_up(bytes);
  OCTET_UNROLL
  for (int v = 0; v < kCount; ++v) vec::store_narrowed(y + v * kBytes, bytes[v]);
}

// y[i] = entries[x[i]] for i < count; y may be x.
template <class Table = vec::LookupTable>
inline void look_up(const std::uint8_t* entries, std::int64_t count, const void* input,
                    void* output) {
  const auto* const x = static_cast<const std::uint8_t*>(input);
  auto* const y = static_cast<std::uint8_t*>(output);
  std::int64_t i = 0;
  if constexpr (!std::is_pointer_v<Table>) {
    constexpr int kBytes = 4 * vec::kLanes, kTogether = 4;
    if (count >= kBytes) {
      const Table table(entries);
      for (; i + kTogether * kBytes <= count; i += kTogether * kBytes) {
        look_up_vectors<kTogether>(table, x + i, y + i);
      }
      for (; i + kBytes <= count; i += kBytes) look_up_vectors<1>(table, x + i, y + i);
    }
  }
  for (; i < count; ++i) y[i] = entries[x[i]];
}

// The highest of elements of 8 bits; count is at least 1.
template <class T>
inline void find_highest(std::int64_t count, const void* input, std::int32_t* highest) {
  constexpr int kBytes = 4 * vec::kLanes;
  const auto* const x = static_cast<const T*>(input);
  T most = x[0];
  std::int64_t i = 0;
  if (count >= kBytes) {
    vec::Narrowed most_of_lanes = vec::load_narrowed(x);
    for (i = kBytes; i + kBytes <= count; i += kBytes) {
      most_of_lanes = vec::max_bytes<T>(most_of_lanes, vec::load_narrowed(x + i));
    }
    T lanes[kBytes];
    vec::store_narrowed(lanes, most_of_lanes);
    for (const T lane : lanes) most = lane > most ? lane : most;
  }
  for (; i < count; ++i) most = x[i] > most ? x[i] : most;
  *highest = most;
}

}  // namespace octet::inline OCTET_BASELINE::OCTET_TARGET
