"""What a remedy is: anything that helps the gradient without editing the cell's equation.

`Remedy` has eleven verbs, in the order in which training meets them, and they change nothing. A
remedy overrides those at which it acts. Beside it:

    seen         what a verb sees of a pass: its trajectory, or its rollout without a way back
    composition  two remedies at once, `a + b`
    objections   why a remedy makes no sense for a cell or task, for `suits`
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from torch import Tensor

from seqbench import knobs
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.remedy.seen import NotSeen as NotSeen
from seqbench.remedy.seen import Rollout as Rollout
from seqbench.remedy.seen import Trajectory as Trajectory
from seqbench.task import Task

VERBS = (
    "initialize",
    "reparametrize",
    "feed",
    "advance",
    "carry",
    "penalize",
    "estimate",
    "transform",
    "project",
    "remember",
    "solve",
)
UPDATES_ARE_FED = ("shorter", "feedback")  # methods that belong to `feed`


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

    def fixed(self, *shape: int) -> Tensor:
        """Numbers from U[0, 1) that stay the same throughout training, whenever asked for."""
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
    return f"{type(remedy).__module__}.{remedy!r}/{name}"


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
        methods = {verb: (verb,) for verb in VERBS} | {"feed": ("feed", *UPDATES_ARE_FED)}
        cls._overridden = tuple(v for v in VERBS if any(map(cls._own, methods[v])))

    @classmethod
    def _own(cls, method: str) -> bool:
        return getattr(cls, method) is not getattr(Remedy, method)

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

    def feed(self, x: Tensor, first: int, at: At) -> Tensor:
        """Before every forward pass, in tests too: what the steps read, in place of x.

        x: what the front end gives, (..., T, B, I), of the steps from number `first` on: all of
        them, or one alone where a network runs freely.
        """
        return x

    def shorter(self, length: int, step: int | Tensor) -> int:
        """A part of `feed`: the knob `length` of the task in this update, 1 to the task's own.

        Only for updates, whose sequences are drawn anew. step: updates done before.
        """
        return length

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        """A part of `feed`: the share of each input that is what the network has said of it.

        Only for updates, step by step. x: as `feed` gets it. Returns (..., T, B, 1), 0 to 1; None:
        none. What was said counts where the loss asks for it, and is passed back through.
        """
        return None

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

        grads: as its own `transform` got them; without one, as the backward pass gave them.
        params: the weights that are kept.
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
    def feeds_back(self) -> bool:
        """Whether updates read what the network has said."""
        return self._own("feedback")

    @property
    def feeds_apart(self) -> bool:
        """Whether updates read other sequences than those of other remedies, or what was said."""
        return any(map(self._own, UPDATES_ARE_FED))

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
