#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints Markdown tables of speed from the JSON of gemm_bench or conv2d_bench.

usage: gemm_table.py RESULTS.json...

One table for each operation: a row for each shape, a column for each library with its backend, in
GOPS (10^9 operations per second, a multiplication and an addition being two), the median of the
repetitions. Ratios compare each peer with octet's backend of the same name, or with octet's
fastest target where there is none. Several files, for example runs of oneDNN with different
instruction sets, make one table. Exits with 1 if a benchmark failed.
"""
import json
import statistics
import sys
from collections import namedtuple

Column = namedtuple("Column", "library types")  # library with its backend: "octet:avx2"
TITLES = {"octet": "octet", "onednn": "oneDNN", "openblas": "OpenBLAS"}


class Table:
    """The results of one operation."""

    def __init__(self):
        self.shapes = []
        self.columns = []
        self.runs = {}  # (shape, column): GOPS of each repetition
        self.inexact = set()  # (shape, column)

    def add(self, shape, column, benchmark):
        if shape not in self.shapes:
            self.shapes.append(shape)
        if column not in self.columns:
            self.columns.append(column)
        self.runs.setdefault((shape, column), []).append(benchmark["GOPS"])
        if benchmark.get("differing", 0) > 0:
            self.inexact.add((shape, column))

    def ordered_columns(self):
        """octet first, best backend first, then peers in the order they were registered."""
        return sorted(self.columns, key=lambda column: not is_octet(column))

    def gops(self, shape, column):
        runs = self.runs.get((shape, column))
        return statistics.median(runs) if runs else None


def is_octet(column):
    return column.library.startswith("octet")


def backend(column):
    return column.library.partition(":")[2]


def title(column):
    library, _, name = column.library.partition(":")
    words = [TITLES.get(library, library), name, "fp32" if column.types == "f32" else ""]
    return " ".join(word for word in words if word)


def read(paths):
    """({operation: Table}, contexts, messages of failed benchmarks)"""
    tables, contexts, failures = {}, [], []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        contexts.append(results["context"])
        # Random interleaving shuffles the file; family_index counts in the order of registration.
        for benchmark in sorted(results["benchmarks"], key=lambda b: b.get("family_index", 0)):
            if benchmark.get("error_occurred"):
                failures.append(f"{benchmark['name']}: {benchmark.get('error_message')}")
            elif benchmark.get("run_type") != "aggregate" and "GOPS" in benchmark:
                operation, library, types, shape = benchmark["name"].split("/")[:4]
                tables.setdefault(operation, Table()).add(shape, Column(library, types), benchmark)
    return tables, contexts, failures


def number(gops, mark):
    if gops is None:
        return "-"
    return (f"{gops:.0f}" if gops >= 100 else f"{gops:.3g}") + ("†" if mark else "")


def markdown(table):
    columns = table.ordered_columns()
    octet = [column for column in columns if is_octet(column)]
    pairs = []
    for peer in columns[len(octet):]:
        same = [column for column in octet if backend(column) == backend(peer)]
        if octet:
            pairs.append(((same or octet)[0], peer))

    rows = [["shape"] + [title(column) for column in columns] +
            [f"{title(ours)} / {title(peer)}" for ours, peer in pairs]]
    for shape in table.shapes:
        row = [shape]
        for column in columns:
            row.append(number(table.gops(shape, column), (shape, column) in table.inexact))
        for ours, peer in pairs:
            a, b = table.gops(shape, ours), table.gops(shape, peer)
            row.append(f"{a / b:.2f}" if a and b else "-")
        rows.append(row)

    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("| " + " | ".join(cells) + " |")
    rules = [":" + "-" * (widths[0] - 1)] + ["-" * (width - 1) + ":" for width in widths[1:]]
    lines.insert(1, "| " + " | ".join(rules) + " |")
    return "\n".join(lines)


def notes(table, contexts):
    """Where the numbers come from, as far as the files tell."""
    libraries = {column.library for column in table.columns}
    versions = []
    for context in contexts:
        for key, value in context.items():
            if key in libraries and value not in versions:
                versions.append(value)
    context = contexts[0]
    parts = [context["date"][:10], context.get("cpu", ""), "one core",
             f"octet {context.get('octet', '')} ({context.get('compiler', '')})"] + versions
    counts = {len(runs) for runs in table.runs.values()}
    repetitions = f"{min(counts)} to {max(counts)}" if len(counts) > 1 else f"{min(counts)}"
    lines = [", ".join(part for part in parts if part) + ".",
             f"GOPS, medians; repetitions: {repetitions}."]
    spreads = [(max(runs) - min(runs)) / statistics.median(runs)
               for runs in table.runs.values() if len(runs) > 1]
    if spreads:
        lines.append(f"From the slowest to the fastest repetition: {statistics.median(spreads):.0%} "
                     f"in the median result, {max(spreads):.0%} at most.")
    if table.inexact:
        lines.append("† Wrong by more than rounding: some outputs differ from the exact result by "
                     "more than 1.")
    return "\n".join(lines)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    tables, contexts, failures = read(sys.argv[1:])
    for operation, table in tables.items():
        print(f"### {operation}\n\n{markdown(table)}\n\n{notes(table, contexts)}\n")
    for failure in failures:
        print(f"failed: {failure}", file=sys.stderr)
    if not tables:
        sys.exit("no results")
    if failures:
        sys.exit(1)


if __name__ == "__main__":
    main()
