"""The simplest rules, by hand."""

import numpy as np

from seqbench.data.baselines import forecasts, rules
from seqbench.data.formats import labeled


def test_the_naive_forecast_is_chosen_by_valid() -> None:
    """Test would choose the other one, whose error is the smaller one there."""
    calm = forecasts.Windows(np.full((1, 1, 1), 5.0), np.full((1, 1, 1), 6.0))
    wild = forecasts.Windows(np.full((1, 1, 1), 3.0), np.full((1, 1, 1), 1.0))
    assert forecasts.naive(calm, wild) == 4 and forecasts.naive(wild, calm) == 36


def test_every_fourth_of_each_class_is_held_out() -> None:
    labels = np.array([0, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    assert np.flatnonzero(labeled.every(labels, 4)).tolist() == [5, 9]


def test_nearest_rules_by_hand() -> None:
    points, labels = np.array([[0.0, 0], [1, 0], [5, 5]]), np.array([0, 0, 1])
    asked, right = np.array([[0.4, 0.1], [4, 4], [2.6, 2.6]]), np.array([0, 1, 1])
    assert rules.nearest_neighbor(points, labels, asked, right) == 2 / 3
    assert rules.nearest_mean(points, labels, asked, right) == 2 / 3
    assert rules.nearest_mean(points, labels, asked + 0.5, right) == 1
    assert rules.majority(labels, right) == 1 / 3


def test_summaries_are_means_over_fifths() -> None:
    sequence = np.arange(20.0).reshape(10, 2)
    expected = [1, 2, 5, 6, 9, 10, 13, 14, 17, 18]
    np.testing.assert_array_equal(rules.summaries([sequence])[0], expected)
