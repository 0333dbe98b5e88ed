#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_cortex_m.sh ARM_CXX SOURCE OBJECT: compiles SOURCE for a Cortex-M0, which has no floating-point
# unit and no vectors, and fails if the object calls more of the C and C++ libraries than integer
# division, multiplication and bit counts, and the functions on memory that compilers call by
# themselves: no soft floating point (__aeabi_fadd), heap, stdio, exceptions, RTTI or locks.
set -euo pipefail

arm_cxx=$1 source=$2 object=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# -Wno-psabi: notes that arguments aligned to 8 bytes are passed as they are since GCC 7.1.
"$arm_cxx" -mcpu=cortex-m0 -mthumb -std=c++20 -O0 -fno-exceptions -fno-rtti \
  -DNDEBUG -DOCTET_STATIC_BACKEND=scalar -Wall -Wextra -Wconversion -Wshadow -Werror -Wno-psabi \
  -I"$here/../../include" -c "$source" -o "$object"

allowed=(
  __aeabi_{idiv,idivmod,uidiv,uidivmod,ldivmod,uldivmod,lmul,llsl,llsr,lasr,lcmp,ulcmp}
  __{clz,ctz,popcount}{s,d}i2 mem{cmp,cpy,move,set} __aeabi_mem{cpy,move,set,clr}{,4,8} strlen
)
called=$("${arm_cxx%g++}nm" --undefined-only --format=just-symbols "$object" | sort -u)
if [[ -z $called ]]; then
  echo "no calls found: divisions are calls on this processor"
  exit 1
fi
if comm -13 <(printf '%s\n' "${allowed[@]}" | sort) - <<<"$called" | grep .; then
  echo "these functions have no place in $source"
  exit 1
fi
echo "called: ${called//$'\n'/ }"
