"""prediction.csv: does the gradient at initialization predict what training reaches?

On one side the card of every cell and initialization, measured without training; on the other how
far back it solved a task (`longest`), and its test skill on telling tasks (`summary`). Spearman's
rank correlation of the two, whatever it is; the interval resamples cells, because a cell's
initializations are alike. Only remedies that act at initialization have a card. A cell without a
loop stays out: that it neither hands gradients back nor remembers is no finding.

    half_life   steps in which the gradient halves; infinite where it does not halve
    distance    |exponent|: how far from neither vanishing nor exploding
"""

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.rank_correlation import FEWEST, rank_correlation
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "outcome": ("str", "longest: the longest lag solved; skill: mean test skill"),
    "task": ("str", "name in the matrix; * for the mean over all, of combinations that ran on all"),
    "predictor": ("str", "half_life, or distance: the exponent without its sign"),
    "n": ("Int64", "pairs: combinations of cell and initialization"),
    "cells": ("Int64", "distinct cells among them"),
    "rho": ("float64", "Spearman's rank correlation; empty: too few pairs, or all are equal"),
    "low": ("float64", "95 % bootstrap interval over cells"),
    "high": ("float64", "95 % bootstrap interval over cells"),
    "reason": ("str", "why there is no correlation"),
}
MADE_FROM = ("trials", "summary", "longest", "cards")
PREDICTORS = ("half_life", "distance")
OUTCOMES = ("longest", "skill")
ALL = "*"
PAIR = ["outcome", "task", "cell", "remedy"]


def make(tables: Tables) -> pd.DataFrame:
    """A row per outcome, task and predictor, sorted by these."""
    groups = pairs(tables).groupby(["outcome", "task"])
    rows = [
        {"outcome": outcome, "task": task, "predictor": predictor} | _row(group, predictor)
        for (outcome, task), group in groups
        for predictor in PREDICTORS
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return typed(frame, COLUMNS).sort_values(["outcome", "task", "predictor"], ignore_index=True)


def pairs(tables: Tables) -> pd.DataFrame:
    """outcome, task, cell, remedy, value, half_life, distance, flow; sorted.

    value: the lag, or the skill; of task *, the mean over tasks (of the lag: the geometric one).
    """
    both = pd.concat([_longest(tables), _skill(tables)], ignore_index=True)
    merged = both.merge(_cards(tables.cards), on=["cell", "remedy"], how="inner")
    return merged[runs.with_loop(merged)].sort_values(PAIR, ignore_index=True)


def _cards(cards: pd.DataFrame) -> pd.DataFrame:
    """The predictors of every card, with numbers where the table is empty."""
    known = cards[cards["reason"] == ""]
    slope = known["exponent"].astype("float64")
    lasts = known["half_life"].astype("float64").fillna(np.inf)
    return known[["cell", "remedy", "flow"]].assign(
        half_life=lasts, distance=slope.abs().fillna(np.inf)
    )


def _longest(tables: Tables) -> pd.DataFrame:
    """The longest lag solved: 0 where not even the shortest was, the last one where all were."""
    table = tables.derived.get("longest")
    if table is None or table.empty:
        return _named(pd.DataFrame(columns=[*PAIR[1:], "value"]), "longest")
    value = table["lag"].astype("float64").mask(table["limit"] == "less than", 0.0)
    lags = table[PAIR[1:]].assign(value=value).dropna(subset="value")
    return _named(_with_all(lags, by_ratio=True), "longest")


def _skill(tables: Tables) -> pd.DataFrame:
    """Mean test skill on telling tasks, under the most adaptive optimizer: it learns long lags."""
    part = tables.parts[tables.optimizers[-1]]
    table = part.summary[part.tells(part.summary)].dropna(subset="skill")
    skills = table[PAIR[1:]].assign(value=table["skill"].astype("float64"))
    return _named(_with_all(skills, by_ratio=False), "skill")


def _named(values: pd.DataFrame, outcome: str) -> pd.DataFrame:
    return values.astype({"value": "float64"}).assign(outcome=outcome)[[*PAIR, "value"]]


def _with_all(values: pd.DataFrame, *, by_ratio: bool) -> pd.DataFrame:
    """The rows and, as task *, the mean over tasks of what ran on all of them."""
    if values.empty:
        return values
    tasks = values["task"].nunique()
    value = np.log1p(values["value"]) if by_ratio else values["value"]
    means = values.assign(value=value, one=1)
    means = means.groupby(["cell", "remedy"], as_index=False).agg({"value": "mean", "one": "sum"})
    means = means[means["one"] == tasks].assign(task=ALL).drop(columns="one")
    if by_ratio:
        means["value"] = np.expm1(means["value"])
    return pd.concat([values, means], ignore_index=True)


def _row(group: pd.DataFrame, predictor: str) -> dict[str, object]:
    """One correlation with its sizes."""
    n, cells = len(group), int(group["cell"].nunique())
    rho = rank_correlation(group[predictor], group["value"], list(group["cell"]))
    reason = ""
    if n < FEWEST:
        reason = f"too few pairs: {n} of at least {FEWEST}"
    elif np.isnan(rho.mean):
        reason = "all pairs are equal on one side"
    sizes: dict[str, object] = {"n": n, "cells": cells, "reason": reason}
    return sizes | {"rho": rho.mean, "low": rho.low, "high": rho.high}
