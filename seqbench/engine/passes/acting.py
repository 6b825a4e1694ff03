"""What remedies do between two steps, as a part of the step: a cell around the cell.

    state   the parts as the readout sees them
            then, where `carry` acts, the parts as the next step finds them
            then, where `advance` looks back, the parts as earlier steps found them, oldest first
    x       the cell's own columns
            then the noise of this step, drawn before the pass, one column per number of a sequence
            then, where `advance` looks back, whether so many steps have been

So a kernel is made of the remedy and the cell together. What asks for the number of updates or of
steps to come, or for noise of another shape than a part of the state, goes through the loop.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.engine.fused.record import Untraceable
from seqbench.engine.passes.unknown import UNKNOWN
from seqbench.engine.passes.unroll import held
from seqbench.engine.streams import StepNoise
from seqbench.networks.around import Around
from seqbench.networks.network import Network
from seqbench.remedy import At, Remedy


class Drawn(NamedTuple):
    """Numbers that a step asks for: normal, uniform or held, and their shape (rows, columns)."""

    kind: str
    shape: tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Acting(Around):
    """A cell with a remedy that acts between two steps.

    Attributes:
        network:   as the remedy knows it.
        remedy:    with advance or carry.
        lag:       of the task.
        training:  whether this is training: noise belongs to it.
        draws:     what a step asks for.
    """

    network: Network
    remedy: Remedy
    lag: int
    training: bool
    draws: tuple[Drawn, ...] = ()

    @property
    def state(self) -> tuple[str, ...]:  # type: ignore[override]
        own = self.cell.state
        more = [f"{name} handed on" for name in own] * self._carries
        late = [
            f"{name} {n} before" for n in range(self.remedy.lookback - 1, 0, -1) for name in own
        ]
        return (*own, *more, *late)

    @property
    def times(self) -> int:
        """How often the cell's own parts are in the state."""
        return 1 + self._carries + self.remedy.lookback - 1

    @property
    def _advances(self) -> bool:
        return "advance" in self.remedy.acts_at

    @property
    def _carries(self) -> bool:
        return "carry" in self.remedy.acts_at

    @property
    def _more(self) -> int:
        """Columns of x behind the cell's own."""
        return sum(drawn.shape[1] for drawn in self.draws) + (self.remedy.lookback > 1)

    def inside(self, sizes: dict[str, int]) -> dict[str, int]:
        """Without the columns of noise."""
        return sizes | {"I": sizes["I"] - self._more}

    def start(self, x: Tensor, params: Tensors) -> State:
        """The cell's own, everywhere: x (..., B, I) -> (..., B, width) each"""
        first = self.cell.start(self._own(x), params)
        return first * self.times

    def _own(self, x: Tensor) -> Tensor:
        return x[..., : x.shape[-1] - self._more] if self._more else x

    def step(self, params: Tensors, state: State, x: Tensor) -> State:
        """A step of the cell, and what the remedy makes of it: x (..., B, I)"""
        n, own = len(self.cell.state), self._own(x)
        parts = [state[k : k + n] for k in range(0, len(state), n)]
        past = [*parts[1 + self._carries :], parts[self._carries]]
        at = self._at(_Given(self.draws, x[..., own.shape[-1] :]))
        real, new = self.network.valid(own), self.cell.step(params, past[-1], own)
        if self._advances:
            new = held(real, past[-1], self._advanced(past, new, at, x))
        if not self._carries:
            return (*new, *(part for old in past[1:] for part in old))
        onward = held(real, new, self.remedy.carry(past[-1], new, UNKNOWN, at))
        return (*new, *onward, *(part for old in past[1:] for part in old))

    def _advanced(self, past: list[State], new: State, at: At, x: Tensor) -> State:
        made = self.remedy.advance(past, new, at)
        if len(past) == 1:
            return made
        return held(x[..., -1:] > 0, self.remedy.advance(past[-1:], new, at), made)

    def _at(self, noise: "_Given") -> At:
        return At(self.network, UNKNOWN, noise, self.lag, self.training)

    def wide(self, x: Tensor) -> Tensor:
        """An x of the form that `columns` gives, without its numbers."""
        like = x.new_zeros(()).expand(*x.shape[:-1], x.shape[-1] + self._more)
        return like.detach().requires_grad_(x.requires_grad)

    def columns(self, noise: StepNoise, x: Tensor) -> Tensor:
        """The inputs with all that a step is given: (S, T, B, I) -> (S, T, B, I + more)"""
        found = [x]
        for n, drawn in enumerate(self.draws):
            numbers = noise.all(n, drawn.kind, drawn.shape)  # (S, T, 1 or B, columns)
            found.append(numbers.to(x).expand(*x.shape[:-1], drawn.shape[1]))
        if self.remedy.lookback > 1:
            steps = torch.arange(1, x.shape[-3] + 1, device=x.device)
            full = (steps >= self.remedy.lookback).to(x)
            found.append(full[:, None, None].expand(*x.shape[:-1], 1))
        return torch.cat(found, -1) if len(found) > 1 else x


