#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seeds.py OUTPUT_DIR: writes the files that npy_fuzz starts from, one of each type and version."""
import pathlib
import struct
import sys

TYPES = {"|i1": 1, "|u1": 1, "<i2": 2, "<i4": 4, "<i8": 8, "<f4": 4}
SHAPES = {"()": 1, "(3,)": 3, "(0, 2)": 0, "(1, 2, 3, 4)": 24}


def npy(version, header, data):
    text = header.encode("latin1") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, (descr, size) in enumerate(TYPES.items()):
        for shape, elements in SHAPES.items():
            header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
            data = bytes(range(elements * size))
            path = folder / f"{descr[1:]}_{elements}.npy"
            path.write_bytes(npy(number % 3 + 1, header, data))


main()
