"""At chance: skill < margin, by a one-sided t test for each cell on each task.

Of `signed_skill` it must exceed -margin, too. What lies below is then neither for the claim nor
against it: who knows nothing guesses, and who is wrong more often than that does not guess.
"""

from typing import NamedTuple

import pandas as pd

from seqbench.analysis import choose
from seqbench.analysis.methods.statistics import ALPHA, mean_interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, few
from seqbench.claims.predicates._means import SEEDS, one_sided
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "the skill is within the tolerance of chance on every task"
COMPARES = "level"


class Part(NamedTuple):
    """One cell with one remedy on one task: p of "no more than chance" and of "more".

    low: p of "no less than chance", 0 where only one side is asked.
    """

    key: choose.Key
    skills: pd.Series
    fits: float
    against: float
    low: float

    @property
    def worst(self) -> tuple[float, float]:
        """The larger, the worse a claim of chance fits; most of all what is above it."""
        return max(self.fits, self.low), float(self.skills.mean())


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the skill of a is chance, within the margin, for each cell on each task.

    Where skill below chance counts as 0, it is no memory either. Reported is what fits worst, and
    before that what is shown to be more than chance.
    """
    by = runs.of(question).groupby(choose.GROUP)["redrawn"]
    both = question.measure == "signed_skill"
    parts = [_part((str(t), str(c), str(r)), x, margin, both) for (t, c, r), x in by]
    highest = min(parts, key=lambda part: (part.against, -part.skills.mean()))
    against = min(1.0, highest.against * len(parts))  # one is enough, the worst: Bonferroni
    above = against < ALPHA
    worst = highest if above else max(parts, key=lambda part: part.worst)
    p = against if above else worst.worst[0]
    why = few(int(by.size().min()), SEEDS, "seeds")
    verdict: Verdict = "inconclusive"
    if not why and p < ALPHA:
        verdict = "contradicted" if above else "supported"
    shown = Finding(verdict, *mean_interval(worst.skills), p, unit="skill")
    return shown._replace(why=why or _where(worst, len(parts)), **runs.seen(question))


def _part(key: choose.Key, skills: pd.Series, margin: float, both: bool) -> Part:
    x = skills.to_numpy("float64")
    fits, against = one_sided(x, margin)
    return Part(key, skills, fits, against, one_sided(x, -margin)[1] if both else 0.0)


def _where(worst: Part, parts: int) -> str:
    """Which one fits worst, if there are several or it is below chance."""
    task, cell, remedy = worst.key
    named = f"`{cell}` with `{remedy}` on `{task}`"
    if worst.low > 1 - ALPHA:
        return f"{named} is below chance, at {worst.skills.mean():.2g}: no memory, but no guess"
    return f"it fits worst for {named}" if parts > 1 else ""
