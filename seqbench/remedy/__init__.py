"""What a remedy is: anything that helps the gradient without editing the cell's equation.

`Remedy` has ten verbs, in the order in which training meets them, and they change nothing. A
remedy overrides those at which it acts. Beside it:

    composition  two remedies at once, `a + b`
    objections   why a remedy makes no sense for a cell or task, for `suits`
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

import torch
from torch import Tensor

from seqbench import knobs
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.task import Task

VERBS = (
    "initialize",
    "reparametrize",
    "advance",
    "carry",
    "penalize",
    "estimate",
    "transform",
    "project",
    "remember",
    "solve",
)


class Noise(Protocol):
    """Random numbers of a remedy's own stream, so that drawing them never shifts the data.

    Shapes are those of one trial; where the weights are a stack, (S, *shape) comes back. Trials of
    the same seed get the same numbers.
    """

    def normal(self, *shape: int) -> Tensor:
        """Numbers from N(0, 1)."""
        ...

    def uniform(self, *shape: int) -> Tensor:
        """Numbers from U[0, 1)."""
        ...

    def held(self, *shape: int) -> Tensor:
        """Numbers from U[0, 1) that stay the same throughout one pass, whenever asked for."""
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
        memory:    what `remember` gave at the end of the last update, (..., a, b) each; of the
                   weights that are tested, what belongs to these. Nothing between two steps.
    """

    cell: Cell
    step: int
    noise: Noise
    lag: int
    training: bool = True
    memory: Tensors = field(default_factory=dict)

    def of(self, remedy: "Remedy") -> "At":
        """The same for a part of a composition, with what it remembers itself."""
        if not self.memory or len(remedy.parts) != 1:
            return self
        mine = {k: v for k, v in self.memory.items() if k.startswith(key(remedy, ""))}
        return replace(self, memory={k.removeprefix(key(remedy, "")): v for k, v in mine.items()})


def key(remedy: "Remedy", name: str) -> str:
    """Under which name a stack keeps what a remedy remembers as `name`."""
    return f"{remedy!r}/{name}"


class NotSeen(Exception):
    """A pass has been run in a way that does not show what is asked for: "pulls" or "states"."""


@dataclass(frozen=True)
class Trajectory:
    """One forward pass, as `penalize` sees it.

    The loss may be differentiated twice, by weights and inputs. `parts` and `pulls` cost little;
    who asks for `states`, or differentiates three times, has the pass run step by step.

    Attributes:
        states:  the state after every step; h of step t, (..., B', H), is states[t][0], where
                 batch padding may follow the batch (B' >= B): copies of its sequences, on which the
                 loss does not depend. Each part is a node of its own: a
                 gradient with respect to it leaves out the way through the other parts.
        loss:    the task's loss, one number per trial, still attached to its graph.
        x:       the inputs, (..., T, B', I), a leaf of that graph.
        sequences: B, without the padding.
    """

    states: Sequence[State]
    loss: Tensor
    x: Tensor
    sequences: int

    @property
    def parts(self) -> State:
        """Every part of the state after every step, in the loss's graph: (..., T, B, width) each

        They lie beside the way of the loss: its gradient by them is None (0); that is `pulls`.
        """
        stacked = (torch.stack(part, -3) for part in zip(*self.states, strict=True))
        return tuple(part[..., : self.sequences, :] for part in stacked)

    def pulls(self) -> State:
        """dloss/ds_t with all later steps in it, as numbers: (..., T, B, width) each"""
        nodes = [part for state in self.states for part in state]
        moving = [part for part in nodes if part.requires_grad]  # a clock does not
        slopes = iter(
            torch.autograd.grad(self.loss.sum(), moving, retain_graph=True, materialize_grads=True)
        )
        found = [next(slopes) if z.requires_grad else torch.zeros_like(z) for z in nodes]
        parts = len(self.states[0])
        stacked = (torch.stack(found[k::parts], -3) for k in range(parts))
        return tuple(part[..., : self.sequences, :] for part in stacked)

    def again(self, cell: Cell, params: Tensors, old: State) -> State:
        """What every step makes of a state of its own, and of its input as a number.

        cell: `at.cell`. old: the states, (..., T, B, width) each; so are the new ones.
        """
        x = self.x[..., : self.sequences, :].detach()
        flat = tuple(part.flatten(-3, -2) for part in old)  # (..., T * B, width)
        new = cell.step(params, flat, x.flatten(-3, -2))
        return tuple(part.unflatten(-2, x.shape[-3:-1]) for part in new)


