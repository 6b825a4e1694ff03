"""The simplest rules, by hand."""

import numpy as np
import pytest

from seqbench.data.baselines import constants, forecasts, rules
from seqbench.data.formats import labeled


def test_the_naive_forecast_is_the_better_one() -> None:
    said = np.array([5.0, 7.0]).reshape(2, 1, 1)
    assert forecasts.naive(forecasts.Windows(said, said + 0.5)) == 0.25  # persistence
    assert forecasts.naive(forecasts.Windows(said, 6 + 0.1 * (said - 6))) == pytest.approx(0.01)


def test_the_best_constants_by_hand() -> None:
    assert constants.majority(np.array([2, 0, 2, 1])) == 0.5
    assert constants.variance(np.array([[1.0, 0.0], [3.0, 0.0]])) == 0.5
    assert constants.entropy(np.array([7, 7, 3, 3])) == pytest.approx(np.log(2))


def test_every_fourth_of_each_class_is_held_out() -> None:
    labels = np.array([0, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    assert np.flatnonzero(labeled.every(labels, 4)).tolist() == [5, 9]


def test_nearest_rules_by_hand() -> None:
    points, labels = np.array([[0.0, 0], [1, 0], [5, 5]]), np.array([0, 0, 1])
    asked, right = np.array([[0.4, 0.1], [4, 4], [2.6, 2.6]]), np.array([0, 1, 1])
    assert rules.nearest_neighbor(points, labels, asked, right) == 2 / 3
    assert rules.nearest_mean(points, labels, asked, right) == 2 / 3
    assert rules.nearest_mean(points, labels, asked + 0.5, right) == 1


def test_summaries_are_means_over_fifths() -> None:
    sequence = np.arange(20.0).reshape(10, 2)
    expected = [1, 2, 5, 6, 9, 10, 13, 14, 17, 18]
    np.testing.assert_array_equal(rules.summaries([sequence])[0], expected)
