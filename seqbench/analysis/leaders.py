"""What did best: chosen by its mean validation score, told of by its test score.

On one task it is the combination of cell and remedy with the best mean validation score, reference
arms and networks of another size aside. Over the
telling tasks of a part it is what has the largest mean validation skill, among what ran on every
such task: means over different tasks cannot be compared.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

import numpy as np
import pandas as pd

from seqbench.analysis import choose, lookup, order, runs
from seqbench.analysis.methods.statistics import (
    ALPHA,
    Floats,
    Interval,
    can_show,
    capped,
    holm,
    mean_interval,
    sign_flip,
)
from seqbench.analysis.tidy import Tables

PAIR = ["cell", "remedy"]


class Leader(NamedTuple):
    """What has the best mean validation score on a task, at its chosen learning rate.

    aside: what was left aside and validates best; None where it is no better.
    """

    cell: str
    remedy: str
    trials: pd.DataFrame
    score: Interval  # test score, mean over seeds
    ranks: Mapping[tuple[str, str], float]  # mean validation score by (cell, remedy), upwards
    aside: tuple[str, str] | None

    @property
    def ties(self) -> int:
        """How many other combinations have the same mean validation score."""
        ranks = list(self.ranks.values())
        return ranks.count(self.ranks[self.cell, self.remedy]) - 1

    def remedy_of(self, cell: str, remedies: Iterable[str]) -> str:
        """The remedy with the best mean validation score on a cell; of equals, the first."""
        return max(remedies, key=lambda remedy: self.ranks[cell, remedy])


def leader(tables: Tables, task: str) -> Leader | None:
    """What has the best mean validation score on a task; None where nothing ran."""
    best = tables.tuned[tables.tuned["task"].eq(task)]
    if best.empty:
        return None
    ranks = best.groupby(PAIR)["rank"].mean().to_dict()
    same_size = tables.alike[tables.alike["task"].eq(task)]
    fair = same_size[learns(tables, same_size)]
    _, cell, remedy = choose.leaders(fair if len(fair) else best)[0]
    first = choose.leaders(best)[0][1:]
    aside = first if ranks[first] > ranks[cell, remedy] else None
    own = best[best["cell"].eq(cell) & best["remedy"].eq(remedy)]
    score = mean_interval(own["redrawn_score"].to_numpy("float64"))
    return Leader(cell, remedy, own, score, cast(Mapping[tuple[str, str], float], ranks), aside)


class BestPair(NamedTuple):
    """The cell and remedy that do best together over the telling tasks."""

    cell: str
    remedy: str
    skill: Interval  # test skill, each seed's mean over tasks
    solved: int
    runs: int  # task x seed
    among: int  # combinations that ran on every such task
    equals: list[tuple[str, str]]  # those that are not significantly worse, the best first
    decidable: bool  # there are pairs enough for any to be


def best_pair(tables: Tables, *, told: bool = True) -> BestPair | None:
    """The best of all combinations of trained networks of one size; None where none ran everywhere.

    told: remedies count, too, that are told the lag by a knob (`Remedy.told_lag`).

    Another one is worse if the differences of test skill, paired by task and seed, say so by the
    sign-flip test after Holm's correction over all. The one that is truly best is left out in one
    run of twenty at most; where several are truly equal, any of them is more often.
    """
    best = tables.alike[tables.tells(tables.alike) & learns(tables, tables.alike)]
    if not told:
        best = best[~best["remedy"].map(order.told_lag).astype(bool)]
    tasks = best.groupby(PAIR)["task"].transform("nunique")
    whole = best[tasks.eq(best["task"].nunique())]
    # every task counts once, whatever its seeds
    means = whole.groupby([*PAIR, "task"])["valid_skill"].mean().groupby(PAIR).mean()
    if means.empty:
        return None
    ranked = cast(list[tuple[str, str]], [*means.sort_values(ascending=False, kind="stable").index])
    cell, remedy = ranked[0]
    own = whole[whole["cell"].eq(cell) & whole["remedy"].eq(remedy)]
    skill = mean_interval(own.groupby("seed")["redrawn_skill"].mean().to_numpy("float64"))
    return BestPair(
        cell,
        remedy,
        capped(skill, most=1),
        int(own["solved"].sum()),
        len(own),
        len(means),
        _equals(whole, ranked),
        can_show(_independent(own), max(len(ranked) - 1, 1)),
    )


def _independent(own: pd.DataFrame) -> int:
    """Seeds on tasks, whatever their labels."""
    return len(own.assign(base=own["task"].str.partition("@")[0]).groupby(["base", "seed"]))


def learns(tables: Tables, frame: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are no reference arm, and not the very trials of another label of the cell."""
    same = pd.MultiIndex.from_frame(frame[choose.GROUP]).isin(tables.twins)
    return runs.with_loop(frame) & ~frame["remedy"].isin(tables.reference_arms) & ~same


def _equals(whole: pd.DataFrame, ranked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    skills = whole.pivot_table(index=["task", "seed"], columns=PAIR, values="redrawn_skill")
    pairs = {other: _pairs(skills[ranked[0]] - skills[other]) for other in ranked[1:]}
    p = holm([sign_flip(differences) for differences in pairs.values()])
    worse = [
        value < ALPHA and differences.mean() > 0
        for value, differences in zip(p, pairs.values(), strict=True)
    ]
    return [other for other, told in zip(pairs, worse, strict=True) if not told]


def _pairs(change: "pd.Series[float]") -> Floats:
    """Of differences by task and seed."""
    known = change.dropna()
    tasks = known.index.get_level_values("task")
    values = [known[tasks == task].to_numpy("float64") for task in tasks.unique()]
    return np.concatenate([[], *runs.by_draw(tasks.unique(), values)])


def best_cell(tables: Tables) -> str | None:
    """The cell that does best without a remedy; None where none ran on every telling task."""
    return next(iter(ranked_cells(tables)), None)


def ranked_cells(tables: Tables) -> list[str]:
    """Cells by how well they do without a remedy, best first: those on every telling task."""
    rows = {cell: lookup.cell_skill(tables, cell) for cell in order.cells(tables.trials["cell"])}
    n = len(tables.telling)
    valid = {
        cell: float(row["valid"])
        for cell, row in rows.items()
        if row is not None and row["clusters"] == n
    }
    return sorted(valid, key=lambda cell: -valid[cell])


def ranked_remedies(tables: Tables, cell: str | None = None) -> list[str]:
    """Remedies on a cell (None: the baseline) by how much they improve on `none`, best first.

    Only those that ran on every telling task that the cell ran on without one; no reference arms.
    """
    cell = tables.baseline if cell is None else cell
    alone = lookup.cell_skill(tables, cell)
    if alone is None:
        return []
    arms = tables.reference_arms
    rows = {name: lookup.effect(tables, name, cell) for name in order.remedies(tables.trials)}
    valid = {
        name: float(row["valid"])
        for name, row in rows.items()
        if row is not None and row["clusters"] == alone["clusters"] and name not in arms
    }
    return sorted(valid, key=lambda name: -valid[name])
