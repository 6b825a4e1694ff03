"""The rank correlation against scipy's, and what of cards and training is set side by side."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqbench import records
from seqbench.analysis.methods.rank_correlation import _weighted, rank_correlation
from seqbench.analysis.tables import prediction
from seqbench.analysis.tables.longest import COLUMNS as LONGEST
from seqbench.analysis.tables.summary import COLUMNS as SUMMARY
from seqbench.analysis.tidy import Long, Tables, to_frame
from tests.helpers.rows import table, trial

CELLS = tuple("abcdefgh")


def spearman(x: pd.Series, y: pd.Series) -> float:
    return float(stats.spearmanr(x, y).statistic)


@pytest.mark.parametrize("seed", range(5))
def test_rho_is_that_of_scipy_ties_and_infinity_included(seed: int) -> None:
    random = np.random.default_rng(seed)
    x, y = random.integers(0, 6, 40).astype(float), random.normal(size=40)
    x[x == 5] = np.inf
    found = rank_correlation(x, y, list(range(40)))
    assert found.mean == pytest.approx(spearman(x, y), abs=1e-12)
    assert found.low <= found.mean <= found.high


def test_a_weight_of_two_is_a_value_that_is_there_twice() -> None:
    random = np.random.default_rng(1)
    x, y = random.integers(0, 5, 12).astype(float), random.normal(size=12)
    weights = random.integers(0, 4, (3, 12)).astype(float)
    expected = [spearman(np.repeat(x, w.astype(int)), np.repeat(y, w.astype(int))) for w in weights]
    assert _weighted(x, y, weights) == pytest.approx(expected, abs=1e-12)


def test_copies_of_a_cluster_do_not_narrow_the_interval() -> None:
    random = np.random.default_rng(2)
    x, y, cells = random.normal(size=15), random.normal(size=15), list(range(15))
    once = rank_correlation(x, y, cells)
    many = rank_correlation(np.tile(x, 6), np.tile(y, 6), cells * 6)
    assert many.high - many.low == pytest.approx(once.high - once.low, rel=0.15)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_the_interval_holds_what_it_should(rho: float) -> None:
    random, inside = np.random.default_rng(3), 0
    true = 6 / np.pi * np.arcsin(rho / 2)  # Spearman's of a normal distribution
    for _ in range(200):
        x = random.normal(size=40)
        y = rho * x + (1 - rho**2) ** 0.5 * random.normal(size=40)
        found = rank_correlation(x, y, list(range(40)))
        inside += found.low <= true <= found.high
    assert inside >= 178  # 95 % of 200 are 190; percentile intervals of 40 pairs hold a little less


def test_few_equal_or_alike_pairs_have_no_correlation_or_no_interval() -> None:
    x = np.arange(6.0)
    assert np.isnan(rank_correlation(x[:4], x[:4], list("abcd"))).all()
    assert np.isnan(rank_correlation(x, np.ones(6), list("abcdef"))).all()
    alike = rank_correlation(x, x, ["a"] * 6)
    assert alike.mean == pytest.approx(1) and np.isnan([alike.low, alike.high]).all()
    three = rank_correlation(x, x, list("aabbcc"))
    assert three.mean == pytest.approx(1) and np.isnan([three.low, three.high]).all()


def frame(columns: dict[str, tuple[str, str]], rows: list[dict[str, object]]) -> pd.DataFrame:
    types = {name: kind for name, (kind, _) in columns.items()}
    return pd.DataFrame(rows, columns=list(columns)).astype(types)


def tables(
    exponents: dict[str, float | None],
    skills: list[tuple[str, str, float]],
    lags: list[tuple[str, str, int | None, str]] = (),
    past: bool = True,
) -> Tables:
    """Cards, skills (task, cell, skill) and longest lags (task, cell, lag, limit)."""
    known: dict[str, pd.DataFrame] = {
        name: to_frame(records.schema(name).empty_table())
        for name in ("trials", "costs", *records.OTHERS)
    }
    cards = [
        {
            "cell": cell, "remedy": "none", "exponent": slope, "reason": "", "flow": "mixed",
            "half_life": 0.0 if slope is None else -1 / slope if slope < 0 else None,
        }
        for cell, slope in exponents.items()
    ]  # fmt: skip
    cards.append({"cell": "a", "remedy": "odd", "reason": "does not apply", "flow": ""})
    made = pd.DataFrame(cards, columns=list(records.CARDS))
    known["cards"] = made.astype({"exponent": float, "half_life": float})
    trials = [trial(0, 0.1, None, None, status="failed", task=t, past_only=past) for t in "xyr"]
    known["trials"] = table(*(one | {"optimizer": "adam"} for one in trials))
    named = {"remedy": "none", "past_only": past, "status": "ok", "reason": ""}
    summary = [named | {"task": t, "cell": c, "skill": s} for t, c, s in skills]
    summary.append(named | {"task": "x", "cell": "a", "remedy": "odd", "skill": 1.0})
    longest = [
        {"task": t, "cell": c, "remedy": "none", "lag": lag, "limit": limit}
        for t, c, lag, limit in lags
    ]
    derived = {"summary": frame(SUMMARY, summary), "longest": frame(LONGEST, longest)}
    nowhere = Long(Path("nowhere"))
    return Tables(curves=nowhere, flow=nowhere, samples=nowhere, derived=derived, **known)


SLOPES = {cell: -1 / (k + 1) for k, cell in enumerate(CELLS)}  # the later, the longer it lasts


def row(found: pd.DataFrame, outcome: str, task: str, predictor: str) -> pd.Series:
    chosen = found[found.outcome.eq(outcome) & found.task.eq(task)]
    return chosen[chosen.predictor.eq(predictor)].iloc[0]


@pytest.mark.parametrize("sign", [1, -1])
def test_perfect_orders_are_found(sign: int) -> None:
    skills = [("x", cell, sign * 0.1 * k) for k, cell in enumerate(CELLS)]
    lags = [("r", cell, 50 + sign * 5 * k, "") for k, cell in enumerate(CELLS)]
    found = prediction.make(tables(SLOPES, skills, lags))
    assert list(found.columns) == list(prediction.COLUMNS)
    for outcome in prediction.OUTCOMES:
        one = row(found, outcome, "*", "half_life")
        assert (one.n, one.cells, one.reason) == (8, 8, "")
        assert one.rho == pytest.approx(sign) and one.low <= one.rho <= one.high
        assert row(found, outcome, "*", "distance").rho == pytest.approx(-sign)


def test_what_never_halves_lasts_longest_and_what_never_starts_shortest() -> None:
    slopes = SLOPES | {"a": None, "h": 0.5}
    skills = [("x", cell, float(k)) for k, cell in enumerate(CELLS)]
    found = prediction.make(tables(slopes, skills))
    assert row(found, "skill", "x", "half_life").rho == pytest.approx(1)
    assert row(found, "skill", "x", "distance").rho < 1


def test_not_even_the_shortest_counts_as_none() -> None:
    lags = [("r", cell, 9 if k < 2 else 9 * k, "less than" if k < 2 else "at least")
            for k, cell in enumerate(CELLS)]  # fmt: skip
    lags.append(("r", "a", None, ""))
    pairs = prediction.pairs(tables(SLOPES, [], lags))
    mine = pairs[pairs.outcome.eq("longest") & pairs.task.eq("r")].set_index("cell").value
    assert list(mine[["a", "b", "c"]]) == [0, 0, 18]


def test_together_are_only_those_that_ran_on_all_tasks() -> None:
    skills = [(task, cell, 0.5) for task in "xy" for cell in CELLS if (task, cell) != ("y", "h")]
    pairs = prediction.pairs(tables(SLOPES, skills))
    assert list(pairs[pairs.task.eq("*")].cell) == list(CELLS[:-1])
    assert set(pairs[pairs.task.eq("x")].cell) == set(CELLS)


def test_too_few_pairs_are_told_and_no_pairs_are_no_rows() -> None:
    few = prediction.make(tables(SLOPES, [("x", cell, 0.5) for cell in CELLS[:4]]))
    assert few.reason.eq("too few pairs: 4 of at least 5").all() and few.rho.isna().all()
    alike = prediction.make(tables(SLOPES, [("x", cell, 0.5) for cell in CELLS]))
    assert alike.reason.eq("all pairs are equal on one side").all()
    present = tables(SLOPES, [("x", cell, 0.5) for cell in CELLS], past=False)
    for nothing in (present, tables({}, [])):
        made = prediction.make(nothing)
        assert made.empty and list(made.columns) == list(prediction.COLUMNS)
