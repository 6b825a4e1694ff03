"""Windows of a series of several variables, and what forecasts that learn little make of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data.baselines.constants import variance

FLOAT = NDArray[np.float64]
RIDGE = 1.0  # next to thousands of rows: only against columns that are copies of each other


class Windows(NamedTuple):
    """What is seen, (N, past, V), and what comes, (N, ahead, V)."""

    x: FLOAT
    y: FLOAT


def windows(series: FLOAT, ends: NDArray[np.int64], past: int, ahead: NDArray[np.int64]) -> Windows:
    """Of a series (rows, V). ends: the row after each window; ahead: rows from there, 0 the next.

    A window may begin in the part before its own: at that time these rows were known.
    """
    seen = series[ends[:, None] + np.arange(-past, 0)]
    return Windows(seen, series[ends[:, None] + ahead])


def naive(test: Windows) -> float:
    """Mean squared error of the better one of two that learn nothing of time.

    The last row, said again (persistence, the random walk's best); or the best constant.
    """
    return min(float(np.square(test.y - test.x[:, -1:]).mean()), variance(test.y))


def linear(train: Windows, test: Windows) -> float:
    """Mean squared error on test of a linear forecast of each variable from its own past.

    Fitted on train by least squares, with a slight ridge.
    """
    errors = []
    for v in range(train.x.shape[-1]):
        seen, asked = _with_one(train.x[..., v]), train.y[..., v]
        weights = np.linalg.solve(seen.T @ seen + RIDGE * np.eye(seen.shape[1]), seen.T @ asked)
        errors.append(np.square(_with_one(test.x[..., v]) @ weights - test.y[..., v]).mean())
    return float(np.mean(errors))


def _with_one(x: FLOAT) -> FLOAT:
    return np.column_stack([x, np.ones(len(x))])