class _Given:
    """The noise of one step, out of the columns of its inputs."""

    def __init__(self, draws: Sequence[Drawn], columns: Tensor) -> None:
        self.draws, self.columns, self.place, self.asked = draws, columns, 0, 0

    def _next(self, kind: str, *shape: int) -> Tensor:
        drawn, self.asked = self.draws[self.asked], self.asked + 1
        assert drawn == (kind, shape), "a step asks for other numbers than the one before"
        first, self.place = self.place, self.place + shape[1]
        return self.columns[..., : shape[0], first : self.place]

    def normal(self, *shape: int) -> Tensor:
        return self._next("normal", *shape)

    def uniform(self, *shape: int) -> Tensor:
        return self._next("uniform", *shape)

    def held(self, *shape: int) -> Tensor:
        return self._next("held", *shape)

    def fixed(self, *shape: int) -> Tensor:
        return self._next("fixed", *shape)


class _Heard(_Given):
    """Writes down what a step asks for."""

    def __init__(self, sequences: int) -> None:
        self.found, self.sequences = list[Drawn](), sequences

    def _next(self, kind: str, *shape: int) -> Tensor:
        if len(shape) != 2 or shape[0] not in (1, self.sequences):
            raise Untraceable(f"its remedy draws noise of the shape {shape} between two steps")
        self.found.append(Drawn(kind, (shape[0], shape[1])))
        return torch.full(shape, 0.5)


@cache
def acting(
    network: Network, remedy: Remedy, lag: int, training: bool, sizes: tuple[int, int, int], B: int
) -> Acting | str:
    """The cell with its remedy, whose B sequences are those of a batch; or why there is none.

    sizes: I, H and O.
    """
    known = dict(zip("IHO", sizes, strict=True))
    plain = Acting(cell=network.cell, network=network, remedy=remedy, lag=lag, training=training)
    weights = {name: torch.zeros(shape) for name, shape in network.cell.shapes(known).items()}
    x, heard = torch.zeros(B, sizes[0]), _Heard(B)
    try:
        old = network.cell.start(x, weights)
        new = network.cell.step(weights, old, x)
        at = plain._at(heard)
        if "advance" in remedy.acts_at:
            new = remedy.advance([old] * remedy.lookback, new, at)
        if "carry" in remedy.acts_at:
            remedy.carry(old, new, UNKNOWN, at)
        if heard.found and remedy.lookback > 1:
            raise Untraceable("its remedy looks several steps back and draws noise")
    except Untraceable as error:
        return str(error)
    except Exception as error:  # whatever a verb does that the loop will say better
        return f"its remedy cannot become a part of the step ({type(error).__name__})"
    return replace(plain, draws=tuple(heard.found))
