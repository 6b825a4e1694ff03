"""From a claim and the tables of a run to a verdict."""

import numpy as np

from seqbench.claims import deciding
from seqbench.claims.claim import Claim, Question
from seqbench.claims.finding import Finding, combined
from seqbench.claims.reader import missing
from seqbench.claims.runs import NotRun, Runs

AGAINST = "contradicted"
DECIDED = ("supported", AGAINST)
SMALLER = "falls short in a smaller setting, which may be the setting's fault"


def judge(claim: Claim, runs: Runs) -> Finding:
    """The verdict on one claim; without rows `not run`, with what it would need.

    A smaller setting that misses a level which the claim names (too hard for its budget, too easy
    for its length) is no test of it, nor of the order that the claim says there is at that level.
    """
    if absent := missing(claim):
        return Finding("not run", why=f"cannot be run, for want of {', '.join(absent)}")
    parts = [_ask(question, claim, runs) for question in claim.predicate]
    whole = combined(parts)
    missed = [
        part
        for question, part in zip(claim.predicate, parts, strict=True)
        if part.verdict == AGAINST and _excused(question, claim, part)
    ]
    if claim.scaled_down and whole.verdict == AGAINST and missed:
        return combined(missed)._replace(
            verdict="inconclusive", why=SMALLER, seeds=whole.seeds, runs=whole.runs,
            where=whole.where, behind=whole.behind,
        )  # fmt: skip
    return whole


def one_way(claim: Claim) -> bool:
    """Whether it can be supported here but never contradicted: a level in a smaller setting."""
    return bool(claim.scaled_down) and all(_level(asked, claim) for asked in claim.predicate)


def _level(question: Question, claim: Claim) -> bool:
    level = deciding.find(question.name).compares == "level"
    return level or claim.kind in ("threshold", "value")


def _excused(question: Question, claim: Claim, part: Finding) -> bool:
    """Whether a smaller setting may be to blame: for a level, or a ratio whose order may hold."""
    ratio = deciding.find(question.name).compares == "ratio"
    return _level(question, claim) or (ratio and part.high >= 1)


def _ask(question: Question, claim: Claim, runs: Runs) -> Finding:
    margin = float(claim.tolerance if question.margin is None else question.margin)
    try:
        finding = deciding.find(question.name).decide(question, margin, runs)
    except NotRun as reason:
        return Finding("not run", why=f"needs tier {claim.tier}: {reason}")
    if np.isnan(finding.threshold):
        finding = finding._replace(threshold=margin)
    return _granted(finding, question, claim, runs) if finding.verdict in DECIDED else finding


def _granted(finding: Finding, question: Question, claim: Claim, runs: Runs) -> Finding:
    """The same, where all that it presupposes is shown; else open, and it says why."""
    for condition in question.given:
        met = _ask(condition.question, claim, runs)
        if met.verdict == "not run":
            return met
        if met.verdict != "supported":
            return finding._replace(verdict="inconclusive", why=condition.otherwise)
    return finding
