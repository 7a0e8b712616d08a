"""How far it stands from like firms in the same month."""

import numpy as np
import pandas as pd

from models.monitoring_parts import Signal
from models.signals.grid import Floats, Grid

FEWEST = 20  # like firms; fewer are compared with all
SPREAD = 1.4826  # median distance to the median of a normal distribution, in standard deviations


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """Distance to the median of like firms with a live loan in that month, in robust standard deviations.

    NaN where the like firms do not differ.
    """
    del signal
    live = np.where(grid.live, values, np.nan)
    middle = _by_group(live, grid.peers)
    spread = SPREAD * _by_group(np.abs(live - middle), grid.peers)
    return (values - middle) / np.where(spread > 0, spread, np.nan)


def _by_group(values: Floats, group: "np.ndarray") -> Floats:  # type: ignore[type-arg]
    """The median of each firm's group in each month, or of all firms where the group is too small."""
    frame = pd.DataFrame(values)
    everyone = np.broadcast_to(frame.median().to_numpy(), values.shape)
    grouped = frame.groupby(group)
    enough = grouped.transform("count").to_numpy() >= FEWEST
    return np.where(enough, grouped.transform("median").to_numpy(), everyone)
