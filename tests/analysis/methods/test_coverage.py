"""Do the 95 % intervals that are printed hold the truth in 95 of 100 worlds?

Each is drawn 1,000 times in a stated scenario of the size of a real run. From 92.5 to 97.5 is what
an interval of 95 % can show by chance and by the coarseness of few seeds; where it is known to be
too wide (tasks that differ much), only the lower bound is asked for.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from seqbench.analysis.methods.kaplan_meier import curve, median
from seqbench.analysis.methods.statistics import cluster_interval, mean_interval, wilson
from seqbench.analysis.methods.strata import interquartile_mean, mean_of_means, shares, superiority

Drawn = Any  # what the interval at hand is computed from

WORLDS = 1_000
SIZES = [(4, 5), (8, 5), (24, 5), (6, 3), (4, 10)]  # tasks, seeds


def held(
    draw: Callable[[np.random.Generator], Drawn],
    interval: Callable[[Drawn], Sequence[float]],
    truth: float,
) -> float:
    """Share of worlds in which the interval holds the truth."""
    random = np.random.default_rng(5)
    found = (interval(draw(random)) for _ in range(WORLDS))
    return np.mean([low - 1e-9 <= truth <= high + 1e-9 for _, low, high in found])


def tasks(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Tasks of different difficulty, the harder ones with more luck involved."""
    return np.linspace(0.2, 0.9, count)[:, None], np.linspace(0.05, 0.15, count)[:, None]


@pytest.mark.parametrize("n", [3, 5, 10])
def test_students_t_over_seeds(n: int) -> None:
    assert 0.93 <= held(lambda random: random.normal(0.4, 0.1, n), mean_interval, 0.4) <= 0.97


def counted(tasks: int, seeds: int, interval: Callable[[np.ndarray], Sequence[float]]) -> float:
    """The same for a share, over all that it may be: counts jump, so one alone would say little."""
    random = np.random.default_rng(5)
    truths = random.uniform(0, 1, WORLDS)
    found = [interval(random.binomial(seeds, np.full(tasks, p))) for p in truths]
    return np.mean([low <= p <= high for p, (_, low, high) in zip(truths, found, strict=True)])


@pytest.mark.parametrize("n", [5, 20, 75])
def test_wilson(n: int) -> None:
    assert 0.93 <= counted(1, n, lambda k: wilson(k[0], n)) <= 0.97


@pytest.mark.parametrize("clusters", [4, 8, 24])
def test_means_over_clusters_of_any_size(clusters: int) -> None:
    """A bootstrap of four clusters would hold it in 80 % of the worlds."""
    sizes = 3 + np.arange(clusters) % 4

    def draw(random: np.random.Generator) -> Drawn:
        centers = random.normal(0.1, 0.2, clusters)
        return [center + random.normal(0, 0.1, n) for center, n in zip(centers, sizes, strict=True)]

    assert 0.93 <= held(draw, cluster_interval, 0.1) <= 0.975


@pytest.mark.parametrize("size", SIZES)
def test_means_over_tasks_as_they_are(size: tuple[int, int]) -> None:
    mean, spread = tasks(size[0])
    found = held(lambda random: random.normal(mean, spread, size), mean_of_means, mean.mean())
    assert 0.93 <= found <= 0.975


@pytest.mark.parametrize("size", SIZES)
def test_interquartile_means(size: tuple[int, int]) -> None:
    mean, spread = tasks(size[0])
    world = np.random.default_rng(1).normal(mean, spread, (size[0], 100_000))
    truth = interquartile_mean(world).mean
    found = held(lambda random: random.normal(mean, spread, size), interquartile_mean, truth)
    assert 0.925 <= found <= 0.975


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("apart", [0, 1, "more and more"])
def test_probability_of_improvement(size: tuple[int, int], apart: int | str) -> None:
    """By as many deviations on every task, or by 0 to 3 of them, where it may be too wide."""
    mean, spread = tasks(size[0])
    least, most = (0, 3) if isinstance(apart, str) else (apart, apart)
    by = np.linspace(least, most, size[0])[:, None]
    truth = float(norm.cdf(by / np.sqrt(2)).mean())

    def draw(random: np.random.Generator) -> Drawn:
        return random.normal(mean + by * spread, spread, size), random.normal(mean, spread, size)

    found = held(draw, lambda pair: [float(x) for x in superiority(*pair)], truth)
    assert 0.925 <= found <= (0.99 if isinstance(apart, str) else 0.975)


@pytest.mark.parametrize("size", SIZES)
def test_shares_of_runs_above_a_mark(size: tuple[int, int]) -> None:
    def interval(counts: np.ndarray) -> list[float]:
        hits = np.where(np.arange(size[1]) < counts[:, None], 1.0, 0.0)
        return [float(x) for x in shares(hits)]

    assert 0.93 <= counted(*size, interval) <= 0.97
    each = np.linspace(0.02, 0.98, size[0])  # where tasks differ, it may be too wide
    found = held(lambda random: random.binomial(size[1], each), interval, 0.5)
    assert 0.93 <= found <= 0.995


@pytest.mark.parametrize("n", [5, 10, 20, 40])
def test_median_of_updates_until_solved(n: int) -> None:
    """A third of the trials ends unsolved.

    Five seeds cannot do better than 15 of 16: that not all of them are on one side of the median.
    """

    def draw(random: np.random.Generator) -> Drawn:
        steps = random.exponential(1 / np.log(2), n)  # the median is 1
        return np.minimum(steps, 1.6), steps <= 1.6

    found = held(draw, lambda timed: median(curve(*timed)), 1.0)
    assert (15 / 16 - 0.02 if n == 5 else 0.93) <= found <= 0.985
