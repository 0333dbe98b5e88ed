#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Prints how long it takes to compile a file that uses octet at -O2: the best of three tries, in seconds
# of processor time, beside the most that it may take, and the bytes of code it gives. Fails if one of
# them takes longer. The budgets hold for g++ 12 on x86-64 at about 3 GHz; OCTET_COMPILE_TIME_FACTOR
# multiplies them for slower machines. The files:
#   twelve operations    through octet::compiled
#   one product          header-only, all targets of this processor's family: Gemm
#   four operations      the same: Conv2d, DepthwiseConv2d, FullyConnected, Softmax
#   octet.hpp            the same, nothing but the include
#   scripts/compile_time.sh [COMPILER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
compiler=${1-g++}
factor=${OCTET_COMPILE_TIME_FACTOR-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# use HEADER CLASS PARAMS KIND: a function that prepares, binds and runs an operation.
use() {
  local header=$1 class=$2 params=$3 kind=$4 prepared bound
  case $kind in
    product) prepared='params, weights, {}, memory' bound='x, y, memory' ;;
    table) prepared='params, memory' bound='x, y' ;;
    binary) prepared='params' bound='x, x, y' ;;
    unary) prepared='params' bound='x, y' ;;
  esac
  cat <<END
#include <octet/$header.hpp>
octet::Status use_$header(const octet::$params& params, std::span<const std::int8_t> x,
                          std::span<std::int8_t> y, std::span<const std::int8_t> weights,
                          std::span<std::byte> memory) {
  static_cast<void>(weights), static_cast<void>(memory);
  const auto operation = octet::$class::prepare($prepared);
  if (!operation) return operation.status();
  const auto bound = operation->bind($bound);
  if (bound) bound->run();
  return bound.status();
}
END
}
product() { use gemm 'Gemm<std::int8_t>' GemmParams product; }
chain() {
  use conv2d 'Conv2d<std::int8_t>' Conv2dParams product
  use depthwise_conv2d 'DepthwiseConv2d<std::int8_t>' DepthwiseConv2dParams product
  use fully_connected 'FullyConnected<std::int8_t>' FullyConnectedParams product
  use softmax 'Softmax<std::int8_t>' SoftmaxParams table
}
twelve() {
  product
  chain
  use add 'Add<std::int8_t>' AddParams binary
  use mul 'Mul<std::int8_t>' MulParams binary
  use logistic 'Logistic<std::int8_t>' LogisticParams table
  use max_pool2d 'MaxPool2d<std::int8_t>' Pool2dParams unary
  use mean 'Mean<std::int8_t>' MeanParams unary
  use pad 'Pad<std::int8_t>' PadParams unary
  use requantize 'Requantize<std::int8_t, std::int8_t>' RequantizeParams unary
}

over=0
# measure NAME BUDGET OPTION...: compiles standard input.
measure() {
  local name=$1 budget best='' seconds verdict=''
  budget=$(awk "BEGIN {print $2 * $factor}")
  shift 2
  cat >"$work/unit.cpp"
  for _ in 1 2 3; do
    seconds=$({ TIMEFORMAT='%U' && time "$compiler" -std=c++20 -O2 -Iinclude "$@" \
      -c "$work/unit.cpp" -o "$work/unit.o" 2>"$work/errors"; } 2>&1) || {
      cat "$work/errors"
      exit 1
    }
    if [[ -z $best ]] || awk "BEGIN {exit !($seconds < $best)}"; then best=$seconds; fi
  done
  if awk "BEGIN {exit !($best > $budget)}"; then
    verdict=', over the budget'
    over=1
  fi
  printf '%-20s %6.2f s  of %5.2f s  %7d bytes of code%s\n' "$name" "$best" "$budget" \
    "$(size "$work/unit.o" | awk 'NR == 2 {print $1}')" "$verdict"
}

measure "twelve operations" 2.5 -DOCTET_COMPILED < <(twelve)
measure "one product" 4 < <(product)
measure "four operations" 9 < <(chain)
measure "octet.hpp" 3 <<<'#include <octet/octet.hpp>'
exit $over
