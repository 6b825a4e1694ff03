"""Value within a margin: |a - value| < margin, by two one-sided t tests (TOST).

Source: schuirmann1987
"""

from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from seqbench.claims.predicates._means import UNITS, near
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "the mean is within the tolerance of a value"
COMPARES = "level"
NEEDS = ("value",)


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the mean of a lies within the margin around a value."""
    assert question.value is not None
    rows = runs.of(question)
    finding = near(
        rows["redrawn"].to_numpy("float64") - question.value, rows["seed"].nunique(), margin
    )
    unit = f"{UNITS[question.measure]} minus {question.value:g}"
    return finding._replace(unit=unit, **runs.seen(question))
