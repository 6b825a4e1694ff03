"""What the tables and the trials say of one combination."""

import pytest

from seqbench.analysis import lookup, order
from tests.helpers.bare import bare
from tests.helpers.rows import table, trial


def test_the_skill_of_a_combination_is_over_seeds_of_means_over_telling_tasks() -> None:
    skills = {"copy": (0.4, 0.6), "adding": (0.6, 0.6)}
    rows = [
        trial(seed, 0.1, 0.5, skill, "omega", task=task, lag=9)
        for task, each in skills.items()
        for seed, skill in enumerate(each)
    ]
    untold = trial(0, 0.1, 0.9, 0.9, "omega", task="digits", past_only=False)
    tables = bare(table(*rows, untold))
    found = lookup.skill(tables, "rnn", "omega")
    assert found is not None and found.mean == pytest.approx((0.5 + 0.6) / 2)
    assert found.low < 0.5 and found.high == 1.0, "no skill is more than 1"
    assert lookup.skill(tables, "rnn", "none") is None


@pytest.mark.parametrize(
    ("remedy", "told"),
    [
        ("chrono", True),
        ("skip@long", True),
        ("clip_norm+chrono", True),
        ("truncate", False),
        ("none", False),
        ("somebodys_own", False),
    ],
)
def test_what_is_told_the_lag_is_known_from_its_source(remedy: str, told: bool) -> None:
    assert order.told_lag(remedy) == told
