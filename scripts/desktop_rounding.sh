#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Compares octet with desktop TensorFlow Lite: runs models on the inputs beside them and on random ones
# with three roundings, and the same in TensorFlow Lite with its XNNPACK delegate, compiled to WebAssembly
# (the npm package @tensorflow/tfjs-tflite). Prints a table, and fails if any byte differs with --rounding
# float32_half_even: XNNPACK multiplies by a float32 scale. `by steps` is how far outputs of --rounding
# tflite are away.
#   scripts/desktop_rounding.sh OCTET_RUN MODEL...
# OCTET_INPUTS is the number of random inputs (default 100), OCTET_TEST_SEED their seed (default 1).
# Without Node.js, npm or a network the last line starts with `skipped`, and the exit code is 77.
set -euo pipefail

if (($# < 2)); then
  sed -n '3,9s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 2
fi
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=$scripts/../build/desktop_rounding
wasm=$packages/node_modules/@tensorflow/tfjs-tflite/wasm

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "skipped: needs nodejs and npm"
  exit 77
fi
# What the package names beside itself serves tensors of JavaScript, which are not used here.
if [[ ! -e $wasm/tflite_web_api_cc_simd.wasm ]]; then
  mkdir -p "$packages"
  if ! npm install --prefix "$packages" --no-audit --no-fund --ignore-scripts --legacy-peer-deps \
    --loglevel=error @tensorflow/tfjs-tflite@0.0.1-alpha.10; then
    echo "skipped: npm cannot install @tensorflow/tfjs-tflite"
    exit 77
  fi
fi
node "$scripts/desktop_rounding.js" "$wasm" "$1" "${OCTET_INPUTS-100}" "${OCTET_TEST_SEED-1}" "${@:2}"
