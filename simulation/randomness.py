"""Random streams: one independent generator a purpose and month, so that a draw more in one never moves another."""

from zlib import crc32

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence


def stream(seed: int, purpose: str, month: int = 0) -> Generator:
    """Return the generator of one purpose in one month.

    >>> bool(stream(1, "trade", 3).random() == stream(1, "trade", 3).random())
    True
    """
    return Generator(PCG64(SeedSequence([seed, crc32(purpose.encode()), month + 1000])))


def weighted_shares(rng: Generator, sizes: np.ndarray, tail: float) -> np.ndarray:
    """Heavy-tailed shares that add to one within consecutive groups of the given ``sizes``."""
    raw = rng.pareto(tail, int(sizes.sum())) + 0.3
    starts = np.cumsum(sizes) - sizes
    totals = np.add.reduceat(raw, starts)
    return np.asarray(raw / np.repeat(totals, sizes))
