"""What is tried of a remedy: every combination of its values, and as many trials as any other."""

import pytest

from seqbench.tuning import Setting, Several, only, pairs, settings

TWO = {"radius": Several((0.9, 1.0)), "sparsity": 0.1}


def test_what_lists_no_values_is_one_setting_without_words() -> None:
    assert settings({"limit": 1.0}) == [Setting("", {"limit": 1.0})]


def test_combinations_are_in_the_order_of_the_file_the_first_knob_slowest() -> None:
    found = settings({"spectral_radius": TWO, "leaky": {"rate": Several((0.2, 1.0))}})
    assert [setting.words for setting in found] == [
        "radius=0.9, rate=0.2", "radius=0.9, rate=1", "radius=1, rate=0.2", "radius=1, rate=1",
    ]  # fmt: skip
    parts = {"spectral_radius": {"radius": 1.0, "sparsity": 0.1}, "leaky": {"rate": 0.2}}
    assert found[2].knobs == parts


def test_knobs_of_one_name_are_told_apart_by_their_parts() -> None:
    knobs = {
        "omega": {"weight": Several((1.0, 2.0))},
        "weight_penalty": {"weight": Several((3.0,))},
    }
    assert [setting.words for setting in settings(knobs)] == [
        "omega.weight=1, weight_penalty.weight=3", "omega.weight=2, weight_penalty.weight=3",
    ]  # fmt: skip


def test_values_that_print_alike_stay_apart() -> None:
    knobs = {"limit": Several((0.12345678, 0.12345679))}
    assert len({setting.words for setting in settings(knobs)}) == 2


def test_the_rates_meet_the_settings_cyclically() -> None:
    tried = pairs(["a", "b", "c"], [1, 2, 3, 4, 5, 6, 7], closed_form=False)
    assert tried == [("a", 1), ("b", 2), ("c", 3), ("a", 4), ("b", 5), ("c", 6), ("a", 7)]


@pytest.mark.parametrize(
    ("settings_", "rates", "places"),
    [(1, 4, [0]), (3, 4, [0, 1, 2]), (9, 3, [0, 4, 8]), (6, 4, [0, 1, 3, 5]), (5, 1, [0])],
)
def test_closed_form_spreads_its_settings_evenly(
    settings_: int, rates: int, places: list[int]
) -> None:
    tried = pairs([*range(settings_)], [0.1] * rates, closed_form=True)
    assert tried == [(place, None) for place in places]


def test_one_setting_alone_is_left_under_its_own_words() -> None:
    knobs = {"spectral_radius": TWO, "leaky": {"rate": Several((0.2, 1.0))}}
    for setting in settings(knobs):
        assert settings(only(knobs, setting.knobs)) == [setting]
