"""Averages over strata equal those of scipy where they overlap, and bear whatever comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from seqbench.analysis.methods.statistics import mean_interval, wilson
from seqbench.analysis.methods.strata import (
    interquartile_mean,
    mean_of_means,
    pooled,
    shares,
    superiority,
    together,
)

RANDOM = np.random.default_rng(2)
SKILL = RANDOM.normal(0.5, 0.2, (6, 5))


def test_one_stratum_is_the_ordinary_t_interval() -> None:
    assert mean_of_means(SKILL[:1]) == pytest.approx(mean_interval(SKILL[0]))


def test_two_strata_are_welchs_interval() -> None:
    x, y = SKILL[0], SKILL[1]
    expected = stats.ttest_ind(x, -y, equal_var=False).confidence_interval(0.95)
    found = mean_of_means(np.stack([x, y]))
    assert (2 * found.low, 2 * found.high) == pytest.approx((expected.low, expected.high))


def test_strata_of_different_sizes_weigh_by_their_values() -> None:
    found = pooled([SKILL[0], SKILL[1, :3]])
    assert found.mean == pytest.approx(np.concatenate([SKILL[0], SKILL[1, :3]]).mean())
    assert np.isnan(pooled([SKILL[0], SKILL[1, :1]])[1:]).all(), "one value has no deviation"


def test_interquartile_mean_equals_scipy() -> None:
    assert interquartile_mean(SKILL).mean == pytest.approx(stats.trim_mean(SKILL, 0.25, axis=None))


@pytest.mark.parametrize("ties", [False, True])
def test_superiority_is_mann_and_whitneys_u_averaged_over_tasks(ties: bool) -> None:
    x, y = (RANDOM.normal(size=(4, 5)).round(0 if ties else 9) for _ in range(2))
    parts = [stats.mannwhitneyu(a, b).statistic / 25 for a, b in zip(x, y, strict=True)]
    found = superiority(x, y)
    assert float(found.estimate) == pytest.approx(np.mean(parts))
    assert found.low < found.estimate < found.high
    other = superiority(y, x)
    assert float(1 - other.high) == pytest.approx(float(found.low), abs=1e-9)


def test_many_pairs_at_once_are_the_same_as_one_by_one() -> None:
    x, y = RANDOM.normal(size=(3, 4, 5)), RANDOM.normal(size=(4, 5))
    together = np.array(superiority(x, y))
    for i in range(3):
        assert together[:, i] == pytest.approx(np.array(superiority(x[i], y)))


def hits(counts: list[int], n: int) -> np.ndarray:
    """Strata of n seeds, of which the first so many hit."""
    return np.where(np.arange(n) < np.array(counts)[:, None], 1.0, 0.0)


def test_a_share_of_one_stratum_is_wilsons() -> None:
    for k in range(6):
        found = [float(x) for x in shares(hits([k], 5))]
        assert found == pytest.approx(list(wilson(k, 5)), abs=1e-9) or 0 < k < 5
    extremes = [float(x) for x in shares(hits([5, 5], 5))]
    assert extremes == pytest.approx(list(wilson(10, 10)), abs=1e-9)


def test_tasks_that_differ_tell_more_than_tasks_that_do_not() -> None:
    alike, apart = (shares(hits(k, 10)) for k in ([5, 5, 5, 5], [0, 0, 10, 10]))
    assert apart.high - apart.low < 0.8 * (alike.high - alike.low)
    assert apart.high - apart.low > 0.1, "ten of ten are not certainty"


@given(arrays(np.float64, (3, 4), elements=st.floats(-1, 1)))
def test_any_skill_has_an_interval_around_its_estimate(skill: np.ndarray) -> None:
    for interval in (mean_of_means(skill), interquartile_mean(skill)):
        assert interval.low <= interval.mean + 1e-12 and interval.mean <= interval.high + 1e-12
    found = superiority(skill, skill[::-1])
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@pytest.mark.parametrize("size", [(0, 0), (0, 3), (2, 0)])
def test_nothing_has_no_mean(size: tuple[int, int]) -> None:
    empty = np.zeros(size)
    assert np.isnan(mean_of_means(empty)).all() and np.isnan(interquartile_mean(empty)).all()


def test_one_seed_has_a_mean_and_no_interval() -> None:
    for found in (mean_of_means(SKILL[:, :1]), interquartile_mean(SKILL[:, :1])):
        assert np.isfinite(found.mean) and np.isnan(found[1:]).all()
    assert all(np.isfinite(superiority(SKILL[:, :1], SKILL[:, 1:2])))


def test_constant_data_have_a_point() -> None:
    constant = np.full((3, 4), 0.5)
    assert mean_of_means(constant) == interquartile_mean(constant) == (0.5, 0.5, 0.5)


def test_members_that_share_their_seeds_are_one_stratum_with_the_mean_of_all() -> None:
    random = np.random.default_rng(3)
    first, second, other = (random.normal(size=n) for n in (6, 6, 4))
    made = together([[first, second], [other]])
    assert [len(part) for part in made] == [6, 4]
    assert pooled(made).mean == pytest.approx(np.concatenate([first, second, other]).mean())
    apart = together([[first, other]])
    assert [part.tolist() for part in apart] == [first.tolist(), other.tolist()]
    assert together([]) == []


def test_what_members_have_in_common_is_no_evidence_many_times_over() -> None:
    """Four cells that all find the same seeds hard: of no effect, 5 % of intervals miss it."""
    random, worlds = np.random.default_rng(4), 1000
    missed = dict.fromkeys(["mean", "mean apart", "middle", "middle apart"], 0)
    for _ in range(worlds):
        cells = random.normal(0, 1, (1, 10)) + random.normal(0, 0.2, (4, 10))
        found = pooled(together([[*cells]])), pooled([*cells])
        found += tuple(interquartile_mean(cells, how) for how in (lambda x: together([x]), list))
        for name, interval in zip(missed, found, strict=True):
            missed[name] += not interval.low <= 0 <= interval.high
    assert missed["mean"] < 0.075 * worlds < 0.2 * worlds < missed["mean apart"]
    assert missed["middle"] < 0.09 * worlds < 0.2 * worlds < missed["middle apart"]


def test_nor_for_shares_and_for_the_better_of_two() -> None:
    """The same of P(X > 0) and of P(X > Y), X and Y with luck of their own by seed."""
    random, worlds = np.random.default_rng(5), 1000
    missed = dict.fromkeys(["share", "share apart", "better", "better apart"], 0)
    for _ in range(worlds):
        x, y = random.normal(0, 1, (2, 1, 10)) + random.normal(0, 0.2, (2, 4, 10))
        above = np.where(x > 0, 1.0, 0.0)
        both = (lambda cells: together([[*cells]])), list
        found = [*(shares(above, how) for how in both), *(superiority(x, y, how) for how in both)]
        for name, limits in zip(missed, found, strict=True):
            missed[name] += not limits.low <= 0.5 <= limits.high
    assert missed["share"] < 0.09 * worlds < 0.2 * worlds < missed["share apart"]
    assert missed["better"] < 0.09 * worlds < 0.2 * worlds < missed["better apart"]
