"""Growth of steps: slope of log(updates to solve) over log(lag) < margin, by sign flips."""

import numpy as np

from seqbench.analysis.methods.statistics import Interval, mean_interval, sign_flip
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._means import PAIRS
from seqbench.claims.predicates._slopes import slopes
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "updates to solve grow more slowly than a power of the lag"
COMPARES = "order"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the updates to solve grow more slowly than the lag to the power of the margin."""
    rows = runs.of(question)
    solved = rows[np.isfinite(rows["steps"])]
    lag, steps = (np.log(solved[name].to_numpy("float64")) for name in ("lag", "steps"))
    growth = slopes(solved["seed"], lag, steps)
    interval, p = mean_interval(growth), sign_flip(growth - margin)
    why = few(growth.size, PAIRS, "seeds that solve several lags")
    if len(solved) < len(rows):
        why = f"{len(rows) - len(solved)} of {len(rows)} runs do not solve it in their budget"
    below = Interval(-interval.mean, -interval.high, -interval.low)
    verdict: Verdict = "inconclusive" if why else decided(below, p, -margin)
    unit = "growth of updates with the lag, as a power"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))
