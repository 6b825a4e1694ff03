"""Values to try and search seeds: what a matrix may say of them, and how a slip is refused."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import pytest

from seqbench.matrix import grids
from seqbench.tuning import Several, settings
from tests.helpers.matrices import GOOD, Read, changed, refusal

RATES = [0.001, 0.003, 0.01, 0.03]


def content(**sections: Mapping[str, object]) -> dict[str, object]:
    made = copy.deepcopy(GOOD)
    made["train"] = {"learning_rates": RATES}
    return made | sections


def remedies(**knobs: object) -> dict[str, object]:
    return content(remedies={"none": None, **knobs})


def test_a_list_is_values_to_try_each_converted_like_a_single_one(read: Read) -> None:
    job = read(remedies(clip_norm={"limit": [1, 0.3]})).job("adding", "rnn")
    assert [s.knobs for s in settings(job.remedies["clip_norm"])] == [
        {"limit": 1.0},
        {"limit": 0.3},
    ]


def test_as_many_trials_are_counted_as_are_trained(read: Read) -> None:
    tuned = read(remedies(clip_norm={"limit": [1, 0.3]}))
    assert tuned.trials("adding") == 2 * 4 * 2
    staged = read(remedies(clip_norm={"limit": [1, 0.3]}) | {"search_seeds": [7, 8, 9]})
    assert staged.trials("adding") == 2 * (4 * 3 + 2)


@pytest.mark.parametrize(
    ("knobs", "words"),
    [
        ({"limit": [1.0, -1.0]}, "remedies.clip_norm.limit[1] is -1.0. Allowed: at least"),
        ({"limit": [1.0, "2"]}, "remedies.clip_norm.limit[1] is '2'"),
        ({"limit": []}, "limit is empty. Allowed: a value, or values to try that all differ"),
        ({"limit": [1, 1.0]}, "Allowed: a value, or values to try that all differ"),
        ({"limit": [[1.0], 2.0]}, "remedies.clip_norm.limit[0] is (1.0,)"),
        (
            {"limit": [1.0, 2.0, 3.0]},
            "has 3 combinations of values for 4 learning rates on 'adding'",
        ),
        ({"limit": [1.0, 2.0, 3.0]}, "Allowed: at most 2. Give fewer values, or 6 learning_rates"),
    ],
)
def test_a_slip_in_values_to_try_is_named(read: Read, knobs: dict[str, object], words: str) -> None:
    assert words in refusal(read, remedies(clip_norm=knobs))


def test_a_slip_in_a_composition_is_named_with_its_part(read: Read) -> None:
    several = {"clip_norm": {"limit": [1.0, 0.0]}}
    words = refusal(read, remedies(**{"clip_norm+orthogonal": several}))
    assert "remedies.clip_norm+orthogonal.clip_norm.limit[1] is 0.0" in words


@pytest.mark.parametrize("more", ["", "+ridge_readout"])
def test_more_combinations_than_anyone_could_try_are_refused_without_being_counted_out(
    read: Read, more: str
) -> None:
    one, two, three = ([i / 1000 for i in range(1, 900)] for _ in range(3))
    parts = {
        "spectral_radius": {"radius": one},
        "leaky": {"rate": two},
        "clip_norm": {"limit": three},
    }
    words = refusal(read, remedies(**{f"spectral_radius+leaky+clip_norm{more}": parts}))
    assert "has 726,572,699 combinations of values. Allowed: at most 1,000." in words


def test_what_is_tried_in_another_order_is_another_job(read: Read) -> None:
    """It meets other rates; of knobs with one value the order says nothing."""
    job = read(remedies()).job("adding", "rnn")

    def jobs(**knobs: object) -> set[str]:
        orders = dict(knobs), dict(reversed(knobs.items()))
        return {replace(job, remedies={"reservoir": own}).digest for own in orders}

    assert len(jobs(a=Several((1, 2)), b=Several((3, 4)))) == 2
    assert len(jobs(a=1, b=3)) == 1


def test_values_that_read_alike_are_refused() -> None:
    knobs = {"a": Several((1, 2)), "b": Several(("1", "1, b=1"))}
    assert not [*grids._poor("t", {"none": knobs}, 99)]
    (problem,) = grids._poor("t", {"none": {"a": Several((1, "1"))}}, 99)
    assert "remedies.none has several combinations of values that read 'a=1'" in str(problem)


def test_combinations_of_parts_count_together(read: Read) -> None:
    several = {"spectral_radius": {"radius": [0.9, 1.0]}, "leaky": {"rate": [0.2, 1.0]}}
    assert "has 4 combinations" in refusal(read, remedies(**{"spectral_radius+leaky": several}))
    read(remedies(**{"spectral_radius+leaky+ridge_readout": several}))  # closed form has no rates


def test_the_grid_of_a_search_for_the_longest_lag_counts_too(read: Read) -> None:
    made = remedies(clip_norm={"limit": [1, 0.3]})
    made["reach"] = {"adding": {"from": 4, "to": 8, "train": {"learning_rates": [0.01]}}}
    assert "for 1 learning rates on 'reach.adding'" in refusal(read, made)


@pytest.mark.parametrize("kind", ["tasks", "cells"])
def test_of_tasks_and_cells_nothing_is_tuned(read: Read, kind: str) -> None:
    name, knob = {"tasks": ("adding", "length"), "cells": ("rnn", "gain")}[kind]
    assert f"{kind}.{name}.{knob} is" in refusal(read, changed(kind, name, to={knob: [1, 2]}))


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        ([2, 7], "search_seeds has 2, and so has seeds. Allowed: seeds that are not scored"),
        ([7, 7], "values that all differ"),
        ([-1], "search_seeds[0] is -1"),
        (7, "search_seeds is 7"),
    ],
)
def test_a_slip_in_search_seeds_is_named(read: Read, seeds: object, words: str) -> None:
    assert words in refusal(read, GOOD | {"search_seeds": seeds})
