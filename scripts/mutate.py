#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the tests: makes one small change after another in a copy of the tree, and each must fail one.

    scripts/mutate.py [--jobs N] [--only WORD] [--list]

Every mutation names the tests that should notice it; only those are built, for one target
(OCTET_STATIC_BACKEND): avx2, or neon on Arm, if it names no other that has the code. One whose target
this machine does not run is left out, and said to be. A change that alters no result is listed as
equivalent, with the reason. The exit code is 1 if a mutation survives, or if its text is not in the
file exactly once.
"""
import argparse
import concurrent.futures
import dataclasses
import functools
import os
import pathlib
import platform
import queue
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutate"
TIMEOUT = 300  # seconds; a test that hangs has noticed


@dataclasses.dataclass(frozen=True)
class Mutation:
    file: str  # in include/octet
    old: str  # stands there once
    new: str
    tests: tuple = ()
    equivalent: str = ""  # why no test can notice
    target: str = ""  # that compiles the text, if not every one does

    @property
    def name(self):
        return f"{self.file}: {' '.join(self.old.split())} -> {' '.join(self.new.split()) or 'nothing'}"


def of(file, tests, *changes, target=""):
    return [Mutation(file, old, new, tuple(tests.split()), target=target) for old, new in changes]


def equivalent(file, old, new, reason):
    return [Mutation(file, old, new, (), reason)]


MUTATIONS = [
    # Numbers
    *of("fixed_point.hpp", "fixed_point_test",
        ("const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);",
         "const std::int64_t nudge = std::int64_t{1} << 30;"),
        ("if (a == lowest && b == lowest) return std::numeric_limits<std::int32_t>::max();", ""),
        ("const std::int32_t nudge = product >= 0 ? 1 << 14 : 1 - (1 << 14);",
         "const std::int32_t nudge = 1 << 14;"),
        ("(mask >> 1) + (x < 0 ? 1 : 0)", "(mask >> 1)"),
        ("multiplier < 0x7FFF0000 ?", "multiplier < 0x7FFFFFFF ?"),
        ("if (right == 0) return {first, 32, 0};", ""),
        ("rounding == Rounding::double_up ? 32 : 31", "32"),
        ("return {0, 32, right};", "return {1, 32, right};"),
        ("x * (std::int64_t{1} << -exponent)", "x"),
        ("(x + half - (x < 0 ? 1 : 0)) >> exponent", "(x + half) >> exponent"),
        ("((std::int64_t{1} << right) >> 1)", "((std::int64_t{1} << right) >> 2)"),
        ("constants.tie_shift == 31 ? std::uint64_t{1} << 32 : 0",
         "constants.tie_shift == 31 ? std::uint64_t{1} << 31 : 0"),
        ("std::int64_t{1} << (30 - shift)", "std::int64_t{1} << (29 - shift)")),
    *of("float32_product.hpp", "fixed_point_test",
        ("(x + half - 1 + is_odd) >> exponent", "(x + half) >> exponent"),
        ("shift_half_even(magnitude, dropped) *", "magnitude *"),
        ("const int dropped_again = excess(product);", "const int dropped_again = 0;")),
    *of("detail/find_epilogue.hpp", "gemm_test",
        ("!has_closed_form(stage.rounding)", "false")),
    *of("detail/packing.hpp", "gemm_test",
        ("    multiplier = significant_multiplier(multiplier, stage.rounding);\n", "")),
    *of("kernel/epilogue-inl.hpp", "gemm_test",
        ("shift, range.rounding);", "shift, Rounding::tflite);")),
    *of("kernel/gemm/gemm-inl.hpp", "gemm_test",
        (" && plan.epilogue != Epilogue::wide", ""), target="i8mm"),
    *of("kernel/int16x8/sums-inl.hpp", "gemm_test",
        ("multiply_sum_by_quantized_multiplier(sum, multiplier,",
         "multiply_sum_by_quantized_multiplier(static_cast<std::int32_t>(sum), multiplier,")),
    *of("family/binary.hpp", "binary_test",
        ("has_closed_form(output.rounding) && ", "")),
    *of("fixed_point.hpp", "fixed_point_test",
        ("rounding == Rounding::float32_half_even ? (1 << 8) + 1 : 1;", "1;"),
        ("? (1 << 8) + 1 : 1;", "? (1 << 8) + 1 : 0;"),
        ("if (x > highest >> exponent) return highest;", "if (x >= highest >> exponent) return highest;"),
        ("return has_room_for_zero_point(zero_point, right + 1);",
         "return has_room_for_zero_point(zero_point, right);")),
    *of("fixed_point.hpp", "detail_find_epilogue_test",
        ("return value > std::numeric_limits<std::int32_t>::min() &&",
         "return value >= std::numeric_limits<std::int32_t>::min() &&"),
        ("return fits(v) && fits(", "return fits(v) || fits("),
        ("return fits(v) && fits(", "return fits("),
        ("constexpr std::int64_t kMost = std::int64_t{1} << 30;",
         "constexpr std::int64_t kMost = std::int64_t{1} << 31;")),

    # Packing
    *of("detail/find_epilogue.hpp", "detail_find_epilogue_test",
        ("return {bias + sums.positive * below + sums.negative * above,", "return {bias + sums.positive * below,"),
        ("(centred < 0 ? sums.negative : sums.positive) += centred;", "sums.positive += centred;"),
        ("fits(reach.lowest, -margin) &&", ""),
        ("&& fits(reach.highest, margin)", ""),
        ("std::int64_t{1} << left) + moved;", "std::int64_t{1} << left);"),
        ("sum * (std::int64_t{1} << left)", "sum"),
        ("return highest - lowest < std::int64_t{1} << 32;",
         "return highest - lowest <= std::int64_t{1} << 32;")),
    *of("detail/packing.hpp", "packing_test gemm_test",
        ("bias - a0 * sums.all + k * a0 * q.filter_zero_point", "bias - a0 * sums.all"),
        ("constants.left[column] = left;", "constants.left[column] = 0;"),
        ("lane % 2 * (lanes / 2) + lane / 2", "lane"),
        ("index += columns * layout.depth;", "index += columns * layout.depth - layout.depth;"),
        ("constants.tie_shift[column] = 32;", "constants.tie_shift[column] = 0;")),
    *of("detail/layout.hpp", "gemm_test",
        ("return is_signed ? value + 128 : value;", "return value;"), target="avxvnni"),
    *of("detail/layout.hpp", "gemm_test",
        ("std::int64_t{columns} * (6 * 4 + 8)", "std::int64_t{columns} * (5 * 4 + 8)"),
        ("return max - min != 255;", "return max - min < 254;")),
    *equivalent("detail/packing.hpp", "left >= layout.panel_columns()",
                "left > layout.panel_columns()",
                "a whole panel is a multiple of the lanes, so the other case gives the same"),
    *of("detail/parts.hpp", "detail_parts_test",
        ("i > fewer ? i - fewer : 0", "i > fewer ? i - fewer - 1 : 0"),
        ("each > kMost / count ? kMost : each * count", "each * count")),

    # Products
    *of("kernel/gemm/micro_kernel-inl.hpp", "gemm_test fully_connected_test",
        ("for (; g > 0; --g) add_groups(acc[0]);", "for (; g > 1; --g) add_groups(acc[0]);"),
        ("for (int c = 1; c < kChains; ++c) {\n            acc[0][p][r][v] = vec::add",
         "for (int c = 2; c < kChains; ++c) {\n            acc[0][p][r][v] = vec::add"),
        ("b - plan.filter_zero_point", "b")),
    *equivalent("kernel/gemm/micro_kernel-inl.hpp", "for (; g >= kChains; g -= kChains) {",
                "for (; g > kChains; g -= kChains) {", "the loop behind it takes what is left"),
    *equivalent("kernel/gemm/micro_kernel-inl.hpp", "left <= 2 * kFewRows) return kFewRows;",
                "left < 2 * kFewRows) return kFewRows;", "rows are cut elsewhere, with the same results"),
    *equivalent("kernel/gemm/pack_rows-inl.hpp", "i % MatrixDot::kDepth != 0; ++i) row[i] = 0;",
                "i % MatrixDot::kDepth != 0; ++i) row[i] = 1;", "the weights there are zeros"),
    *of("kernel/gemm/pack_rows-inl.hpp", "gemm_test fully_connected_test",
        ("move(top8, n - 8);", "move(top8, n - 7);"),
        ("const std::uint8_t top = flip ? 0x80 : 0;", "const std::uint8_t top = 0;"), target="avxvnni"),
    *of("kernel/gemm/pack_rows-inl.hpp", "gemm_test fully_connected_test",
        ("out[r] = static_cast<std::int32_t>(0u - sum *", "out[r] = static_cast<std::int32_t>(sum *"),
        ("if (rows.stride == rows.k &&\n      stride ==", "if (stride ==")),
    *of("kernel/conv2d/conv2d-inl.hpp", "conv2d_test",
        ("x < 0 ? (-x < taps ? -x : taps) : 0", "x < 0 ? -x : 0"),
        ("room < first ? first : room < taps ? room : taps", "room < taps ? room : taps"),
        ("if (y < 0 || y >= windows.input.h) {", "if (y < 0 || y > windows.input.h) {"),
        ("if (x < 0 || x >= width) {", "if (x < 0 || x > width) {"),
        ("oy = 0;\n        ++n;", "oy = 0;"),
        ("(runs - 1) * std::int64_t{windows.stride.h} + window;",
         "(runs - 1) * std::int64_t{windows.stride.h} + window - 1;")),
    *equivalent("kernel/conv2d/conv2d-inl.hpp", "windows.left < pixels ? windows.left : pixels",
                "windows.left", "it is beyond the row by less than a stride: what is written there is "
                "staged again, or lies behind the last row, where there is room"),
    *equivalent("kernel/conv2d/conv2d-inl.hpp",
                "std::memset(task.block + needed * blocking.row_bytes, 0, static_cast<std::size_t>(behind));",
                "static_cast<void>(behind);",
                "it is multiplied by zeros, or ends up in rows that nobody stores"),
    *of("kernel/depthwise/pass-inl.hpp", "depthwise_conv2d_test",
        ("positions < kFour ? 0 : positions - kFour;", "positions < kFour ? 0 : positions - kFour + 1;")),
    *of("kernel/depthwise/outputs-inl.hpp", "depthwise_conv2d_test",
        ("if (row >= pass.rows) return;", ""),
        ("if (row.row + b * pass.band_step >= pass.rows) return;",
         "if (row.row + b * pass.band_step > pass.rows) return;"),
        ("q % kPixels * kParts + b", "q % kPixels + b")),
    *equivalent("kernel/depthwise/pass-inl.hpp",
                "if (kBoundsWeights<Dot8x8> && task.has_lowest_weight) return convolve_pass<Out>;", "",
                "no bound where products of bytes never have 16 bits; the test catches it on neon"),
    *equivalent("kernel/depthwise/pass-inl.hpp",
                "if (row.place >= pass.block.groups.count) row.place -= pass.block.groups.count;",
                "if (row.place > pass.block.groups.count) row.place -= pass.block.groups.count;",
                "wrapped() takes the count of groups for 0"),

    # From accumulators to outputs
    *of("kernel/epilogue-inl.hpp", "epilogue_test",
        ("if (out[i] == higher[i]) continue;", "continue;"),
        ("distance = -2 * margin;", "distance = -margin;"),
        ("constants.multiplier[place]) >> 1", "constants.multiplier[place])")),
    *of("kernel/epilogue-inl.hpp", "depthwise_conv2d_test",
        ("kBiased && epilogue < Epilogue::scalar ? 2 : 1;", "1;")),
    *of("kernel/depthwise/pass-inl.hpp", "depthwise_conv2d_test",
        ("task.epilogue >= Epilogue::vector_twice", "task.epilogue == Epilogue::scalar")),
    *of("kernel/epilogue-inl.hpp", "gemm_test",
        ("return vec::min(vec::max(x, vec::splat_acc(range.min)), vec::splat_acc(range.max));",
         "return vec::max(x, vec::splat_acc(range.min));"),
        ("const int first = row < rows - kRows ? row : rows - kRows;", "const int first = row;"),
        ("if (bytes >= 8) return copy(std::uint64_t{});", "if (bytes >= 7) return copy(std::uint64_t{});"),
        ("shift_left_saturating(sum, constants.left[column])",
         "static_cast<std::int32_t>(sum << constants.left[column])"),
        ("finish_sum(base + above, constants, column, range)", "finish_sum(above, constants, column, range)"),
        ("if (!whole) copy_rows(block, width, rows, columns, out, stride);",
         "if (!whole) copy_rows(block, width, rows, width, out, stride);")),

    # Elements
    *of("kernel/elementwise/elementwise-inl.hpp", "binary_test",
        ("std::memcpy(y, last, static_cast<std::size_t>(left) * sizeof(Out));", "std::memcpy(y, last, sizeof last);"),
        ("x2.prepare_vectors(second, operand2);", "x2.prepare_vectors(first, operand2);"),
        ("if (step == 0) return;", ""),
        ("if (step != 0) Source<T>::take_last(count);", "Source<T>::take_last(count);"),
        ("vec::add(vec::shift_left(x, left), offset)", "vec::shift_left(x, left)"),
        ("operand.plain.right < operand.left && sum.left == 0", "sum.left == 0"),
        ("constants.left - constants.plain.right - 1", "constants.left - 1"),
        ("ShiftedOperand::shift(task.input1) == ShiftedOperand::shift(task.input2)", "true"),
        ("operand.plain.right < operand.left && sum.left == 0", "operand.plain.right < operand.left")),
    *equivalent("kernel/elementwise/elementwise-inl.hpp", "const bool whole = left >= kElementStep;",
                "const bool whole = left > kElementStep;", "what is left takes up to a whole step"),
    *of("kernel/elementwise/add-inl.hpp", "binary_test", ("return vec::sub(a, b);", "return vec::sub(b, a);")),
    *of("kernel/elementwise/mul-inl.hpp", "binary_test",
        ("return vec::sub(x, zero_point1);", "return x;")),
    *of("kernel/elementwise/comparison-inl.hpp", "binary_test",
        ("vec::mul(difference, fold)", "fold"),
        ("vec::max(vec::sub(bit, flip), vec::sub(flip, bit))", "vec::sub(bit, flip)")),
    *of("kernel/elementwise/prelu-inl.hpp", "binary_test",
        ("vec::mul(vec::min(x, zero), alpha)", "vec::mul(x, alpha)")),
    *of("kernel/elementwise/leaky_relu-inl.hpp", "unary_test",
        ("below(vec::min(x, zero))", "below(x)")),
    *of("reference/div.hpp", "binary_test", ("if (shift >= -31) ", "")),
    *of("detail/broadcast_walk.hpp", "binary_test",
        ("stride1 == walk.stride1[last] * walk.extent[last] &&", ""),
        ("place2 -= walk.stride2[d] * walk.extent[d];", "")),

    # Windows
    *of("kernel/window/average_pool2d-inl.hpp", "window_test",
        ("static constexpr std::int32_t kMostSummed = 256;", "static constexpr std::int32_t kMostSummed = 512;"),
        ("if (pixels != divisor_->count) part_.prepare(pixels);", ""),
        ("piece.columns = left < kMost ? left : kMost;", "piece.columns = kMost;")),
    *of("kernel/window/max_pool2d-inl.hpp", "window_test",
        ("lanes = vec::splat_acc(-32768);", "lanes = vec::splat_acc(0);"),
        ("vec::store_narrowed(out, vec::clamp_bytes<T>(highest, range_));", "vec::store_narrowed(out, highest);")),
    *equivalent("kernel/window/division.hpp", "(power + count - 1) / count", "power / count",
                "the 2^-(k+3) that the closed form adds to either side of halves is more than the error"),

    # Sums, rows, copies
    *of("kernel/reduce/reduce-inl.hpp", "reduce_test",
        ("const std::int64_t first = c < width - kFew ? c : width - kFew;", "const std::int64_t first = c;"),
        ("x += rows * Accumulators::kColumns;", "")),
    *of("kernel/reduce/reduce.hpp", "reduce_test",
        ("if (rank > 0 && dimensions[rank - 1].reduced == reduce[d]) {", "if (rank > 0) {")),
    *of("detail/strided_walk.hpp", "reduce_test", ("position_ -= extent_[d] * stride_[d];", "")),
    *of("kernel/rows/softmax.hpp", "rows_test",
        ("static_cast<std::uint32_t>(exp[x[i]]) + kHalf", "static_cast<std::uint32_t>(exp[x[i]])"),
        ("for (; i < depth; ++i) sums[0]", "for (i = depth; i < depth; ++i) sums[0]"),
        ("i <= max; ++i) results", "i < max; ++i) results"),
        (">> 31) + half) >> shift", ">> 31)) >> shift"),
        ("if (depth > kMostSummands) {", "if (depth > 100 * kMostSummands) {")),
    *equivalent("kernel/rows/softmax.hpp", "if (depth <= max - kLowest) {", "if (depth < max - kLowest) {",
                "both ways compute the same elements"),
    *of("kernel/table/look_up-inl.hpp", "table_test rows_test",
        ("i + kTogether * kBytes <= count", "i + kBytes <= count"),
        ("for (i = kBytes; i + kBytes <= count; i += kBytes)", "for (i = kBytes; i < count; i += kBytes)")),
    *of("kernel/move/strided_copy.hpp", "move_test concat_test",
        ("outer.output_stride == count * output_stride", "true"),
        ("if (bytes >= 4) return", "if (bytes >= 3) return"),
        ("left > block ? count : count - 1", "count - 1"),
        ("output -= (loop.count - 1) * loop.output_stride;", "output -= loop.count * loop.output_stride;")),
    *of("family/move.hpp", "concat_test",
        ("std::clamp<std::int64_t>(block, 1, plan_.rows - first)", "std::max<std::int64_t>(block, 1)")),
    *of("kernel/move/strided_copy.hpp", "rearrange_test",
        ("for (std::int32_t to = d; to < rank - 2; ++to) loops[to] = loops[to + 1];", ""),
        ("begin = out - gap;", "begin = out;")),
    *of("kernel/elementwise/add_n-inl.hpp", "add_n_test",
        ("return vec::add(start, rescale_input(x));", "return rescale_input(x);"),
        ("inputs[k] + first", "inputs[k]")),
    *of("kernel/reduce/arg_extreme-inl.hpp", "along_test",
        ("kIsMax ? kMostPlaces - 1 - place : place", "place"),
        ("i < inner - kFew ? i : inner - kFew", "i"),
        ("code[v] = vec::add(code[v], step);", ""),
        ("i < depth - kLanes ? i : depth - kLanes", "i")),
    *of("arg_max_min.hpp", "along_test",
        ("lines.depth <= kMostPlaces", "true")),
    *of("kernel/move/transpose-inl.hpp", "rearrange_test",
        ("const std::int64_t r = at_most(i, rows - kElements);\n          Vectors::template block",
         "const std::int64_t r = i;\n          Vectors::template block"),
        ("const std::int64_t c = at_most(j, columns - kElements);\n          Vectors::template block",
         "const std::int64_t c = j;\n          Vectors::template block"),
        ("first + i / 2 + i % 2 * kSide", "first + i / 2 + i % 2"),
        ("return Places::at(e) % kSide;", "return Places::at(e) % (kSide - 1);"),
        ("rows<kRows>(in + c, in_stride, out + c * kRows)", "rows<kRows>(in + j, in_stride, out + j * kRows)"),
        ("kFirst % 2 == kSecond % 2", "true")),
    *of("kernel/move/transpose-inl.hpp", "rearrange_test",
        ("kFirst < kCount && kSecond >= kCount", "false"), target="scalar"),
    *of("mirror_pad.hpp", "rearrange_test",
        ("mirror(begin, 0, 2 * begin - 1 + shown(p));", "mirror(begin, 0, 2 * begin - 1);")),
    *of("reference/gather.hpp", "gather_test",
        ("return index < 0 ? 0 : index < extent ? index : extent - 1;", "return index;")),
    *of("family/gather.hpp", "gather_test",
        ("k = k + 1 == plan.depth ? 0 : k + 1;", "")),
    *of("kernel/move/select.hpp", "select_test",
        ("steps = is_through ? 1 - plan.extent[d] : 1", "steps = is_through ? -plan.extent[d] : 1"),
        ("here.condition == inner * last.condition && ", "")),
    *of("reference/dynamic_update_slice.hpp", "dynamic_update_slice_test",
        ("const std::int64_t most = extent - update;", "const std::int64_t most = extent;")),
    *of("space_to_batch_nd.hpp", "rearrange_test",
        ("padding > 0 ? (padding + block - 1) / block : 0", "0"),
        ("(space.extent[d] + padding + block - 1) / block", "(space.extent[d] + padding) / block")),

    # Bounds and checks
    *of("detail/check_memory.hpp", "detail_check_memory_test gemm_test",
        ("return first < other.end && other.first < end", "return first <= other.end && other.first <= end"),
        ("return behind >= width && behind + other.width <= stride;", "return behind + other.width <= stride;")),
    *of("detail/check.hpp", "window_test conv2d_test",
        ("return first_start_behind - before - input + window - 1;",
         "return first_start_behind - before - input + window;"),
        ("const std::int64_t padded_h = std::int64_t{padding.top} + input.h + padding.bottom;",
         "const std::int64_t padded_h = std::int64_t{padding.top} + input.h + padding.bottom + 1;")),
]


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)


def targets():
    """Those of this machine; the first is the one of mutations that name none."""
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    flags = cpuinfo.read_text().split() if cpuinfo.exists() else []
    if platform.machine() in ("aarch64", "arm64"):
        return ["neon", *(["i8mm"] if "i8mm" in flags else []), "scalar"]
    known = {"avx2": "avx2", "sse4_1": "sse41", "avx_vnni": "avxvnni"}
    return [*(name for flag, name in known.items() if flag in flags), "scalar"]


class Tree:
    """A copy of the project and its builds."""

    def __init__(self, number):
        self.source, self.number = WORK / f"tree{number}", number
        listed = run(["git", "-C", str(ROOT), "-c", f"safe.directory={ROOT}", "ls-files", "-co",
                      "--exclude-standard"])
        for name in listed.stdout.splitlines():
            original = ROOT / name
            if original.is_file():
                self.write(name, original.read_bytes())

    @functools.cache
    def build_for(self, target):
        build = WORK / f"build{self.number}_{target}"
        options = [f"-DCMAKE_CXX_FLAGS=-DOCTET_STATIC_BACKEND={target}", "-DCMAKE_BUILD_TYPE=Release",
                   "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG", "-DOCTET_TESTS_HEADER_ONLY=ON",
                   "-DOCTET_BUILD_BENCH=OFF", "-DOCTET_BUILD_EXAMPLES=OFF", "-DOCTET_WITH_XSIMD=OFF",
                   "-DOCTET_WARNINGS_AS_ERRORS=OFF", "-DOCTET_CONFORMANCE_DIR="]
        result = run(["cmake", "-G", "Ninja", "-S", str(self.source), "-B", str(build), *options])
        if result.returncode != 0:
            sys.exit(result.stdout)
        return build

    def write(self, name, content):
        """Leaves the time of files alone that hold the same already."""
        path = self.source / name
        if path.exists() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def outcome(self, test, target):
        """'passed', 'failed', 'timeout', 'static_assert', or what the compiler said."""
        build = self.build_for(target)
        built = run(["cmake", "--build", str(build), "--target", test])
        if built.returncode != 0:
            return "static_assert" if "static assertion failed" in built.stdout else built.stdout
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OCTET_")}
        try:
            tested = run([str(build / "tests" / test), "--abort"], timeout=TIMEOUT, env=environment)
        except subprocess.TimeoutExpired:
            return "timeout"
        return "passed" if tested.returncode == 0 else "failed"

    def try_mutation(self, mutation):
        """The test that noticed, '' if none did, or an error."""
        name = f"include/octet/{mutation.file}"
        original = (self.source / name).read_text()
        self.write(name, original.replace(mutation.old, mutation.new).encode())
        try:
            for test in mutation.tests:
                outcome = self.outcome(test, mutation.target or targets()[0])
                if outcome in ("failed", "timeout", "static_assert"):
                    return f"{test} {outcome}", None
                if outcome != "passed":
                    return "", outcome
            return "", None
        finally:
            self.write(name, original.encode())


def misplaced(mutations):
    """Mutations whose text is not in the file exactly once."""
    for mutation in mutations:
        count = (ROOT / "include/octet" / mutation.file).read_text().count(mutation.old)
        if count != 1:
            yield f"{count} places: {mutation.name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="trees that are built at a time")
    parser.add_argument("--only", default="", help="mutations whose name or tests contain this")
    parser.add_argument("--list", action="store_true", help="print them, and check that they still fit")
    arguments = parser.parse_args()
    chosen = [m for m in MUTATIONS if arguments.only in m.name or arguments.only in m.tests]
    wrong = list(misplaced(chosen))
    print(*wrong, sep="\n", end="\n" if wrong else "")
    if arguments.list:
        for mutation in chosen:
            print(f"{mutation.name}  [{mutation.equivalent or ' '.join((*mutation.tests, mutation.target)).strip()}]")
    if wrong or arguments.list:
        return 1 if wrong else 0

    here = targets()
    to_try = [m for m in chosen if not m.equivalent and (not m.target or m.target in here)]
    trees = queue.Queue()
    for number in range(min(arguments.jobs, len(to_try))):
        trees.put(Tree(number))

    def with_tree(action, argument):
        tree = trees.get()
        start = time.monotonic()
        try:
            return argument, action(tree, argument), time.monotonic() - start
        finally:
            trees.put(tree)

    survived = 0
    with concurrent.futures.ThreadPoolExecutor(max(1, trees.qsize())) as pool:
        tests = sorted({(test, m.target or here[0]) for m in to_try for test in m.tests})
        for (test, target), outcome, seconds in pool.map(
                lambda t: with_tree(lambda tree, of: tree.outcome(*of), t), tests):
            if outcome != "passed":
                sys.exit(f"{test} does not pass on {target} before any change: {outcome}")
            print(f"passes    {test} on {target} ({seconds:.0f} s)", flush=True)
        for mutation, (caught, error), seconds in pool.map(
                lambda m: with_tree(Tree.try_mutation, m), to_try):
            verdict = "caught   " if caught else "error    " if error else "SURVIVED "
            survived += not caught
            print(f"{verdict} {mutation.name} ({caught or error or 'no test failed'}, {seconds:.0f} s)",
                  flush=True)
    for mutation in chosen:
        if mutation.equivalent:
            print(f"equivalent {mutation.name} ({mutation.equivalent})")
        elif mutation not in to_try:
            print(f"left out  {mutation.name} (needs {mutation.target})")
    equivalent_count = sum(bool(m.equivalent) for m in chosen)
    print(f"{len(to_try) - survived} mutations caught, {equivalent_count} equivalent, "
          f"{len(chosen) - len(to_try) - equivalent_count} left out, {survived} survived")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
