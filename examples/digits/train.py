# SPDX-License-Identifier: Apache-2.0
"""Trains a small CNN on 8x8 handwritten digits, quantizes it to int8 and writes digits.tflite.

    python3 examples/digits/train.py    (needs python3-numpy python3-sklearn python3-flatbuffers)

Everything the engine needs lands next to this script: the model, the held-out test images with
their labels, and training.json with the measured accuracies. The steps, in the order of this file:

    data        the UCI set, split once by a seeded permutation
    network     forward and backward in NumPy, activations NHWC, filters as TFLite stores them
    training    Adam, every second image shifted by at most one pixel
    quantize    post-training, by the TensorFlow Lite 8-bit quantization specification
    simulate    the quantized graph in integer arithmetic, as TFLite's reference kernels define it
    serialize   the graph as a FlatBuffer, field by field
"""

import os

# One BLAS thread: the order of additions, and so the last bit of every weight, depends on it.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import dataclasses
import json
import pathlib
import platform

import flatbuffers
import numpy as np
import sklearn
import sklearn.datasets

FOLDER = pathlib.Path(__file__).resolve().parent

SEED = 1998  # the year of the data set
TEST_IMAGES = 397
CALIBRATION_IMAGES = 200

# Chosen by cross-validation within the training images, not by the test images.
EPOCHS = 400
BATCH = 50
LEARNING_RATE = 4e-3
SMOOTHING = 0.1

# 15 is the largest whole number of int8 steps per grey level that fits (16 * 15 <= 255), so a
# pixel p in 0..16 is exactly q = 15 * p - 128. With 16 / 255 pixel 8 would fall between two steps.
INPUT_SCALE = np.float32(1 / 15)
INPUT_ZERO_POINT = -128


# ---------------------------------------------------------------------------------------- data


def load_split():
    """Returns (train, test), each a pair of images uint8 [N, 8, 8, 1] in 0..16 and labels [N]."""
    digits = sklearn.datasets.load_digits()
    order = np.random.default_rng(SEED).permutation(len(digits.target))
    images = digits.images[order, :, :, np.newaxis].astype(np.uint8)
    labels = digits.target[order].astype(np.uint8)
    test, train = slice(TEST_IMAGES), slice(TEST_IMAGES, None)
    return (images[train], labels[train]), (images[test], labels[test])


# ------------------------------------------------------------------------------------- network

# Convolution filters are OHWI, the depthwise filter is [1, height, width, channels], the fully
# connected one is [outputs, inputs].
PARAMETERS = {
    "conv1/filter": (16, 3, 3, 1), "conv1/bias": (16,),
    "depthwise/filter": (1, 3, 3, 16), "depthwise/bias": (16,),
    "pointwise/filter": (32, 1, 1, 16), "pointwise/bias": (32,),
    "conv2/filter": (32, 3, 3, 32), "conv2/bias": (32,),
    "dense/filter": (10, 32), "dense/bias": (10,),
}


def parameter_views(flat):
    """Views of one flat vector, by name: the optimizer sees the vector, the network the views."""
    ends = np.cumsum([np.prod(shape) for shape in PARAMETERS.values()])
    parts = np.split(flat, ends[:-1])
    return {name: p.reshape(shape) for p, (name, shape) in zip(parts, PARAMETERS.items())}


def initialize(rng):
    """He initialization: variance 2 / fan_in for the filters, zero for the biases."""
    flat = np.zeros(sum(np.prod(shape) for shape in PARAMETERS.values()), np.float32)
    for name, view in parameter_views(flat).items():
        if name.endswith("filter"):
            view[...] = rng.normal(0, np.sqrt(2 / np.prod(view.shape[1:])), view.shape)
    # A depthwise output sums over the window alone, not over the channels.
    parameter_views(flat)["depthwise/filter"][...] *= 4
    return flat


