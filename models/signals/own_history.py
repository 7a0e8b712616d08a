"""How far it stands from what is usual for the firm itself."""

import numpy as np

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid, stacked


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """Distance to the mean of the ``months`` before, in their standard deviations.

    NaN unless half of these months are known, or where they do not differ.

    >>> from types import SimpleNamespace
    >>> measure(np.array([[1.0, 3.0, 2.0, 6.0]]), SimpleNamespace(months=2), None).round(6)
    array([[nan, nan,  0.,  7.]])
    """
    del grid
    past = stacked(values, signal.months, skip=1)
    known = (~np.isnan(past)).sum(axis=0)
    some = np.where(known, known, 1)
    mean = np.nansum(past, axis=0) / some
    spread = np.sqrt(np.nansum((past - mean) ** 2, axis=0) / some)
    fair = (known * 2 >= signal.months) & (spread > 0)
    return np.where(fair, (values - mean) / np.where(spread > 0, spread, 1.0), np.nan)
