"""What the pipeline concludes in worlds whose truth is known: how often it says what is false."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd
from scipy import stats

from seqbench.analysis import leaders
from seqbench.analysis.tables import cell_pairs, comparisons, effects
from seqbench.analysis.trials import Trials
from tests.helpers import worlds
from tests.helpers.worlds import CELLS, TASKS, World, label

BATCH = 25  # runs in one table


class Rate(NamedTuple):
    """How often something happened, of how many families of questions."""

    times: int
    of: int

    @property
    def share(self) -> float:
        return self.times / self.of

    def at_most(self, share: float) -> bool:
        """Whether so many times are likely enough (1 in 1,000) where this share is the truth."""
        return bool(stats.binom.sf(self.times - 1, self.of, share) > 0.001)

    def at_least(self, share: float) -> bool:
        """The same, of so few."""
        return bool(stats.binom.cdf(self.times, self.of, share) > 0.001)


def judged(world: World, runs: int) -> dict[str, Rate]:
    """By kind of conclusion: in how many families at least one verdict is false.

    "best left out" is of one combination that is truly best; "shown", of what truly helps on
    one task and cell, says how often that is found.
    """
    times, of = Counter[str](), Counter[str]()
    for seed in range(0, runs, BATCH):
        frame = worlds.trials(world, BATCH, seed)
        for kind, wrong in (*_remedies(world, frame), *_cells(world, frame)):
            times[kind] += int(wrong)
            of[kind] += 1
    return {kind: Rate(times[kind], of[kind]) for kind in of}


def _false(verdicts: pd.Series, truth: pd.Series) -> pd.Series:
    return (verdicts.eq("better") & truth.le(0)) | (verdicts.eq("worse") & truth.ge(0))


def _remedies(world: World, frame: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    """Of comparisons and effects."""
    run = Trials(frame)
    made = {"comparisons": (comparisons.compare(run), ["task", "cell"])}
    for name, part in run.parts.items():
        table = effects.aggregate(part).assign(optimizer=name)
        single = table["kind"].eq("remedy") & table["tasks"].eq("all") & table["cell"].ne("*")
        made[f"effects {name}"] = (table[single], ["cell"])
    for kind, (table, family) in made.items():
        by = table["task"].map(TASKS) if kind == "comparisons" else table["optimizer"]
        names = zip(by, table["remedy"], strict=True)
        truth = pd.Series([world.change(*pair) for pair in names], table.index)
        wrong = _false(table["verdict"], truth).groupby([table[name] for name in family]).any()
        yield from ((kind.partition(" ")[0], bool(one)) for one in wrong)
        if kind == "comparisons":
            shown = table["verdict"][truth.gt(0)].eq("better")
            yield from (("shown", bool(one)) for one in shown)


def _cells(world: World, frame: pd.DataFrame) -> Iterator[tuple[str, bool]]:
    """Of pairs of cells, and of what the best combination cannot be told apart from."""
    whole = Trials(frame)
    for (number, by), tuned in whole.tuned.groupby(["run", "optimizer"]):
        names = [label(cell, int(number)) for cell in CELLS]
        run = Trials(frame[frame["run"].eq(number) & frame["optimizer"].eq(by)])
        vars(run).update(tuned=tuned, telling=whole.telling)  # known already
        table = cell_pairs.make(run)
        level = dict(zip(names, world.level, strict=True))
        truth = table["cell"].map(level) - table["versus"].map(level)
        yield "cell pairs", bool(_false(table["verdict"], truth).any())
        best = leaders.best_pair(run)
        assert best is not None
        kept = {(best.cell, best.remedy), *best.equals}
        true = [(names[cell], remedy) for cell, remedy in world.best(str(by))]
        yield "best left out", true[int(number) % len(true)] not in kept