def taps(x, size):
    """The size * size views of zero padded x that meet each filter tap, in row-major tap order."""
    n, h, w, c = x.shape
    padded = np.zeros((n, h + size - 1, w + size - 1, c), x.dtype)
    padded[:, size // 2 : size // 2 + h, size // 2 : size // 2 + w] = x
    return [padded[:, i : i + h, j : j + w] for i in range(size) for j in range(size)]


def columns(x, size):
    """im2col: [N * H * W, size * size * C], each row ordered like the HWI part of a filter."""
    return np.concatenate(taps(x, size), axis=3).reshape(-1, size * size * x.shape[3])


def conv2d(x, w):
    """Stride 1, same padding, no bias. Also serves the integer simulation: any dtype."""
    return (columns(x, w.shape[1]) @ w.reshape(len(w), -1).T).reshape(*x.shape[:3], len(w))


def conv2d_gradient(x, w, g):
    """Gradients (filter, input). That of the input is g convolved with the filter turned by 180
    degrees, input and output channels exchanged."""
    dw = g.reshape(-1, len(w)).T @ columns(x, w.shape[1])
    return dw.reshape(w.shape), conv2d(g, w[:, ::-1, ::-1].transpose(3, 1, 2, 0))


def depthwise_conv2d(x, w):
    """Stride 1, same padding, multiplier 1, no bias. Any dtype."""
    return sum(tap * v for tap, v in zip(taps(x, w.shape[1]), w.reshape(-1, w.shape[3])))


def depthwise_conv2d_gradient(x, w, g):
    dw = np.stack([(tap * g).sum(axis=(0, 1, 2)) for tap in taps(x, w.shape[1])])
    return dw.reshape(w.shape), depthwise_conv2d(g, w[:, ::-1, ::-1])


def pool_windows(x, size):
    """[N, H / size, size, W / size, size, C]: the two axes of length size are one window."""
    n, h, w, c = x.shape
    return x.reshape(n, h // size, size, w // size, size, c)


def forward(p, x):
    """All activations by name, from real pixel values to logits."""
    a = {"input": x}
    a["conv1"] = np.maximum(conv2d(x, p["conv1/filter"]) + p["conv1/bias"], 0)
    a["depthwise"] = np.maximum(
        depthwise_conv2d(a["conv1"], p["depthwise/filter"]) + p["depthwise/bias"], 0)
    a["pointwise"] = np.maximum(
        conv2d(a["depthwise"], p["pointwise/filter"]) + p["pointwise/bias"], 0)
    a["max_pool"] = pool_windows(a["pointwise"], 2).max(axis=(2, 4))
    a["conv2"] = np.maximum(conv2d(a["max_pool"], p["conv2/filter"]) + p["conv2/bias"], 0)
    a["add"] = a["max_pool"] + a["conv2"]
    a["average_pool"] = a["add"].mean(axis=(1, 2))
    a["logits"] = a["average_pool"] @ p["dense/filter"].T + p["dense/bias"]
    return a


def loss_gradient(p, a, labels):
    """Gradient of the mean softmax cross-entropy, as one flat vector.

    Smoothed labels (Szegedy et al., 2016) also keep the logits in a narrow range, which is what a
    quantized last layer wants."""
    flat = np.zeros(sum(v.size for v in p.values()), np.float32)
    grad = parameter_views(flat)

    def through_relu(name, g):
        g = g * (a[name] > 0)
        grad[name + "/bias"][...] = g.sum(axis=(0, 1, 2))
        return g

    probability = np.exp(a["logits"] - a["logits"].max(axis=1, keepdims=True))
    probability /= probability.sum(axis=1, keepdims=True)
    target = np.eye(10, dtype=np.float32)[labels] * (1 - SMOOTHING) + SMOOTHING / 10
    g = (probability - target) / np.float32(len(labels))
    grad["dense/filter"][...] = g.T @ a["average_pool"]
    grad["dense/bias"][...] = g.sum(axis=0)

    g = (g @ p["dense/filter"])[:, np.newaxis, np.newaxis] / np.float32(16)  # mean of 4x4
    g_add = np.broadcast_to(g, a["add"].shape)

    g = through_relu("conv2", g_add)
    grad["conv2/filter"][...], g = conv2d_gradient(a["max_pool"], p["conv2/filter"], g)
    g = g + g_add  # both ways into the addition

    # Equal maxima would each get the gradient; but they are zeros, which the ReLU below stops.
    windows = pool_windows(a["pointwise"], 2)
    is_max = windows == a["max_pool"][:, :, np.newaxis, :, np.newaxis]
    g = (is_max * g[:, :, np.newaxis, :, np.newaxis]).reshape(a["pointwise"].shape)

    g = through_relu("pointwise", g)
    grad["pointwise/filter"][...], g = conv2d_gradient(a["depthwise"], p["pointwise/filter"], g)
    g = through_relu("depthwise", g)
    grad["depthwise/filter"][...], g = depthwise_conv2d_gradient(
        a["conv1"], p["depthwise/filter"], g)
    g = through_relu("conv1", g)
    grad["conv1/filter"][...], _ = conv2d_gradient(a["input"], p["conv1/filter"], g)
    return flat


# ------------------------------------------------------------------------------------ training


def train(images, labels):
    """Adam (Kingma and Ba, 2015) with a cosine learning rate. Returns the parameters by name."""
    rng = np.random.default_rng(SEED)
    flat = initialize(rng)
    p = parameter_views(flat)
    mean, variance = np.zeros_like(flat), np.zeros_like(flat)
    # A 3x3 filter's taps are exactly the nine shifts by at most one pixel.
    shifted = np.stack(taps(images.astype(np.float32) / 16, 3))
    batches = len(labels) // BATCH
    for epoch in range(EPOCHS):
        order = rng.permutation(len(labels))[: batches * BATCH].reshape(batches, BATCH)
        for i, batch in enumerate(order):
            shift = np.where(rng.random(BATCH) < 0.5, 4, rng.integers(9, size=BATCH))  # 4: in place
            a = forward(p, shifted[shift, batch])
            g = loss_gradient(p, a, labels[batch])
            step = epoch * batches + i + 1
            mean += 0.1 * (g - mean)
            variance += 0.001 * (g * g - variance)
            rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * step / (EPOCHS * batches)))
            corrected = np.sqrt(variance / (1 - 0.999**step)) + 1e-8
            flat -= np.float32(rate / (1 - 0.9**step)) * mean / corrected
    # Trained on pixels in [0, 1], used on 0..16. A power of two, so nothing is rounded.
    p["conv1/filter"][...] /= 16
    return p


