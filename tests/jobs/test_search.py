"""Which length comes next, and which learning rate speaks for a length."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqbench.analysis.choose import tuned
from seqbench.criteria import Attempt, chosen, enough
from seqbench.jobs import search

Outcomes = dict[int, bool | None]


def found(
    solves: Callable[[int], bool | None], start: int = 10, to: int = 320, resolution: float = 1.25
) -> Outcomes:
    """All lengths that a search tries, in their order."""
    outcomes: Outcomes = {}
    while (length := search.following(outcomes, start, to, resolution)) is not None:
        assert length not in outcomes and start <= length <= to
        outcomes[length] = solves(length)
    return outcomes


def test_a_threshold_is_bracketed_to_the_resolution() -> None:
    tried = found(lambda length: length <= 37)
    assert list(tried) == [10, 20, 40, 28, 33]
    assert max(n for n, good in tried.items() if good) == 33
    assert min(n for n, good in tried.items() if not good) == 40


@given(
    edge=st.integers(0, 500),
    start=st.integers(1, 40),
    factor=st.integers(1, 40),
    resolution=st.sampled_from([1.01, 1.1, 1.25, 2.0]),
)
def test_every_threshold_is_bracketed(
    edge: int, start: int, factor: int, resolution: float
) -> None:
    to = start * factor
    tried = found(lambda length: length <= edge, start, to, resolution)
    solved = [n for n, good in tried.items() if good]
    unsolved = [n for n, good in tried.items() if not good]
    if edge >= to:
        assert max(solved) == to and not unsolved
    elif edge < start:
        assert unsolved == [start] and not solved
    else:
        low, high = max(solved), min(unsolved)
        assert low <= edge < high
        assert high / low < resolution or high == low + 1


def test_all_solved_ends_at_the_last_length_and_none_solved_at_the_first() -> None:
    assert list(found(lambda length: True, to=100)) == [10, 20, 40, 80, 100]
    assert found(lambda length: False) == {10: False}


def test_the_first_failure_counts_where_success_is_not_monotone() -> None:
    tried = found(lambda length: length != 20)  # 40 would be solved, but nobody asks
    assert 40 not in tried and max(tried) == 20
    assert max(n for n, good in tried.items() if good) < 20


def test_a_length_at_which_nothing_runs_ends_the_search() -> None:
    tried = found(lambda length: None if length == 40 else True)
    assert list(tried) == [10, 20, 40]


@pytest.mark.parametrize(
    ("solved", "seeds", "counts"),
    [(4, 5, True), (3, 5, False), (3, 3, True), (2, 3, False), (8, 10, True), (1, 1, True),
     (0, 0, False), (0, 5, False)],
)  # fmt: skip
def test_four_of_five_seeds_count_as_solved(solved: int, seeds: int, counts: bool) -> None:
    assert enough(solved, seeds) is counts


SCORES = st.one_of(st.none(), st.integers(-8, 16).map(lambda eighths: eighths / 8))
TRIALS = st.lists(
    st.tuples(st.sampled_from([0.01, 0.1, 1.0]), SCORES, st.booleans()), min_size=1, max_size=9
)


@given(trials=TRIALS, downwards=st.booleans())
def test_the_learning_rate_is_the_one_of_the_tables(
    trials: list[tuple[float, float, bool]], downwards: bool
) -> None:
    chance, perfect = (1.0, 0.0) if downwards else (0.0, 1.0)
    rows = [
        {"task": "t", "cell": "c", "remedy": "r", "seed": n, "learning_rate": rate, "status": "ok",
         "chance": chance, "perfect": perfect, "valid_score": score, "solved": False,
         "setting": "", "stage": "both", "test_tenths": "",
         "test_score": None if lost else 0.5, "test_skill": None if lost else 0.5,
         "valid_skill": score, "final_valid_skill": score}
        for n, (rate, score, lost) in enumerate(trials)
    ]  # fmt: skip
    rate = tuned(pd.DataFrame(rows))["learning_rate"].iloc[0]
    assert chosen(map(Attempt.of, rows)) == ("", rate)
