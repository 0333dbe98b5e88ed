# SPDX-License-Identifier: Apache-2.0
"""Trains a small CNN on 8x8 handwritten digits, quantizes it to int8 and writes digits.tflite.

    python3 examples/digits/train.py

needs python3-numpy, python3-sklearn, python3-flatbuffers and python3-onnx. Beside this script it
writes the model, the held-out test images with their labels, and training.json with the measured
accuracies; and what a quantizer starts from: the float network as digits_float.tflite and
digits_float.onnx, and the images that the ranges of activations were measured on.
tflite_model.py and onnx_model.py write the files. The steps, in the order of this file:

    data        the UCI set, split once by a seeded permutation
    network     forward and backward in NumPy, activations NHWC, filters as TFLite stores them
    training    Adam, every second image shifted by at most one pixel
    quantize    post-training, by the TensorFlow Lite 8-bit quantization specification, or not at all
    simulate    the quantized graph in integer arithmetic, as TFLite's reference kernels define it

tflite_model.py and onnx_model.py write the files.
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

import onnx_model
import tflite_model

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


class Int8:
    """Post-training quantization: ranges of activations from their values in `real`, by name."""

    def __init__(self, real):
        self.real = real

    def input(self, shape):
        return Tensor("input", shape, np.int8, INPUT_SCALE.reshape(1), INPUT_ZERO_POINT)

    def filter(self, name, w, axis):
        return quantize_filter(name, w, axis)

    def bias(self, name, b, x, w):
        return quantize_bias(name, b, x.scale * w.scale)

    def activation(self, name, shape):
        return Tensor(name, shape, np.int8, *activation_quantization(self.real[name]))

    def same(self, name, shape, x):
        return Tensor(name, shape, np.int8, x.scale, x.zero_point)

    def probabilities(self, name, shape):
        """Fixed by the specification: probabilities are k / 256."""
        return Tensor(name, shape, np.int8, np.array([1 / 256], np.float32), -128)


class Float32:
    """The network as it was trained."""

    def input(self, shape):
        return Tensor("input", shape, np.float32)

    def filter(self, name, w, axis):
        return Tensor(name, w.shape, np.float32, data=w)

    def bias(self, name, b, x, w):
        return Tensor(name, b.shape, np.float32, data=b)

    def activation(self, name, shape):
        return Tensor(name, shape, np.float32)

    def same(self, name, shape, x):
        return Tensor(name, shape, np.float32)

    probabilities = activation


def graph(p, numbers):
    """Returns the operators in execution order. `numbers` is Int8 or Float32."""
    operators = []

    def apply(kind, inputs, output, **options):
        operators.append(Operator(kind, inputs, output, **options))
        return output

    def weighted(kind, x, name, shape, axis, relu=True, output_name=None):
        w = numbers.filter(name + "/filter", p[name + "/filter"], axis)
        b = numbers.bias(name + "/bias", p[name + "/bias"], x, w)
        output = numbers.activation(output_name or name, (1, *shape))
        return apply(kind, [x, w, b], output, relu=relu)

    x = numbers.input((1, 8, 8, 1))
    x = weighted("CONV_2D", x, "conv1", (8, 8, 16), axis=0)
    x = weighted("DEPTHWISE_CONV_2D", x, "depthwise", (8, 8, 16), axis=3)
    x = weighted("CONV_2D", x, "pointwise", (8, 8, 32), axis=0)
    pooled = apply("MAX_POOL_2D", [x], numbers.same("max_pool", (1, 4, 4, 32), x), window=2)
    x = weighted("CONV_2D", pooled, "conv2", (4, 4, 32), axis=0)
    x = apply("ADD", [pooled, x], numbers.activation("add", (1, 4, 4, 32)))
    x = apply("AVERAGE_POOL_2D", [x], numbers.same("average_pool", (1, 1, 1, 32), x), window=4)
    new_shape = Tensor("new_shape", (2,), np.int32, data=np.array([-1, 32], np.int32))
    x = apply("RESHAPE", [x, new_shape], numbers.same("features", (1, 32), x))
    x = weighted("FULLY_CONNECTED", x, "dense", (10,), axis=None, relu=False, output_name="logits")
    apply("SOFTMAX", [x], numbers.probabilities("probabilities", (1, 10)))
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


# ---------------------------------------------------------------------------------------- main


def main():
    (images, labels), (test_images, test_labels) = load_split()
    p = train(images, labels)
    float_class = forward(p, test_images.astype(np.float32))["logits"].argmax(axis=1)

    calibration = images[:CALIBRATION_IMAGES]
    operators = graph(p, Int8(forward(p, calibration.astype(np.float32))))
    pixel_to_int8 = round_half_away(np.arange(17) / INPUT_SCALE).astype(int) + INPUT_ZERO_POINT
    int8_class = simulate(operators, pixel_to_int8[test_images])["logits"].argmax(axis=1)

    model = tflite_model.serialize(operators)
    (FOLDER / "digits.tflite").write_bytes(model)
    float_operators = graph(p, Float32())
    (FOLDER / "digits_float.tflite").write_bytes(tflite_model.serialize(float_operators))
    (FOLDER / "digits_float.onnx").write_bytes(onnx_model.serialize(float_operators))
    np.save(FOLDER / "calibration.npy", calibration)
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
