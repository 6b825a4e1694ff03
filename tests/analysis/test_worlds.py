"""In made-up worlds whose truth is known, false conclusions are as rare as they are said to be."""

from collections.abc import Callable

import numpy as np
import pytest

from seqbench.analysis.methods import statistics
from tests.helpers.judged import Rate, judged
from tests.helpers.worlds import REMEDIES, SEEDS, WORLDS

MANY = [50, pytest.param(1000, marks=[pytest.mark.faults, pytest.mark.timeout(3600)])]
KINDS = {"comparisons", "effects", "cell pairs", "best left out"}


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Random signs by the thousand: p is as right, and less fine."""
    monkeypatch.setattr(statistics, "DRAWS", 2000)


@pytest.mark.parametrize("runs", MANY)
@pytest.mark.parametrize("name", WORLDS)
def test_one_family_in_twenty_has_a_false_verdict(
    name: str, runs: int, record_property: Callable[[str, object], None]
) -> None:
    found = judged(WORLDS[name], runs)
    assert found.keys() >= KINDS
    for kind in sorted(KINDS):
        record_property(kind, found[kind].share)
        assert found[kind].at_most(statistics.ALPHA), f"{kind}: {found[kind]}"
    if WORLDS[name].help:
        assert found["shown"].at_least(least_power()), found["shown"]


def least_power() -> float:
    """Of a sign-flip test of differences with a mean of one standard deviation; 2 % less.

    At the strictest level of Holm's correction, by 4,000 draws, which may be off by so much.
    """
    differences = np.random.default_rng(1).normal(1, 1, (4000, SEEDS))
    level = statistics.ALPHA / (len(REMEDIES) - 1)
    return float(np.mean([statistics.sign_flip(d) < level for d in differences])) - 0.02


def test_a_rate_that_is_too_high_is_seen() -> None:
    assert Rate(5, 100).at_most(0.05) and Rate(12, 100).at_most(0.05)
    assert not Rate(14, 100).at_most(0.05) and not Rate(80, 1000).at_most(0.05)
    assert Rate(40, 100).at_least(0.5) and not Rate(30, 100).at_least(0.5)
