"""The types of numpy arrays that the compiler works on: of numbers, of indices, of truths."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