# ------------------------------------------------------------------------------------ quantize


@dataclasses.dataclass
class Tensor:
    """real = scale * (data - zero_point); one scale, or one per index of `axis`."""

    name: str
    shape: tuple
    dtype: type = np.int8
    scale: np.ndarray = None  # float32 [1] or [channels]; None: not a quantized value
    zero_point: int = 0
    axis: int = 0
    data: np.ndarray = None  # None: computed at run time


@dataclasses.dataclass
class Operator:
    kind: str  # the name in TFLite's BuiltinOperator
    inputs: list
    output: Tensor
    relu: bool = False
    window: int = 0  # pooling: size and stride


def round_half_away(x):
    return np.trunc(x + np.copysign(0.5, x))


def quantize_filter(name, w, axis):
    """Symmetric int8 in [-127, 127], zero point 0; one scale per index of axis, or one for all."""
    others = None if axis is None else tuple(d for d in range(w.ndim) if d != axis)
    peak = np.abs(w).max(axis=others, keepdims=True)
    scale = (np.where(peak > 0, peak, 1) / 127).astype(np.float32)
    q = np.clip(round_half_away(w / scale), -127, 127).astype(np.int8)
    return Tensor(name, w.shape, np.int8, scale.reshape(-1), 0, axis or 0, q)


def quantize_bias(name, b, scale):
    """int32 at the scale of the accumulator, input scale * filter scale; zero point 0."""
    q = round_half_away(b.astype(np.float64) / scale).astype(np.int32)
    return Tensor(name, b.shape, np.int32, scale, 0, 0, q)


def activation_quantization(values):
    """(scale, zero_point) covering the calibrated range, widened so that 0 is a code point."""
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    scale = np.float32((high - low) / 255)
    return scale.reshape(1), int(round_half_away(-128 - low / scale))


