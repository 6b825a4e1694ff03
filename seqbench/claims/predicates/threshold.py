"""Threshold: the share of runs that meet a value > s, by Wilson's interval and its score test.

Source: wilson1927
"""

import numpy as np
import pandas as pd

from seqbench.analysis.methods.statistics import wilson
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._shares import RUNS, score_test
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "more than a share of the runs meets a value"
COMPARES = "level"
NEEDS = ("value",)


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether more than `share` of the runs of a are at least (or at most) the value.

    The margin moves the value in the claim's favor.
    """
    assert question.value is not None
    rows = runs.of(question)
    values = rows["value"].to_numpy("float64")
    up = question.direction == "at_least"
    met = values >= question.value - margin if up else values <= question.value + margin
    interval, n = wilson(int(met.sum()), met.size), met.size
    p = score_test(int(met.sum()), n, question.share)
    why = few(rows["seed"].nunique(), RUNS, "seeds")
    if question.measure == "test_score" and _stopped(rows[~met], question):
        why = why or "training stops at the pass mark, short of what is asked"
    verdict: Verdict = "inconclusive" if why else decided(interval, p, question.share)
    unit = f"share of runs {'over' if up else 'under'} {question.value:g}"
    finding = Finding(verdict, *interval, p, unit=unit, why=why, threshold=question.share)
    return finding._replace(**runs.seen(question))


def _stopped(short: pd.DataFrame, question: Question) -> bool:
    """Whether a run fell short because it was not trained on after it met a lower mark."""
    upwards = question.direction == "at_least"
    lower = short["pass_mark"].lt(question.value) if upwards else short["pass_mark"].gt(
        question.value)  # fmt: skip
    early = short["stopped_at"].astype("float64") < short["updates"].astype("float64")
    return bool((lower & early & np.isfinite(short["steps"])).any())
