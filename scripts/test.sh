#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks everything: format, then build and tests with g++, clang++, sanitizers, and for AArch64 and
# 32-bit Arm under qemu. On Debian and its relatives it installs what is missing.
#   scripts/test.sh          all of it
#   scripts/test.sh --quick  only the release build with g++
#   OCTET_TEST_SECONDS=2400 scripts/test.sh
#                            without the sections that this machine is too slow for, in 40 minutes
#   scripts/test.sh --exhaustive [SECONDS]
#                            also what takes hours: the fuzzers for SECONDS each (default 600), ten times
#                            as many random tests, every accumulator and every pair of bytes
#                            (octet_exhaustive), small changes to the code which a test must notice
#                            (mutate.py), and desktop TensorFlow Lite beside octet (desktop_rounding.sh)
# The last line is `N passed, N failed, N skipped`, summed over all builds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

quick=false exhaustive=false fuzz_seconds=10
case "${1-}" in
  "") ;;
  --quick) quick=true ;;
  --exhaustive)
    exhaustive=true
    fuzz_seconds=${2-600}
    ;;
  *)
    sed -n '3,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
if [[ ! $fuzz_seconds =~ ^[0-9]+$ ]]; then
  echo "--exhaustive takes a number of seconds, not '$fuzz_seconds'"
  exit 2
fi

reports=$PWD/build/reports
names=() results=() seconds=()
broken=0 left_out=0  # sections that failed, or were skipped, without a test that was

# check TITLE COMMAND...: a section whose failure does not stop the others. The exit code 77 says that
# it was skipped.
check() {
  local failures result=passed
  failures=$(count failures)
  section "$@"
  if ((section_status == 77)); then
    result=skipped
    left_out=$((left_out + 1))
  elif ((section_status != 0)); then
    result=failed
    [[ $(count failures) != "$failures" ]] || broken=$((broken + 1))
  fi
  names+=("$1") results+=("$result") seconds+=("$section_seconds")
}

# fits TITLE PERCENT: whether sections that take PERCENT of the time of the release build end within
# OCTET_TEST_SECONDS. Where they do not they count as one that is skipped.
fits() {
  local limit=${OCTET_TEST_SECONDS-} end=$((SECONDS + release_seconds * $2 / 100))
  if [[ -z $limit ]] || ((end <= limit)); then
    return
  fi
  heading "$1"
  echo "skipped: would end after $end s, later than OCTET_TEST_SECONDS, $limit s"
  left_out=$((left_out + 1))
  names+=("$1") results+=(skipped) seconds+=(0)
  return 1
}

check_format() {
  if ! command -v clang-format-14 >/dev/null; then
    echo "skipped: needs clang-format-14, other versions format differently"
    return
  fi
  git -c safe.directory="$PWD" ls-files -z '*.hpp' '*.cpp' |
    xargs -0 --no-run-if-empty clang-format-14 --dry-run -Werror
}

# Compilers beside those of the builds: everything octet defines, and a program linked as a whole. All at a
# time, because each is one process.
check_warnings() {
  local warnings=(-std=c++20 -Wall -Wextra -Wconversion -Wshadow -Werror -Iinclude)
  local everything=tests/integer_only/instantiate.cpp compiler arm job running=() failed=0
  mkdir -p build/warnings
  link_as_a_whole() {
    # As for the builds, g++ 12's own headers for AVX-512 leave variables alone (GCC bug 105593).
    g++ "${warnings[@]}" -Wno-maybe-uninitialized -O2 -flto examples/static_arena.cpp -o build/warnings/lto
    build/warnings/lto
  }
  echo "g++ -flto"
  link_as_a_whole &
  running+=($!)
  for compiler in g++-11 clang++-19; do
    if command -v "$compiler" >/dev/null; then
      echo "$compiler"
      "$compiler" "${warnings[@]}" -O1 -DOCTET_STATIC_BACKEND=scalar -c "$everything" \
        -o "build/warnings/$compiler.o" &
      running+=($!)
    else
      echo "skipped: needs $compiler"
    fi
  done
  for arm in aarch64-linux-gnu arm-linux-gnueabihf; do
    if command -v clang++-19 >/dev/null && command -v "$arm-g++" >/dev/null; then
      echo "clang++-19 for $arm"
      clang++-19 --target="$arm" "${warnings[@]}" -fsyntax-only "$everything" &
      running+=($!)
    fi
  done
  for job in "${running[@]}"; do
    wait "$job" || failed=1
  done
  return $failed
}

