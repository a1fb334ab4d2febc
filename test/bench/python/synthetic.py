"""test/bench/synthetic.ts once more, bit for bit: u32 arithmetic, then f64 in the same order."""
import numpy as np

ROWS, COLS, CUT = 50_000, 20, 16


def mix(words):
    h = words * np.uint32(0x9E3779B1)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
    h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE3D)
    return h ^ (h >> np.uint32(16))


def unit(words):
    return (mix(words.astype(np.uint32)) >> np.uint32(8)) / 2.0**24


def synthetic(rows=ROWS):
    """(cells f32 [rows, 20], values f64, labels 0 or 1)."""
    x = unit(np.arange(1, rows * COLS + 1)).reshape(rows, COLS)
    square = (x[:, 2] - 0.5) * (x[:, 2] - 0.5)
    step = np.where(x[:, 5] > x[:, 6], 6, 0)
    noise = (unit(0x40000000 + np.arange(rows)) - 0.5) * 4
    values = 10 * x[:, 0] * x[:, 1] + 20 * square + 10 * x[:, 3] + 5 * x[:, 4] + step + 4 * x[:, 7] * x[:, 8] + noise
    return x.astype(np.float32), values, (values > CUT).astype(np.int64)
