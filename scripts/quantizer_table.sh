#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# MLPerf Tiny's four networks through octet_quantize, beside what TensorFlow's converter made of them: signal to
# quantization noise at the output, classes, size and time, by method, on inputs that did not calibrate. Fails where
# octet's file with min/max is more than 0.3 dB behind the converter's, no method is ahead of it, or classes agree
# with float32 less often.
#   scripts/quantizer_table.sh OCTET_QUANTIZE FLOAT_MODELS CONFORMANCE_MODELS [OCTET_RUN]
# With octet_run it compares the files in desktop TensorFlow Lite too (desktop_rounding.sh), and fails where a byte
# differs.
# OCTET_SAMPLES is the number of made-up images (default 100).
# Images are made up (smooth and pale, from a seed). Features of speech are those of one word, moved, with every other
# one kept for the evaluation; those of a machine's sound are a recording of it, in halves.
set -euo pipefail

if (($# < 3)); then
  sed -n '3,14s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
  exit 2
fi
quantize=$1 floats=$2 models=$3 run=${4-} samples=${OCTET_SAMPLES-100}
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

features() { python3 "$scripts/keyword_features.py" "$floats/marvin.wav" "$work/$1.bin" 64 "$2" 2; }
features speech 0
features more_speech 1
half=$(($(stat -c %s "$floats/ad01_normal_hist.bin") / 2))
head -c "$half" "$floats/ad01_normal_hist.bin" >"$work/sound.bin"
tail -c "$half" "$floats/ad01_normal_hist.bin" >"$work/more_sound.bin"

failures=0
# best_of PATTERN FILE: dB and the share of classes of the best of the rows.
best_of() { awk -v pattern="$1" '$0 ~ pattern {
  for (i = 1; i <= NF; ++i) if ($i ~ /^-?[0-9.]+$/) { if ($i > best) { best = $i; share = $(i + 1) } break }
} END { print best + 0, share + 0 }' "$2"; }

network() {
  local name=$1 converted=$2
  shift 2
  echo "$name"
  "$quantize" "$floats/$name.tflite" -o "$work/$name.tflite" --compare "$converted" "$@" | tee "$work/table"
  echo
  local theirs minmax best
  theirs=$(best_of "^$(basename "$converted")" "$work/table")
  minmax=$(best_of '^minmax  ' "$work/table")
  best=$(best_of '^(minmax|moving|percentile|least|entropy)' "$work/table")
  awk -v theirs="$theirs" -v minmax="$minmax" -v best="$best" 'BEGIN {
    split(theirs, t); split(minmax, m); split(best, b)
    exit !(m[1] >= t[1] - 0.3 && b[1] > t[1] && m[2] >= t[2])
  }' || { echo "$name: behind the converter's file" && failures=1; }
}

network resnet8_float "$models/resnet8/resnet8.tflite" --synthetic "$samples" --range 0 255
network vww_96_float "$floats/vww_96_int8.tflite" --synthetic "$samples" --range 0 1
network ds_cnn_kws_float "$models/ds_cnn_kws/ds_cnn_kws.tflite" \
  --calibrate "$work/speech.bin" --evaluate "$work/more_speech.bin"
network ad01_float "$floats/ad01_int8.tflite" \
  --calibrate "$work/sound.bin" --evaluate "$work/more_sound.bin"

if [[ -n $run ]]; then
  "$scripts/desktop_rounding.sh" "$run" "$work"/*_float.tflite || (($? == 77)) || failures=1
fi
exit $failures
