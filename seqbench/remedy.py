"""What a remedy is: anything that helps the gradient without editing the cell's equation.

One class, eight verbs that do nothing, in the order in which training meets them. A remedy
overrides the verbs at which it acts; `a + b` does both; a remedy that overrides none is the unit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
from torch import Generator, Tensor

from seqbench import knobs
from seqbench.axes import State, Tensors
from seqbench.cell import Cell, map_blocks
from seqbench.task import Task

VERBS = (
    "initialize",
    "reparametrize",
    "advance",
    "carry",
    "penalize",
    "transform",
    "project",
    "solve",
)
TRAINED = {"penalize", "transform", "project"}  # verbs that only training by gradient meets


class Noise(Protocol):
    """Random numbers of a remedy's own stream, so that drawing them never shifts the data.

    Shapes are those of one trial; where the weights are a stack, (S, *shape) comes back. Trials of
    the same seed get the same numbers.
    """

    def normal(self, *shape: int) -> Tensor: ...

    def uniform(self, *shape: int) -> Tensor: ...

    def held(self, *shape: int) -> Tensor:
        """Uniform numbers that stay the same throughout one pass, whenever asked for."""
        ...


@dataclass(frozen=True)
class At:
    """Where in training a verb is called.

    Attributes:
        cell:      for its roles and gates.
        step:      updates done before.
        noise:     random numbers, if the remedy wants some.
        lag:       how many steps back the task says that its answer lies.
        training:  False where the network is only tested: noise belongs to training.
    """

    cell: Cell
    step: int
    noise: Noise
    lag: int
    training: bool = True


@dataclass(frozen=True)
class Run:
    """One pass forward, as `penalize` sees it.

    Attributes:
        states:  the state after every step; h of step t, (..., B', H), is states[t][0], where
                 silent sequences may follow the batch's own (B' >= B). Each part is a node of its
                 own: a gradient with respect to it leaves out the way through the other parts.
        loss:    the task's loss, one number per trial, still attached to its graph.
        x:       the inputs, (..., T, B', I), a leaf of that graph.
        sequences: B, the batch's own; they come first.
    """

    states: list[State]
    loss: Tensor
    x: Tensor
    sequences: int


class Check(Protocol):
    """Validation loss, per trial, of a readout: W_out (..., O, H) and b_out (..., 1, O)."""

    def __call__(self, W_out: Tensor, b_out: Tensor) -> Tensor: ...


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Base of all remedies, and the one that does nothing.

    Trials never talk: a reduction is over the last two axes.
    """

    alone: ClassVar[bool] = False  # it makes sense for a cell with nothing around it only

    _overridden: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._overridden = tuple(v for v in VERBS if getattr(cls, v) is not getattr(Remedy, v))

    def __post_init__(self) -> None:
        knobs.check(self)

    def suits(self, cell: Cell, task: Task) -> str | None:
        """None, or the sentence that says why this remedy makes no sense here."""
        return None

    def initialize(self, params: Tensors, at: At) -> Tensors:
        """Once, after the cell's own initializer. One trial: no axis in front."""
        return params

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        """Before every pass forward: the weights that the equation sees."""
        return params

    @property
    def reach(self) -> int:
        """How many steps back `advance` looks."""
        return 1

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        """After every step in time: what the state becomes, for the readout and the next step.

        past: the last `reach` states that were handed on (fewer near the beginning), newest last.
        """
        return new

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        """Between two steps in time: what is handed on, with `left` steps still to come."""
        return new

    def bound(self, left: int) -> float | None:
        """Where all that `carry` does is a bound on the gradient that is handed back: the bound.

        Of the joint norm of all parts of the state, with `left` steps still to come; 0 cuts, inf
        lets pass; None: `carry` does something else.
        """
        return None

    def penalize(self, params: Tensors, run: Run, at: At) -> Tensor | None:
        """A number per trial, (...), to be added to the loss."""
        return None

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        """After the pass backward: the gradients that the optimizer sees."""
        return grads

    def project(self, params: Tensors, at: At) -> Tensors:
        """After the update: the weights that are kept."""
        return params

    def solve(
        self, features: Tensor, targets: Tensor, weights: Tensor, check: Check
    ) -> tuple[Tensor, Tensor]:
        """Instead of training: the readout in closed form, in float64.

        features: (..., N, H); targets: (..., N, O); weights of the answers: (..., N);
        returns W_out (..., O, H), b_out (..., 1, O).
        """
        raise AssertionError(f"{type(self).__name__} does not solve")

    def looks_at_the_pass(self, step: int) -> bool:
        """Whether `penalize` asks for states, inputs or gradients of this update's pass."""
        return "penalize" in self.acts_at

    @property
    def acts_by_steps(self) -> bool:
        """Whether it acts between two steps in another way than by a bound."""
        return "advance" in self.acts_at or ("carry" in self.acts_at and self.bound(1) is None)

    @property
    def acts_at(self) -> tuple[str, ...]:
        """The verbs that this remedy overrides."""
        return self._overridden

    @property
    def parts(self) -> tuple["Remedy", ...]:
        """The remedies that this one is made of; () for the unit."""
        return (self,) if self.acts_at else ()

    def __add__(self, other: "Remedy") -> "Remedy":
        return compose(*self.parts, *other.parts)


@dataclass(frozen=True, kw_only=True)
class Composition(Remedy):
    """Several remedies at once.

    Transforms and projections happen in order, penalties add, the last `solve` wins, the first
    objection wins.
    """

    members: tuple[Remedy, ...]

    @property
    def alone(self) -> bool:  # type: ignore[override]
        return any(part.alone for part in self.members)

    @property
    def acts_at(self) -> tuple[str, ...]:
        return tuple(v for v in VERBS if any(v in part.acts_at for part in self.members))

    def looks_at_the_pass(self, step: int) -> bool:
        return any(part.looks_at_the_pass(step) for part in self.members)

    @property
    def parts(self) -> tuple[Remedy, ...]:
        return self.members

    def suits(self, cell: Cell, task: Task) -> str | None:
        objections = (part.suits(cell, task) for part in self.members)
        return next(filter(None, objections), None) or self._contradicts()

    def _contradicts(self) -> str | None:
        """The objection to parts of which one makes the other mean nothing."""
        verbs = [set(part.acts_at) for part in self.members]
        if "solve" in self.acts_at and any(v <= TRAINED for v in verbs):
            return "The readout is solved, not trained, so one part has nothing to act on."
        if sum("reparametrize" in v for v in verbs) > 1:
            return "Two parametrizations of the same weights exclude each other."
        if {"reparametrize", "project"} <= set(self.acts_at):
            return "What is projected are the trained numbers, not the matrix that is made of them."
        return None

    def initialize(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.initialize(params, at)
        return params

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.reparametrize(params, at)
        return params

    @property
    def reach(self) -> int:
        return max(part.reach for part in self.members)

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        for part in self.members:
            new = part.advance(past, new, at)
        return new

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        for part in self.members:
            new = part.carry(past, new, left, at)
        return new

    def bound(self, left: int) -> float | None:
        limits = [part.bound(left) for part in self.members if "carry" in part.acts_at]
        known = [limit for limit in limits if limit is not None]
        return min(known) if limits and len(known) == len(limits) else None

    def penalize(self, params: Tensors, run: Run, at: At) -> Tensor | None:
        penalties = [part.penalize(params, run, at) for part in self.members]
        some = [penalty for penalty in penalties if penalty is not None]
        return sum(some[1:], start=some[0]) if some else None

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            grads = part.transform(grads, params, at)
        return grads

    def project(self, params: Tensors, at: At) -> Tensors:
        for part in self.members:
            params = part.project(params, at)
        return params

    def solve(
        self, features: Tensor, targets: Tensor, weights: Tensor, check: Check
    ) -> tuple[Tensor, Tensor]:
        solvers = [part for part in self.members if "solve" in part.acts_at]
        return solvers[-1].solve(features, targets, weights, check)


def compose(*parts: Remedy) -> Remedy:
    """One remedy out of several; what does nothing is left out."""
    members = tuple(member for part in parts for member in part.parts)
    if len(members) == 1:
        return members[0]
    return Composition(members=members) if members else Remedy()


def loop(cell: Cell) -> list[str]:
    """Names of the weights on the cell's loop, square or not."""
    return [name for name, param in cell.params().items() if param.role == "recurrent"]


def needs_loop(cell: Cell, *, square: bool = False) -> str | None:
    """The objection to a cell without recurrent weights, or without square (H x H) ones."""
    if not loop(cell):
        return "The cell has no recurrent weights."
    if square and not any(cell.params()[name].square for name in loop(cell)):
        return "The cell has no square recurrent matrix (one from its hidden units to themselves)."
    if square and cell.composed:
        return "The matrix of the cell's loop is made of its weights and is not one of them."
    return None


def biased_gates(cell: Cell, params: Tensors, b: Tensor) -> Tensors:
    """New weights whose gates hold on to the past with bias b (1, H) and let the new in with -b.

    Each with the sign that the cell declares; biases of other gates stay as they are.
    """
    signs = cell.forget | {gate: -sign for gate, sign in cell.admit.items()}
    return map_blocks(
        cell,
        params,
        "bias",
        lambda old, gate: (signs[gate] * b).to(old) if gate in signs else old,
    )


def needs_memory(cell: Cell) -> str | None:
    """The objection to a cell whose state must not be mixed with an older one."""
    if cell.memory == ():
        return "No part of the cell's state may be mixed with an older one."
    return None


def needs_past(cell: Cell, task: Task, *, by_weights: bool = False) -> str | None:
    """The objection where nothing is handed on from step to step.

    by_weights: also to a cell whose h does not come back, or not by recurrent weights alone.
    """
    if task.io_shape == "one_to_one":
        return "The task has one step only, so nothing is handed on."
    if not cell.remembers:
        return "The cell hands nothing on from step to step."
    if by_weights and not _returns(cell, by=1.0):
        return "The cell hands on what it makes of its hidden state, but not that state itself."
    if by_weights and _returns(cell, by=0.0):
        return "The cell hands its hidden state on without weights, too (a gate, a leak or a sum)."
    return None


def _returns(cell: Cell, by: float) -> bool:
    """Whether h reaches the next state where the recurrent weights are `by` times as large."""
    params = cell.initialize({"I": 1, "H": 8, "O": 1}, Generator().manual_seed(0))
    params |= {name: by * params[name] for name in loop(cell)}
    x = torch.ones(1, 1)
    h = torch.full((1, 8), 0.5, requires_grad=True)
    with torch.enable_grad():
        _, *rest = cell.step(params, cell.start(x, params), x)  # the first step may be special
        new = torch.cat([part.flatten() for part in cell.step(params, (h, *rest), x)])
        return new.requires_grad and bool(torch.autograd.grad(new.sum(), h)[0].any())
