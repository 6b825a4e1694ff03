"""The learning rate is chosen on validation, and the test split chooses nothing."""

import pytest

from seqbench.analysis.choose import leaders, tuned
from tests.helpers.rows import COSTS, one, summarize, table, trial


def test_learning_rate_is_chosen_on_validation_even_where_test_says_otherwise() -> None:
    trials = table(trial(0, 0.1, valid=0.6, test=0.1), trial(0, 0.5, valid=0.5, test=1.0))
    row = one(summarize(trials, COSTS))
    assert (row["learning_rate"], row["skill"]) == (0.1, pytest.approx(0.1))


def test_a_tie_goes_to_the_smaller_learning_rate() -> None:
    trials = table(trial(0, 0.5, 0.6, 0.2), trial(0, 0.1, 0.6, 0.3), trial(0, 0.3, 0.6, 0.4))
    assert one(summarize(trials, COSTS))["learning_rate"] == 0.1


def test_a_lost_seed_can_cost_its_learning_rate_the_choice() -> None:
    trials = table(
        trial(0, 0.1, 0.5, 0.5),
        trial(1, 0.1, 0.5, 0.5),
        trial(0, 0.5, 0.9, 0.9),
        trial(1, 0.5, None, None, status="failed"),
    )
    assert set(tuned(trials)["learning_rate"]) == {0.1}


def test_a_learning_rate_with_lost_trials_is_not_chosen_over_a_bad_one() -> None:
    trials = table(
        trial(0, 0.1, valid=-0.05, test=-0.04),
        trial(0, 0.5, valid=None, test=None, status="diverged"),
    )
    assert one(tuned(trials))["learning_rate"] == 0.1


@pytest.mark.parametrize(("chance", "perfect"), [(0.02, 0.0), (0.2, 1.0)])
def test_a_rate_is_chosen_by_the_validation_score_even_where_all_skills_are_cut(
    chance: float, perfect: float
) -> None:
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


def test_values_of_knobs_are_chosen_with_the_learning_rate() -> None:
    trials = table(
        trial(0, 0.1, 0.6, 0.1, setting="limit=1"),
        trial(0, 0.1, 0.9, 0.2, setting="limit=2"),
        trial(0, 0.5, 0.7, 0.3, setting="limit=1"),
    )
    row = one(summarize(trials, COSTS))
    assert (row["setting"], row["learning_rate"], row["settings"]) == ("limit=2", 0.1, 3)


def test_an_end_of_the_grid_is_one_of_the_chosen_values_own() -> None:
    rows = [
        trial(0, rate, 0.9 if rate == 0.1 else 0.1, 0.5, setting=f"limit={i % 2}")
        for i, rate in enumerate((0.01, 0.03, 0.1, 0.3))
    ]
    assert one(summarize(table(*rows), COSTS))["edge"] == "upper", "its rates are 0.01 and 0.1"


def test_what_a_search_chose_is_what_was_scored_whatever_the_scores_say() -> None:
    """The job chose; here nothing is chosen anew, and a lost fresh seed counts as chance."""
    trials = table(
        trial(100, 0.1, 0.9, 1.0, stage="search"),
        trial(100, 0.5, 0.5, 1.0, stage="search"),
        trial(0, 0.1, 0.3, 0.4, stage="score"),
        trial(1, 0.1, None, None, stage="score", status="failed"),
    )
    row = one(summarize(trials, COSTS))
    assert (row["n"], row["skill"], row["learning_rate"]) == (2, pytest.approx(0.2), 0.1)
    assert (row["tolerance_n"], row["tolerance"], row["search_seeds"]) == (2, 1.0, 1)


def test_trials_of_a_search_are_never_scored_even_where_no_other_is_left() -> None:
    search = [trial(100, rate, 0.9, 1.0, stage="search") for rate in (0.1, 0.5)]
    broke_off = trial(0, 0.1, None, None, stage=None, status="failed", reason="broke off")
    assert tuned(table(*search)).empty
    assert one(summarize(table(*search, broke_off), COSTS))["skill"] == 0.0
