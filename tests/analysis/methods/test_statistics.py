"""The statistics equal those of scipy and statsmodels on fixed data."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from seqbench.analysis.methods.statistics import (
    can_show,
    cluster_interval,
    holm,
    mean_interval,
    sign_flip,
    wilson,
)

DIFFERENCES = [0.31, -0.02, 0.18, 0.4, 0.09, 0.22]


def test_mean_interval_is_students_t() -> None:
    interval = mean_interval(DIFFERENCES)
    expected = stats.ttest_1samp(DIFFERENCES, 0).confidence_interval(0.95)
    assert interval.mean == pytest.approx(np.mean(DIFFERENCES))
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))


def test_one_value_has_a_mean_and_no_interval() -> None:
    assert mean_interval([0.7]).mean == 0.7
    assert np.isnan(mean_interval([0.7])[1:]).all()
    assert np.isnan(mean_interval([])).all()


@pytest.mark.parametrize(("k", "n"), [(0, 5), (3, 3), (2, 7), (10, 10), (1, 40)])
def test_wilson_equals_statsmodels(k: int, n: int) -> None:
    low, high = proportion_confint(k, n, method="wilson")
    assert wilson(k, n) == pytest.approx((k / n, low, high), abs=1e-12)


def test_three_of_three_is_not_certainty() -> None:
    assert wilson(3, 3).low == pytest.approx(0.44, abs=0.005)
    assert np.isnan(wilson(0, 0)).all()


def test_sign_flip_equals_scipys_permutation_test() -> None:
    expected = stats.permutation_test(
        (DIFFERENCES,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(DIFFERENCES) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("n", [3, 5, 6])
def test_the_smallest_p_decides_whether_n_pairs_can_show_anything(n: int) -> None:
    assert sign_flip(np.arange(1, n + 1)) == 2.0 ** (1 - n)
    assert can_show(n) == (sign_flip(np.arange(1, n + 1)) < 0.05)


def test_random_signs_show_no_more_than_all_signs_could() -> None:
    assert sign_flip(np.arange(1, 16)) > 0.05 / 1000
    assert not can_show(15, 1000) and can_show(16, 1000)


def test_sign_flip_without_difference_and_with_many_pairs() -> None:
    assert sign_flip([0.0, 0.0, 0.0]) == 1.0
    assert np.isnan(sign_flip([]))
    many = np.random.default_rng(3).normal(0.3, 1, 40)
    assert sign_flip(many) == pytest.approx(stats.ttest_1samp(many, 0).pvalue, abs=0.02)
    assert sign_flip(many + 3) > 0


def test_holm_equals_statsmodels_and_leaves_gaps() -> None:
    p = [0.01, 0.04, 0.03, 0.005, 0.5]
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    with_gap = holm([*p[:2], np.nan, *p[2:]])
    assert np.isnan(with_gap[2])
    assert np.delete(with_gap, 2) == pytest.approx(holm(p))


def test_cluster_interval_is_wider_than_if_values_were_independent() -> None:
    random = np.random.default_rng(1)
    clusters = [center + random.normal(0, 0.01, 8) for center in random.normal(0, 1, 10)]
    together, alone = cluster_interval(clusters), mean_interval(np.concatenate(clusters))
    assert together.mean == pytest.approx(alone.mean)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    assert np.isnan(cluster_interval([[1.0, 2.0]])[1:]).all()
    assert np.isnan(cluster_interval([])).all()
