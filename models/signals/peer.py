"""How far it stands from like firms in the same month."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import Floats
from models.monitoring_parts import Signal
from models.signals.grid import Grid

FEWEST = 20  # like firms; fewer are compared with all
SPREAD = 1.4826  # median distance to the median of a normal distribution, in standard deviations


def measure(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """Distance to the median of like firms with a live loan in that month, in robust standard deviations.

    NaN where the like firms do not differ.
    """
    del signal
    live = pd.DataFrame(np.where(grid.live, values, np.nan))
    everyone = np.zeros(len(live), dtype=np.int64)
    enough = live.groupby(grid.peers).transform("count").to_numpy() >= FEWEST
    return np.where(enough, _distance(values, live, grid.peers), _distance(values, live, everyone))


def _distance(values: Floats, live: pd.DataFrame, group: NDArray[np.int64]) -> Floats:
    """Distance to the median of the group in each month, in its robust standard deviations."""
    middle = live.groupby(group).transform("median")
    spread = SPREAD * (live - middle).abs().groupby(group).transform("median").to_numpy()
    distance: Floats = (values - middle.to_numpy()) / np.where(spread > 0, spread, np.nan)
    return distance
