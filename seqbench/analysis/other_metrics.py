"""Other metrics of the test that a task reports beside its score: mean absolute error and so on.

Each is a mean over seeds at the chosen learning rate. Perplexity is the exponential of the mean
score, as it is published.
"""

from typing import cast

import numpy as np

from seqbench.analysis.choose import GROUP, Key
from seqbench.analysis.methods.statistics import Interval, mean_interval
from seqbench.analysis.tidy import Tables

Values = dict[str, Interval]  # by name of the metric


def gather(tables: Tables) -> dict[Key, Values]:
    """The other metrics of every (task, cell, remedy) that has any."""
    points = tables.curves.where(split="test").dropna(subset=["value"])
    metrics: dict[Key, Values] = {}
    for key, own in tables.at_chosen_rate(points).groupby([*GROUP, "quantity"], sort=True):
        *group, name = cast(tuple[str, ...], key)
        values = own["value"].to_numpy("float64")
        metrics.setdefault(cast(Key, tuple(group)), {})[name] = mean_interval(values)
    words = tables.tuned[tables.tuned["metric"].eq("nats_per_word")]
    for key, own in words.groupby(GROUP, sort=True):
        score = mean_interval(own["redrawn_score"].to_numpy("float64"))
        metrics.setdefault(cast(Key, key), {})["perplexity"] = _exponential(score)
    return metrics


def _exponential(score: Interval) -> Interval:
    with np.errstate(over="ignore"):  # an output that exploded
        return Interval(*np.exp(score).tolist())
