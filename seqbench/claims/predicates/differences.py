"""Predicates on means of numbers: differences of pairs, and distances from a value.

    paired_difference   a - b > margin      sign-flip test of a - b - margin, t interval
    equivalence         |a - b| < margin    two one-sided t tests (TOST), p the larger one
    value_within        |a - value| < margin                  the same
    at_chance           skill < margin      one-sided t test, for each cell on each task

A pair is a seed on a task. What differs by its label alone (`adding` and `adding@equal`, `rnn` and
`rnn@loud`) has its draws in common and is averaged first, so it counts once. Pairs of several tasks
are independent, with these tasks as they are: where an effect differs from task to task, interval
and test are wider than they need be, and they say nothing of tasks that were not run. With n pairs
a sign-flip test cannot go below p = 2^(1 - n), so five pairs show nothing, whatever they are of.
Source: schuirmann1987
"""

import numpy as np
import pandas as pd
from scipy import special

from seqbench.analysis import choose
from seqbench.analysis.methods.statistics import (
    ALPHA,
    Floats,
    Interval,
    can_show,
    mean_interval,
    sign_flip,
)  # fmt: skip
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.runs import Runs, pairs

PAIRS = next(n for n in range(1, 100) if can_show(n))  # fewer can never be significant
SEEDS = 5  # fewer have no t interval worth the name
ORDERED = 4  # seeds: an order among fewer is easily one of chance, on however many tasks
SLIGHT = 0.05  # skill: what is no more than that is next to nothing
UNITS = {
    "test_skill": "skill", "valid_skill": "skill", "test_score": "score",
    "solved": "share of runs", "diverged": "share of runs", "spikes": "share of updates",
    "explosions": "share of updates", "parameters": "weights", "log_seconds": "log seconds",
}  # fmt: skip


def paired_difference(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a minus b exceeds the margin (negative: falls short of b by less than that)."""
    d, seeds = _differences(question, runs)
    interval, p = mean_interval(d), sign_flip(d - margin)
    why = few(d.size, PAIRS, "pairs") or few(seeds, ORDERED, "seeds")
    why = why or _no_test(question, margin, interval, runs)
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    unit = f"difference of {UNITS[question.measure]}"
    return Finding(verdict, *interval, p, unit=unit, **runs.seen(question), why=why)


def equivalence(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a and b differ by less than the margin."""
    finding = _near(*_differences(question, runs), margin)
    unit = f"difference of {UNITS[question.measure]}"
    return finding._replace(unit=unit, **runs.seen(question))


def value_within(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the mean of a lies within the margin around a value."""
    assert question.value is not None
    found = runs.of(question)
    off = found["value"].to_numpy("float64") - question.value
    finding = _near(off, found["seed"].nunique(), margin)
    unit = f"{UNITS[question.measure]} minus {question.value:g}"
    return finding._replace(unit=unit, **runs.seen(question))


def at_chance(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the skill of a exceeds chance by less than the margin, for each cell on each task.

    Below chance is no memory either. Reported is the one that it fits worst.
    """
    by = runs.of(question).groupby(choose.GROUP)["value"]
    found = [(_one_sided(x.to_numpy("float64"), margin), x, key) for key, x in by]
    (below, above), x, (task, cell, remedy) = max(found, key=lambda one: (one[0][0], one[1].mean()))
    against = min(1.0, above * len(found))  # one is enough, and it is the worst: Bonferroni
    why = few(int(by.size().min()), SEEDS, "seeds")
    verdict: Verdict = "inconclusive"
    if not why and min(below, against) < ALPHA:
        verdict = "supported" if below < ALPHA else "contradicted"
    p = against if verdict == "contradicted" else below
    if len(found) > 1 and not why:
        why = f"it fits worst for `{cell}` with `{remedy}` on `{task}`"
    shown = Finding(verdict, *mean_interval(x), p, why=why, unit="skill")
    return shown._replace(**runs.seen(question))


def _no_test(question: Question, margin: float, interval: Interval, runs: Runs) -> str:
    """Why scores of tasks that are too hard, or too easy, for both arms say nothing of an order."""
    if question.measure not in ("test_skill", "valid_skill", "test_score"):
        return ""
    arms = [runs.of(question, arm) for arm in ("a", "b")]
    alike = set(arms[0]["task"]) & set(arms[1]["task"])
    both = pd.concat([arm[arm["task"].isin(alike)] if alike else arm for arm in arms])
    if both.groupby(choose.GROUP)["test_skill"].mean().max() < SLIGHT:
        return f"neither side is above chance by {SLIGHT:g} of skill on any task"
    small = max(abs(interval.low), abs(interval.high)) < SLIGHT
    if question.measure == "test_skill" and margin >= 0 and both["solved"].all() and small:
        return f"every run of both sides solves its task, within {SLIGHT:g} of skill of each other"
    return ""


def _differences(question: Question, runs: Runs) -> tuple[Floats, int]:
    """A difference per pair, and of how many seeds they are."""
    found = pairs(question, runs)
    keys = [name for name in ("seed", *choose.GROUP) if name in found]
    bases = {name: found[name].str.partition("@")[0] for name in ("task", "cell") if name in found}
    means = found.assign(**bases).groupby(keys)["difference"].mean()
    return np.asarray(means, dtype=np.float64), int(found["seed"].nunique())


def _one_sided(x: Floats, margin: float) -> tuple[float, float]:
    """p for "the mean is below the margin" and for "above"; 1 where there is one value only."""
    if x.size < 2:
        return 1.0, 1.0
    error = x.std(ddof=1) / np.sqrt(x.size)
    if error == 0:
        return float(x[0] >= margin), float(x[0] <= margin)
    below = float(special.stdtr(x.size - 1, (x.mean() - margin) / error))
    return below, 1 - below


def _near(x: Floats, seeds: int, margin: float) -> Finding:
    """Two one-sided tests of |mean| < margin, and whether the opposite is shown."""
    interval: Interval = mean_interval(x)
    (below, above), (far_below, far_above) = _one_sided(x, margin), _one_sided(x, -margin)
    p_near, p_far = max(below, far_above), min(1.0, 2 * min(above, far_below))
    why = few(seeds, SEEDS, "seeds")
    if why or min(p_near, p_far) >= ALPHA:
        return Finding("inconclusive", *interval, p_near, why=why)
    near = p_near < ALPHA
    return Finding("supported" if near else "contradicted", *interval, p_near if near else p_far)
