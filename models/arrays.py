"""The arrays that models are made of: numbers, answers to yes or no, and places in a table."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
