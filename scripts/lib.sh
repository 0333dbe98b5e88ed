# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What demo.sh and test.sh share: timed sections, and installing the packages that are missing.

jobs=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)

heading() {
  printf '\n== %s\n' "$*"
}

# section TITLE COMMAND...: runs COMMAND under a heading. Sets section_status to its exit code and
# section_seconds to its duration, and succeeds in any case. Never call it in a condition: bash
# would ignore `set -e` inside of COMMAND.
section() {
  local title=$1 start=$SECONDS outcome="done"
  shift
  heading "$title"
  set +e
  (
    set -e
    "$@"
  )
  section_status=$?
  set -e
  section_seconds=$((SECONDS - start))
  ((section_status == 0)) || outcome="failed"
  echo "-- $title: $outcome, $section_seconds s"
}

# required_section TITLE COMMAND...: a section without which the script cannot go on.
required_section() {
  section "$@"
  ((section_status == 0)) || exit "$section_status"
}

# install_packages DEBIAN_PACKAGE... [-- OPTIONAL_PACKAGE...]: installs those that are missing,
# optional ones where the distribution has them.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    check_programs "${@/#--/and, better with:}"
    return
  fi

  local package missing=() optional=() list=missing
  for package; do
    if [[ $package == -- ]]; then
      list=optional
    elif [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]]; then
      continue
    elif [[ $list == missing ]]; then
      missing+=("$package")
    else
      optional+=("$package")
    fi
  done
  ((${#missing[@]} + ${#optional[@]})) || return 0

  local as_root=(env DEBIAN_FRONTEND=noninteractive)
  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "Packages are missing, and neither root nor sudo is at hand. As root, run:"
      echo "  apt-get update"
      echo "  apt-get install --no-install-recommends ${missing[*]} ${optional[*]}"
      return 1
    fi
    as_root=(sudo "${as_root[@]}")
  fi
  "${as_root[@]}" apt-get update -qq
  for package in "${optional[@]}"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      missing+=("$package")
    else
      echo "not in this distribution, goes on without: $package"
    fi
  done
  ((${#missing[@]})) || return 0
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 \
    "${missing[@]}" >/dev/null
}

# check_programs WORD...: for systems without apt; WORDs are the Debian packages to name.
check_programs() {
  local program missing=()
  for program in c++ cmake ninja git python3; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  ((${#missing[@]})) || return 0
  cat <<END
This system has no apt-get, and these programs are missing: ${missing[*]}
Install a C++20 compiler (GCC 12 or Clang 14, or later), CMake 3.22 or later, Ninja, git and
Python 3, then run this script again. Libraries that are not installed are downloaded by CMake.
What the script installs on Debian: $*
END
  return 1
}

# configure_and_build PRESET [CMAKE_OPTION...]
configure_and_build() {
  local preset=$1
  shift
  cmake --preset "$preset" "$@" --log-level=WARNING
  cmake --build --preset "$preset" --parallel "$jobs"
}
