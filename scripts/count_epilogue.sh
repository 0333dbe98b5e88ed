#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints what the output stage costs on the x86 targets: the instructions that turn four vectors of
# accumulators into bytes (requantized, with zero point, saturated; constants in registers), without
# moves and the two of a clamp, and the cycles that llvm-mca expects all of them to take at the least.
#   scripts/count_epilogue.sh [COMPILER]
# Needs llvm-mca of LLVM 14 or later (Debian: llvm).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=${1-g++}
mca=$(command -v llvm-mca || command -v llvm-mca-14)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/epilogue.cpp" <<'END'
#include <octet/kernel/epilogue.hpp>
#define OCTET_KERNEL "epilogue-inl.hpp"
#include <octet/detail/foreach_target.hpp>
END
cat >"$work/epilogue-inl.hpp" <<'END'
#define OCTET_STRING_OF(x) #x
#define OCTET_STRING(x) OCTET_STRING_OF(x)
namespace octet { inline namespace OCTET_BASELINE { namespace OCTET_TARGET {
void finish(const std::int32_t* in, const PanelConstants& constants, const OutputRange& range,
            std::int8_t* out, int count) {
  const vec::Multipliers multipliers = vec::load_multipliers(constants, 0);
  const vec::ByteRange bytes = vec::byte_range(range);
  for (; count > 0; --count, in += 4 * vec::kLanes, out += 4 * vec::kLanes) {
    vec::Acc x[4];
    OCTET_UNROLL
    for (int i = 0; i < 4; ++i) x[i] = vec::load_acc(in + i * vec::kLanes);
    asm volatile("# LLVM-MCA-BEGIN " OCTET_STRING(OCTET_TARGET) : : : "memory");
    requantize_together(x, multipliers, [](int) {});
    vec::store_narrowed(out, vec::clamp_bytes<std::int8_t>(vec::narrow4<std::int8_t>(x), bytes));
    asm volatile("# LLVM-MCA-END" : : : "memory");
  }
}
} } }
END
printf '%-12s %-15s %12s %10s\n' target processor instructions cycles
for target in avx512vnni avxvnni avx2 sse41; do
  "$compiler" -std=c++20 -O2 -Iinclude -I"$work" -DOCTET_STATIC_BACKEND=$target \
    -S "$work/epilogue.cpp" -o "$work/$target.s"
  case $target in
    avx512vnni) processors="icelake-server" ;;
    avxvnni) processors="alderlake znver3" ;;
    *) processors="haswell znver3" ;;
  esac
  count=$(sed -n '/LLVM-MCA-BEGIN/,/LLVM-MCA-END/p' "$work/$target.s" |
    grep -E '^\s+v?p' | grep -cvE '^\s+v?p(min|max)' || true)
  for processor in $processors; do
    cycles=$("$mca" -mcpu="$processor" "$work/$target.s" 2>/dev/null |
      sed -n 's/^Block RThroughput: *//p' | head -1)
    printf '%-12s %-15s %12s %10s\n' "$target" "$processor" "$count" "${cycles:-?}"
  done
done
