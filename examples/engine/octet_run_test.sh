#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# octet_run_test.sh PROGRAM DIGITS_FOLDER: what people meet who use the program wrongly, and its exit
# codes: 1 for errors, 2 for wrong usage.
set -u
program=$1
model=$2/digits.tflite
images=$2/images.npy
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

# expect CODE TEXT COMMAND...: the command exits with the code and prints the text.
expect() {
  code=$1 text=$2
  shift 2
  output=$("$@" 2>&1)
  got=$?
  case $output in
    *"$text"*) ;;
    *) got="$got, without the text" ;;
  esac
  [ "$got" = "$code" ] && return
  echo "FAILED: $*"
  echo "  expected $code and: $text"
  echo "  got $got and: $output"
  failures=$((failures + 1))
}

expect 0 "output 0  INT8 1x10" "$program" "$model"
expect 0 "output 0  INT8 1x10" "$program" "$model" --rounding single
best=$("$program" "$model" | sed -n 's/.*, backend //p')
expect 0 "backend $best" env "OCTET_BACKEND=$best" "$program" "$model"
expect 0 "backend $best" env OCTET_BACKEND=nonsense "$program" "$model" --backend "$best"
expect 0 "weights" "$program" "$model" --describe
expect 1 "OCTET_BACKEND=nonsense is not a backend of this build (there are: " \
  env OCTET_BACKEND=nonsense "$program" "$model"
expect 1 "--backend nonsense is not a backend of this build (there are: " \
  "$program" "$model" --backend nonsense
expect 1 "no such file.tflite: " "$program" "no such file.tflite"
expect 2 "--rounding: up not in {" "$program" "$model" --rounding up
expect 2 "--repeat: 0 is not a number of runs, 1 or more" "$program" "$model" --repeat 0
expect 2 "--repeat: -3 is not a number of runs, 1 or more" "$program" "$model" --repeat=-3
expect 2 "model is required" "$program"

# Inputs that do not fit say what they hold and what is wanted.
expect 1 "images.npy holds UINT8 of shape 397x8x8x1, but the model's input is INT8 of shape 1x8x8x1" \
  "$program" "$model" --input "$images"
printf abc > "$folder/short.bin"
expect 1 "short.bin holds 3 bytes, but the model's input is INT8 of shape 1x8x8x1, 64 bytes" \
  "$program" "$model" --input "$folder/short.bin"
printf abc > "$folder/short.npy"
expect 1 "short.npy: not a .npy file" "$program" "$model" --input "$folder/short.npy"
expect 1 "the model has 1 inputs, 2 were given" \
  "$program" "$model" --input "$folder/short.bin" --input "$folder/short.bin"

# What is written can be read again.
head -c 64 "$images" > "$folder/input.bin"
expect 0 "arena" "$program" "$model" --input "$folder/input.bin" --output "$folder/output.npy"
expect 1 "output.npy holds INT8 of shape 1x10, but the model's input is INT8 of shape 1x8x8x1" \
  "$program" "$model" --input "$folder/output.npy"

# With --float-io files and what is printed are float32.
expect 0 "output 0  FLOAT32 1x10  " "$program" "$model" --float-io
expect 1 "input.bin holds 64 bytes, but the model's input is FLOAT32 of shape 1x8x8x1, 256 bytes" \
  "$program" "$model" --float-io --input "$folder/input.bin"
head -c 256 /dev/zero > "$folder/zeros.bin"
expect 0 "arena" "$program" "$model" --float-io --input "$folder/zeros.bin" --output "$folder/output.npy"
expect 1 "output.npy holds FLOAT32 of shape 1x10, but the model's input is INT8 of shape 1x8x8x1" \
  "$program" "$model" --input "$folder/output.npy"
zeros=$("$program" "$model" --float-io --input "$folder/zeros.bin" | grep output)
expect 0 "$zeros" "$program" "$model" --float-io
expect 0 "output 0  INT8 1x10" "$program" "$model" --integer-io

[ "$failures" = 0 ] && echo "all as expected"
exit "$failures"
