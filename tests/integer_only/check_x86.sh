#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_x86.sh OBJDUMP OBJECT...: fails if an object or library holds an x86 instruction that computes with
# floating-point numbers or converts them, naming function and instruction. Moves, logic, shuffles
# and blends are allowed (movaps, xorps, shufps, vpermps, ...): compilers use them for integers too.
set -euo pipefail

objdump=$1

"$objdump" --disassemble --no-show-raw-insn --demangle "${@:2}" | awk '
  BEGIN {
    type = "(ps|pd|ss|sd|ph|sh)$"
    # Arithmetic of SSE, AVX and AVX-512, in packed and scalar form.
    arithmetic = "^v?(add|sub|mul|div|sqrt|min|max|addsub|hadd|hsub|dp|round|rcp|rsqrt)" type
    avx512 = "^v(rcp14|rcp28|rsqrt14|rsqrt28|exp2|getexp|getmant|scalef|range|reduce|rndscale|fixupimm|fpclass)" type
    fused = "^v(fmadd|fmsub|fnmadd|fnmsub|fmaddsub|fmsubadd|fmaddc|fcmaddc|fmulc|fcmulc)[0-9]*" type
    compare = "^v?(cmp[a-z_]*|comi|ucomi)" type
    dot_product = "^(vdpbf16ps|vdpphps|tdpbf16ps|tdpfp16ps|tcmm[a-z0-9]*)$"
    convert = "^v?cvt"
    x87 = "^f"
    refused = arithmetic "|" avx512 "|" fused "|" compare "|" dot_product "|" convert "|" x87
  }
  /^[0-9a-f]+ <.*>:$/ {
    name = $0
    sub(/^[0-9a-f]+ </, "", name)
    sub(/>:$/, "", name)
    next
  }
  /^ *[0-9a-f]+:/ {
    # Behind the address, prefixes may stand before the mnemonic.
    field = 2
    while ($field ~ /^(\{.*\}|lock|rep|repz|repnz|notrack|bnd|data16|addr32|[c-g]s)$/) field++
    instructions++
    if ($field ~ refused) {
      print name ": " $field
      found++
    }
  }
  END {
    if (!instructions) { print "no instructions found"; exit 1 }
    if (found) exit 1
    print instructions " instructions, none of them floating-point"
  }'
