"""How high it stands."""

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """The value itself."""
    del signal, grid
    return values
