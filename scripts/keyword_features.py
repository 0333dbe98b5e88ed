#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Features of keyword spotting from a sound, as MLPerf Tiny's network takes them: for each second 49 frames of
10 mel-frequency cepstral coefficients. Many of them from one second of sound: it is moved by up to a quarter of it,
with silence before or behind it, and of different loudness.

    scripts/keyword_features.py SOUND.wav OUTPUT.bin COUNT FIRST STEP

writes the features FIRST, FIRST + STEP ... of COUNT as raw float32. The sound has 16,000 samples of 16 bits a second;
of several channels the first one is taken.

Source: mlcommons/tiny, benchmark/training/keyword_spotting/get_dataset.py: frames of 30 ms every 20 ms, a Hann
window, magnitudes of an FFT of 512, 40 mel bands from 20 to 4000 Hz, logarithm, DCT.
"""
import array
import cmath
import math
import sys
import wave

RATE, FRAME, STEP, SIZE, FRAMES = 16000, 480, 320, 512, 49
BANDS, LOWEST, HIGHEST, COEFFICIENTS = 40, 20.0, 4000.0, 10
WINDOW = [0.5 - 0.5 * math.cos(2 * math.pi * i / FRAME) for i in range(FRAME)]
TURNS = {n: [cmath.exp(-2j * math.pi * k / n) for k in range(n // 2)] for n in (2 ** e for e in range(1, 10))}


def fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = fft(x[0::2]), fft(x[1::2])
    turned = [t * o for t, o in zip(TURNS[n], odd)]
    return [e + t for e, t in zip(even, turned)] + [e - t for e, t in zip(even, turned)]


def mel(hertz):
    return 1127 * math.log(1 + hertz / 700)


def mel_weights():
    """Triangles of equal width on the mel scale: for each band (bin, weight)."""
    low, high = mel(LOWEST), mel(HIGHEST)
    edges = [low + (high - low) * i / (BANDS + 1) for i in range(BANDS + 2)]
    bands = []
    for left, middle, right in zip(edges, edges[1:], edges[2:]):
        weights = []
        for k in range(1, SIZE // 2 + 1):
            m = mel(k * RATE / SIZE)
            weight = min((m - left) / (middle - left), (right - m) / (right - middle))
            if weight > 0:
                weights.append((k, weight))
        bands.append(weights)
    return bands


def features(sound, bands):
    all_frames = []
    for frame in range(FRAMES):
        part = sound[frame * STEP:frame * STEP + FRAME]
        spectrum = [abs(v) for v in fft([s * w for s, w in zip(part, WINDOW)] + [0.0] * (SIZE - FRAME))]
        logs = [math.log(sum(spectrum[k] * w for k, w in band) + 1e-6) for band in bands]
        for c in range(COEFFICIENTS):
            total = sum(v * math.cos(math.pi * c * (b + 0.5) / BANDS) for b, v in enumerate(logs))
            all_frames.append(2 * total / math.sqrt(2 * BANDS))
    return all_frames


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    count, first, step = (int(argument) for argument in sys.argv[3:])
    with wave.open(sys.argv[1]) as sound:
        samples = array.array("h", sound.readframes(RATE))[::sound.getnchannels()].tolist()
    silence = [0] * (RATE // 4)
    samples = silence + samples + [0] * (RATE - len(samples)) + silence
    largest = max(abs(s) for s in samples)
    bands, values = mel_weights(), array.array("f")
    for i in range(first, count, step):
        start = (len(samples) - RATE) * i // max(count - 1, 1)
        gain = (1.0, 0.5, 0.25, 0.8)[i % 4] / largest
        values.extend(features([gain * s for s in samples[start:start + RATE]], bands))
    with open(sys.argv[2], "wb") as file:
        values.tofile(file)


main()
