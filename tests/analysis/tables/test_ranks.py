"""Ranks equal those of the worked example of their source, of scipy and of scikit-posthocs."""

import numpy as np
import pytest
import scikit_posthocs
from scipy import stats

from seqbench.analysis.methods.strata import together
from seqbench.analysis.tables.ranks import critical_difference, letters, rank

# Demsar 2006, table 6: area under the curve of four variants of C4.5 on 14 data sets.
# (Two that are printed alike, 0.975, have different ranks there.)
DEMSAR = np.array(
    [
        [0.763, 0.768, 0.771, 0.798], [0.599, 0.591, 0.590, 0.569], [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657], [0.882, 0.888, 0.886, 0.898], [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685], [0.583, 0.583, 0.563, 0.625], [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000], [0.940, 0.962, 0.965, 0.962], [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.97501, 0.975], [0.957, 0.978, 0.946, 0.970],
    ]
).T  # fmt: skip


def test_the_worked_example_of_demsar() -> None:
    found = rank(DEMSAR)
    assert found.ranks == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=0.001)
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    k, n = DEMSAR.shape
    plain = 12 * n / (k * (k + 1)) * ((found.ranks**2).sum() - k * (k + 1) ** 2 / 4)
    assert plain == pytest.approx(9.28, abs=0.01), "his statistic has no correction for ties"
    assert (n - 1) * plain / (n * (k - 1) - plain) == pytest.approx(3.69, abs=0.01)
    assert found.friedman > plain


def test_friedman_equals_scipy() -> None:
    expected = stats.friedmanchisquare(*DEMSAR)
    found = rank(DEMSAR)
    assert (found.friedman, found.p) == pytest.approx((expected.statistic, expected.pvalue))


def test_strata_of_one_task_are_no_tasks_of_their_own() -> None:
    def of_task(away: np.ndarray) -> list[np.ndarray]:
        return together(away.reshape(14, 3, 4))

    often = rank(np.repeat(DEMSAR, 3, axis=1), of_task)
    for one, other in zip(often, rank(DEMSAR), strict=True):
        assert list(one) == list(other) if one is often.groups else one == pytest.approx(other)


def test_of_tasks_that_weigh_more_one_order_is_less_evidence() -> None:
    """Three cells on one task and one on the other: the difference must be larger."""
    away = np.array([[-1.0, 0, 1], [-1, 0, 1], [-1, 0, 1], [1, 0, -1]])
    even = rank(-away[2:].T).critical
    assert rank(-away.T, lambda x: together([x[:3], x[3:]])).critical == pytest.approx(
        even * np.sqrt(2 * (0.75**2 + 0.25**2))
    )


@pytest.mark.parametrize(("names", "strata"), [(2, 3), (3, 4), (7, 2)])
def test_the_smallest_p_is_that_of_one_order_everywhere(names: int, strata: int) -> None:
    one_order = np.arange(names * 1.0)[:, None] + np.zeros(strata)
    found, other = rank(one_order), np.random.default_rng(3).normal(size=(names, strata))
    assert found.p == pytest.approx(found.least)
    assert rank(other).least == found.least <= rank(other).p


def test_nemenyi_equals_scikit_posthocs() -> None:
    found = rank(DEMSAR)
    p = scikit_posthocs.posthoc_nemenyi_friedman(DEMSAR.T).to_numpy()
    apart = np.abs(found.ranks[:, None] - found.ranks) > found.critical
    assert (apart == (p < 0.05)).all()
    more = np.random.default_rng(0).normal(np.linspace(0, 2, 8)[:, None], 1, (8, 30))
    found, p = rank(more), scikit_posthocs.posthoc_nemenyi_friedman(more.T).to_numpy()
    apart = np.abs(found.ranks[:, None] - found.ranks) > found.critical
    assert (apart == (p < 0.05)).all() and apart.any()
    shared = np.array([[bool(set(a) & set(b)) for b in found.groups] for a in found.groups])
    assert (shared == ~apart).all()


def test_groups_are_the_longest_runs_within_the_difference() -> None:
    assert letters(np.array([1.0, 2.0, 3.0, 4.0]), 1.5) == ["a", "ab", "bc", "c"]
    assert letters(np.array([4.0, 1.0, 1.2]), 1.0) == ["b", "a", "a"]
    assert letters(np.array([1.0, 2.0]), np.inf) == ["a", "a"]


def test_without_any_difference_there_is_one_group() -> None:
    found = rank(np.ones((3, 4)))
    assert found.groups == ["a", "a", "a"] and np.isnan(found.p)
    assert list(found.ranks) == [2, 2, 2]
