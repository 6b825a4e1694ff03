"""Single rows of the derived tables, by name: what a sentence on a cell or a remedy asks for.

All are over the telling tasks, of a part of the run (`Trials.part`).
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods.statistics import Interval, capped, mean_interval
from seqbench.analysis.tidy import Tables


def effect(tables: Tables, remedy: str, cell: str = runs.ALL) -> pd.Series | None:
    """The row of effects.csv on a remedy against `none`; None where it was not run."""
    return _effect(tables, "remedy", remedy, cell)


def cell_skill(tables: Tables, cell: str) -> pd.Series | None:
    """The row of effects.csv on a cell without a remedy; None where it was not run."""
    return _effect(tables, "cell", "none", cell)


def _effect(tables: Tables, kind: str, remedy: str, cell: str) -> pd.Series | None:
    rows = tables.effects
    rows = rows[rows["kind"].eq(kind) & rows["tasks"].eq("telling")]
    rows = rows[rows["remedy"].eq(remedy) & rows["cell"].eq(cell) & rows["effect"].notna()]
    return None if rows.empty else rows.iloc[0]


def skill(tables: Tables, cell: str, remedy: str) -> Interval | None:
    """Test skill over the telling tasks: each seed's mean, and their mean; None: not run."""
    own = tables.tuned[tables.tells(tables.tuned)]
    own = own[own["cell"].eq(cell) & own["remedy"].eq(remedy)]
    by_seed = own.groupby("seed")["redrawn_skill"].mean().to_numpy("float64")
    return capped(mean_interval(by_seed), most=1) if len(own) else None


def over_seeds(row: pd.Series) -> Interval:
    """The effect in a row of effects.csv with its interval over seeds."""
    return Interval(*(float(row[name]) for name in ("effect", "seeds_low", "seeds_high")))


def superiority(tables: Tables, name: str, versus: str, kind: str) -> Interval | None:
    """The probability of improvement.csv that a run of one beats a run of the other.

    kind: as in `seqbench.analysis.runs`. Where no task is telling, over all tasks.
    """
    rows = runs.preferred(tables.derived["improvement"])
    rows = rows[rows["kind"].eq(kind) & rows["name"].eq(name) & rows["versus"].eq(versus)]
    found = rows[["probability", "low", "high"]].to_numpy("float64")
    return Interval(*found[0]) if len(found) else None


class Against(NamedTuple):
    """A cell against another, both without a remedy."""

    versus: str
    difference: Interval  # of test skill, over seeds
    verdict: str  # as in cell_pairs.csv


def against(tables: Tables, cell: str, versus: str) -> Against | None:
    """The row of cell_pairs.csv on two cells, from the first one's side; None without one."""
    rows = runs.preferred(tables.derived["cell_pairs"])
    for one, other in ((cell, versus), (versus, cell)):
        own = rows[rows["cell"].eq(one) & rows["versus"].eq(other)]
        if len(own):
            middle, low, high = own[["difference", "low", "high"]].to_numpy("float64")[0]
            verdict = str(own["verdict"].iloc[0])
            if one == cell:
                return Against(versus, Interval(middle, low, high), verdict)
            turned = {"better": "worse", "worse": "better"}.get(verdict, verdict)
            return Against(versus, Interval(-middle, -high, -low), turned)
    return None
