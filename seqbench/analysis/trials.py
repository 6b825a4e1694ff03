"""The trials of a run, and which of them speak for their combination: chosen once, used by all."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from seqbench.analysis import choose

TRIAL = [*choose.GROUP, "setting", "seed", "learning_rate"]  # what tells two trials of a run apart


@dataclass(frozen=True)
class Trials:
    """The table of trials and what was chosen. Nobody changes these in place."""

    trials: pd.DataFrame

    @cached_property
    def tried(self) -> pd.DataFrame:
        """Every attempt (`choose.attempts`)."""
        return choose.attempts(self.trials)

    @cached_property
    def searched(self) -> pd.DataFrame:
        """The attempts at everything that was tried, each with the same seeds (`choose.searched`).

        What is "over all learning rates" is over these, so that the chosen one weighs no more.
        """
        return choose.searched(self.tried)

    @cached_property
    def tuned(self) -> pd.DataFrame:
        """The attempts at what was chosen on validation (`choose.tuned`)."""
        return choose.tuned(self.trials)

    def at_chosen_rate(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of curves, flow or samples that belong to what was chosen."""
        return rows.merge(self.tuned[TRIAL], on=TRIAL, how="inner")
