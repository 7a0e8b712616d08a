"""What signals measure: each takes the months of one column and gives a number for each from it and those before.

A measure has the shape ``(values, signal, grid)``, firms down and months across, and reads no later month.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.arrays import Flags, Floats
from models.monitoring import Signal

FEWEST = 20  # like firms; fewer are compared with all
SPREAD = 1.4826  # median distance to the median of a normal distribution, in standard deviations


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Firms (rows) by months (columns, the oldest first).

    ``months`` are the dates as of which each month's values were known, ``live`` says where a loan of ours ran, and
    ``peers`` is a number of each firm's group of like firms.
    """

    firms: NDArray[Any]
    months: NDArray[np.datetime64]
    live: Flags
    peers: NDArray[np.int64]


def level(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """How high it stands."""
    return values


def change(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """By how much it has changed: the difference to the value ``months`` before, in the unit of the value.

    >>> from types import SimpleNamespace
    >>> change(np.array([[0.2, 0.3, 0.6]]), SimpleNamespace(months=2), None)
    array([[nan, nan, 0.4]])
    """
    return values - _before(values, signal.months)


def trend(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """Where it is going: least-squares change a month over the last ``months`` values; NaN when one is unknown.

    >>> from types import SimpleNamespace
    >>> trend(np.array([[1.0, 3.0, 5.0, 7.0]]), SimpleNamespace(months=3), None).round(6)
    array([[nan, nan,  2.,  2.]])
    """
    back = (signal.months - 1) / 2 - np.arange(signal.months)  # the latest first
    slope: Floats = np.tensordot(back / (back**2).sum(), _stacked(values, signal.months), axes=1)
    return slope


def persistence(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """How many of the last ``months`` values lie beyond ``bound``; an unknown one does not; NaN when all are unknown.

    >>> from types import SimpleNamespace
    >>> persistence(np.array([[1.0, 5.0, np.nan, 6.0]]), SimpleNamespace(months=3, bound=4.0, side="above"), None)
    array([[0., 1., 1., 2.]])
    """
    last = _stacked(values, signal.months)
    bound = float(signal.bound or 0.0)
    beyond = last >= bound if signal.side == "above" else last <= bound
    return np.where(np.isnan(last).all(axis=0), np.nan, beyond.sum(axis=0).astype("float64"))


def own_history(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """How far it stands from what is usual for the firm: the mean of the ``months`` before, in their deviations.

    NaN unless half of these months are known, or where they do not differ.

    >>> from types import SimpleNamespace
    >>> own_history(np.array([[1.0, 3.0, 2.0, 6.0]]), SimpleNamespace(months=2), None).round(6)
    array([[nan, nan,  0.,  7.]])
    """
    past = _stacked(values, signal.months, skip=1)
    known = (~np.isnan(past)).sum(axis=0)
    some = np.where(known, known, 1)
    mean = np.nansum(past, axis=0) / some
    spread = np.sqrt(np.nansum((past - mean) ** 2, axis=0) / some)
    fair = (known * 2 >= signal.months) & (spread > 0)
    return np.where(fair, (values - mean) / np.where(spread > 0, spread, 1.0), np.nan)


def peer(values: Floats, signal: Signal, grid: Grid) -> Floats:
    """How far it stands from the median of like firms with a live loan in that month, in robust standard deviations.

    NaN where the like firms do not differ.
    """
    live = pd.DataFrame(np.where(grid.live, values, np.nan))
    everyone = np.zeros(len(live), dtype=np.int64)
    enough = live.groupby(grid.peers).transform("count").to_numpy() >= FEWEST
    return np.where(enough, _distance(values, live, grid.peers), _distance(values, live, everyone))


KINDS: Mapping[str, Callable[[Floats, Signal, Grid], Floats]] = {
    measure.__name__: measure for measure in (level, change, trend, persistence, peer, own_history)
}


def splits_the_festival(months: NDArray[np.datetime64], window: int) -> Flags:
    """Whether a window of whole months before each date holds just one of January and February.

    The Spring Festival moves between the two, so that only both together compare with the year before.

    >>> dates = np.array(["2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"], dtype="M8[D]")
    >>> splits_the_festival(dates, 3)  # November to January, and February to April
    array([ True, False, False,  True, False])
    """
    last = months.astype("M8[M]").astype(int) - 1
    held = np.stack([(last - back) % 12 for back in range(min(window, 12))])
    split: Flags = (held == 0).any(axis=0) != (held == 1).any(axis=0)
    return split


def _before(values: Floats, months: int) -> Floats:
    """The values so many months earlier; NaN where the grid does not reach back.

    >>> _before(np.array([[1.0, 2.0, 3.0]]), 1)
    array([[nan,  1.,  2.]])
    """
    shifted = np.full_like(values, np.nan)
    if months < values.shape[1]:
        shifted[:, months:] = values[:, : values.shape[1] - months]
    return shifted


def _stacked(values: Floats, months: int, skip: int = 0) -> Floats:
    """The last ``months`` values of each month, the latest first, along a new first axis."""
    return np.stack([_before(values, skip + back) for back in range(months)])


def _distance(values: Floats, live: pd.DataFrame, group: NDArray[np.int64]) -> Floats:
    """Distance to the median of the group in each month, in its robust standard deviations."""
    middle = live.groupby(group).transform("median")
    spread = SPREAD * (live - middle).abs().groupby(group).transform("median").to_numpy()
    distance: Floats = (values - middle.to_numpy()) / np.where(spread > 0, spread, np.nan)
    return distance
