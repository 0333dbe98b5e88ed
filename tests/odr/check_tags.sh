#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# check_tags.sh NM OBJECT: fails if the object defines a weak symbol that involves the namespace octet and
# not its baseline tag (OCTET_BASELINE, whose names begin with on_): units of other flags would share it.
set -euo pipefail

symbols=$("$1" --defined-only --format=posix "$2" | awk '$2 ~ /^[WVu]$/ && $1 ~ /5octet/ {print $1}')
if [[ -z $symbols ]]; then
  echo "no weak symbol of octet: this check would say nothing"
  exit 1
fi
if untagged=$(grep -vE '5octet[0-9]+on_' <<<"$symbols"); then
  echo "outside the baseline tag:"
  c++filt <<<"$untagged"
  exit 1
fi
echo "weak symbols of octet: $(wc -l <<<"$symbols"), all of them tagged"
