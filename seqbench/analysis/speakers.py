"""Whose samples a reader is shown: the best combination, and the plain cell beside it.

Best is, of all combinations with samples, the one with the best mean validation score; shown is its
seed with the best validation score. Test scores are not looked at.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import choose, order
from seqbench.analysis.runs import PLAIN
from seqbench.analysis.tidy import Tables

VOICE = ["cell", "remedy", "seed", "learning_rate"]  # with the task, what tells two trials apart


class Speaker(NamedTuple):
    """A trial that has samples; closed form has no learning rate (NaN)."""

    cell: str
    remedy: str
    seed: int
    learning_rate: float
    metric: str
    valid_score: float


class Speakers(NamedTuple):
    """The best speaker, and the plain cell's; None where that has no samples of its own."""

    best: Speaker
    plain: Speaker | None
    plain_cell: str


def speakers(tables: Tables, task: str) -> Speakers | None:
    """The speakers of a task; None where nothing has samples."""
    spoken = tables.samples.where(VOICE, task=task).drop_duplicates()
    if spoken.empty:
        return None
    best = tables.tuned[tables.tuned["task"].eq(task)]
    voices = best.merge(spoken, on=VOICE)
    if voices.empty:
        return None
    heard = set(voices[["cell", "remedy"]].itertuples(index=False, name=None))
    first = next(key[1:] for key in choose.leaders(best) if key[1:] in heard)
    plain = _plainest(tables.trials[tables.trials["task"].eq(task)], heard)
    return Speakers(
        _best_seed(voices, *first),
        _best_seed(voices, plain, "none") if (plain, "none") in heard else None,
        plain,
    )


def _plainest(trials: pd.DataFrame, heard: set[tuple[str, str]]) -> str:
    """`rnn` where it is in the matrix; else the first cell with a memory that was heard."""
    alone = order.cells(trials[trials["remedy"].eq("none")]["cell"])
    if PLAIN in alone:
        return PLAIN
    able = [cell for cell in alone if (cell, "none") in heard]
    looped = [cell for cell in able if order.cell_family(cell) != "control"]
    return next(iter([*looped, *able]), PLAIN)


def _best_seed(voices: pd.DataFrame, cell: str, remedy: str) -> Speaker:
    """The seed with the best validation; of equals, the smallest."""
    own = voices[voices["cell"].eq(cell) & voices["remedy"].eq(remedy)]
    one = own.sort_values(["rank", "seed"], ascending=[False, True]).iloc[0]
    return Speaker(cell, remedy, int(one["seed"]), *one[["learning_rate", "metric", "valid_score"]])
