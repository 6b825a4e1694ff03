"""Variance ratio: standard deviation of a over that of b > margin.

By an F interval and the test of Brown and Forsythe.

Source: brown1974
"""

import numpy as np
from scipy import stats

from seqbench.analysis.methods.statistics import ALPHA, Interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, decided, few
from seqbench.claims.runs import Runs

ARMS = ("a", "b")
WORDS = "the scores of a spread so many times wider than those of b"
COMPARES = "ratio"
SPREAD = 10  # seeds per arm: fewer say next to nothing about a variance


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the scores of a spread more than `margin` times as wide as those of b."""
    arms = [runs.of(question, arm) for arm in ARMS]
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
