"""For how many of the last months it has stood beyond a bound."""

import numpy as np

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid, stacked


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """How many of the last ``months`` values lie beyond ``bound``; an unknown one does not; NaN when all are unknown.

    >>> from types import SimpleNamespace
    >>> measure(np.array([[1.0, 5.0, np.nan, 6.0]]), SimpleNamespace(months=3, bound=4.0, side="above"), None)
    array([[0., 1., 1., 2.]])
    """
    del grid
    last = stacked(values, signal.months)
    bound = float(signal.bound or 0.0)
    beyond = last >= bound if signal.side == "above" else last <= bound
    return np.where(np.isnan(last).all(axis=0), np.nan, beyond.sum(axis=0).astype("float64"))