# What an exhaustive run adds to the tests of the release build.
ten_times_as_many() {
  OCTET_TEST_ITERATIONS=10x ctest --preset release --label-regex '^(unit|engine)$' --parallel "$jobs" \
    --output-junit "$reports/release_10x.xml"
}

desktop_rounding() {
  local models=(examples/digits/digits.tflite ../shared/conformance/models/*/*.tflite)
  [[ -e ${models[1]} ]] || models=("${models[0]}")
  scripts/desktop_rounding.sh build/release/examples/octet_run "${models[@]}"
}

# The backends that this machine must run, from the kernel's view of it: a backend that fails to
# detect itself is an error.
expected_backends() {
  local flags expected=portable,scalar
  flags=" $(grep -m1 '^flags' /proc/cpuinfo 2>/dev/null || true) "
  if [[ $flags == *" sse4_1 "* && $flags == *" ssse3 "* ]]; then expected=sse41,$expected; fi
  if [[ $flags == *" avx2 "* ]]; then expected=avx2,$expected; fi
  if [[ $flags == *" avx_vnni "* ]]; then expected=avxvnni,$expected; fi
  if [[ $flags == *" avx512bw "* && $flags == *" avx512vl "* && $flags == *" avx512_vnni "* ]]; then
    expected=avx512vnni,$expected
    if [[ $flags == *" amx_tile "* && $flags == *" amx_int8 "* ]]; then
      expected=amx_int8,$expected
    fi
  fi
  echo "$expected"
}

# build_and_test PRESET [CMAKE_OPTION...]
build_and_test() {
  configure_and_build "$@"
  run_tests "$1"
}

# run_tests TEST_PRESET
run_tests() {
  ctest --preset "$1" --parallel "$jobs" --output-junit "$reports/$1.xml"
}

# What ctest wrote: the results of the conformance runner, then the tests that were skipped.
print_report() {
  awk -v preset="$(basename "$1" .xml)" '
    /<testcase / {
      name = $0
      sub(/.*<testcase name="/, "", name)
      sub(/".*/, "", name)
    }
    { sub(/^.*<system-out>/, "") }
    name ~ /^conformance/ && /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped/ {
      print preset ": " name ": " $0
    }
    /<skipped / { print preset ": " name ": skipped" }
  ' "$1"
}

# count ATTRIBUTE: the sum of an attribute of all reports (tests, failures, skipped).
count() {
  find "$reports" -name '*.xml' -exec cat {} + |
    sed -nE "s/^[[:space:]]+$1=\"([0-9]+)\"$/\1/p" | awk '{sum += $1} END {print sum + 0}'
}

packages=(
  g++ cmake ninja-build git ca-certificates binutils python3 libxsimd-dev catch2 nlohmann-json3-dev
  libflatbuffers-dev flatbuffers-compiler libcli11-dev libbenchmark-dev
)
optional=(
  clang-format-14 qemu-user libopenblas-dev libdnnl-dev libeigen3-dev libgemmlowp-dev libxnnpack-dev
  libcpuinfo-dev libpthreadpool-dev libtbb-dev
  gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm libonnx-dev libprotobuf-dev python3-onnx
)
if ! $quick; then
  packages+=(clang libclang-rt-dev)
  optional+=(g++-11 clang-19)
  [[ $(uname -m) == aarch64 ]] || optional+=(g++-aarch64-linux-gnu)
  optional+=(g++-arm-linux-gnueabihf)
