"""Months in which a year-on-year figure compares a Spring Festival with none."""

import numpy as np
from numpy.typing import NDArray

from models.arrays import Flags


def splits_the_festival(months: NDArray[np.datetime64], window: int) -> Flags:
    """Whether a window of whole months before each date holds just one of January and February.

    The festival moves between the two, so that only both together compare with the year before.

    >>> dates = np.array(["2025-02-01", "2025-03-01", "2025-04-01", "2025-05-01", "2025-06-01"], dtype="M8[D]")
    >>> splits_the_festival(dates, 3)  # November to January, and February to April
    array([ True, False, False,  True, False])
    """
    last = months.astype("M8[M]").astype(int) - 1
    held = np.stack([(last - back) % 12 for back in range(min(window, 12))])
    split: Flags = (held == 0).any(axis=0) != (held == 1).any(axis=0)
    return split
