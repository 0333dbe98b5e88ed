#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints how long it takes to compile one file at -O2, the best of three tries, in seconds of processor
# time: a file that includes octet.hpp, and files that multiply matrices; with one target alone (avx2 or
# neon), with all of this processor, and with the portable one too, where xsimd is installed.
# The budget: gemm.hpp under 1.5 s, octet.hpp under 3 s.
#   scripts/compile_time.sh [COMPILER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=${1-g++}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

case $("$compiler" -dumpmachine) in
  x86_64*) one=avx2 ;;
  aarch64*) one=neon ;;
  *) one=scalar ;;
esac
variants=("$one alone" "all targets")
if echo '#include <xsimd/xsimd.hpp>' | "$compiler" -std=c++20 -E -x c++ - >/dev/null 2>&1; then
  variants+=("and portable")
fi
for variant in "${variants[@]}"; do
  case $variant in
    *alone) options="-DOCTET_STATIC_BACKEND=$one" ;;
    all*) options= ;;
    *) options=-DOCTET_WITH_XSIMD=1 ;;
  esac
  for file in "octet.hpp alone" "gemm.hpp" "octet.hpp"; do
    echo "#include <octet/${file% alone}>" >"$work/call.cpp"
    [[ $file == *alone ]] || cat >>"$work/call.cpp" <<END
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
      seconds=$({ TIMEFORMAT='%U' && time "$compiler" -std=c++20 -O2 -Iinclude $options \
        -c "$work/call.cpp" -o "$work/call.o"; } 2>&1)
      if [[ -z $best ]] || awk "BEGIN {exit !($seconds < $best)}"; then best=$seconds; fi
    done
    printf '%-16s %-13s %s s  %6s bytes of code\n' "$file" "$variant" "$best" \
      "$(size "$work/call.o" | awk 'NR == 2 {print $1}')"
  done
done
