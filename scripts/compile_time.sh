#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints how long it takes to compile one call in one file at -O2, the best of three tries, in
# seconds of processor time: with the include path alone, and with xsimd for the portable target where
# it is installed. The budget: gemm.hpp under 1.5 s, octet.hpp under 3 s.
#   scripts/compile_time.sh [COMPILER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=${1-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

variants=(0)
if echo '#include <xsimd/xsimd.hpp>' | "$compiler" -std=c++20 -E -x c++ - >/dev/null 2>&1; then
  variants+=(1)
fi
for with_xsimd in "${variants[@]}"; do
  for header in gemm conv2d octet; do
    cat >"$work/call.cpp" <<END
#include <octet/$header.hpp>
#include <octet/gemm.hpp>
octet::Status multiply(const octet::GemmParams& params, std::span<const std::int8_t> a,
                       std::span<const std::int8_t> b, std::span<std::int8_t> c,
                       std::span<std::byte> packed, std::span<std::byte> scratch) {
  const auto gemm = octet::Gemm<std::int8_t>::prepare(params, b, {}, packed);
  if (!gemm) return gemm.status();
  const auto bound = gemm->bind(a, c, scratch);
  if (bound) bound->run();
  return bound.status();
}
END
    best=
    for _ in 1 2 3; do
      seconds=$({ TIMEFORMAT='%U' && time "$compiler" -std=c++20 -O2 -Iinclude \
        -DOCTET_WITH_XSIMD=$with_xsimd -c "$work/call.cpp" -o "$work/call.o"; } 2>&1)
      if [[ -z $best ]] || awk "BEGIN {exit !($seconds < $best)}"; then best=$seconds; fi
    done
    printf '%-10s %-10s %s s  %s bytes of code\n' "$header.hpp" \
      "$([[ $with_xsimd == 0 ]] || echo "with xsimd")" "$best" \
      "$(size "$work/call.o" | awk 'NR == 2 {print $1}')"
  done
done
