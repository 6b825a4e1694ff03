"""Predicates on how long it takes, and on how far scores spread.

    ratio_of_steps   median updates to solve, a over b > margin     bootstrap over runs
    variance_ratio   standard deviation, a over b > margin          F interval, Brown-Forsythe test

Updates of a run that never solved its task are only known to be more than its budget. Both ends of
the interval take that in the way that speaks against themselves: the budget where a smaller number
lowers the low end, infinity where a larger one lowers it, and the reverse at the high end.
Source: brown1974
"""

import numpy as np
import pandas as pd
from scipy import stats

from seqbench.analysis.methods.statistics import ALPHA, RESAMPLES, Floats, Interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates.shares import RUNS
from seqbench.claims.runs import Runs

SPREAD = 10  # seeds per arm: fewer say next to nothing about a variance


def ratio_of_steps(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a needs more than `margin` times the updates that b needs (medians)."""
    arms = [runs.of(question, arm) for arm in ("a", "b")]
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


def _updates(found: pd.DataFrame) -> tuple[Floats, Floats]:
    """Updates to solve, at least and at most."""
    most = found["steps"].to_numpy("float64")
    return np.where(np.isinf(most), found["updates"].to_numpy("float64"), most), most


def _median(x: Floats) -> Floats:
    """The lower median of every row: no mean of a number and infinity."""
    return np.asarray(np.sort(x, axis=1)[:, (x.shape[1] - 1) // 2])


def variance_ratio(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the scores of a spread more than `margin` times as wide as those of b."""
    arms = [runs.of(question, arm) for arm in ("a", "b")]
    a, b = (arm["value"].to_numpy("float64") for arm in arms)
    n, m = a.size, b.size
    why = few(min(arm["seed"].nunique() for arm in arms), SPREAD, "seeds per arm")
    if not why and min(a.std(), b.std()) == 0:
        why = "one arm does not vary at all"
    if why:
        return Finding("inconclusive", why=why, unit="ratio of spreads", **runs.seen(question))
    ratio = float(a.var(ddof=1) / b.var(ddof=1))
    low, high = (ratio / stats.f.ppf(q, n - 1, m - 1) for q in (1 - ALPHA / 2, ALPHA / 2))
    interval = Interval(*(float(np.sqrt(x)) for x in (ratio, low, high)))
    p = float(stats.levene(a / margin, b, center="median").pvalue)
    verdict = decided(interval, p, margin)
    unit = "ratio of spreads"
    return Finding(verdict, *interval, p, unit=unit, **runs.seen(question))
