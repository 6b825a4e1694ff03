"""Other metrics of the test that a task reports beside its score: mean absolute error and so on."""

from collections.abc import Mapping
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP, Key, leaders, tuned
from seqbench.analysis.methods.statistics import Interval, mean_interval
from seqbench.analysis.tidy import Tables
from seqbench.report.numbers import interval, listed, metric, short

TRIAL = [*GROUP, "seed", "learning_rate"]
Values = dict[str, Interval]  # by name of the metric
Measured = dict[Key, Values]
Ranks = Mapping[tuple[str, str], float]  # by cell and remedy


class Leader(NamedTuple):
    """The combination of a task that validated best, at its chosen learning rate."""

    cell: str
    remedy: str
    trials: pd.DataFrame
    score: Interval
    ranks: Ranks  # mean validation score of every combination, larger is better


def gather(tables: Tables) -> Measured:
    """Mean over seeds at the chosen learning rate, by task, cell and remedy.

    Perplexity is the exponential of the mean score, as it is published.
    """
    points = tables.curves.where(split="test").dropna(subset=["value"])
    chosen = tuned(tables.trials)
    best = chosen[TRIAL].merge(points, on=TRIAL)
    found: Measured = {}
    for key, own in best.groupby([*GROUP, "quantity"], sort=True):
        *group, name = cast(tuple[str, ...], key)
        values = own["value"].to_numpy("float64")
        found.setdefault(cast(Key, tuple(group)), {})[name] = mean_interval(values)
    for key, own in chosen[chosen.metric.eq("nats_per_word")].groupby(GROUP, sort=True):
        score = mean_interval(own["test_score"].to_numpy("float64"))
        found.setdefault(cast(Key, key), {})["perplexity"] = _exponential(score)
    return found


def _exponential(score: Interval) -> Interval:
    with np.errstate(over="ignore"):  # an output that exploded
        return Interval(*np.exp(score).tolist())


def leader(tables: Tables, task: str) -> Leader | None:
    """What validated best on a task; None where nothing ran."""
    best = tuned(tables.trials[tables.trials.task.eq(task)])
    if best.empty:
        return None
    _, cell, remedy = leaders(best)[0]
    own = best[best.cell.eq(cell) & best.remedy.eq(remedy)]
    score = mean_interval(own["test_score"].to_numpy("float64"))
    ranks = best.groupby(["cell", "remedy"])["rank"].mean().to_dict()
    return Leader(cell, remedy, own, score, cast(Ranks, ranks))


def told(name: str, value: Interval) -> str:
    """MSE 0.43 [0.41, 0.45]"""
    return f"{metric(name)} {interval(value, short)}"


def sentence(found: Leader | None, more: Values) -> str:
    """What the best on validation reached in the test, in every metric; "" without others."""
    if found is None or not more:
        return ""
    values = [told(name, value) for name, value in more.items()]
    score = told(found.trials.metric.iloc[0], found.score)
    return (
        f"Best on validation, `{found.cell}` with `{found.remedy}` reaches {score} in the test; "
        f"also {listed(values)}."
    )
