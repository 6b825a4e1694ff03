"""What a search found: T*, its interval, and what carries over to longer sequences."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis.tables import extrapolation, longest
from seqbench.criteria import enough
from seqbench.jobs.search import following
from tests.helpers.searches import Row, table, trials


def found(lengths: dict[int, int], seeds: int = 5) -> pd.Series:
    """T* where so many seeds solve each length."""
    rows = [r for n, k in lengths.items() for r in trials(n, [i < k for i in range(seeds)])]
    return longest.longest(table(rows)).iloc[0]


def test_the_longest_length_that_four_of_five_solve() -> None:
    row = found({10: 5, 20: 4, 40: 1, 28: 3})
    assert (row.lag, row.length, row.limit, row.unsolved, row.rounds) == (19, 20, "", 27, 4)
    assert row.low < 19 < row.high < 60
    assert row.seeds == 5


def test_all_solved_is_at_least_and_none_is_less_than() -> None:
    row = found({10: 5, 20: 5})
    assert (row.lag, row.limit) == (19, "at least")
    assert row.low <= 19 and np.isnan(row.high) and pd.isna(row.unsolved)
    row = found({10: 0})
    assert (row.lag, row.limit) == (9, "less than")
    assert np.isnan(row.low) and row.high >= 9 and row.unsolved == 9


def test_the_first_failure_counts_where_success_is_not_monotone() -> None:
    row = found({10: 5, 20: 2, 40: 5})
    assert (row.lag, row.limit, row.unsolved) == (9, "", 19)


def test_other_learning_rates_and_other_lengths_of_the_test_do_not_count() -> None:
    rows = trials(10, [True] * 5) + trials(10, [False] * 5, chosen=False)
    rows += trials(10, [False] * 5, factor=2.0)
    assert longest.longest(table(rows)).iloc[0].limit == "at least"


def test_a_seed_that_failed_did_not_solve_it() -> None:
    rows = trials(10, [True] * 5) + trials(20, [True] * 3)
    rows += trials(20, [False] * 2, status="failed", reason="It broke.")
    row = longest.longest(table(rows)).iloc[0]
    assert (row.lag, row.limit, row.unsolved) == (9, "", 19)


def test_a_length_at_which_nothing_ran_says_nothing() -> None:
    broken = trials(20, [False] * 5, status="failed", reason="It broke.")
    row = longest.longest(table(trials(10, [True] * 5) + broken)).iloc[0]
    assert (row.lag, row.limit, row.reason, row.rounds) == (9, "at least", "It broke.", 1)
    hole = trials(10, [False], status="not_applicable", seed=None, reason="No.")
    row = longest.longest(table(hole)).iloc[0]
    assert pd.isna(row.lag) and row.reason == "No." and row.rounds == 0


@pytest.mark.parametrize("make", [longest.longest, extrapolation.extrapolate])
def test_nothing_gives_an_empty_table(make: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    made = make(table([]))
    module = longest if make is longest.longest else extrapolation
    assert made.empty and list(made) == list(module.COLUMNS)


@pytest.mark.parametrize(("steepness", "seeds"), [(4, 3), (3, 5), (8, 5), (30, 5), (4, 10)])
def test_the_interval_holds_the_truth_nineteen_times_of_twenty(
    steepness: float, seeds: int
) -> None:
    """Searches on a known curve: the truth lies in the interval in about 95 % of them."""
    random, held, runs = np.random.default_rng(0), 0, 150
    for _ in range(runs):
        true = float(np.exp(random.uniform(np.log(15), np.log(200))))
        solved: dict[int, int] = {}
        outcomes: dict[int, bool | None] = {}
        while (length := following(outcomes, 10, 320, 1.25)) is not None:
            logit = np.log(4) + steepness * np.log(true / (length - 1))
            solved[length] = int(random.binomial(seeds, 1 / (1 + np.exp(-logit))))
            outcomes[length] = enough(solved[length], seeds)
        row = found(solved, seeds)
        held += not (row.low > true or row.high < true)  # an open end holds whatever lies there
    assert held / runs > 0.90


def test_more_seeds_make_a_narrower_interval() -> None:
    few, many = (found({10: n, 20: n, 40: 0, 28: 0}, n) for n in (3, 30))
    assert many.high / many.low < few.high / few.low


def further(solved: list[bool], after: list[bool], factor: float = 2.0) -> list[Row]:
    skills = [0.9 if good else -0.5 for good in after]
    rows = trials(10, after, factor=factor)
    rows = [row | {"test_skill": skill} for row, skill in zip(rows, skills, strict=True)]
    return trials(10, solved, test_skill=1.0) + rows


def test_the_share_is_of_those_that_solve_their_own_length() -> None:
    made = extrapolation.extrapolate(
        table(further([True, True, True, False], [True, False, True, True]))
    )
    assert list(made.factor) == [1.0, 2.0]
    own, twice = made.iloc[0], made.iloc[1]
    assert (own.n, own.solved, own.share) == (3, 3, 1.0)
    assert (twice.n, twice.solved) == (3, 2) and twice.share == pytest.approx(2 / 3)
    assert twice.low < 2 / 3 < twice.high
    assert twice.skill == pytest.approx((0.9 - 0.5 + 0.9) / 3)
    assert (twice.shortest, twice.longest) == (9, 9)


def test_searches_without_further_tests_are_left_out() -> None:
    assert extrapolation.extrapolate(table(trials(10, [True] * 3))).empty
    none_solved = further([False] * 3, [False] * 3)
    assert extrapolation.extrapolate(table(none_solved)).empty


def test_fifty_thousand_rows_take_seconds() -> None:
    import time

    rows = table(
        [
            row | {"cell": f"c{cell}", "remedy": f"r{remedy}"}
            for cell in range(30)
            for remedy in range(30)
            for length, k in ((10, 5), (20, 5), (40, 4), (80, 2), (56, 1))
            for factor in (1.0, 2.0)
            for row in trials(length, [n < k for n in range(5)], factor=factor)
        ]
    )
    began = time.process_time()
    assert len(longest.longest(rows)) == len(set(zip(rows.cell, rows.remedy, strict=True)))
    extrapolation.extrapolate(rows)
    assert time.process_time() - began < 15
