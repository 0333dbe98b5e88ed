#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a table of int8 against fp32 matrix products from gemm_bench's JSON.

Names are gemm/<library>[:<backend>]/<types>/<M>x<N>x<K>, the counter GOPS counts a multiplication
and an addition as two operations.
"""
import json
import sys


def read(path):
    """{shape: {(library, types): (GOPS, backend)}}, the best backend of each library."""
    with open(path, encoding="utf-8") as file:
        benchmarks = json.load(file)["benchmarks"]
    table = {}
    for benchmark in benchmarks:
        if benchmark.get("run_type") == "aggregate" or "GOPS" not in benchmark:
            continue
        _, library, types, shape = benchmark["name"].split("/")[:4]
        library, _, backend = library.partition(":")
        row = table.setdefault(shape, {})
        result = (benchmark["GOPS"], backend)
        row[library, types] = max(row.get((library, types), result), result)
    return table


def number(result):
    return f"{result[0]:.0f}" if result else "-"


def ratio(result, baseline):
    return f"{result[0] / baseline[0]:.2f}x" if result and baseline else "-"


def main():
    header = ["shape", "octet int8", "backend", "OpenBLAS fp32", "octet/OpenBLAS",
              "oneDNN int8", "octet/oneDNN"]
    rows = [header]
    for shape, results in read(sys.argv[1]).items():
        octet = results.get(("octet", "s8s8s8"))
        openblas = results.get(("openblas", "f32"))
        onednn = results.get(("onednn", "s8s8s8"))
        rows.append([shape, number(octet), octet[1] if octet else "-", number(openblas),
                     ratio(octet, openblas), number(onednn), ratio(octet, onednn)])
    if len(rows) == 1:
        sys.exit(f"{sys.argv[1]} holds no results")
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    print("GOPS (10^9 multiplications and additions per second)")
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


if __name__ == "__main__":
    main()
