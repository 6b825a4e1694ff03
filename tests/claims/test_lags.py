"""Predicates on updates and lags: ratios, growth, the longest lag, what carries over."""

import numpy as np
import pandas as pd
import pytest

from seqbench.claims import deciding
from seqbench.claims.finding import Finding
from seqbench.claims.runs import NotRun
from tests.helpers.claims import FACTS, frame, noisy, rows, runs
from tests.helpers.questions import question, steps


def test_ratio_of_steps_knows_that_unsolved_is_only_more_than_the_budget() -> None:
    slow, fast = [600, 620, 640, 660, 680, 700], [100, 110, 120, 130, 140, 150]
    never: list[float | None] = [None] * 6

    def ratio(a: list[float | None], b: list[float | None], margin: float = 2.0) -> Finding:
        found = runs(steps(a, "clip_norm"), steps(b))
        return deciding.find("ratio_of_steps").decide(question("ratio_of_steps"), margin, found)

    assert ratio(slow, fast).verdict == "supported"
    assert ratio(fast, slow).verdict == "contradicted"
    assert ratio(slow, fast).effect == pytest.approx(640 / 120)
    assert ratio(never, fast).verdict == "supported"  # more than 1000 against 120
    assert ratio(never, fast, margin=9.0).verdict == "inconclusive"  # perhaps 1001
    assert np.isinf(ratio(never, fast).high)
    assert ratio(never, never).verdict == "inconclusive"
    assert ratio(slow[:3], fast[:3]).verdict == "inconclusive"


def by_lag(slope: float, remedy: str = "none", n: int = 8) -> list[dict[str, object]]:
    return [
        row
        for lag in (10, 20, 40)
        for row in rows(noisy(0.1 + slope * np.log2(lag / 10), n, lag), remedy=remedy,
                        task=f"adding@l{lag}", lag=lag, knobs={"task": {"length": lag}})
    ]  # fmt: skip


def test_interaction_is_an_advantage_that_grows_with_the_lag() -> None:
    def grows(a: float, b: float, n: int = 8) -> str:
        found = runs(by_lag(a, "clip_norm", n), by_lag(b, n=n))
        return deciding.find("interaction").decide(question("interaction"), 0.0, found).verdict

    assert grows(0.2, 0.0) == "supported"
    assert grows(0.0, 0.2) == "contradicted"
    assert grows(0.2, 0.0, n=4) == "inconclusive"


def test_growth_of_steps_is_a_power_of_the_lag() -> None:
    def grows(power: float, lost: bool = False) -> Finding:
        parts = [
            steps([100 * (lag / 10) ** power * (1 + 0.01 * k) for k in range(8)],
                  task=f"adding@l{lag}", lag=lag, knobs={"task": {"length": lag}})
            for lag in (10, 20, 40)
        ]  # fmt: skip
        if lost:
            parts[-1][0] |= {"steps_to_solve": None, "solved": False}
        asked = question("growth_of_steps")
        return deciding.find("growth_of_steps").decide(asked, 0.5, runs(*parts))

    assert grows(0.2).verdict == "supported"
    assert grows(0.2).effect == pytest.approx(0.2, abs=0.02)  # updates are whole
    assert grows(1.2).verdict == "contradicted"
    assert "budget" in grows(0.2, lost=True).why


def longest(*found: tuple[str, float, float | None, float | None, str]) -> pd.DataFrame:
    names = ["remedy", "lag", "low", "high", "limit"]
    frame = pd.DataFrame(found, columns=names).assign(task="adding", cell="rnn", seeds=5)
    return frame.astype({"low": "float64", "high": "float64"})


def test_longest_lag_needs_intervals_that_lie_apart() -> None:
    def ratio(*found: tuple[str, float, float | None, float | None, str]) -> Finding:
        made = runs(rows([0.5]), derived={"longest": longest(*found)})
        return deciding.find("longest_lag").decide(question("longest_lag"), 1.0, made)

    far, near = ("clip_norm", 100, 80, 130, ""), ("none", 20, 15, 30, "")
    assert ratio(far, near).verdict == "supported"
    assert ratio(("clip_norm", 20, 15, 30, ""), ("none", 100, 80, 130, "")).verdict == (
        "contradicted"
    )
    assert ratio(("clip_norm", 100, 25, 130, ""), near).verdict == "inconclusive"
    assert ratio(("clip_norm", 160, 120, None, "at least"), near).high == np.inf
    assert ratio(far, ("none", 9, None, 12, "less than")).verdict == "supported"


def searched(seeds: int) -> pd.DataFrame:
    """A search in which so many seeds solve the length they are trained on."""
    row = FACTS | {"task": "adding", "cell": "rnn", "remedy": "none", "length": 30}
    row |= {"factor": 1.0, "chosen": True, "solved": True}
    return frame("reach", [row | {"seed": seed} for seed in range(1, seeds + 1)])


def test_what_is_solved_carries_over_to_longer_sequences_or_does_not() -> None:
    def verdict(solved: int, n: int, factor: float = 5.0, seeds: int = 10) -> str:
        row = {"task": "adding", "cell": "rnn", "remedy": "none", "factor": factor}
        table = pd.DataFrame([row | {"n": n, "solved": solved}])
        made = runs(rows([0.5]), derived={"extrapolation": table}, reach=searched(min(n, seeds)))
        asked = question("length_extrapolation", value=5)
        return deciding.find("length_extrapolation").decide(asked, 0.0, made).verdict

    assert verdict(10, 10) == "supported"
    assert verdict(0, 10) == "contradicted"
    assert verdict(6, 10) == verdict(3, 3) == "inconclusive"
    assert verdict(40, 40, seeds=4) == "inconclusive"  # several lengths make no seeds
    for absent in ((0, 0), (10, 10, 2.0)):
        with pytest.raises(NotRun, match="5 times the length"):
            verdict(*absent)
