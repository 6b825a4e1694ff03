"""A penalty sees the same of a pass through kernels as of one step by step."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.engine.faults import Unclear
from seqbench.remedy import At, Remedy, Trajectory
from tests.helpers.engines import FEW_CELLS, agree, own, two, updated
from tests.helpers.training import bench

LOOKING = {
    "placebo": {"weight": 0.5},
    "gradient_penalty": {"weight": 0.5, "limit": 0.01},
    "input_gradient_penalty": {"weight": 0.5},
    "norm_stabilizer": {},
    "omega": {},
    "omega_vjp": {},
    "gradient_flossing": {"weight": 0.5},
    "gradient_penalty+zoneout": {"gradient_penalty": {"weight": 0.5, "limit": 0.01}},
    "omega_vjp+skip": {"skip": {"steps": 3}},
}


@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("cell", FEW_CELLS)
def test_a_kernel_shows_what_the_steps_show(tmp_path: Path, cell: str, name: str) -> None:
    made = bench(tmp_path, cell, knobs={"length": 9})
    if registry.load_remedy(name, LOOKING[name]).suits(made.network, made.task):
        pytest.skip("they do not suit each other")
    agree(tmp_path, two(name, LOOKING[name]), cell)


@pytest.mark.faults
@pytest.mark.parametrize("name", LOOKING)
@pytest.mark.parametrize("cell", registry.names("cells"))
def test_so_it_is_for_every_cell(tmp_path: Path, cell: str, name: str) -> None:
    test_a_kernel_shows_what_the_steps_show(tmp_path, cell, name)


AROUND: list[dict[str, object]] = [{"layers": 2}, {"layers": 2, "dropout": 0.3}]


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("name", ["gradient_penalty", "omega_vjp"])
def test_so_it_is_with_something_around_the_cell(
    tmp_path: Path, name: str, around: dict[str, object]
) -> None:
    agree(tmp_path, two(name, LOOKING[name]), "lstm", **around)


@dataclass(frozen=True, kw_only=True)
class Curious(Remedy):
    """Looks at every state as a node of its own."""

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        middle = trajectory.states[4][0]
        (pull,) = torch.autograd.grad(trajectory.loss.sum(), middle, create_graph=True)
        return 10 * pull[..., : trajectory.sequences, :].square().flatten(-2).sum(-1)


@dataclass(frozen=True, kw_only=True)
class Both(Curious):
    """Pulls that change with what was added to the loss, and then states."""

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        pulls = trajectory.pulls()[0].square().flatten(-3).sum(-1)
        return pulls * trajectory.parts[-1].square().flatten(-3).mean(-1)


class Never(Both):
    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        return super().penalize(params, trajectory, at) + Curious().penalize(params, trajectory, at)


@dataclass(frozen=True, kw_only=True)
class Beside(Curious):
    """The loss does not go through what `parts` gives, so this adds nothing."""

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        part = trajectory.parts[0]
        (slope,) = torch.autograd.grad(
            trajectory.loss.sum(), part, create_graph=True, materialize_grads=True
        )
        return part.square().flatten(-3).mean(-1) + 10 * slope.square().flatten(-3).sum(-1)


@dataclass(frozen=True, kw_only=True)
class Thrice(Curious):
    """The gradient of the length of a gradient, and the gradient of that."""

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        (g,) = torch.autograd.grad(trajectory.loss.sum(), params["U"], create_graph=True)
        (k,) = torch.autograd.grad(g.square().sum(), params["W"], create_graph=True)
        return 100 * k.square().flatten(-2).sum(-1)


def test_parts_lie_beside_the_way_of_the_loss(tmp_path: Path) -> None:
    agree(tmp_path, own(Beside()), "rnn")


def test_pulls_are_there_for_a_remedy_of_ones_own(tmp_path: Path) -> None:
    agree(tmp_path, own(Both()), "lstm")


@pytest.mark.parametrize("kind", [Curious, Never, Thrice])
def test_who_asks_for_states_gets_the_steps(tmp_path: Path, kind: type[Remedy]) -> None:
    fused, loop = (updated(tmp_path, own(kind()), e, "lstm") for e in ("auto", "eager"))
    assert [*fused.traces[0].engines] == ["eager"] and [*fused.shows.values()] == ["states"]
    for name, weight in fused.params.items():
        assert torch.equal(weight, loop.params[name])


def test_what_is_bounded_on_its_way_back_is_differentiated_twice_in_the_steps(
    tmp_path: Path,
) -> None:
    knobs = {"truncate": {"horizon": 4}, "gradient_penalty": LOOKING["gradient_penalty"]}
    trials = two("truncate+gradient_penalty", knobs)
    stack = updated(tmp_path, trials, "auto", "lstm")
    assert [*stack.traces[0].engines] == ["eager"]


@dataclass(frozen=True, kw_only=True)
class Damped(Both):
    """Pulls, and what is handed on is another state than what is read out."""

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return tuple(0.8 * part for part in new)


def test_pulls_on_what_is_handed_on_changed_are_those_of_the_steps(tmp_path: Path) -> None:
    fused, loop = (updated(tmp_path, own(Damped()), e, "lstm") for e in ("auto", "eager"))
    assert [*fused.traces[0].engines] == ["eager"]
    for name, weight in fused.params.items():
        assert torch.equal(weight, loop.params[name])


@dataclass(frozen=True, kw_only=True)
class Unannounced(Thrice):
    """It says that it looks at no pass."""

    def looks_at_the_pass(self, step: int) -> bool:
        return False


def test_who_does_not_say_that_it_looks_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match="own, in penalize at update 0: .* looks_at_the_pass"):
        updated(tmp_path, own(Unannounced()), "auto", "lstm")
