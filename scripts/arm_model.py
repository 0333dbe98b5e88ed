#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Arm without Arm hardware: a model of inner loops, and instructions counted under qemu.

  scripts/arm_model.py loops    takes the innermost loops with the most multiply-accumulates out of the
                                compiled kernels and prints what llvm-mca expects of the slowest, in
                                multiply-accumulates per cycle, with the peak of the processor's
                                multipliers. Fails where one of matrices uses the stack.
  scripts/arm_model.py epilogues  the same of what requantizes, narrows and stores the outputs of a register
                                block: cycles for 16 outputs
  scripts/arm_model.py count    instructions per multiply-accumulate of whole layers, also of neon32
  scripts/arm_model.py hashes   the outputs of those layers, which are to be the same on all targets
  scripts/arm_model.py models MODEL.tflite...
                                thousands of instructions per inference, by an octet_run that was compiled for
                                Arm (--octet-run; preset aarch64 with OCTET_BUILD_EXAMPLES)

Options: --target NAME, --compiler NAME, --show (the instructions of the loops), --option FLAG (of the
compilers; repeatable). Needs aarch64-linux-gnu-g++, arm-linux-gnueabihf-g++, clang++-19, llvm-mca-19,
qemu-aarch64 and qemu-arm (Debian: g++-aarch64-linux-gnu, g++-arm-linux-gnueabihf, clang-19, llvm-19,
qemu-user). Caches are not modelled: loads hit the first level.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = ROOT / "scripts" / "arm_model"

COMPILERS = {
    "g++": ["aarch64-linux-gnu-g++"],
    "clang": ["clang++-19", "--target=aarch64-linux-gnu"],
}
EMULATOR = ["qemu-aarch64", "-cpu", "max", "-L", "/usr/aarch64-linux-gnu"]
# The target of 32-bit Arm, and what takes the place of the above for it.
TARGET_32 = "neon32"
COMPILERS_32 = {
    "g++": ["arm-linux-gnueabihf-g++", "-Wno-psabi"],
    "clang": ["clang++-19", "--target=arm-linux-gnueabihf"],
}
EMULATOR_32 = ["qemu-arm", "-L", "/usr/arm-linux-gnueabihf"]
# Multiply-accumulates that the multipliers of a processor start per cycle.
PEAKS = {
    "neon": {"cortex-a55": 8, "cortex-a72": 8, "neoverse-n1": 8, "neoverse-v1": 16, "neoverse-v2": 16},
    "dotprod": {"cortex-a55": 16, "neoverse-n1": 32, "neoverse-v1": 64, "neoverse-v2": 64},
    "i8mm": {"neoverse-v1": 128, "neoverse-v2": 128},
}
LAYERS = {"gemm": "GEMM 256 cubed", "conv2d": "3x3 14x14x64", "depthwise_conv2d": "depthwise 56x56x64"}
# Header and table of a family, and what the functions of its inner loops are called.
KERNELS = {
    "gemm": ("gemm", "GemmKernels", r"::(micro_kernel|multiply_whole)<"),
    "depthwise": ("depthwise_conv2d", "DepthwiseConv2dKernels", r"::convolve_pass_of<signed char, \d+, 3, 1[,>]"),
}
REQUANTIZING = ("sqrdmulh", "sqrdmlah")
MACS_OF = {"sdot": 16, "udot": 16, "usdot": 16, "smmla": 32, "ummla": 32, "usmmla": 32}
UNIT = """#define OCTET_COMPILED 1
#define OCTET_COMPILING 1
#include "octet/{header}.hpp"
template <> const void* octet::compiled::Table<typename octet::detail::{table}<std::int8_t>::Key,
    octet::detail::backend_count>::functions() {{ return octet::detail::{table}<std::int8_t>::kRuns; }}
"""


