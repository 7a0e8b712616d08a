"""Firms by months: the shape on which signals are measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.arrays import Flags, Floats
from models.monitoring_parts import Signal

Ints = NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Columns of firms (rows) by months (columns, the oldest first).

    ``months`` are the dates as of which each month's values were known, ``live`` says where a loan of ours ran, and
    ``peers`` is a number of each firm's group of like firms.
    """

    firms: NDArray[Any]
    months: NDArray[np.datetime64]
    values: Mapping[str, Floats]
    live: Flags
    peers: NDArray[np.int64]


Measure: TypeAlias = Callable[[Floats, Signal, Grid], Floats]


def before(values: Floats, months: int) -> Floats:
    """The values so many months earlier; NaN where the grid does not reach back.

    >>> before(np.array([[1.0, 2.0, 3.0]]), 1)
    array([[nan,  1.,  2.]])
    """
    shifted = np.full_like(values, np.nan)
    if months < values.shape[1]:
        shifted[:, months:] = values[:, : values.shape[1] - months]
    return shifted


def stacked(values: Floats, months: int, skip: int = 0) -> Floats:
    """The last ``months`` values of each month, the latest first, along a new first axis."""
    return np.stack([before(values, skip + back) if skip + back else values for back in range(months)])
