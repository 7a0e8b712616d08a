"""The arrays that models are made of: numbers, answers to yes or no, and places in a table, also evenly apart."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


def evenly(n: int, most: int) -> Places:
    """At most so many of ``n`` places, evenly apart.

    >>> evenly(5, 3), evenly(2, 3)
    (array([0, 2, 4]), array([0, 1]))
    """
    return np.unique(np.linspace(0, n - 1, min(most, n)).astype(np.intp))
