"""What clipping is for: trials of the baseline without a remedy and with `clip_norm`.

Over all learning rates, because a large one shows best what clipping prevents; on the tasks that
are trained by plain gradient descent where there are any, because Adam and RMSprop hide it.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import choose, order
from seqbench.analysis.methods.statistics import Interval, wilson
from seqbench.analysis.tidy import Tables
from seqbench.criteria import RAN

REMEDY = "clip_norm"


class Side(NamedTuple):
    """The trials without a remedy, or those with clipping."""

    solved: int
    trials: int
    share: Interval  # solved / trials, Wilson
    jumped: int  # trials with an event: the step or the loss jumped upward
    lost: int  # of these, the ones that did not find back
    norm: float  # largest gradient norm of any update
    diverged: int


class Clipping(NamedTuple):
    """The two sides; None where one was not run."""

    tasks: list[str]
    descent: bool  # only trials by plain gradient descent
    without: Side | None
    clipped: Side | None


def clipping(tables: Tables) -> Clipping | None:
    """Both sides; None where the baseline was not run."""
    trials = choose.searched(tables.trials)
    trials = trials[trials["cell"].eq(tables.baseline) & trials["status"].isin(RAN)]
    plain = trials[trials["optimizer"].eq("sgd")]
    chosen = trials if plain.empty else plain
    if chosen.empty:
        return None
    without, clipped = (_side(chosen[chosen["remedy"].eq(name)]) for name in ("none", REMEDY))
    return Clipping(order.tasks(chosen), not plain.empty, without, clipped)


def _side(trials: pd.DataFrame) -> Side | None:
    if trials.empty:
        return None
    k, n = int(trials["solved"].fillna(False).sum()), len(trials)
    return Side(
        solved=k,
        trials=n,
        share=wilson(k, n),
        jumped=int(trials["events"].gt(0).sum()),
        lost=int(trials["lost"].gt(0).sum()),
        norm=float(trials["grad_norm_max"].max()),
        diverged=int(trials["status"].eq("diverged").sum()),
    )
