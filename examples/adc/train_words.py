# SPDX-License-Identifier: Apache-2.0
"""Lets espeak-ng speak eight words, trains a network that tells them apart, and writes words.tflite.

    python3 examples/adc/train_words.py

needs python3-numpy, python3-sklearn, python3-flatbuffers, python3-onnx and espeak-ng, and
build/release/examples/octet_adc, whose features the network hears. Beside this script it writes
words.npy and labels.npy, spoken by voices that training does not hear, the network as words.tflite
and, before it was quantized, as words_float.tflite.
"""

import io
import os
import pathlib
import subprocess
import sys
import tempfile
import wave

os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.append(str(FOLDER.parent / "digits"))
import tflite_model
from train import Float32, Int8, Operator, Tensor

PROGRAM = FOLDER.parents[1] / "build/release/examples/octet_adc"
WORDS = ["yes", "no", "left", "right", "up", "down", "stop", "go"]
ACCENTS = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd"]
TRAINING_VARIANTS = ["m1", "m2", "m3", "m4", "m5", "m8", "f1", "f2", "f3", "f5"]
TEST_VOICES = ["en-us+m6", "en-gb+f4", "en-gb-scotland+m7", "en-us+f4"]
RATE, SAMPLES = 8000, 4000

SEED = 2017  # the year of the Speech Commands data set, which has these words
COPIES = 6  # of each training clip, shifted in time, with noise
HIDDEN = 24
EPOCHS = 60
BATCH = 50
LEARNING_RATE = 2e-3
DECAY = 1e-3


def speak(word, voice, speed, pitch):
    """The word at RATE and full scale, without the silence around it."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word]
    sound = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    with wave.open(io.BytesIO(sound)) as file:
        rate = file.getframerate()
    x = np.frombuffer(sound[44:], np.int16).astype(np.float64)
    # Nothing above half of the new rate, then the values at its times.
    spectrum = np.fft.rfft(x)
    spectrum[int(len(x) * RATE / 2 / rate):] = 0
    x = np.fft.irfft(spectrum, len(x))
    x = np.interp(np.arange(0, len(x) - 1, rate / RATE), np.arange(len(x)), x)
    loud = np.flatnonzero(np.abs(x) > 0.02 * np.abs(x).max())
    x = x[loud[0] : loud[-1] + 1]
    return x / np.abs(x).max()


def clip(x, start):
    """SAMPLES of silence with the word from `start` on."""
    samples = np.zeros(SAMPLES)
    x = x[: SAMPLES - start]
    samples[start : start + len(x)] = x
    return samples


def to_int16(clips):
    return np.clip(np.round(32767 * np.array(clips)), -32768, 32767).astype(np.int16)


def training_clips(rng):
    clips, labels = [], []
    for accent in ACCENTS:
        for variant in TRAINING_VARIANTS:
            for label, word in enumerate(WORDS):
                speed, pitch = rng.integers(140, 200), rng.integers(30, 70)
                x = speak(word, f"{accent}+{variant}", speed, pitch)
                for _ in range(COPIES):
                    noise = 10 ** rng.uniform(-3, -1.5) * rng.uniform(-1, 1, SAMPLES)
                    clips.append(0.5 * (clip(x, rng.integers(0, 800)) + noise))
                    labels.append(label)
    return to_int16(clips), np.array(labels)


def test_clips():
    spoken = [(clip(speak(word, voice, 165, 50), 400), label)
              for voice in TEST_VOICES for label, word in enumerate(WORDS)]
    clips, labels = zip(*spoken)
    return to_int16(clips), np.array(labels, np.uint8)


def features(clips):
    """As the program computes them, in steps of 1/16."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / name for name in ("samples.npy", "features.npy")]
        np.save(paths[0], clips)
        subprocess.run([PROGRAM, "--features", *paths], check=True)
        return np.load(paths[1])


def forward(p, x):
    hidden = np.maximum(x @ p["hidden/filter"].T + p["hidden/bias"], 0)
    return {"hidden": hidden, "logits": hidden @ p["logits/filter"].T + p["logits/bias"]}


def train(x, labels, rng):
    """Two layers by Adam (Kingma and Ba, 2015) with weight decay."""
    sizes = {"hidden": (HIDDEN, x.shape[1]), "logits": (len(WORDS), HIDDEN)}
    p = {}
    for name, (outputs, inputs) in sizes.items():
        p[name + "/filter"] = rng.normal(0, np.sqrt(2 / inputs), (outputs, inputs))
        p[name + "/bias"] = np.zeros(outputs)
    mean = {name: np.zeros_like(v) for name, v in p.items()}
    variance = {name: np.zeros_like(v) for name, v in p.items()}
    steps = EPOCHS * (len(x) // BATCH)
    for step in range(1, steps + 1):
        batch = rng.integers(len(x), size=BATCH)
        a = forward(p, x[batch])
        g = np.exp(a["logits"] - a["logits"].max(axis=1, keepdims=True))
        g = g / g.sum(axis=1, keepdims=True) - np.eye(len(WORDS))[labels[batch]]
        g_hidden = (g @ p["logits/filter"]) * (a["hidden"] > 0)
        gradient = {"logits/filter": g.T @ a["hidden"], "logits/bias": g.sum(axis=0),
                    "hidden/filter": g_hidden.T @ x[batch], "hidden/bias": g_hidden.sum(axis=0)}
        rate = LEARNING_RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        for name, v in p.items():
            g = gradient[name] / BATCH + DECAY * v
            mean[name] += 0.1 * (g - mean[name])
            variance[name] += 0.001 * (g * g - variance[name])
            corrected = np.sqrt(variance[name] / (1 - 0.999**step)) + 1e-8
            v -= rate / (1 - 0.9**step) * mean[name] / corrected
    return {name: v.astype(np.float32) for name, v in p.items()}


def graph(p, x, numbers):
    operators = []
    for name in ("hidden", "logits"):
        w = numbers.filter(name + "/filter", p[name + "/filter"], None)
        b = numbers.bias(name + "/bias", p[name + "/bias"], x, w)
        y = numbers.activation(name, (1, len(b.data)))
        operators.append(Operator("FULLY_CONNECTED", [x, w, b], y, relu=name == "hidden"))
        x = y
    return operators


def main():
    rng = np.random.default_rng(SEED)
    clips, labels = training_clips(rng)
    steps = features(clips)
    x = steps.astype(np.float32) / 16
    p = train(x, labels, rng)

    test, test_labels = test_clips()
    np.save(FOLDER / "words.npy", test)
    np.save(FOLDER / "labels.npy", test_labels)
    shape = (1, x.shape[1])
    step = Tensor("input", shape, np.int8, np.array([1 / 16], np.float32), 0)
    integers = graph(p, step, Int8(forward(p, x)))
    (FOLDER / "words.tflite").write_bytes(tflite_model.serialize(integers))
    real = graph(p, Float32().input(shape), Float32())
    (FOLDER / "words_float.tflite").write_bytes(tflite_model.serialize(real))

    heard = 0.5 * (test / 32768 + 0.01 * rng.uniform(-1, 1, test.shape))
    for what, samples, expected in (("training", steps, labels),
                                    ("test", features(to_int16(heard)), test_labels)):
        right = forward(p, samples / 16)["logits"].argmax(axis=1) == expected
        print(f"{what}: {right.sum()} of {len(right)} clips are recognized by the float network")


if __name__ == "__main__":
    main()
