"""The small functions that decide a question, by the name that the ledger calls them.

Each takes (question, margin, runs) and returns a Finding. A margin is what a difference must exceed
(or, of an equivalence, must not exceed) to count.
"""

from collections.abc import Callable

from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from seqbench.claims.predicates.differences import (
    at_chance,
    equivalence,
    paired_difference,
    value_within,
)
from seqbench.claims.predicates.lags import (
    carries_over,
    growth_of_steps,
    interaction,
    longest_lag,
)
from seqbench.claims.predicates.shares import analytic, success_rates, threshold
from seqbench.claims.predicates.steps import ratio_of_steps, variance_ratio
from seqbench.claims.runs import Runs

Decide = Callable[[Question, float, Runs], Finding]

ALL: dict[str, Decide] = {
    "paired_difference": paired_difference,
    "equivalence": equivalence,
    "at_chance": at_chance,
    "value_within": value_within,
    "interaction": interaction,
    "growth_of_steps": growth_of_steps,
    "longest_lag": longest_lag,
    "carries_over": carries_over,
    "success_rates": success_rates,
    "threshold": threshold,
    "analytic": analytic,
    "ratio_of_steps": ratio_of_steps,
    "variance_ratio": variance_ratio,
}
