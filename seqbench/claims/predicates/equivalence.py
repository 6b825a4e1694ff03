"""Equivalence: |a - b| < margin, by two one-sided t tests (TOST), whose p is the larger one.

Source: schuirmann1987
"""

from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from seqbench.claims.predicates._means import UNITS, differences, near
from seqbench.claims.runs import Runs

ARMS = ("a", "b")
WORDS = "a minus b is smaller than the tolerance, either way"
COMPARES = "level"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a and b differ by less than the margin."""
    finding = near(*differences(question, runs), margin)
    unit = f"difference of {UNITS[question.measure]}"
    return finding._replace(unit=unit, **runs.seen(question))
