"""As many weights or state numbers in place of as many units."""

from dataclasses import dataclass
from math import prod
from typing import ClassVar

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, Family
from seqbench.jobs.matching import matched, parameters
from seqbench.jobs.state_numbers import state_numbers
from seqbench.networks.network import build
from seqbench.training import Training

EQUAL = Training(match="parameters", hidden=16)
STATE = Training(match="state", hidden=16)
FIXED = ("memoryless", "jordan")  # carry as much whatever their units are


def weights(name: str, task: str = "adding", settings: Training = EQUAL) -> int:
    return parameters(registry.load_cell(name), registry.load_task(task), settings)


def numbers(name: str, settings: Training, task: str = "adding") -> int:
    given = registry.load_task(task)
    cell = registry.load_cell(name)
    network = build(cell, given, settings)
    return state_numbers(cell, network, network.sizes(given, settings.hidden))


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


@pytest.mark.parametrize("name", registry.names("cells"))
def test_no_other_number_of_units_comes_closer_to_the_state_numbers(name: str) -> None:
    found = solved(name, settings=STATE)
    if name in FIXED:
        assert found == STATE
        return
    goal = 2 * 16  # of the lstm
    off = {
        units: abs(numbers(name, found.model_copy(update={"hidden": units})) - goal)
        for units in range(max(1, found.hidden - 2), found.hidden + 3)
    }
    assert off[found.hidden] == min(off.values())
    assert found.model_copy(update={"hidden": 16}) == STATE


@pytest.mark.parametrize(
    ("name", "units"), [("gru", 32), ("lru", 16), ("delta_net", 6), ("mlstm", 5), ("s4d", 1)]
)
def test_a_large_state_for_its_units_means_few_units(name: str, units: int) -> None:
    assert solved(name, settings=STATE).hidden == units


@pytest.mark.parametrize("more", [{"layers": 2}, {"bidirectional": True, "hidden": 10}])
def test_layers_and_directions_carry_as_much(more: dict[str, object]) -> None:
    settings = STATE.model_copy(update=more)
    task = "japanese_vowels"
    found = solved("gru", task, settings)
    assert found.hidden == 2 * settings.hidden
    assert numbers("gru", found, task) == numbers("lstm", settings, task)


@dataclass(frozen=True, kw_only=True)
class Bounded(Cell):
    """Carries at most 20 numbers."""

    family: ClassVar[Family] = "simple"
    state: ClassVar[tuple[str, ...]] = ("h", "c")

    def start(self, x: Tensor, params: Tensors) -> State:
        (h, _) = super().start(x, params)
        return h, h[..., :20]

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        new = x @ params["W"].mT
        c = state[1] + new[..., :20]
        return torch.cat([c, new[..., 20:]], -1), c


@pytest.mark.parametrize("units", [16, 32])
def test_a_state_that_stops_growing_keeps_its_units(units: int) -> None:
    settings = STATE.model_copy(update={"hidden": units})
    assert matched(Bounded(), registry.load_task("adding"), settings) == settings
    few = STATE.model_copy(update={"hidden": 5})  # of an lstm: 10 numbers
    assert matched(Bounded(), registry.load_task("adding"), few).hidden == 10


@pytest.mark.parametrize("settings", [EQUAL, STATE])
def test_the_reference_keeps_its_units(settings: Training) -> None:
    assert solved("lstm", settings=settings).hidden == 16


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
