"""Ratio of steps: median updates to solve, a over b > margin, by a bootstrap over runs.

Updates of a run that never solved its task are only known to be more than its budget (censored).
Both ends of the interval take that in the way that speaks against themselves: the budget where a
smaller number lowers the low end, infinity where a larger one lowers it, and the reverse at the
high end.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.methods.statistics import ALPHA, RESAMPLES, Floats, Interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._shares import RUNS
from seqbench.claims.runs import Runs

ARMS = ("a", "b")
WORDS = "a needs so many times the updates of b to solve"
COMPARES = "ratio"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a needs more than `margin` times the updates that b needs (medians)."""
    arms = [runs.of(question, arm) for arm in ARMS]
    (least_a, most_a), (least_b, most_b) = map(_updates, arms)
    draws = np.random.default_rng(0)
    i, j = (draws.integers(0, x.size, (RESAMPLES, x.size)) for x in (least_a, least_b))
    low, high = _median(least_a[i]) / _median(most_b[j]), _median(most_a[i]) / _median(least_b[j])
    under, over = ALPHA / 2, 1 - ALPHA / 2
    effect = float(_median(least_a[None])[0] / _median(least_b[None])[0])
    interval = Interval(effect, float(np.sort(low)[int(under * RESAMPLES)]),
                        float(np.sort(high)[int(over * RESAMPLES)]))  # fmt: skip
    beyond = 2 * min(float(np.mean(low <= margin)), float(np.mean(high >= margin)))
    p = min(max(beyond, 1 / RESAMPLES), 1.0)
    censored = int(np.isinf(most_a).sum() + np.isinf(most_b).sum())
    why = few(min(arm["seed"].nunique() for arm in arms), RUNS, "seeds per arm")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    why = why or (f"{censored} runs did not solve it" if censored else "")
    unit = "ratio of updates to solve"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))


def _updates(rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Updates to solve, at least and at most."""
    most = rows["steps"].to_numpy("float64")
    return np.where(np.isinf(most), rows["updates"].to_numpy("float64"), most), most


def _median(x: Floats) -> Floats:
    """The lower median of every row: no mean of a number and infinity."""
    return np.asarray(np.sort(x, axis=1)[:, (x.shape[1] - 1) // 2])
