#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_symbols.sh NM OBJECT OBJECT: fails if both objects define a weak symbol that involves the
# namespace octet. The linker would keep one of the two, maybe the one this machine cannot run.
set -euo pipefail

nm=$1 first=$2 second=$3

# Names of weak definitions (W, V) and unique ones (u) that hold the mangled namespace.
weak_symbols() {
  "$nm" --defined-only --format=posix "$1" | awk '$2 ~ /^[WVu]$/ && $1 ~ /5octet/ {print $1}' | sort
}

first_symbols=$(weak_symbols "$first")
second_symbols=$(weak_symbols "$second")
if [[ -z $first_symbols || -z $second_symbols ]]; then
  echo "an object defines no weak symbol of octet: this check would say nothing"
  exit 1
fi
shared=$(comm -12 <(echo "$first_symbols") <(echo "$second_symbols"))
if [[ -n $shared ]]; then
  echo "defined in both $(basename "$first") and $(basename "$second"):"
  c++filt <<<"$shared"
  exit 1
fi
echo "weak symbols of octet: $(wc -l <<<"$first_symbols") and $(wc -l <<<"$second_symbols"), none shared"
