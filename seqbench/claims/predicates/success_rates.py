"""Success rates: share solved of a > share of b, by Fisher's exact test and Newcombe's interval.

Source: newcombe1998
"""

import numpy as np
from scipy import stats

from seqbench.analysis.methods.statistics import Interval, wilson
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._shares import RUNS
from seqbench.claims.runs import Runs

ARMS = ("a", "b")
WORDS = "a larger share of the runs of a is solved than of b"
COMPARES = "order"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a larger share of the runs of a is solved, by more than the margin."""
    arms = [runs.of(question, arm) for arm in ARMS]
    (won, n), (won_b, n_b) = ((int(arm["solved"].sum()), len(arm)) for arm in arms)
    a, b = wilson(won, n), wilson(won_b, n_b)
    d = a.mean - b.mean
    low = d - np.hypot(a.mean - a.low, b.high - b.mean)
    high = d + np.hypot(a.high - a.mean, b.mean - b.low)
    interval = Interval(d, float(low), float(high))
    p = float(stats.fisher_exact([[won, n - won], [won_b, n_b - won_b]])[1])
    why = few(min(arm["seed"].nunique() for arm in arms), RUNS, "seeds per arm")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    unit = "difference of share of runs"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))
