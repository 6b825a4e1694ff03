"""Analytic: every number of a theorem lies within its bounds; there is no chance in it, so no p."""

import numpy as np

from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from seqbench.claims.runs import NotRun, Runs

ARMS = ()
WORDS = "every number of the theorem lies within its bounds"
COMPARES = "bounds"
TABLE = "theorems"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether every number of the theorem lies within its bounds, widened by the margin."""
    cases = runs.tables.theorems
    cases = cases[cases["claim"].eq(question.claim)]
    if cases.empty:
        raise NotRun("not measured: `python -m seqbench initialization`")
    low = cases["low"].astype("float64").fillna(-np.inf) - margin
    high = cases["high"].astype("float64").fillna(np.inf) + margin
    right = cases["value"].astype("float64").between(low, high)
    wrong = "" if right.all() else f"outside its bounds: {cases['case'][~right].iloc[0]}"
    return Finding(
        "supported" if right.all() else "contradicted", float(right.mean()), threshold=1.0,
        unit="share of cases", why=wrong, where=f"{len(cases)} numbers of the table theorems",
    )  # fmt: skip
