"""A summary drops nothing: lost scores, holes, one seed, closed form."""

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis.choose import attempts
from seqbench.analysis.tables.summary import COLUMNS
from tests.helpers.rows import COSTS, aggregate, compare, one, pairs, summarize, table, trial


def test_closed_form_has_no_learning_rate_and_is_still_scored() -> None:
    trials = table(trial(0, None, 0.6, 0.5), trial(1, None, 0.6, 0.7))
    row = one(summarize(trials, COSTS))
    assert np.isnan(row["learning_rate"])
    assert (row["n"], row["skill"]) == (2, pytest.approx(0.6))


def test_a_diverged_trial_counts_with_its_scores() -> None:
    trials = table(trial(0, 0.1, 0.8, 0.8), trial(1, 0.1, 0.8, 0.2, status="diverged"))
    row = one(summarize(trials, COSTS))
    assert (row["n"], row["skill"], row["diverged"]) == (2, pytest.approx(0.5), 1)


def test_worse_than_chance_counts_as_chance() -> None:
    trials = table(trial(0, 0.1, 0.8, 0.8), trial(1, 0.1, 0.8, -0.4))
    assert one(summarize(trials, COSTS))["skill"] == pytest.approx(0.4)


@pytest.mark.parametrize("lost", [None, float("nan"), float("inf")])
@pytest.mark.parametrize("status", ["ok", "failed", "timeout"])
def test_a_lost_score_counts_as_chance_and_is_counted(lost: float | None, status: str) -> None:
    trials = table(
        trial(0, 0.1, 0.8, 0.8), trial(1, 0.1, lost, lost, status=status, reason="it broke")
    )
    row = one(summarize(trials, COSTS))
    assert (row["n"], row["skill"], row["unscored"]) == (2, pytest.approx(0.4), 1)
    assert (row["status"], row["reason"], row["score"]) == ("ok", "it broke", pytest.approx(0.52))
    assert row["tolerance_n"] == 2


def test_one_seed_has_a_mean_and_an_empty_interval() -> None:
    row = one(summarize(table(trial(0, 0.1, 0.95, 0.95, steps_to_solve=300)), COSTS))
    assert (row["n"], row["solved"], row["steps_to_solve"]) == (1, 1, 300)
    assert np.isnan(row[["skill_low", "skill_high", "score_low"]].astype(float)).all()
    assert row["solved_low"] == pytest.approx(0.2065, abs=1e-3)


def test_tolerance_is_over_every_learning_rate() -> None:
    trials = table(*[trial(s, r, r, 0.95 if r > 0.2 else 0.1) for s in (0, 1) for r in (0.1, 0.5)])
    row = one(summarize(trials, COSTS))
    assert (row["solved"], row["n"], row["tolerance"], row["tolerance_n"]) == (2, 2, 0.5, 4)


def test_a_collapse_shows_in_final_drop() -> None:
    trials = table(trial(0, 0.1, 0.8, 0.8, final_valid_skill=0.1))
    assert one(summarize(trials, COSTS))["final_drop"] == pytest.approx(0.7)


@pytest.mark.parametrize("status", ["not_applicable", "failed"])
def test_a_hole_keeps_its_row_and_its_sentence(status: str) -> None:
    trials = table(
        trial(0, 0.1, 0.5, 0.5),
        trial(None, None, None, None, "forget_bias", status, reason="the cell has no forget gate"),
    )
    row = summarize(trials, COSTS).set_index("remedy").loc["forget_bias"]
    assert (row["status"], row["reason"]) == (status, "the cell has no forget gate")
    assert np.isnan(row["skill"])
    compared = one(compare(trials))
    assert (compared["n"], compared["verdict"]) == (0, "")
    assert compared["reason"] == "the cell has no forget gate"


def test_tables_without_rows_stay_tables() -> None:
    nothing = table()
    assert list(summarize(nothing, COSTS).columns) == list(COLUMNS)
    assert compare(nothing).empty and aggregate(nothing).empty and attempts(nothing).empty


def test_the_answer_does_not_depend_on_the_order_of_rows() -> None:
    trials = pairs(8, 0.1)
    shuffled = trials.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(summarize(trials, COSTS), summarize(shuffled, COSTS))
    pd.testing.assert_frame_equal(compare(trials), compare(shuffled))


def test_an_end_of_the_grid_is_named() -> None:
    grid = [0.01, 0.1, 1.0]
    for best, edge in zip(grid, ("lower", "", "upper"), strict=True):
        trials = table(
            *[trial(s, rate, 0.1 + (rate == best), 0.5) for s in (0, 1) for rate in grid]
        )
        assert one(summarize(trials, COSTS))["edge"] == edge
    assert one(summarize(table(trial(0, 0.1, 0.5, 0.5)), COSTS))["edge"] == "", "no grid"


def test_who_is_best_at_the_end_of_the_budget_is_still_improving() -> None:
    whole = {"stopped_at": 100, "updates": 100}
    trials = table(
        trial(0, 0.1, 0.5, 0.5, final_valid_score=0.2 + 0.8 * 0.5, **whole),
        trial(1, 0.1, 0.5, 0.5, final_valid_score=0.55, **whole),
        trial(2, 0.1, 0.5, 0.5, final_valid_score=0.2 + 0.8 * 0.5, stopped_at=80, updates=100),
        trial(3, 0.1, None, None, status="diverged", **whole),
    )
    assert one(summarize(trials, COSTS))["improving"] == 0.25
