"""Whose samples a reader is shown: the best combination, and the plain cell beside it.

Best is, of all combinations with samples, the one with the best mean validation score; shown is its
seed with the best validation score. Test scores are not looked at.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import choose, order
from seqbench.analysis.tidy import Tables
from seqbench.analysis.trials import TRIAL

WITHIN = TRIAL[1:]  # what tells two trials of one task apart


class Sampled(NamedTuple):
    """A trial that has samples; closed form has no learning rate (NaN)."""

    cell: str
    remedy: str
    setting: str
    seed: int
    learning_rate: float
    metric: str
    valid_score: float


class Shown(NamedTuple):
    """The best trial, and the plain cell's; None where that has no samples of its own."""

    best: Sampled
    plain: Sampled | None
    plain_cell: str


def shown(tables: Tables, task: str) -> Shown | None:
    """The trials of a task whose samples are shown; None where nothing has samples."""
    sampled = tables.samples.where(WITHIN, task=task).drop_duplicates()
    if sampled.empty:
        return None
    best = tables.tuned[tables.tuned["task"].eq(task)]
    trials = best.merge(sampled, on=WITHIN)
    if trials.empty:
        return None
    pairs = set(trials[["cell", "remedy"]].itertuples(index=False, name=None))
    first = next(key[1:] for key in choose.leaders(best) if key[1:] in pairs)
    plain = _plainest(tables.trials[tables.trials["task"].eq(task)], pairs, tables.baseline)
    return Shown(
        _best_seed(trials, *first),
        _best_seed(trials, plain, "none") if (plain, "none") in pairs else None,
        plain,
    )


def _plainest(trials: pd.DataFrame, pairs: set[tuple[str, str]], baseline: str) -> str:
    """The baseline where it was trained; else the first cell with a memory that has samples."""
    alone = order.cells(trials[trials["remedy"].eq("none")]["cell"])
    if baseline in alone:
        return baseline
    able = [cell for cell in alone if (cell, "none") in pairs]
    looped = [cell for cell in able if order.cell_family(cell) != "control"]
    return next(iter([*looped, *able]), baseline)


def _best_seed(trials: pd.DataFrame, cell: str, remedy: str) -> Sampled:
    """The seed with the best validation score; of equals, the smallest."""
    own = trials[trials["cell"].eq(cell) & trials["remedy"].eq(remedy)]
    one = own.sort_values(["rank", "seed"], ascending=[False, True]).iloc[0]
    facts = one[["learning_rate", "metric", "valid_score"]]
    return Sampled(cell, remedy, one["setting"], int(one["seed"]), *facts)
