// SPDX-License-Identifier: Apache-2.0
// The tile operations of target/amx_int8.hpp for machines that lack the instructions, with what the
// instructions refuse: use before `configure`, shapes that do not fit, a configuration that no
// processor takes. A refusal ends the program, as the instruction's exception would.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace octet::inline OCTET_BASELINE {
namespace amx_int8 {
namespace tile {

inline void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "emulated tiles: %s\n", what);
  std::abort();
}

// The tile registers of one thread.
struct Registers {
  static constexpr int kTiles = 8;

  bool configured = false;
  Configuration shape = {};
  std::uint8_t bytes[kTiles][kSize][kDepth] = {};

  ~Registers() { require(!configured, "a thread ended without release"); }
};

inline Registers& registers() {
  thread_local Registers state;
  return state;
}

// The registers, if the shape of tile t allows its use.
inline Registers& usable(int t) {
  Registers& r = registers();
  require(r.configured, "used before configure");
  require(r.shape.rows[t] != 0, "used a tile without rows");
  return r;
}

inline void configure(const Configuration& configuration) {
  Registers& r = registers();
  require(!r.configured, "configured twice without release");
  require(configuration.palette == 1 && configuration.start_row == 0, "a wrong palette");
  for (const std::uint8_t byte : configuration.reserved) require(byte == 0, "reserved bytes set");
  for (int t = 0; t < 16; ++t) {
    const int rows = configuration.rows[t], row_bytes = configuration.row_bytes[t];
    require(t < Registers::kTiles || (rows == 0 && row_bytes == 0), "a ninth tile");
    require(rows <= kSize && row_bytes <= kDepth, "a tile too large");
    require((rows == 0) == (row_bytes == 0), "a tile of rows without bytes, or the other way");
  }
  r.shape = configuration;
  std::memset(r.bytes, 0, sizeof r.bytes);
  r.configured = true;
}

inline void release() {
  Registers& r = registers();
  require(r.configured, "released twice");
  r.configured = false;
  // Whoever relies on contents after this finds other ones.
  std::memset(r.bytes, 0xa5, sizeof r.bytes);
}

inline void before_loads() {}

template <int kTile>
void load(const void* rows, std::int64_t stride) {
  static_assert(kTile >= 0 && kTile < Registers::kTiles);
  Registers& r = usable(kTile);
  std::memset(r.bytes[kTile], 0, sizeof r.bytes[kTile]);
  for (int row = 0; row < r.shape.rows[kTile]; ++row) {
    std::memcpy(r.bytes[kTile][row], static_cast<const std::uint8_t*>(rows) + row * stride,
                r.shape.row_bytes[kTile]);
  }
}

template <int kTile>
void store(std::int32_t* rows, std::int64_t stride) {
  static_assert(kTile >= 0 && kTile < Registers::kTiles);
  Registers& r = usable(kTile);
  for (int row = 0; row < r.shape.rows[kTile]; ++row) {
    std::memcpy(reinterpret_cast<std::uint8_t*>(rows) + row * stride, r.bytes[kTile][row],
                r.shape.row_bytes[kTile]);
  }
}

template <int kSum, int kA, int kB>
void dot(bool a_is_signed) {
  static_assert(kSum != kA && kSum != kB && kA != kB);
  const Registers& r = usable(kSum);
  usable(kA);
  usable(kB);
  const auto& rows = r.shape.rows;
  const auto& row_bytes = r.shape.row_bytes;
  require(rows[kSum] == rows[kA], "a sum with other rows than a");
  require(row_bytes[kSum] == row_bytes[kB], "a sum with other columns than b");
  require(row_bytes[kA] == 4 * rows[kB], "depths that differ");
  require(row_bytes[kSum] % 4 == 0, "a column in part");
  std::uint8_t sums[kSize][kDepth] = {};
  for (int i = 0; i < rows[kSum]; ++i) {
    std::int32_t sum[kSize];
    std::memcpy(sum, r.bytes[kSum][i], sizeof sum);
    for (int k = 0; k < row_bytes[kA]; ++k) {
      const std::uint8_t byte = r.bytes[kA][i][k];
      const int a = a_is_signed ? static_cast<std::int8_t>(byte) : int{byte};
      for (int j = 0; j < row_bytes[kSum] / 4; ++j) {
        const int b = static_cast<std::int8_t>(r.bytes[kB][k / 4][4 * j + k % 4]);
        sum[j] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum[j]) +
                                           static_cast<std::uint32_t>(a * b));
      }
    }
    std::memcpy(sums[i], sum, row_bytes[kSum]);
  }
  std::memcpy(registers().bytes[kSum], sums, sizeof sums);
}

}  // namespace tile
}  // namespace amx_int8
}  // namespace octet::inline OCTET_BASELINE
