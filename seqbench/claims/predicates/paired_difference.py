"""Paired difference: a - b > margin, by a sign-flip test of a - b - margin and a t interval."""

import pandas as pd

from seqbench.analysis import choose
from seqbench.analysis.methods.statistics import Interval, mean_interval, sign_flip
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._means import ORDERED, PAIRS, UNITS, differences
from seqbench.claims.runs import Runs

ARMS = ("a", "b")
WORDS = "a minus b is more than the tolerance, pair by pair"
COMPARES = "order"
SLIGHT = 0.05  # skill: what is no more than that is next to nothing


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a minus b exceeds the margin (negative: falls short of b by less than that)."""
    d, seeds = differences(question, runs)
    interval, p = mean_interval(d), sign_flip(d - margin)
    why = few(d.size, PAIRS, "pairs") or few(seeds, ORDERED, "seeds")
    why = why or _no_test(question, margin, interval, runs)
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    unit = f"difference of {UNITS[question.measure]}"
    return Finding(verdict, *interval, p, unit=unit, **runs.seen(question), why=why)


def _no_test(question: Question, margin: float, interval: Interval, runs: Runs) -> str:
    """Why scores of tasks that are too hard, or too easy, for both arms say nothing of an order."""
    if question.measure not in ("test_skill", "valid_skill", "test_score"):
        return ""
    arms = [runs.of(question, arm) for arm in ARMS]
    alike = set(arms[0]["task"]) & set(arms[1]["task"])
    both = pd.concat([arm[arm["task"].isin(alike)] if alike else arm for arm in arms])
    if both.groupby(choose.GROUP)["test_skill"].mean().max() < SLIGHT:
        return f"neither side is above chance by {SLIGHT:g} of skill on any task"
    small = max(abs(interval.low), abs(interval.high)) < SLIGHT
    if question.measure == "test_skill" and margin >= 0 and both["solved"].all() and small:
        return f"every run of both sides solves its task, within {SLIGHT:g} of skill of each other"
    return ""
