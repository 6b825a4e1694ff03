"""Curves and tests of updates until solved equal those of scipy and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from seqbench.analysis.choose import tuned
from seqbench.analysis.methods.kaplan_meier import compared, curve, median
from seqbench.analysis.tables.survival import watched
from tests.helpers.rows import table, trial

TIME = np.array([50, 50, 100, 150, 150, 200, 200, 250, 300, 300], float)
EVENT = np.array([1, 0, 1, 1, 1, 0, 1, 0, 1, 0], bool)


def random_trials(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    steps = random.integers(1, 12, n) * 50.0
    budget = random.choice([300.0, 400.0], n)
    return np.minimum(steps, budget), steps <= budget


@pytest.mark.parametrize("timed", [(TIME, EVENT), random_trials(5, 0), random_trials(80, 1)])
def test_the_curve_equals_scipy_and_statsmodels(timed: tuple[np.ndarray, np.ndarray]) -> None:
    time, event = timed
    found = curve(time, event)
    data = stats.CensoredData.right_censored(time, ~event)
    expected = stats.ecdf(data).cdf
    assert found.share == pytest.approx(expected.evaluate(found.time))
    other = SurvfuncRight(time, event.astype(int))
    middle = other.quantile(0.5)
    assert median(found).middle == (middle if np.isfinite(middle) else np.inf)


def test_limits_without_censoring_are_wilsons_and_the_medians_order_statistics() -> None:
    time = np.arange(1.0, 11)
    found = curve(time, np.ones(10, bool))
    assert found.share[3] == pytest.approx(0.3)
    assert (found.low[3], found.high[3]) == pytest.approx((0.1078, 0.6032), abs=1e-4)
    assert median(found) == (5, 2, 9)


def test_who_leaves_early_makes_the_limits_wider() -> None:
    time, event = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1, 0, 0, 0, 1, 1], bool)
    early, late = curve(time, event), curve(np.array([1.0, 6, 6, 6, 5, 6]), event)
    place = 5
    assert early.time[place] == 5 and early.share[place] > late.share[late.time == 5][0]
    assert early.high[place] - early.low[place] > late.high[2] - late.low[2]


def test_nobody_and_everybody() -> None:
    never = median(curve(np.full(5, 100.0), np.zeros(5, bool)))
    assert never.middle == never.high == np.inf
    always = curve(np.zeros(5), np.ones(5, bool))
    assert median(always) == (0, 0, 0) and list(always.share) == [1]
    assert np.isnan(compared([((TIME, EVENT & False), (TIME, EVENT & False))]).p)
    assert np.isnan(compared([]).p)


@pytest.mark.parametrize("seed", range(3))
def test_the_log_rank_test_equals_scipy_and_stratified_statsmodels(seed: int) -> None:
    a, b, c, d = (random_trials(12, 10 * seed + i) for i in range(4))
    x, y = (stats.CensoredData.right_censored(time, ~event) for time, event in (a, b))
    assert compared([(a, b)]).p == pytest.approx(stats.logrank(x, y).pvalue)
    time, event = (np.concatenate(parts) for parts in zip(a, b, c, d, strict=True))
    groups, strata = np.repeat([0, 1, 0, 1], 12), np.repeat([0, 0, 1, 1], 12)
    _, p = survdiff(time, event.astype(int), groups, strata=strata)
    assert compared([(a, b), (c, d)]).p == pytest.approx(p)


def test_who_is_later_is_told_where_everybody_gets_there_in_the_end() -> None:
    early, late = ((np.arange(n, n + 6.0), np.ones(6, bool)) for n in (1, 100))
    assert compared([(early, late)]).excess == -compared([(late, early)]).excess > 0
    assert compared([(late, early)]).p == compared([(early, late)]).p < 0.05


def test_what_diverged_is_watched_to_the_end_and_what_ran_out_of_time_is_not() -> None:
    more = {"updates": 1000}
    trials = table(
        trial(0, 0.1, 0.9, 0.9, steps_to_solve=300, stopped_at=300, **more),
        trial(1, 0.1, 0.1, 0.1, stopped_at=40, status="diverged", **more),
        trial(2, 0.1, 0.1, 0.1, stopped_at=500, status="timeout", **more),
        trial(3, 0.1, 0.1, 0.1, stopped_at=1000, **more),
        trial(0, None, 0.9, 0.9, remedy="ridge", stopped_at=0, **more),
    )
    found = watched(tuned(trials))
    assert set(found["remedy"]) == {"none"}, "closed form takes no updates"
    assert list(found["time"]) == [300, 1000, 500, 1000]
    assert list(found["event"]) == [True, False, False, False]