@dataclass(frozen=True)
class Rollout:
    """One forward pass without a way back, as `estimate` sees it.

    B is the batch with its padding: copies of its sequences, to which no credit is given.

    Attributes:
        params:  the weights that the equation sees, the readout's among them, (..., a, b) each.
        x:       the inputs, (..., T, B, I).
        states:  the state before every step, and at last the one after all: T + 1 of them,
                 (..., B, width) each part.
        credit:  the gradient of the loss by h after every step with no way through other steps,
                 (..., T, B, H).
    """

    params: Tensors
    x: Tensor
    states: Sequence[State]
    credit: Tensor


class Check(Protocol):
    """Validation loss, per trial, of a readout: W_out (..., O, H) and b_out (..., 1, O)."""

    def __call__(self, W_out: Tensor, b_out: Tensor) -> Tensor: ...


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """Base of all remedies, and the remedy `none`.

    Tensors may be those of a stack of trials, which must not mix: a reduction is over the last two
    axes.

    Class attributes:
        alone:    it makes sense for a cell with nothing around it only.
        told_lag: a knob is a time in steps that is set with the lag of the task in mind.
    """

    alone: ClassVar[bool] = False
    told_lag: ClassVar[bool] = False

    _overridden: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._overridden = tuple(v for v in VERBS if getattr(cls, v) is not getattr(Remedy, v))

    def __post_init__(self) -> None:
        knobs.check(self)

    def suits(self, cell: Cell, task: Task) -> str | None:
        """None, or the sentence that says why it makes no sense for this cell on this task."""
        return None

    def initialize(self, params: Tensors, at: At) -> Tensors:
        """Once, after the cell's own initializer. One trial: no axis in front."""
        return params

    def reparametrize(self, params: Tensors, at: At) -> Tensors:
        """Before every forward pass: the weights that the equation sees."""
        return params

    @property
    def lookback(self) -> int:
        """How many steps back `advance` looks."""
        return 1

    def advance(self, past: Sequence[State], new: State, at: At) -> State:
        """After every step in time: what the state becomes, for the readout and the next step.

        past: the last `lookback` states that were handed on (at first fewer), newest last.
        """
        return new

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        """Between two steps in time: the state that is handed on; `left` steps are to come."""
        return new

    def bound(self, left: int) -> float | None:
        """Largest norm of the gradient that is handed back, where `carry` does nothing else.

        Of the joint norm of all parts of the state; `left` steps are to come. 0 cuts, inf lets
        pass, None (then for every `left`): `carry` does something else.
        """
        return None

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor | None:
        """A number per trial, (...), to be added to the loss."""
        return None

    def estimate(self, rollout: Rollout, at: At) -> Tensors:
        """In place of the way back through time: the loss's gradient by all of `rollout.params`.

        The readout's own part, which is exact, is not in it.
        """
        raise NotImplementedError(f"{type(self).__name__} does not estimate a gradient")

    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        """After the backward pass: the gradients that the optimizer sees."""
        return grads

    def project(self, params: Tensors, at: At) -> Tensors:
        """After the update: the weights that are kept."""
        return params

    def first_memory(self, params: Tensors) -> Tensors:
        """What `at.memory` is in the first update: (a, b) each, of one trial's initial weights."""
        return {}

    def remember(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        """At the end of an update: what `at.memory` is in the next one, of the same shapes.

        grads: as the backward pass gave them. params: the weights that are kept.
        """
        return at.memory

    def solve(
        self, features: Tensor, targets: Tensor, weights: Tensor, check: Check
    ) -> tuple[Tensor, Tensor]:
        """Instead of training: the readout in closed form, in float64.

        features: (..., N, H); targets: (..., N, O); weights of the answers: (..., N);
        returns W_out (..., O, H), b_out (..., 1, O).
        """
        raise NotImplementedError(f"{type(self).__name__} does not solve for a readout")

    def looks_at_the_pass(self, step: int) -> bool:
        """Whether `penalize` asks for states, inputs or gradients of this update's pass.

        Or `estimate` for a pass of its own.
        """
        return not {"penalize", "estimate"}.isdisjoint(self.acts_at)

    @property
    def acts_by_steps(self) -> bool:
        """Whether it acts between two steps in another way than by a bound."""
        return "advance" in self.acts_at or ("carry" in self.acts_at and self.bound(1) is None)

    @property
    def acts_at(self) -> tuple[str, ...]:
        """The verbs that this remedy overrides."""
        return self._overridden

    def frozen(self, cell: Cell) -> set[str]:
        """Names of weights that stay as they began: all but the readout's where it is solved."""
        return set(cell.params()) if "solve" in self.acts_at else set()

    @property
    def parts(self) -> tuple["Remedy", ...]:
        """The remedies that this one is made of; () where it does nothing."""
        return (self,) if self.acts_at else ()

    def __add__(self, other: "Remedy") -> "Remedy":
        """Both remedies at once."""
        from seqbench.remedy.composition import compose  # which extends this class

        return compose(*self.parts, *other.parts)
