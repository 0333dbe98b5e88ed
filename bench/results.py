# SPDX-License-Identifier: Apache-2.0
"""What the benchmark programs have written, for check_ratios and report.

Names are <operation>/<library>[:<backend>]/<types>/<shape>, peak/<isa>/<sequence>,
threads/<count>/<operation>/<shape> and threads/<count>/start. Everything measured under one limit
(--isa) makes one tier, from whichever files it comes.
"""
import json
import math
import statistics
from collections import namedtuple

ISAS = ["amx", "avx512vnni", "avxvnni", "avx2", "sse41", "none"]
TITLES = {"octet": "octet", "onednn": "oneDNN", "xnnpack": "XNNPACK", "gemmlowp": "gemmlowp",
          "openblas": "OpenBLAS", "eigen": "Eigen"}

# Without VNNI instructions oneDNN adds pairs of products in saturating 16-bit arithmetic.
ONEDNN_EXACT = {"avxvnni", "avx512vnni", "avx512bf16", "amx_int8"}

# The types of operations that are the same layer in the arithmetic of different libraries.
COMPARABLE_TYPES = {"s8s8s8", "u8u8u8", "f32"}
# Operations whose GOPS count multiplications and additions, as the peaks do.
PRODUCTS = {"gemm", "conv2d", "depthwise_conv2d", "model"}

SMALL_K = {"gemm/12544x16x32", "gemm/3136x24x96", "gemm/784x32x144", "gemm/3136x256x64",
           "gemm/125x64x64", "conv2d/32x32x16_3x3_16", "conv2d/224x224x3_7x7s2_64"}
GEMV = {"gemm/4x4096x4096", "gemm/8x4096x4096", "gemm/16x4096x4096"}

# A shape can be in several families. targets: {isa: (geometric mean, worst shape)}, None where
# there is no target; a target without the words "geometric mean" holds for each shape.
Family = namedtuple("Family", "name contains targets")
FAMILIES = [
    Family("gemm", lambda operation, shape: operation == "gemm",
           {"amx": (1.15, 0.9), "avx512vnni": (1.05, 0.9), "avx2": (1.3, 1.0)}),
    Family("small_k", lambda operation, shape: f"{operation}/{shape}" in SMALL_K,
           {"amx": (None, 1.1), "avx512vnni": (None, 1.1), "avx2": (None, 1.3)}),
    Family("conv", lambda operation, shape: operation == "conv2d" and "_3x3" in shape,
           {"amx": (1.3, None), "avx512vnni": (1.05, None), "avx2": (1.3, None)}),
    Family("conv_other", lambda operation, shape: operation == "conv2d" and "_3x3" not in shape,
           {}),
    Family("depthwise", lambda operation, shape: operation == "depthwise_conv2d",
           {"amx": (2, None), "avx512vnni": (2, None), "avx2": (2, None)}),
    Family("gemv", lambda operation, shape: f"{operation}/{shape}" in GEMV,
           {"amx": (None, 1.0), "avx512vnni": (None, 1.0), "avx2": (None, 1.0)}),
]


class Measurement:
    """One library on one shape: 10^9 operations per second in each repetition."""

    def __init__(self, library, types):
        self.library, _, self.backend = library.partition(":")
        self.int8 = types[0] in "su"
        self.runs = []
        self.differing = 0

    @property
    def title(self):
        words = [TITLES.get(self.library, self.library), self.backend, "" if self.int8 else "fp32"]
        return " ".join(word for word in words if word)

    @property
    def gops(self):
        return statistics.median(self.runs)

    @property
    def exact(self):
        saturates = self.library == "onednn" and self.int8 and self.backend not in ONEDNN_EXACT
        return self.differing == 0 and not saturates

    @property
    def spread(self):
        """From the slowest to the fastest repetition, as a share of the median."""
        return (max(self.runs) - min(self.runs)) / self.gops


class Ratio:
    """How many times faster `ours` is: by medians, and between the extremes of the repetitions."""

    def __init__(self, ours, theirs):
        self.peer = theirs
        self.value = ours.gops / theirs.gops
        self.low = min(ours.runs) / max(theirs.runs)
        self.high = max(ours.runs) / min(theirs.runs)


