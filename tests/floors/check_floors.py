#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_floors.py INCLUDE_DIR: every file of octet includes only what stands on its own floor or below,
and octet.hpp and reference.hpp lead to all headers beside them and to all references.

An include counts whatever names it: #include "octet/..." and the #define of a file that is included
once for each target; what only editors read (kernel/editor.hpp) does not. Every file has a floor: one
that no pattern names is an error.
"""
import pathlib
import re
import sys

# The first pattern that matches a file's path, relative to octet/, tells its floor.
FLOORS = [
    # What of detail/ stands higher than floor 1, and why.
    ("detail/kernel_table(-inl)?", 5),  # a table has an entry for each backend
    ("detail/target_layouts", 4),  # so has this one
    ("detail/foreach_target", 3),  # opens the region of each target
    ("detail/(conv2d|depthwise)_blocking", 3),  # how kernels cut the operations of floor 2
    # 1 numbers: the integer arithmetic, plain data and checks
    ("detail/.*|fixed_point|float32_product|fixed_point_log|fixed_point_math|types|version|window", 1),
    # 2 the specification
    ("reference/.*|reference", 2),
    # 3 kernels, and the targets that include them
    ("kernel/.*|target/.*", 3),
    # 4 which targets there are
    ("backends", 4),
    # 5 prepare, bind and run of each kind of operation
    ("family/.*", 5),
    # 6 what users call
    ("[a-z0-9_]+", 6),
    # 7 the floating-point boundary, and above it what needs a heap or an environment
    ("quantize/.*", 7),
    ("hosted/.*", 8),
]
INCLUDE = re.compile(r'^\s*#\s*(?:include|define\s+\w+)\s+"octet/([^"]+)\.hpp"', re.MULTILINE)

EDITOR = re.compile(r"^#ifndef OCTET_TARGET  // in an editor\n.*?^#endif\n", re.MULTILINE | re.DOTALL)


def floor_of(name):
    for pattern, floor in FLOORS:
        if re.fullmatch(pattern, name):
            return floor
    sys.exit(f"octet/{name}.hpp stands on no floor")


def missing_in(root, umbrella, headers):
    """Those of the headers that the umbrella does not lead to."""
    reached, waiting = set(), [umbrella]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += INCLUDE.findall((root / (name + ".hpp")).read_text())
    return sorted(set(headers) - reached)


def main():
    root = pathlib.Path(sys.argv[1]) / "octet"
    found = includes = 0
    for path in sorted(root.rglob("*.hpp")):
        name = path.relative_to(root).with_suffix("").as_posix()
        for included in INCLUDE.findall(EDITOR.sub("", path.read_text())):
            includes += 1
            if floor_of(included) > floor_of(name):
                found += 1
                print(f"octet/{name}.hpp (floor {floor_of(name)}) includes octet/{included}.hpp"
                      f" (floor {floor_of(included)})")
    if not includes:
        sys.exit(f"no includes found in {root}")
    if found:
        sys.exit(f"{found} of {includes} includes point upwards")
    for umbrella, pattern in (("octet", "*.hpp"), ("reference", "reference/*.hpp")):
        headers = (path.relative_to(root).with_suffix("").as_posix() for path in root.glob(pattern))
        if missing := missing_in(root, umbrella, headers):
            sys.exit(f"octet/{umbrella}.hpp does not lead to {', '.join(missing)}")
    print(f"{includes} includes, none of them upwards")


main()
