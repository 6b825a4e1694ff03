"""Choosing, summarizing and comparing: nothing is dropped, and the test split chooses nothing."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from seqbench import records
from seqbench.analysis.choose import attempts, leaders, tuned
from seqbench.analysis.tables import comparisons, effects, summary
from seqbench.analysis.tables.summary import COLUMNS
from seqbench.analysis.tidy import to_frame
from seqbench.analysis.trials import Trials

COSTS = to_frame(records.schema("costs").empty_table())


def trial(seed, rate, valid, test, remedy="none", status="ok", **more):
    """One made-up row: chance 0.2, perfect 1, solved from a test skill of 0.9."""
    scores = {} if test is None else {"test_score": 0.2 + 0.8 * test, "solved": test >= 0.9}
    scores |= {} if valid is None else {"valid_score": 0.2 + 0.8 * valid}
    facts = {
        "chance": 0.2,
        "pass_mark": 0.92,
        "perfect": 1.0,
        "larger_is_better": True,
        "lag": 9,
        "past_only": True,
    }
    return (
        {"task": "copy", "cell": "rnn", "remedy": remedy, "io_shape": "many_to_many"}
        | {"acts_at": "" if remedy == "none" else "transform", "metric": "accuracy"}
        | {"seed": seed, "learning_rate": rate, "status": status, "explosions": 0.1}
        | {"valid_skill": valid, "final_valid_skill": valid, "test_skill": test}
        | facts
        | scores
        | more
    )


def table(*rows):
    return to_frame(pa.Table.from_pylist(list(rows), schema=records.schema("trials")))


def summarize(trials: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    return summary.summarize(Trials(trials), costs)


def compare(trials: pd.DataFrame) -> pd.DataFrame:
    return comparisons.compare(Trials(trials))


def aggregate(trials: pd.DataFrame) -> pd.DataFrame:
    return effects.aggregate(Trials(trials))


def one(frame):
    assert len(frame) == 1
    return frame.iloc[0]


def test_learning_rate_is_chosen_on_validation_even_where_test_says_otherwise():
    trials = table(trial(0, 0.1, valid=0.6, test=0.1), trial(0, 0.5, valid=0.5, test=1.0))
    row = one(summarize(trials, COSTS))
    assert (row["learning_rate"], row["skill"]) == (0.1, pytest.approx(0.1))


def test_a_tie_goes_to_the_smaller_learning_rate():
    trials = table(trial(0, 0.5, 0.6, 0.2), trial(0, 0.1, 0.6, 0.3), trial(0, 0.3, 0.6, 0.4))
    assert one(summarize(trials, COSTS))["learning_rate"] == 0.1


def test_closed_form_has_no_learning_rate_and_is_still_scored():
    trials = table(trial(0, None, 0.6, 0.5), trial(1, None, 0.6, 0.7))
    row = one(summarize(trials, COSTS))
    assert np.isnan(row["learning_rate"])
    assert (row["n"], row["skill"]) == (2, pytest.approx(0.6))


def test_a_diverged_trial_counts_with_its_scores():
    trials = table(trial(0, 0.1, 0.8, 0.8), trial(1, 0.1, 0.8, -0.4, status="diverged"))
    row = one(summarize(trials, COSTS))
    assert (row["n"], row["skill"], row["diverged"]) == (2, pytest.approx(0.2), 1)


@pytest.mark.parametrize("lost", [None, float("nan"), float("inf")])
@pytest.mark.parametrize("status", ["ok", "failed", "timeout"])
def test_a_lost_score_counts_as_chance_and_is_counted(lost, status):
    trials = table(
        trial(0, 0.1, 0.8, 0.8), trial(1, 0.1, lost, lost, status=status, reason="it broke")
    )
    row = one(summarize(trials, COSTS))
    assert (row["n"], row["skill"], row["unscored"]) == (2, pytest.approx(0.4), 1)
    assert (row["status"], row["reason"], row["score"]) == ("ok", "it broke", pytest.approx(0.52))
    assert row["tolerance_n"] == 2


def test_a_lost_seed_can_cost_its_learning_rate_the_choice():
    trials = table(
        trial(0, 0.1, 0.5, 0.5),
        trial(1, 0.1, 0.5, 0.5),
        trial(0, 0.5, 0.9, 0.9),
        trial(1, 0.5, None, None, status="failed"),
    )
    assert set(tuned(trials)["learning_rate"]) == {0.1}


def test_one_seed_has_a_mean_and_an_empty_interval():
    row = one(summarize(table(trial(0, 0.1, 0.95, 0.95, steps_to_solve=300)), COSTS))
    assert (row["n"], row["solved"], row["steps_to_solve"]) == (1, 1, 300)
    assert np.isnan(row[["skill_low", "skill_high", "score_low"]].astype(float)).all()
    assert row["solved_low"] == pytest.approx(0.2065, abs=1e-3)


def test_tolerance_is_over_every_learning_rate():
    trials = table(*[trial(s, r, r, 0.95 if r > 0.2 else 0.1) for s in (0, 1) for r in (0.1, 0.5)])
    row = one(summarize(trials, COSTS))
    assert (row["solved"], row["n"], row["tolerance"], row["tolerance_n"]) == (2, 2, 0.5, 4)


def test_a_collapse_shows_in_final_drop():
    trials = table(trial(0, 0.1, 0.8, 0.8, final_valid_skill=0.1))
    assert one(summarize(trials, COSTS))["final_drop"] == pytest.approx(0.7)


@pytest.mark.parametrize("status", ["not_applicable", "failed"])
def test_a_hole_keeps_its_row_and_its_sentence(status):
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


def pairs(n, shift):
    """n seeds without and with a remedy that adds about `shift`."""
    wobble = np.random.default_rng(0).normal(0, 0.02, n)
    return table(
        *[trial(s, 0.1, 0.5, 0.3 + 0.05 * s) for s in range(n)],
        *[
            trial(s, 0.1, 0.5, 0.3 + 0.05 * s + shift + wobble[s], remedy="clip_norm")
            for s in range(n)
        ],
    )


def test_a_learning_rate_with_lost_trials_is_not_chosen_over_a_bad_one():
    trials = table(
        trial(0, 0.1, valid=-0.05, test=-0.04),
        trial(0, 0.5, valid=None, test=None, status="diverged"),
    )
    assert one(tuned(trials))["learning_rate"] == 0.1


def test_significance_must_be_possible_after_the_correction():
    lonely, crowded = pairs(8, 0.5), []
    for name in "abcdefgh":
        crowded.append(lonely.assign(remedy=lonely["remedy"].replace("clip_norm", name)))
    frame = compare(pd.concat(crowded).drop_duplicates(["remedy", "seed"]))
    assert set(frame["verdict"]) == {"too few seeds"}, "8 comparisons times 2^-7 is over 5 %"


def test_differences_are_paired_by_seed():
    row = one(compare(pairs(8, 0.2)))
    differences = 0.2 + np.random.default_rng(0).normal(0, 0.02, 8)
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert row["difference"] == pytest.approx(differences.mean())
    assert (row["difference_low"], row["difference_high"]) == pytest.approx(tuple(expected))
    assert row["p"] == 2.0 ** (1 - 8)


@pytest.mark.parametrize(
    ("n", "shift", "verdict"),
    [
        (3, 0.5, "too few seeds"),
        (5, 0.5, "too few seeds"),
        (8, 0.5, "better"),
        (8, -0.5, "worse"),
        (8, 0.0, "no difference shown"),
    ],
)
def test_verdicts(n, shift, verdict):
    assert one(compare(pairs(n, shift)))["verdict"] == verdict


def test_without_none_there_is_nothing_to_compare_with():
    row = one(compare(table(trial(0, 0.1, 0.5, 0.5, remedy="clip_norm"))))
    assert (row["n"], row["verdict"]) == (0, "")
    assert "nothing" in row["reason"] or "no trial" in row["reason"]


def test_effects_average_differences_and_count_divergence():
    trials = pairs(4, 0.2)
    trials.loc[trials.index[0], "status"] = "diverged"
    frame = aggregate(trials).set_index(["kind", "tasks", "cell", "remedy"])
    row = frame.loc[("remedy", "past", "*", "clip_norm")]
    assert row["effect"] == pytest.approx(one(compare(trials))["difference"])
    assert (row["n"], row["clusters"]) == (4, 1)
    assert (row["diverged"], row["diverged_difference"]) == (0, -0.25)
    cell = frame.loc[("cell", "all", "rnn", "none")]
    assert cell["effect"] == pytest.approx(np.mean([0.3, 0.35, 0.4, 0.45]))


def test_tables_without_rows_stay_tables():
    nothing = table()
    assert list(summarize(nothing, COSTS).columns) == list(COLUMNS)
    assert compare(nothing).empty and aggregate(nothing).empty and attempts(nothing).empty


def test_the_answer_does_not_depend_on_the_order_of_rows():
    trials = pairs(8, 0.1)
    shuffled = trials.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(summarize(trials, COSTS), summarize(shuffled, COSTS))
    pd.testing.assert_frame_equal(compare(trials), compare(shuffled))


@pytest.mark.parametrize(("chance", "perfect"), [(0.02, 0.0), (0.2, 1.0)])
def test_a_rate_is_chosen_by_the_validation_score_even_where_all_skills_are_cut(chance, perfect):
    """A skill is bounded by -1 and its chance is the test part's: the scores themselves decide."""
    better = 1 if perfect > chance else -1
    rows = [
        trial(0, rate, -1.0, 0.0, chance=chance, perfect=perfect, valid_score=-better * worse)
        for rate, worse in ((0.001, 5.0), (0.01, 3.0), (0.1, 4.0))
    ]
    best = tuned(table(*rows))
    assert list(best["learning_rate"]) == [0.01]
    other = [
        trial(
            0,
            0.01,
            -1.0,
            0.9,
            "clip_norm",
            chance=chance,
            perfect=perfect,
            valid_score=-better * 6.0,
        )
    ]
    assert leaders(tuned(table(*rows, *other)))[0][2] == "none"