class Layer:
    """All that was measured of one shape."""

    def __init__(self, operation, shape):
        self.operation, self.shape = operation, shape
        self.peaks = []  # GOPS of the instruction set in the runs that measured it
        self.measurements = {}  # in the order of registration, best backends first

    @property
    def peak(self):
        """None if no run with this layer measured it."""
        return statistics.median(self.peaks) if self.peaks else None

    @property
    def octet(self):
        """The best backend that the limit allows, which users get."""
        return next((m for m in self.measurements.values() if m.library == "octet"), None)

    @property
    def peers(self):
        return [m for m in self.measurements.values() if m.library != "octet"]

    def best_ratio(self, admitted):
        """Against the fastest of the peers that are admitted; None if nothing can be compared."""
        peers = [peer for peer in self.peers if admitted(peer)]
        if not self.octet or not peers:
            return None
        return Ratio(self.octet, max(peers, key=lambda peer: peer.gops))

    def exact_int8_ratio(self):
        return self.best_ratio(lambda peer: peer.int8 and peer.exact)

    def fp32_ratio(self):
        return self.best_ratio(lambda peer: not peer.int8)


class Tier:
    """All that was measured under one limit."""

    def __init__(self, isa):
        self.isa = isa
        self.contexts = []
        self.layers = {}  # (operation, shape): Layer
        self.peaks = {}  # (isa, sequence): GOPS of each repetition
        self.threads = {}  # (operation, shape): {number of threads: GOPS of each repetition}
        self.starts = {}  # number of threads: nanoseconds of each repetition

    def add(self, benchmark):
        """The Layer that it is a measurement of, if any."""
        parts = benchmark["name"].split("/")
        if parts[0] == "peak":
            self.peaks.setdefault((parts[1], parts[2]), []).append(benchmark["GOPS"])
            return None
        if parts[0] == "threads" and parts[2] == "start":
            self.starts.setdefault(int(parts[1]), []).append(benchmark["real_time"])
            return None
        if parts[0] == "threads":
            runs = self.threads.setdefault((parts[2], parts[3]), {})
            runs.setdefault(int(parts[1]), []).append(benchmark["GOPS"])
            return None
        operation, library, types, shape = parts[:4]
        if types not in COMPARABLE_TYPES:
            shape = f"{shape} {types}"
        layer = self.layers.setdefault((operation, shape), Layer(operation, shape))
        measurement = layer.measurements.setdefault((library, types), Measurement(library, types))
        measurement.runs.append(benchmark["GOPS"])
        measurement.differing = max(measurement.differing, benchmark.get("differing", 0))
        return layer

    @property
    def operations(self):
        return list(dict.fromkeys(operation for operation, _ in self.layers))

    def of(self, operation):
        return [layer for layer in self.layers.values() if layer.operation == operation]


def read(paths):
    """([Tier], best first, messages of failed benchmarks)"""
    tiers, failures = {}, []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            results = json.load(file)
        isa = results["context"].get("isa", "none")
        tier = tiers.setdefault(isa, Tier(isa))
        tier.contexts.append(results["context"])
        run, layers = Tier(isa), set()  # of this file alone
        # Random interleaving shuffles the file; family_index counts in the order of registration.
        for benchmark in sorted(results["benchmarks"], key=lambda b: b.get("family_index", 0)):
            if benchmark.get("error_occurred"):
                failures.append(f"{benchmark['name']}: {benchmark.get('error_message')}")
            elif benchmark.get("run_type") != "aggregate" and "GOPS" in benchmark:
                layer = tier.add(benchmark)
                run.add(benchmark)
                if layer and layer.operation in PRODUCTS:
                    layers.add(layer)
        best = peaks([run])
        if isa in best:
            for layer in layers:
                layer.peaks.append(best[isa][0])
    return sorted(tiers.values(), key=lambda tier: ISAS.index(tier.isa)), failures


def peaks(tiers):
    """{isa: (GOPS, sequence)}: the fastest sequence of each instruction set."""
    best = {}
    for tier in tiers:
        for (isa, sequence), runs in tier.peaks.items():
            best[isa] = max(best.get(isa, (0, "")), (statistics.median(runs), sequence))
    return best


def geometric_mean(values):
    return math.exp(statistics.fmean(math.log(value) for value in values))