def quantize(p, calibration):
    """Returns the int8 graph as its operators in execution order."""
    real = forward(p, calibration.astype(np.float32))
    operators = []

    def apply(kind, inputs, name, shape, quantization, **options):
        output = Tensor(name, (1, *shape), np.int8, *quantization)
        operators.append(Operator(kind, inputs, output, **options))
        return output

    def weighted(kind, x, name, axis, relu=True, output_name=None):
        output_name = output_name or name
        w = quantize_filter(name + "/filter", p[name + "/filter"], axis)
        b = quantize_bias(name + "/bias", p[name + "/bias"], x.scale * w.scale)
        y = real[output_name]
        quantization = activation_quantization(y)
        return apply(kind, [x, w, b], output_name, y.shape[1:], quantization, relu=relu)

    def same(x):
        return x.scale, x.zero_point

    x = Tensor("input", (1, 8, 8, 1), np.int8, INPUT_SCALE.reshape(1), INPUT_ZERO_POINT)
    x = weighted("CONV_2D", x, "conv1", axis=0)
    x = weighted("DEPTHWISE_CONV_2D", x, "depthwise", axis=3)
    x = weighted("CONV_2D", x, "pointwise", axis=0)
    pooled = apply("MAX_POOL_2D", [x], "max_pool", (4, 4, 32), same(x), window=2)
    x = weighted("CONV_2D", pooled, "conv2", axis=0)
    x = apply("ADD", [pooled, x], "add", (4, 4, 32), activation_quantization(real["add"]))
    x = apply("AVERAGE_POOL_2D", [x], "average_pool", (1, 1, 32), same(x), window=4)
    new_shape = Tensor("new_shape", (2,), np.int32, data=np.array([-1, 32], np.int32))
    x = apply("RESHAPE", [x, new_shape], "features", (32,), same(x))
    x = weighted("FULLY_CONNECTED", x, "dense", axis=None, relu=False, output_name="logits")
    # Fixed by the specification: probabilities are k / 256.
    apply("SOFTMAX", [x], "probabilities", (10,), (np.array([1 / 256], np.float32), -128))
    return operators


# ------------------------------------------------------------------------------------ simulate


def quantize_multiplier(real):
    """real in float64 -> (multiplier, shift): real ~ multiplier * 2^(shift - 31)."""
    fraction, shift = np.frexp(np.asarray(real, np.float64))
    multiplier = np.floor(fraction * 2.0**31 + 0.5).astype(np.int64)
    carry = multiplier == 1 << 31
    return np.where(carry, 1 << 30, multiplier), shift + carry


def requantize(x, real):
    """x * real with gemmlowp's two roundings: a doubling high multiplication, ties upwards, then
    a division by a power of two, ties away from zero."""
    multiplier, shift = quantize_multiplier(real)
    left, right = np.maximum(shift, 0), np.maximum(-shift, 0)
    high = ((x.astype(np.int64) << left) * multiplier + (1 << 30)) >> 31
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


