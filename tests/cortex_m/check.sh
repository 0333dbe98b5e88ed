#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check.sh ARM_CXX QEMU HOST_PROGRAM WORK_DIR: compiles every header of octet and chain.cpp for a
# Cortex-M4 with ARM_CXX, runs chain.cpp in QEMU and compares what it prints with HOST_PROGRAM, which is
# chain.cpp too: all backends of both machines must print the same hashes.
set -euo pipefail

arm_cxx=$1 qemu=$2 host_program=$3 work=$4
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
mkdir -p "$work"

flags=(
  -mcpu=cortex-m4 -mthumb -std=c++20 -Os -fno-exceptions -fno-rtti
  -DNDEBUG -DOCTET_STATIC_BACKEND=scalar -Wall -Wextra -Wconversion -Wshadow -Werror
  -ffunction-sections -fdata-sections -I"$root/include"
)

# Headers that stand alone; the others are included by these. int32_t is a long here.
(cd "$root/include" && find octet -name '*.hpp' ! -name '*-inl.hpp' ! -path '*/target/*') |
  sort | sed 's/.*/#include "&"/' >"$work/headers.cpp"
"$arm_cxx" "${flags[@]}" -fsyntax-only "$work/headers.cpp"

# -nostartfiles: reset, memory and output are startup.cpp's.
"$arm_cxx" "${flags[@]}" -nostartfiles -Wl,--gc-sections -Wl,--fatal-warnings -T "$here/mps2_an386.ld" \
  "$here/startup.cpp" "$here/chain.cpp" -o "$work/chain.elf" 2>&1 | tee "$work/compiler.txt"
if [[ -s $work/compiler.txt ]]; then
  echo "the compiler has something to say"  # a note that is no warning, such as that of an ABI
  exit 1
fi
"${arm_cxx%g++}size" "$work/chain.elf"

"$qemu" -M mps2-an386 -display none -monitor none -serial none -chardev stdio,id=output \
  -semihosting-config enable=on,target=native,chardev=output -kernel "$work/chain.elf" >"$work/cortex_m.txt"
"$host_program" >"$work/host.txt"
sed 's/^/cortex-m4, /' "$work/cortex_m.txt"
sed 's/^/host, /' "$work/host.txt"

if [[ ! -s $work/cortex_m.txt || ! -s $work/host.txt ]]; then
  echo "a program printed nothing"
  exit 1
fi
if (($(sort -u <(cut -d: -f2- "$work/cortex_m.txt") <(cut -d: -f2- "$work/host.txt") | wc -l) != 1)); then
  echo "the hashes differ"
  exit 1
fi
