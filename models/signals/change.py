"""By how much it has changed since some months ago."""

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid, before


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """The difference to the value ``months`` before, in the unit of the value.

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> measure(np.array([[0.2, 0.3, 0.6]]), SimpleNamespace(months=2), None)
    array([[nan, nan, 0.4]])
    """
    del grid
    return values - before(values, signal.months)
