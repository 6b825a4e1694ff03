"""Differences are paired by seed; where too few seeds can show anything, the verdict says so."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.helpers.rows import aggregate, compare, one, pairs, table, trial


def test_significance_must_be_possible_after_the_correction() -> None:
    lonely, crowded = pairs(8, 0.5), []
    for name in "abcdefgh":
        crowded.append(lonely.assign(remedy=lonely["remedy"].replace("clip_norm", name)))
    frame = compare(pd.concat(crowded).drop_duplicates(["remedy", "seed"]))
    assert set(frame["verdict"]) == {"too few seeds"}, "8 comparisons times 2^-7 is over 5 %"


def test_differences_are_paired_by_seed() -> None:
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
def test_verdicts(n: int, shift: float, verdict: str) -> None:
    assert one(compare(pairs(n, shift)))["verdict"] == verdict


def test_without_none_there_is_nothing_to_compare_with() -> None:
    row = one(compare(table(trial(0, 0.1, 0.5, 0.5, remedy="clip_norm"))))
    assert (row["n"], row["verdict"]) == (0, "")
    assert "nothing" in row["reason"] or "no trial" in row["reason"]


def test_effects_average_differences_and_count_divergence() -> None:
    trials = pairs(4, 0.2)
    trials.loc[trials.index[0], "status"] = "diverged"
    frame = aggregate(trials).set_index(["kind", "tasks", "cell", "remedy"])
    row = frame.loc[("remedy", "telling", "*", "clip_norm")]
    assert row["effect"] == pytest.approx(one(compare(trials))["difference"])
    assert (row["n"], row["clusters"]) == (4, 1)
    assert (row["diverged"], row["diverged_difference"]) == (0, -0.25)
    cell = frame.loc[("cell", "all", "rnn", "none")]
    assert cell["effect"] == pytest.approx(np.mean([0.3, 0.35, 0.4, 0.45]))
