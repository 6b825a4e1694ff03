"""Sequences of a task, and what simple predictors leave unexplained of them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from seqbench import registry
from seqbench.task import Batch, Task

FLOAT = NDArray[np.float64]
MANY = 6_000


def draw(name: str, n: int = MANY, seed: int = 5, **knobs: object) -> tuple[Task, Batch]:
    task = registry.load_task(name, knobs)
    return task, task.sample(n, Generator().manual_seed(seed))


def best_timed(batch: Batch) -> float:
    """The mean squared error of the best predictor that knows the step and nothing else."""
    spread = batch.y.var(1, correction=0).mean(-1)
    asked = torch.ones(len(spread)) if batch.mask is None else batch.mask[:, 0]
    return ((spread * asked).sum() / asked.sum()).item()


def unexplained(features: list[FLOAT], y: FLOAT) -> float:
    """Share of the variance of y that a weighted sum leaves, on sequences it was not fitted to."""
    X = np.column_stack([*features, np.ones(len(y))])
    half = len(y) // 2
    weights = np.linalg.lstsq(X[:half], y[:half], rcond=None)[0]
    return float(np.mean((y[half:] - X[half:] @ weights) ** 2) / y.var())


def products(features: list[FLOAT]) -> list[FLOAT]:
    return [a * b for i, a in enumerate(features) for b in features[i:]]


def last_inputs(batch: Batch, at: int, count: int) -> list[FLOAT]:
    """x at this step and before, newest first, each (n,)."""
    return [batch.x[at - k, :, 0].double().numpy() for k in range(count)]


def asked_at(batch: Batch, at: int, output: int = 0) -> FLOAT:
    return np.asarray(batch.y[at, :, output].double().numpy())
