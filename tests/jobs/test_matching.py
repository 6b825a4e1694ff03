"""As many weights in place of as many units."""

from math import prod

import pytest

from seqbench import registry
from seqbench.jobs.matching import matched, parameters
from seqbench.networks.network import build
from seqbench.training import Training

EQUAL = Training(match="parameters", hidden=16)


def weights(name: str, task: str = "adding", settings: Training = EQUAL) -> int:
    return parameters(registry.load_cell(name), registry.load_task(task), settings)


def solved(name: str, task: str = "adding", settings: Training = EQUAL) -> Training:
    return matched(registry.load_cell(name), registry.load_task(task), settings)


def test_the_count_is_that_of_the_formula() -> None:
    inputs, units, outputs = 2, 16, 1
    readout = outputs * units + outputs
    assert weights("rnn") == units * (inputs + units + 1) + readout
    assert weights("lstm") == 4 * units * (inputs + units + 1) + readout


def test_units_are_left_as_they_are() -> None:
    assert solved("gru", settings=Training(hidden=16)) == Training(hidden=16)


@pytest.mark.parametrize("name", registry.names("cells"))
@pytest.mark.parametrize("task", ["adding", "copy"])
def test_no_other_number_of_units_comes_closer(name: str, task: str) -> None:
    found = solved(name, task)
    goal = weights("lstm", task)
    off = {
        units: abs(weights(name, task, found.model_copy(update={"hidden": units})) - goal)
        for units in range(max(1, found.hidden - 2), found.hidden + 3)
    }
    assert off[found.hidden] == min(off.values())
    assert found.model_copy(update={"hidden": 16}) == EQUAL


def test_the_reference_keeps_its_units() -> None:
    assert solved("lstm").hidden == 16


@pytest.mark.parametrize(
    "more", [{"layers": 2}, {"bidirectional": True}, {"layers": 3, "dropout": 0.2}]
)
def test_layers_directions_and_front_ends_are_counted(more: dict[str, object]) -> None:
    settings = EQUAL.model_copy(update=more)
    found = solved("rnn", "japanese_vowels", settings)
    assert found.hidden % 2 == 0 or not settings.bidirectional
    task, cell = registry.load_task("japanese_vowels"), registry.load_cell("rnn")
    network = build(cell, task, found)
    shapes = network.shapes(network.sizes(task, found.hidden))
    born = sum(map(prod, shapes.values()))
    goal = weights("lstm", "japanese_vowels", settings)
    assert born == weights("rnn", "japanese_vowels", found)
    assert abs(born - goal) / goal < 0.1