fi
if $exhaustive; then
  optional+=(nodejs npm)
fi
required_section "Packages" install_packages "${packages[@]}" -- "${optional[@]}"

rm -rf "$reports"
mkdir -p "$reports"
if [[ -z ${OCTET_EXPECT_BACKENDS+set} && $(uname -m) == x86_64 ]]; then
  OCTET_EXPECT_BACKENDS=$(expected_backends)
  export OCTET_EXPECT_BACKENDS
fi

check "Format" check_format
# Kernels, engine, examples and benchmarks are optimized in any case. Ten times as many random tests are
# worth that of the tests, and that build shows whether each file includes what it uses.
# Whether sums of pointers wrap around is a third of what kernels take to compile with sanitizers; where they
# do, what is read there fails in any case.
together=ON apart=OFF sanitized=()
if $exhaustive; then
  together=OFF apart=ON sanitized=(-DCMAKE_CXX_FLAGS_DEBUG="-g1 -fsanitize=pointer-overflow")
fi
check "Release, g++" build_and_test release -DOCTET_UNITY_BUILD=$together -DOCTET_TESTS_UNOPTIMIZED=$together \
  -DOCTET_TESTS_PRECOMPILED=$together -DOCTET_BUILD_TESTS=ON -DOCTET_BUILD_EXAMPLES=ON -DOCTET_BUILD_BENCH=ON
release_seconds=${seconds[-1]}
precompiled=-DOCTET_TESTS_PRECOMPILED=ON
if ! $quick; then
  check "Warnings of other compilers" check_warnings
  if fits "Release, clang++" 42; then
    check "Release, clang++" build_and_test clang "$precompiled" \
      -DOCTET_TEST_ENGINE=$apart -DOCTET_BUILD_EXAMPLES=$apart
  fi
  if command -v aarch64-linux-gnu-g++ >/dev/null && command -v qemu-aarch64 >/dev/null &&
    fits "AArch64 under qemu" 70; then
    check "AArch64 under qemu" build_and_test aarch64 "$precompiled"
    check "AArch64 under qemu, no matrix products" run_tests aarch64-dotprod
    check "AArch64 under qemu, NEON only" run_tests aarch64-neon
  fi
  if command -v arm-linux-gnueabihf-g++ >/dev/null && command -v qemu-arm >/dev/null &&
    fits "Armv7 under qemu" 30; then
    check "Armv7 under qemu" build_and_test armhf "$precompiled"
    check "Armv7 under qemu, no NEON" run_tests armhf-scalar
  fi
  if fits "AddressSanitizer and UndefinedBehaviorSanitizer" 95; then
    check "AddressSanitizer and UndefinedBehaviorSanitizer" build_and_test asan "$precompiled" \
      "${sanitized[@]}" -DOCTET_FUZZ_SECONDS="$fuzz_seconds"
    check "Fuzzers, $fuzz_seconds s each" run_tests fuzz
  fi
fi

if $exhaustive; then
  check "Ten times as many random tests" ten_times_as_many
  check "Every accumulator, pair and value" build/release/tests/octet_exhaustive
  check "Mutations" scripts/mutate.py --jobs "$jobs"
  check "Desktop TensorFlow Lite" desktop_rounding
fi

heading "Summary"
for report in "$reports"/*.xml; do
  [[ ! -e $report ]] || print_report "$report"
done
printf '%-50s %-8s %8s\n' section result seconds
for i in "${!names[@]}"; do
  printf '%-50s %-8s %8d\n' "${names[i]}" "${results[i]}" "${seconds[i]}"
done
failed=$(($(count failures) + broken)) skipped=$(count skipped)
passed=$(($(count tests) - $(count failures) - skipped))
echo "$passed passed, $failed failed, $((skipped + left_out)) skipped"
((failed == 0))
