"""From a claim and the tables of a run to a verdict."""

from seqbench.claims import predicates
from seqbench.claims.claim import Claim, Question
from seqbench.claims.finding import Finding, combined
from seqbench.claims.predicates.shares import analytic
from seqbench.claims.reader import missing
from seqbench.claims.runs import NotRun, Runs

AGAINST = "contradicted"
SMALLER = "falls short in a smaller setting, which may be the setting's fault"
LEVELS = ("threshold", "value_within", "at_chance", "equivalence", "carries_over")
RATIOS = ("ratio_of_steps", "variance_ratio")  # how many times, which a smaller setting changes


def judge(claim: Claim, runs: Runs) -> Finding:
    """The verdict on one claim; without rows `not run`, with what it would need.

    A smaller setting that misses a level which the claim names (too hard for its budget, too easy
    for its length) is no test of it, nor of the order that the claim says there is at that level.
    """
    if absent := missing(claim):
        return Finding("not run", why=f"needs {', '.join(absent)}, which nobody wrote yet")
    parts = [_ask(question, claim, runs) for question in claim.predicate]
    found = combined(parts)
    missed = [
        part
        for question, part in zip(claim.predicate, parts, strict=True)
        if part.verdict == AGAINST
        and (
            question.name in LEVELS
            or claim.kind in ("threshold", "value")
            or (question.name in RATIOS and part.high >= 1)  # the order itself may hold
        )
    ]
    if claim.scaled_down and found.verdict == AGAINST and missed:
        return combined(missed)._replace(
            verdict="inconclusive", why=SMALLER, seeds=found.seeds, runs=found.runs,
            where=found.where, behind=found.behind,
        )  # fmt: skip
    return found


def _ask(question: Question, claim: Claim, runs: Runs) -> Finding:
    margin = float(claim.tolerance if question.margin is None else question.margin)
    bound = question.share if question.name == "threshold" else margin
    try:
        if question.name == "analytic":
            return analytic(question, margin, runs, claim.id)._replace(threshold=1.0)
        found = predicates.ALL[question.name](question, margin, runs)
        return found._replace(threshold=bound)
    except NotRun as reason:
        return Finding("not run", why=f"needs tier {claim.tier}: {reason}")
