"""Where it is going: the slope of a straight line through the last months."""

import numpy as np

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid, stacked


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """Least-squares change a month over the last ``months`` values; NaN when one of them is unknown.

    >>> from types import SimpleNamespace
    >>> measure(np.array([[1.0, 3.0, 5.0, 7.0]]), SimpleNamespace(months=3), None).round(6)
    array([[nan, nan,  2.,  2.]])
    """
    del grid
    back = (signal.months - 1) / 2 - np.arange(signal.months)  # the latest first
    slope: Floats = np.tensordot(back / (back**2).sum(), stacked(values, signal.months), axes=1)
    return slope
