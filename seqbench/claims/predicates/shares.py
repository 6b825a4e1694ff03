"""Predicates on shares: of runs that are solved, that meet a value, of cases that agree.

    success_rates   share a > share b       Fisher's exact test, Newcombe's interval of a - b
    threshold       share > s               Wilson's interval, and the score test that it inverts
    analytic        all cases in bounds     no training, so no chance and no p

Fisher's test cannot reach .05 with three runs per arm (3 of 3 against 0 of 3: .10); five can
(5 of 5 against 0 of 5: .008), so five it must be, of as many seeds: runs of one seed on several
tasks are no substitute. Runs of different tasks and seeds are taken as independent.
Source: wilson1927, newcombe1998
"""

import numpy as np
import pandas as pd
from scipy import special, stats

from seqbench.analysis.methods.statistics import Interval, wilson
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.runs import NotRun, Runs

RUNS = 5  # per arm, each of its own seed


def success_rates(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a larger share of the runs of a is solved, by more than the margin."""
    arms = [runs.of(question, arm) for arm in ("a", "b")]
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


def threshold(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether more than `share` of the runs of a are at least (or at most) the value.

    The margin moves the value in the claim's favor.
    """
    assert question.value is not None
    found = runs.of(question)
    values = found["value"].to_numpy("float64")
    up = question.direction == "at_least"
    met = values >= question.value - margin if up else values <= question.value + margin
    interval, n = wilson(int(met.sum()), met.size), met.size
    p = score_test(int(met.sum()), n, question.share)
    why = few(found["seed"].nunique(), RUNS, "seeds")
    if question.measure == "test_score" and _stopped(found[~met], question):
        why = why or "training stops at the pass mark, short of what is asked"
    verdict: Verdict = "inconclusive" if why else decided(interval, p, question.share)
    unit = f"share of runs {'over' if up else 'under'} {question.value:g}"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))


def _stopped(short: pd.DataFrame, question: Question) -> bool:
    """Whether a run fell short because it was not trained on after it met a lower mark."""
    upwards = question.direction == "at_least"
    lower = short["pass_mark"].lt(question.value) if upwards else short["pass_mark"].gt(
        question.value)  # fmt: skip
    early = short["stopped_at"].astype("float64") < short["updates"].astype("float64")
    return bool((lower & early & np.isfinite(short["steps"])).any())


def score_test(k: int, n: int, share: float) -> float:
    """Two-sided p of "k of n is such a share", the test that Wilson's interval inverts."""
    spread = np.sqrt(share * (1 - share) / n)
    return float(2 * special.ndtr(-abs(k / n - share) / spread))


def analytic(question: Question, margin: float, runs: Runs, claim: str = "") -> Finding:
    """Whether every number of the theorem lies within its bounds, widened by the margin."""
    found = runs.tables.theorems
    found = found[found["claim"].eq(claim)]
    if found.empty:
        raise NotRun("not measured: `python -m seqbench newborn`")
    low = found["low"].astype("float64").fillna(-np.inf) - margin
    high = found["high"].astype("float64").fillna(np.inf) + margin
    right = found["value"].astype("float64").between(low, high)
    verdict: Verdict = "supported" if right.all() else "contradicted"
    wrong = "" if right.all() else f"outside its bounds: {found['case'][~right].iloc[0]}"
    share = float(right.mean())
    where = f"{len(found)} numbers of the table theorems"
    return Finding(verdict, share, unit="share of cases", runs=0, why=wrong, where=where)
