"""The trials of a run, and which of them speak for their combination: chosen once, used by all."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self, cast

import pandas as pd

from seqbench.analysis import choose, order, references, twins
from seqbench.design import Design, usual

TRIAL = [*choose.GROUP, "setting", "seed", "learning_rate"]  # what tells two trials of a run apart
UNDER = {"sgd": "plain gradient descent", "rmsprop": "RMSprop", "adam": "Adam", "": "training"}
OPTIMIZERS = ("sgd", "rmsprop", "adam")  # from plain to adaptive: the order of the parts


@dataclass(frozen=True)
class Trials:
    """The table of trials and what was chosen. Nobody changes these in place.

    A run has a part for every optimizer: what gradients do under one says little of another, so
    no mean goes over two of them.
    """

    trials: pd.DataFrame
    given: Design | None = field(default=None, kw_only=True)

    @cached_property
    def design(self) -> Design:
        """What the run is about: as its matrix says, or as is usual for its cells."""
        return self.given or usual(order.cells(self.trials["cell"]))

    @property
    def baseline(self) -> str:
        """The cell that others are compared with, and on which remedies are told of."""
        return self.design.baseline

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

    @cached_property
    def optimizers(self) -> list[str]:
        """Those that the run has, from plain to adaptive; [""] where it says nothing of any."""
        there = set(self.trials["optimizer"].unique())
        return [name for name in OPTIMIZERS if name in there] or [""]

    @cached_property
    def parts(self) -> dict[str, Self]:
        """The run by optimizer, from plain to adaptive."""
        if len(self.optimizers) == 1:
            return {self.optimizers[0]: self}
        return {name: self._part(name) for name in self.optimizers}

    def _part(self, optimizer: str) -> Self:
        """The same of the tasks that were trained by one optimizer."""
        own = self.trials.loc[self.trials["optimizer"].eq(optimizer), "task"].unique()
        return replace(self, trials=self.trials[self.trials["task"].isin(own)])  # failed ones, too

    @cached_property
    def twins(self) -> frozenset[choose.Key]:
        """The (task, cell, remedy) that another label of the cell has, too (`twins.twins`)."""
        return twins.twins(self.tuned)

    @cached_property
    def idle(self) -> frozenset[choose.Key]:
        """The (task, cell, remedy) that are the trials without a remedy (`twins.idle`)."""
        return twins.idle(self.tuned)

    @cached_property
    def reference_arms(self) -> dict[str, tuple[str, ...]]:
        """The remedies that are reference arms (`references.remedies`)."""
        return references.remedies(self.trials)

    @cached_property
    def unlike(self) -> dict[choose.Key, str]:
        """The (task, cell, remedy) whose networks have another size than those of none, and how."""
        first = choose.firsts(self.tuned)["hidden"].dropna()
        units = cast(dict[choose.Key, int], first.to_dict())
        return {
            key: f"H is {many}, without a remedy {alone}"
            for key, many in units.items()
            if many != (alone := units.get((*key[:2], "none"), many))
        }

    @cached_property
    def alike(self) -> pd.DataFrame:
        """`tuned` without what is of another size: of equal H, differences are of the remedy."""
        if not self.unlike:
            return self.tuned
        return self.tuned[~pd.MultiIndex.from_frame(self.tuned[choose.GROUP]).isin(self.unlike)]

    @cached_property
    def once(self) -> pd.DataFrame:
        """`alike` without cells that are, under a remedy, another label of themselves."""
        return self.alike[~self.alike["cell"].isin({cell for _, cell, _ in self.twins})]

    @cached_property
    def gains(self) -> dict[references.Place, references.Gain]:
        """What the gradient through time buys, by task and cell (`references.gains`)."""
        return references.gains(self.trials, self.tuned)

    @cached_property
    def bought(self) -> pd.DataFrame:
        """The same as a table."""
        return references.table(self.gains)

    @cached_property
    def telling(self) -> frozenset[str]:
        """The tasks that say something of the gradient through time (`references.telling`)."""
        return references.telling(self.trials, self.gains)

    def tells(self, frame: pd.DataFrame) -> "pd.Series[bool]":
        """Which rows of a table are of a telling task. Needs the column task."""
        return frame["task"].isin(self.telling)

    def at_chosen_rate(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows of curves, flow or samples that belong to what was chosen."""
        return rows.merge(self.tuned[TRIAL], on=TRIAL, how="inner")
