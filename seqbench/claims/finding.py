"""What one question finds: a verdict with everything that it rests on."""

from typing import Literal, NamedTuple

import numpy as np

from seqbench.analysis.choose import Key
from seqbench.analysis.methods.statistics import ALPHA, Interval

Verdict = Literal["supported", "contradicted", "inconclusive", "not run"]
ONE = "one part of several is the opposite, which among so many chance could explain"
VERDICTS: tuple[Verdict, ...] = ("supported", "contradicted", "inconclusive", "not run")


class Finding(NamedTuple):
    """effect [low, high] in a unit, against a threshold, from so many seeds per arm."""

    verdict: Verdict
    effect: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    seeds: int = 0
    runs: int = 0
    unit: str = ""
    threshold: float = np.nan
    why: str = ""
    where: str = ""
    behind: tuple[Key, ...] = ()


def decided(interval: Interval, p: float, margin: float) -> Verdict:
    """Above the margin, below it, or neither; interval and test must agree."""
    if p < ALPHA and interval.low > margin:
        return "supported"
    if p < ALPHA and interval.high < margin:
        return "contradicted"
    return "inconclusive"


def few(n: int, needed: int, what: str) -> str:
    """Why so few cannot show anything; "" where they can."""
    return "" if n >= needed else f"too few seeds: {n} {what}, and at least {needed} are needed"


def combined(findings: list[Finding]) -> Finding:
    """All parts of a claim must hold (so p is the largest); one opposite is enough against it.

    The more parts, the easier one of them is the opposite by chance: Bonferroni.
    """
    runs, seeds = sum(f.runs for f in findings), min(f.seeds for f in findings)
    against = [
        f for f in findings if f.verdict == "contradicted" and not f.p * len(findings) >= ALPHA
    ]
    absent = [f for f in findings if f.verdict == "not run"]
    open_ = [f for f in findings if f.verdict in ("inconclusive", "contradicted")]
    if against:
        chosen = _corrected(min(against, key=_p), len(findings))
    elif absent:
        return absent[0]._replace(seeds=0)
    elif open_:
        chosen = max(open_, key=_p)
        if chosen.verdict == "contradicted":
            chosen = _corrected(chosen, len(findings))._replace(verdict="inconclusive", why=ONE)
    else:
        chosen = max(findings, key=_p)
    where = "; ".join(dict.fromkeys(f.where for f in findings if f.where))
    behind = tuple(sorted({key for f in findings for key in f.behind}))
    return chosen._replace(runs=runs, seeds=seeds, where=where, behind=behind)


def _corrected(finding: Finding, many: int) -> Finding:
    """With the p of one test among so many; none stays none."""
    return finding._replace(p=float(np.minimum(1.0, finding.p * many)))


def _p(finding: Finding) -> float:
    return -1.0 if np.isnan(finding.p) else finding.p
