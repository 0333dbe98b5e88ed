#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every command of a page of the documentation: lines of its code blocks that begin with
# build/release/, with those that they go on in. What they write goes to a folder that is removed.
#   tests/docs/run_commands.sh PAGE BUILD_FOLDER
set -euo pipefail

page=$(realpath "$1")
build=$(realpath "$2")
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir build
ln -s "$build" build/release
ln -s "$source/examples" examples

commands=0
# Without -r, lines that end with a backslash are one.
# shellcheck disable=SC2162
while read command; do
  echo "$ $command"
  bash -euo pipefail -c "$command" </dev/null
  commands=$((commands + 1))
done < <(awk '/^    build\/release\// { is_command = 1 } is_command { print; is_command = /\\$/ }' "$page")
echo "$commands commands of $(basename "$page") ran"
((commands > 0))
