#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the examples and benchmarks and shows them at work: handwritten digits recognized on every
# backend, the time of each operation, a float network made integers, and int8 matrix products against
# fp32. On Debian and its relatives it installs what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

build() {
  configure_and_build release -DOCTET_BUILD_TESTS=OFF -DOCTET_BUILD_EXAMPLES=ON \
    -DOCTET_BUILD_BENCH=ON
}

# All libraries on one core, so that the table compares kernels and not threads.
int8_against_fp32() {
  local results=build/release/gemm_bench.json
  build/release/bench/gemm_bench \
    --benchmark_filter='^gemm/[^/]+/(s8s8s8|f32)/(256x256x256|512x512x512)(/|$)' \
    --benchmark_min_time=0.2 --benchmark_out="$results" --benchmark_out_format=json >/dev/null
  bench/report "$results"
}

# A float network becomes integers, measured on images that did not calibrate.
quantize_digits() {
  local digits=examples/digits
  build/release/examples/octet_quantize $digits/digits_float.tflite --calibrate $digits/calibration.npy \
    --evaluate $digits/images.npy --labels $digits/labels.npy --report --suggest --compare $digits/digits.tflite
}

required_section "Packages" install_packages \
  g++ cmake ninja-build git ca-certificates python3 libxsimd-dev libflatbuffers-dev \
  flatbuffers-compiler libcli11-dev nlohmann-json3-dev libbenchmark-dev -- libopenblas-dev libdnnl-dev
required_section "Build" build
required_section "Handwritten digits on every backend" build/release/examples/octet_digits
required_section "Time per operation" build/release/examples/octet_run examples/digits/digits.tflite --profile
required_section "A float network becomes integers" quantize_digits
required_section "int8 against fp32, one core" int8_against_fp32
