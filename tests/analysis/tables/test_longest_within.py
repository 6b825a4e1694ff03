"""T* within fewer updates: judged by validation, at the rate that most seeds solve it with."""

import pandas as pd

from seqbench.analysis.tables import longest_within
from tests.helpers.searches import Row, table, trials


def rows(steps: dict[int, dict[float, list[int | None]]], **more: object) -> pd.DataFrame:
    """By length and learning rate, the updates after which each seed solved it."""
    made: list[Row] = []
    for length, rates in steps.items():
        for rate, each in rates.items():
            own = trials(length, [step is not None for step in each], learning_rate=rate, **more)
            made += [row | {"steps_to_solve": step} for row, step in zip(own, each, strict=True)]
    return table(made)


def made(reach: pd.DataFrame) -> pd.DataFrame:
    return longest_within.within(reach).set_index("within")


def test_with_fewer_updates_fewer_lags_are_solved() -> None:
    fast, slow, never = [20] * 5, [60] * 5, [None] * 5
    found = made(rows({10: {0.01: fast}, 20: {0.01: slow}, 40: {0.01: never}}))
    assert list(found.index) == [25, 50, 100]
    assert list(found["lag"]) == [9, 9, 19]
    assert list(found["limit"]) == ["", "", ""]


def test_nothing_within_a_quarter_is_less_than_the_shortest() -> None:
    found = made(rows({10: {0.01: [30] * 5}}))
    assert list(found["limit"]) == ["less than", "at least", "at least"]


def test_another_learning_rate_may_be_best_within_fewer_updates() -> None:
    bold, calm = [10, 10, 10, 10, None], [90] * 5
    found = made(rows({10: {0.01: calm, 0.1: bold}}))
    assert list(found["limit"]) == ["at least"] * 3  # 4 of 5 soon, 5 of 5 in the end


def test_of_a_search_in_stages_fresh_seeds_count_alone() -> None:
    chose = rows({10: {0.01: [10] * 5}}, stage="search")
    fresh = rows({10: {0.01: [60] * 5}}, stage="score")
    found = made(pd.concat([chose, fresh], ignore_index=True))
    assert list(found["limit"]) == ["less than", "less than", "at least"]
    assert list(found["seeds"]) == [5, 5, 5]
