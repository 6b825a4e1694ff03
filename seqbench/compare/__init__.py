"""Two runs compared: what changed, and whether significantly.

    read      both folders, of this version or an older one
    settings  what was trained in another way; never compared as if it were the same
    scores    every (task, cell, remedy): new minus old, paired by seed where both have the seed
    pooled    the same over tasks, over cells and over remedies, where few seeds show nothing
    others    verdicts, claims, longest lags and times
    say       the words for the terminal

Derived numbers are made again from the trials of both runs, by the same code, so that a change of
the analysis is never taken for a change of the results.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seqbench.compare import others, pooled, scores
from seqbench.compare.read import Run, read
from seqbench.errors import InputError


@dataclass(frozen=True)
class Comparison:
    """Two runs and the tables about them; each as its module describes it."""

    old: Run
    new: Run
    scores: pd.DataFrame
    pooled: pd.DataFrame
    verdicts: pd.DataFrame
    claims: pd.DataFrame
    longest: pd.DataFrame
    times: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """All of them by name."""
        names = ("scores", "pooled", "verdicts", "claims", "longest", "times")
        return {name: getattr(self, name) for name in names}


def compare(old: Path, new: Path) -> Comparison:
    """The comparison of two results folders, or of the folders of two matrices.

    Raises:
        InputError: one of them holds no collected results, or neither has a trial.
    """
    before, after = read(old), read(new)
    if before.trials.empty and after.trials.empty:
        raise InputError(f"{old} and {new}: no trials. Allowed: at least one. Run snakemake.")
    table, differences = scores.compare(before, after)
    return Comparison(
        before,
        after,
        table,
        pooled.pool(table, differences),
        others.verdicts(before, after, table),
        others.claims(before, after),
        others.longest(before, after),
        others.times(before, after),
    )
