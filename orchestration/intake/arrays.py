"""Array types of intake: columns of a file as numpy arrays, all with a row a row of the file."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.object_]  # texts, None where there is none
Mask = NDArray[np.bool_]
Integers = NDArray[np.integer[Any]]


def absent(labels: Labels) -> Mask:
    """Where a column of labels has none."""
    return np.asarray(np.equal(labels, np.asarray(None, dtype=object)), dtype=bool)