def simulate(operators, images):
    """Runs the graph on int8 images up to the logits, in integers, by the definitions of TFLite's
    reference kernels. Returns every activation by name.

    Softmax is left out: it keeps the order of the logits."""
    values = {"input": images.astype(np.int64)}
    for op in operators:
        if op.kind == "SOFTMAX":
            break
        x, y = values[op.inputs[0].name], op.output
        scales = [np.float64(t.scale) for t in op.inputs if t.scale is not None]
        if op.kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            w, b = (t.data.astype(np.int64) for t in op.inputs[1:])
            centred = x - op.inputs[0].zero_point
            if op.kind == "CONV_2D":
                total = conv2d(centred, w)
            elif op.kind == "DEPTHWISE_CONV_2D":
                total = depthwise_conv2d(centred, w)
            else:
                total = centred @ w.T
            product = scales[0] * scales[1]
            if op.kind == "FULLY_CONNECTED":
                product = np.float64(np.float32(product))  # here TFLite multiplies in float32
            result = requantize(total + b, product / y.scale) + y.zero_point
        elif op.kind == "ADD":
            # Both inputs at a common scale with 20 fractional bits, twice the larger input scale.
            common = 2 * np.maximum(*scales)
            terms = [
                requantize((values[t.name] - t.zero_point) << 20, s / common)
                for t, s in zip(op.inputs, scales)
            ]
            result = requantize(sum(terms), common / (2.0**20 * y.scale)) + y.zero_point
        elif op.kind == "MAX_POOL_2D":
            result = pool_windows(x, op.window).max(axis=(2, 4))
        elif op.kind == "AVERAGE_POOL_2D":
            total, count = pool_windows(x, op.window).sum(axis=(2, 4)), op.window**2
            result = np.sign(total) * ((np.abs(total) + count // 2) // count)  # half away from zero
        else:
            assert op.kind == "RESHAPE"
            result = x.reshape(len(x), -1)
        values[y.name] = np.clip(result, y.zero_point if op.relu else -128, 127)
    return values


# ----------------------------------------------------------------------------------- serialize

# Values and field orders are those of TensorFlow's schema, tensorflow/lite/schema/schema.fbs.
SCHEMA_VERSION = 3
FILE_IDENTIFIER = b"TFL3"
TENSOR_TYPE = {np.int32: 2, np.int8: 9}
PADDING_SAME, PADDING_VALID = 0, 1
ACTIVATION_NONE, ACTIVATION_RELU = 0, 1

# BuiltinOperator, the operator version that takes int8, and the member of the union BuiltinOptions.
BUILTIN = {
    "ADD": (0, 2, 11),
    "AVERAGE_POOL_2D": (1, 2, 5),
    "CONV_2D": (3, 3, 1),
    "DEPTHWISE_CONV_2D": (4, 3, 2),
    "FULLY_CONNECTED": (9, 4, 8),
    "MAX_POOL_2D": (17, 2, 5),
    "RESHAPE": (22, 1, 17),
    "SOFTMAX": (25, 2, 9),
}


class Writer(flatbuffers.Builder):
    """A Builder that writes a table from its fields in schema order."""

    def table(self, *fields):
        """Each field is (type, value), or None where it is left out. A zero is left out too: it is
        the default of every field here but `version` and the dilations, which are never zero."""
        self.StartObject(len(fields))
        for slot, field in enumerate(fields):
            if field is not None:
                kind, value = field
                getattr(self, f"Prepend{kind}Slot")(slot, value, 0)
        return self.EndObject()

    def numbers(self, values, dtype):
        return "UOffsetTRelative", self.CreateNumpyVector(np.array(values, dtype).reshape(-1))

    def tables(self, offsets):
        self.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.PrependUOffsetTRelative(offset)
        return "UOffsetTRelative", self.EndVector()

    def string(self, text):
        return "UOffsetTRelative", self.CreateString(text)


def write_options(b, op):
    activation = ("Int8", ACTIVATION_RELU if op.relu else ACTIVATION_NONE)
    one = ("Int32", 1)
    if op.kind == "CONV_2D":  # padding, strides, activation, dilations
        return b.table(("Int8", PADDING_SAME), one, one, activation, one, one)
    if op.kind == "DEPTHWISE_CONV_2D":  # padding, strides, multiplier, activation, dilations
        return b.table(("Int8", PADDING_SAME), one, one, one, activation, one, one)
    if op.kind in ("MAX_POOL_2D", "AVERAGE_POOL_2D"):  # padding, strides, filter sizes, activation
        size = ("Int32", op.window)
        return b.table(("Int8", PADDING_VALID), size, size, size, size, activation)
    if op.kind in ("ADD", "FULLY_CONNECTED"):  # activation first; the later fields keep defaults
        return b.table(activation)
    if op.kind == "RESHAPE":  # the new shape
        return b.table(b.numbers(op.inputs[1].data, np.int32))
    assert op.kind == "SOFTMAX"  # beta
    return b.table(("Float32", 1.0))


def write_tensor(b, tensor, buffer):
    quantization = None
    if tensor.scale is not None:
        # min, max, scale, zero_point, details (type and value), quantized_dimension
        scale = b.numbers(tensor.scale, np.float32)
        zero_point = b.numbers(np.full(tensor.scale.shape, tensor.zero_point), np.int64)
        fields = None, None, scale, zero_point, None, None, ("Int32", tensor.axis)
        quantization = "UOffsetTRelative", b.table(*fields)
    shape, name = b.numbers(tensor.shape, np.int32), b.string(tensor.name)
    dtype = "Int8", TENSOR_TYPE[tensor.dtype]
    return b.table(shape, dtype, ("Uint32", buffer), name, quantization)


def write_operator(b, op, opcode_index, tensor_index):
    inputs = b.numbers([tensor_index[t.name] for t in op.inputs], np.int32)
    outputs = b.numbers([tensor_index[op.output.name]], np.int32)
    options = "UOffsetTRelative", write_options(b, op)
    options_type = "Uint8", BUILTIN[op.kind][2]
    return b.table(("Uint32", opcode_index), inputs, outputs, options_type, options)


def write_buffer(b, data):
    b.Prep(16, data.nbytes)  # the schema's force_align: 16
    return b.table(b.numbers(np.frombuffer(data.tobytes(), np.uint8), np.uint8))


def serialize(operators):
    """The .tflite file: a Model of one SubGraph. FlatBuffers are written leaves first."""
    tensors = {t.name: t for op in operators for t in [*op.inputs, op.output]}
    tensor_index = {name: i for i, name in enumerate(tensors)}
    constants = [t for t in tensors.values() if t.data is not None]
    # Buffer 0 is empty by convention: it belongs to every tensor without data.
    buffer_index = {t.name: i for i, t in enumerate(constants, start=1)}
    kinds = list(dict.fromkeys(op.kind for op in operators))

    b = Writer(1 << 16)
    buffers = b.tables([b.table(), *(write_buffer(b, t.data) for t in constants)])
    tensor_tables = b.tables(
        [write_tensor(b, t, buffer_index.get(t.name, 0)) for t in tensors.values()])
    operator_tables = b.tables(
        [write_operator(b, op, kinds.index(op.kind), tensor_index) for op in operators])
    inputs = b.numbers([tensor_index["input"]], np.int32)
    outputs = b.numbers([tensor_index[operators[-1].output.name]], np.int32)
    subgraph = b.table(tensor_tables, inputs, outputs, operator_tables, b.string("main"))
    # The code is written twice: as a byte for old readers, as an int32 for those of schema 3a on.
    codes = [
        b.table(("Int8", code), None, ("Int32", version), ("Int32", code))
        for code, version, _ in (BUILTIN[kind] for kind in kinds)
    ]
    codes, subgraphs = b.tables(codes), b.tables([subgraph])
    description = b.string("octet digits example")
    b.Finish(b.table(("Uint32", SCHEMA_VERSION), codes, subgraphs, description, buffers),
             file_identifier=FILE_IDENTIFIER)
    return bytes(b.Output())


# ---------------------------------------------------------------------------------------- main


def main():
    (images, labels), (test_images, test_labels) = load_split()
    p = train(images, labels)
    float_class = forward(p, test_images.astype(np.float32))["logits"].argmax(axis=1)

    operators = quantize(p, images[:CALIBRATION_IMAGES])
    pixel_to_int8 = round_half_away(np.arange(17) / INPUT_SCALE).astype(int) + INPUT_ZERO_POINT
    int8_class = simulate(operators, pixel_to_int8[test_images])["logits"].argmax(axis=1)

    model = serialize(operators)
    (FOLDER / "digits.tflite").write_bytes(model)
    np.save(FOLDER / "images.npy", test_images)
    np.save(FOLDER / "labels.npy", test_labels)
    summary = {
        "float_accuracy": np.mean(float_class == test_labels).round(6),
        "int8_accuracy": np.mean(int8_class == test_labels).round(6),
        "float_correct": int(np.sum(float_class == test_labels)),
        "int8_correct": int(np.sum(int8_class == test_labels)),
        "same_class": int(np.sum(float_class == int8_class)),
        "test_images": len(test_labels),
        "training_images": len(labels),
        "calibration_images": CALIBRATION_IMAGES,
        "input_scale": float(INPUT_SCALE),
        "input_zero_point": INPUT_ZERO_POINT,
        "pixel_to_int8": pixel_to_int8.tolist(),
        "parameters": sum(v.size for v in p.values()),
        "model_bytes": len(model),
        "seed": SEED,
        "epochs": EPOCHS,
        "batch": BATCH,
        "learning_rate": LEARNING_RATE,
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "sklearn": sklearn.__version__,
            "flatbuffers": flatbuffers.__version__,
        },
    }
    (FOLDER / "training.json").write_text(json.dumps(summary, indent=2) + "\n")
    n = len(test_labels)
    print(f"float accuracy {summary['float_accuracy']:.2%} ({summary['float_correct']} of {n})")
    print(f"int8 accuracy  {summary['int8_accuracy']:.2%} ({summary['int8_correct']} of {n})")
    print(f"same class     {summary['same_class']} of {n}")
    print(f"digits.tflite  {len(model)} bytes")


if __name__ == "__main__":
    main()
