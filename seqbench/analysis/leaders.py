"""What did best: chosen by its mean validation score, told of by its test score.

On one task it is the combination of cell and remedy with the best mean validation score. Over the
tasks whose answer lies in the past it is what has the largest mean validation skill, among what
ran on every such task: means over different tasks cannot be compared.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, cast

import pandas as pd

from seqbench.analysis import choose, lookup, order
from seqbench.analysis.methods.statistics import Interval, capped, mean_interval
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables

PAIR = ["cell", "remedy"]


class Leader(NamedTuple):
    """What has the best mean validation score on a task, at its chosen learning rate."""

    cell: str
    remedy: str
    trials: pd.DataFrame
    score: Interval  # test score, mean over seeds
    ranks: Mapping[tuple[str, str], float]  # mean validation score by (cell, remedy), upwards

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
    _, cell, remedy = choose.leaders(best)[0]
    own = best[best["cell"].eq(cell) & best["remedy"].eq(remedy)]
    score = mean_interval(own["test_score"].to_numpy("float64"))
    ranks = best.groupby(PAIR)["rank"].mean().to_dict()
    return Leader(cell, remedy, own, score, cast(Mapping[tuple[str, str], float], ranks))


class BestPair(NamedTuple):
    """The cell and remedy that do best together over the tasks whose answer lies in the past."""

    cell: str
    remedy: str
    skill: Interval  # test skill, each seed's mean over tasks
    solved: int
    runs: int  # task x seed
    among: int  # combinations that ran on every such task


def best_pair(tables: Tables) -> BestPair | None:
    """The best of all combinations; None where none ran on every task."""
    best = tables.tuned[order.needs_past(tables.tuned)]
    tasks = best.groupby(PAIR)["task"].transform("nunique")
    whole = best[tasks.eq(best["task"].nunique())]
    # every task counts once, whatever its seeds
    means = whole.groupby([*PAIR, "task"])["valid_skill"].mean().groupby(PAIR).mean()
    if means.empty:
        return None
    cell, remedy = cast(tuple[str, str], means.idxmax())
    own = whole[whole["cell"].eq(cell) & whole["remedy"].eq(remedy)]
    skill = mean_interval(own.groupby("seed")["test_skill"].mean().to_numpy("float64"))
    return BestPair(
        cell, remedy, capped(skill, most=1), int(own["solved"].sum()), len(own), len(means)
    )


def past_tasks(tables: Tables) -> int:
    """How many tasks there are whose answer lies in the past."""
    return int(tables.trials.loc[order.needs_past(tables.trials), "task"].nunique())


def best_cell(tables: Tables) -> str | None:
    """The cell that does best without a remedy; None where none ran on every task."""
    rows = {cell: lookup.cell_skill(tables, cell) for cell in order.cells(tables.trials["cell"])}
    n = past_tasks(tables)
    valid = {
        cell: float(row["valid"])
        for cell, row in rows.items()
        if row is not None and row["clusters"] == n
    }
    return max(valid, key=lambda cell: valid[cell]) if valid else None


def ranked_remedies(tables: Tables, cell: str = PLAIN) -> list[str]:
    """Remedies on a cell by how much they improve on `none`, the best first.

    Only those that ran on every task that the cell ran on without one.
    """
    alone = lookup.cell_skill(tables, cell)
    if alone is None:
        return []
    rows = {name: lookup.effect(tables, name, cell) for name in order.remedies(tables.trials)}
    valid = {
        name: float(row["valid"])
        for name, row in rows.items()
        if row is not None and row["clusters"] == alone["clusters"]
    }
    return sorted(valid, key=lambda name: -valid[name])