def call(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{result.stdout}{result.stderr}")
    return result


def compile_command(compiler, target, flags):
    return (COMPILERS_32 if target == TARGET_32 else COMPILERS)[compiler] + [
        "-std=c++20", "-O2", "-DNDEBUG", f"-DOCTET_STATIC_BACKEND={target}", f"-I{ROOT / 'include'}"] + flags


def functions(binary):
    """The instructions of each function of an object file, with their addresses."""
    text = call(["aarch64-linux-gnu-objdump", "-d", "-C", "--no-show-raw-insn", binary]).stdout
    name, found = None, {}
    for line in text.splitlines():
        if head := re.match(r"^[0-9a-f]+ <(.*)>:$", line):
            name = head.group(1)
            found[name] = []
        elif (instruction := re.match(r"^\s+([0-9a-f]+):\s+(.*)$", line)) and name:
            found[name].append((int(instruction.group(1), 16), instruction.group(2).strip()))
    return found


BRANCH = re.compile(r"^(b(?:\.\w+)?|cbn?z \w+,|tbn?z \w+, #\d+,)\s+([0-9a-f]+) <")


def innermost_loops(instructions):
    places = {address: i for i, (address, _) in enumerate(instructions)}
    found = []
    for last, (address, text) in enumerate(instructions):
        branch = BRANCH.match(re.sub(r"\s+", " ", text))
        if branch and int(branch.group(2), 16) <= address and int(branch.group(2), 16) in places:
            found.append((places[int(branch.group(2), 16)], last))
    inner = [l for l in found if not any(o != l and l[0] <= o[0] and o[1] <= l[1] for o in found)]
    return [[re.sub(r"\s+", " ", text) for _, text in instructions[a:b + 1]] for a, b in inner]


def macs(body):
    total = 0
    for text in body:
        name, _, operands = text.partition(" ")
        if name in MACS_OF:
            total += MACS_OF[name]
        elif re.fullmatch(r"[su](mull|mlal)2?", name):
            total += 8 if ".8h" in operands.split(",")[0] else 4
    return total


def stack_accesses(body):
    return sum(1 for text in body if re.search(r"\[sp\b", text))


def for_mca(text):
    text = re.sub(r"\s*//.*", "", text)
    if text.startswith("adrp"):
        return "adrp x2, .Ltop"
    return re.sub(r"\s[0-9a-f]+ <.*$", " .Ltop", text) if "<" in text else text


def pairs_rows(body):
    """Whether a loop zips rows in place to pairs, which others find packed."""
    return any(text.startswith("smmla") for text in body) and any(text.startswith("zip1") for text in body)


def cycles(body, processor):
    text = ".Ltop:\n" + "\n".join(map(for_mca, body)) + "\n"
    output = call(["llvm-mca-19", "-mtriple=aarch64-linux-gnu", f"-mcpu={processor}", "-iterations=300"],
                  input=text).stdout
    return int(re.search(r"Total Cycles:\s+(\d+)", output).group(1)) / 300


def block_size(name):
    """Accumulators of a register block of matrices, by the name of its function."""
    shape = re.search(r"micro_kernel<[^,]+, (\d+), (\d+), (\d+)>", name)
    if shape and shape.group(3) == "1":
        return int(shape.group(1)) * int(shape.group(2))
    return 0


def main_loops(kernels, pattern):
    """The loops with the most multiply-accumulates of all functions that match, each with its function:
    of matrices, those of the largest register block in memory, or of those that are kept in registers."""
    found = [(macs(body), name, body)
             for name, instructions in kernels.items() if re.search(pattern, name)
             for body in innermost_loops(instructions)]
    # Weights of -128 take another path, which is slower.
    if any("BoundedWeight" in name for _, name, _ in found):
        found = [loop for loop in found if "BoundedWeight" in loop[1]]
    largest = max(block_size(name) for _, name, _ in found)
    found = [loop for loop in found if "multiply_whole" in loop[1] or block_size(loop[1]) == largest]
    # Ways that call functions are there for what hardly ever happens.
    found = [loop for loop in found if not any(text.startswith("bl ") for text in loop[2])] or found
    most = max(total for total, _, _ in found)
    return most, [(name, body) for total, name, body in found if total == most]


def compiled_kernels(options, kernel, compiler, target):
    """The functions of the kernels of a family, with their instructions."""
    header, table, _ = KERNELS[kernel]
    with tempfile.TemporaryDirectory() as work:
        source, binary = pathlib.Path(work, "unit.cpp"), pathlib.Path(work, "unit.o")
        source.write_text(UNIT.format(header=header, table=table))
        call(compile_command(compiler, target, options.option) + ["-c", source, "-o", binary])
        return functions(binary)


def loops(options):
    spilled = []
    for target in options.targets:
        for kernel, (_, _, pattern) in KERNELS.items():
            for compiler in options.compilers:
                total, bodies = main_loops(compiled_kernels(options, kernel, compiler, target), pattern)
                stack = max(stack_accesses(body) for _, body in bodies)
                if stack and kernel == "gemm":
                    spilled.append(f"{target} {kernel} {compiler}")
                # Cells of a 3x3 filter have a fourth row of zeros.
                padded = kernel == "depthwise" and total % 9 != 0
                useful = total * 3 / 4 if padded else total
                for title, some in ((kernel, [body for _, body in bodies if not pairs_rows(body)]),
                                    ("in place", [body for _, body in bodies if pairs_rows(body)])):
                    if not some:
                        continue
                    columns = [f"{p} {useful / max(cycles(body, p) for body in some):.1f} of {peak}"
                               for p, peak in PEAKS[target].items()]
                    longest = max(map(len, some))
                    print(f"{target:8} {title:10} {compiler:6} {longest / useful:.3f} instructions/MAC, "
                          f"{stack} stack; MAC/cycle: " + ", ".join(columns), flush=True)
                if options.show:
                    for name, body in bodies:
                        print(f"  {name}\n    " + "\n    ".join(body))
    if spilled:
        sys.exit("stack accesses in the inner loops of: " + ", ".join(spilled))


def loads_of_operands(body):
    """Loads of what vector instructions find in registers, so that a repetition does not wait for the one before."""
    loads, seen = [], set()
    for name, _, operands in (text.partition(" ") for text in body):
        registers = re.findall(r"\b[vqds](\d+)", operands)
        read = registers if name.startswith("st") else registers[1:]
        loads += [f"ldr q{register}, [x29]" for register in dict.fromkeys(read) if register not in seen]
        seen.update(registers)
    return loads


def epilogue_of(instructions):
    """What follows the innermost loop of a function that writes outputs, up to its next jump."""
    body = [re.sub(r"\s+", " ", text) for _, text in instructions]
    requantizing = [i for i, text in enumerate(body) if text.startswith(REQUANTIZING)]
    last = next(i for i in range(requantizing[-1], len(body)) if BRANCH.match(body[i]) or body[i] == "ret")
    first = max(i for i in range(requantizing[0]) if BRANCH.match(body[i])) + 1
    return len(requantizing) * 4, body[first:last]


def epilogues(options):
    for target in options.targets:
        for compiler in options.compilers:
            kernels = compiled_kernels(options, "gemm", compiler, target)
            # The usual register block, two vectors wide.
            blocks = [epilogue_of(instructions) for name, instructions in kernels.items()
                      if re.search(r"::multiply_whole<[^,]+, 2,", name)]
            columns = []
            for p in PEAKS[target]:
                expected = [cycles(loads_of_operands(body) + body, p) * 16 / outputs for outputs, body in blocks]
                columns.append(f"{p} {max(expected):.1f}")
            longest = max(len(body) * 16 / outputs for outputs, body in blocks)
            print(f"{target:8} {compiler:6} {longest:.1f} instructions for 16 outputs; cycles: " +
                  ", ".join(columns), flush=True)
            if options.show:
                for _, body in blocks:
                    print("    " + "\n    ".join(body))


def run_layers(options, body):
    for target in options.targets:
        for compiler in options.compilers:
            with tempfile.TemporaryDirectory() as work:
                program = pathlib.Path(work, "layers")
                call(compile_command(compiler, target, options.option) +
                     ["-static", FILES / "layers.cpp", "-o", program])
                for layer, title in LAYERS.items():
                    body(pathlib.Path(work), program, target, compiler, layer, title)


def emulator(target):
    return EMULATOR_32 if target == TARGET_32 else EMULATOR


def instructions_of_a_run(work, target, command):
    """What one more run costs of what command(runs) does, and what that printed."""
    plugin = work / "count.so"
    if not plugin.exists():
        call(["gcc", "-shared", "-fPIC", "-O1", FILES / "count_instructions.c", "-o", plugin])
    executed = []
    for runs in (1, 3):
        result = call(emulator(target) + ["-plugin", plugin] + command(runs))
        executed.append(int(re.search(r"instructions (\d+)", result.stderr).group(1)))
    return (executed[1] - executed[0]) / 2, result.stdout


def count(options):
    def one(work, program, target, compiler, layer, title):
        each, printed = instructions_of_a_run(work, target, lambda runs: [program, layer, str(runs)])
        each /= int(printed.split()[0])
        print(f"{target:8} {compiler:6} {title:20} {each:.3f} instructions/MAC", flush=True)
    run_layers(options, one)


def models(options):
    print(f"{'':20}" + "".join(f"{target:>10}" for target in options.targets))
    with tempfile.TemporaryDirectory() as work:
        for model in options.models:
            each = [instructions_of_a_run(pathlib.Path(work), target, lambda runs: [
                options.octet_run, model, "--backend", target, "--repeat", str(runs)])[0]
                    for target in options.targets]
            print(f"{pathlib.Path(model).stem:20}" + "".join(f"{x / 1000:10.1f}" for x in each), flush=True)


def hashes(options):
    found = {}

    def one(_, program, target, compiler, layer, title):
        value = call(emulator(target) + [program, layer, "1"]).stdout.split()[1]
        found.setdefault(layer, set()).add(value)
        print(f"{target:8} {compiler:6} {title:20} {value}")
    run_layers(options, one)
    if any(len(values) > 1 for values in found.values()):
        sys.exit("the outputs differ")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = {"loops": loops, "epilogues": epilogues, "count": count, "hashes": hashes, "models": models}
    parser.add_argument("command", choices=commands)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--octet-run", default=ROOT / "build/aarch64/examples/octet_run")
    parser.add_argument("--target", dest="targets", action="append")
    parser.add_argument("--compiler", dest="compilers", action="append", choices=list(COMPILERS))
    parser.add_argument("--option", action="append", default=[])
    parser.add_argument("--show", action="store_true")
    options = parser.parse_intermixed_args()
    known = [t for t in PEAKS if (ROOT / "include/octet/target" / f"{t}.hpp").exists()]
    if options.command in ("hashes", "models"):
        known = ["scalar"] + known
    if options.command in ("hashes", "count"):
        known.append(TARGET_32)
    options.targets = options.targets or known
    options.compilers = options.compilers or list(COMPILERS)
    commands[options.command](options)


if __name__ == "__main__":
    main()
