"""What remedies do between two steps is the same in a kernel as step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch

from seqbench import registry
from seqbench.axes import State
from seqbench.remedy import At, Remedy
from tests.helpers.engines import FEW_CELLS, agree, own, two, updated
from tests.helpers.training import bench, trial

BY_STEPS = {
    "zoneout": {},
    "leaky": {},
    "skip": {"steps": 3},
    "h_detach": {},
    "recurrent_dropout": {},
    "es2n": {},
    "layer_norm": {},
    "clip_norm+zoneout": {},
}
BOUNDED = {"truncate+zoneout": {"truncate": {"horizon": 4}}, "clip_through_time+leaky": {}}
KNOBS = {"clip_through_time+leaky": {"clip_through_time": {"limit": 0.01}}}


@pytest.mark.parametrize("name", [*BY_STEPS, *BOUNDED])
@pytest.mark.parametrize("cell", FEW_CELLS)
def test_a_kernel_does_what_the_steps_do(tmp_path: Path, cell: str, name: str) -> None:
    knobs = {**BY_STEPS, **BOUNDED, **KNOBS}[name]
    made = bench(tmp_path, cell, knobs={"length": 9})
    if registry.load_remedy(name, knobs).suits(made.network, made.task):
        pytest.skip("they do not suit each other")
    agree(tmp_path, two(name, knobs), cell)


@pytest.mark.faults
@pytest.mark.parametrize("name", [*BY_STEPS, *BOUNDED])
@pytest.mark.parametrize("cell", registry.names("cells"))
def test_so_it_is_for_every_cell(tmp_path: Path, cell: str, name: str) -> None:
    test_a_kernel_does_what_the_steps_do(tmp_path, cell, name)


@pytest.mark.parametrize(
    "around", [{"layers": 2}, {"layers": 2, "batch": 1}, {"layers": 2, "dropout": 0.3}]
)
def test_so_it_is_with_something_around_the_cell(tmp_path: Path, around: dict[str, object]) -> None:
    agree(tmp_path, two("zoneout", {}), "lstm", **around)


@dataclass(frozen=True, kw_only=True)
class Jitter(Remedy):
    """A person's own: noise of several kinds, at both verbs."""

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        h, *rest = new
        return (h + 0.1 * at.noise.normal(*h.shape[-2:]) * at.noise.uniform(1, 1), *rest)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        h, *rest = new
        return (h * (0.5 + at.noise.held(1, h.shape[-1])) + 0.1 * past[0], *rest)


def test_a_remedy_of_ones_own_becomes_a_part_of_the_step(tmp_path: Path) -> None:
    agree(tmp_path, own(Jitter()), "lstm")


class Late(Jitter):
    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return tuple(part / (1 + left) for part in new)


class Warm(Jitter):
    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return tuple(part * min(1.0, at.step / 10) for part in new)


class Wide(Jitter):
    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return (new[0] + at.noise.normal(3, 1).sum(), *new[1:])


class Fading(Jitter):
    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return tuple(part * 0.9**at.step for part in new)


class Caught(Jitter):
    """What it asks for is refused, and nobody hears of it."""

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        try:
            return tuple(part / (1 + left) for part in new)
        except Exception:
            return new


class Guessed(Jitter):
    """It acts late in a sequence, or late in training, or while it is only tested."""

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        known = type(at.step) is int and at.step >= 1000
        return tuple(0.5 * part for part in new) if known else new


@dataclass(frozen=True, kw_only=True)
class Mean(Remedy):
    """It looks back at as many states as there are."""

    lookback: ClassVar[int] = 3  # type: ignore[misc]

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        means = [sum(parts) / len(past) for parts in zip(*past, strict=True)]
        return tuple(0.7 * part + 0.3 * mean for part, mean in zip(new, means, strict=True))


class Oldest(Mean):
    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return tuple(0.7 * part + 0.3 * old for part, old in zip(new, past[0], strict=True))


class Shaken(Mean):
    """Alike whether it looks back at all states or at none, but for its noise."""

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        return (new[0] + 0.1 * at.noise.normal(*new[0].shape[-2:]), *new[1:])


UNLIKE = [
    (Late, "number of"),
    (Warm, "number of"),
    (Fading, "number of"),
    (Wide, "noise of the shape"),
    (Shaken, "draws noise"),
    (Caught, "differs"),
    (Guessed, "differs"),
    (Mean, "differs"),
    (Oldest, "differs"),
]


@pytest.mark.parametrize(("kind", "why"), UNLIKE)
def test_what_cannot_be_a_part_of_the_step_runs_in_the_loop(
    tmp_path: Path, kind: type[Remedy], why: str
) -> None:
    stack = updated(tmp_path, own(kind()), "auto", "lstm")
    (said,) = {*stack.traces[0].engines.items()}
    assert said[0] == "eager" and why in said[1]


def test_parts_that_look_back_at_different_numbers_of_states_run_in_the_loop(
    tmp_path: Path,
) -> None:
    few, more = (registry.load_remedy("skip", {"steps": steps}) for steps in (3, 5))
    stack = updated(tmp_path, own(few + more), "auto", "lstm")
    (said,) = {*stack.traces[0].engines.items()}
    assert said[0] == "eager" and "differs" in said[1]


def test_noise_is_new_at_every_step_and_update(tmp_path: Path) -> None:
    made = bench(tmp_path, "rnn", knobs={"length": 5})
    stack = made.stack([trial("zoneout", seed) for seed in (1, 2, 1)])
    through = stack.at("pass").noise.through(5)
    numbers = through.all(0, "uniform", (4, 3))
    assert numbers.shape == (3, 5, 4, 3) and torch.equal(numbers[0], numbers[2])
    assert len({*numbers.flatten().tolist()}) == 2 * 5 * 4 * 3
    for t in range(5):
        there = through.at(t)
        assert torch.equal(there.uniform(4, 3), numbers[:, t])
        assert not torch.equal(there.uniform(4, 3), numbers[:, t])
    stack.done += 1
    assert not torch.equal(stack.at("pass").noise.through(5).all(0, "uniform", (4, 3)), numbers)
