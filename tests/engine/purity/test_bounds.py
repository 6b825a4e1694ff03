"""`bound` and `carry` are two ways of saying the same, and training may take either."""

from dataclasses import dataclass
from math import inf, nan

import pytest
import torch

from seqbench import registry
from seqbench.axes import State
from seqbench.cells.lstm import Lstm
from seqbench.cells.rnn import Rnn
from seqbench.engine.beside import Beside, Member
from seqbench.engine.faults import Faulty
from seqbench.engine.purity.variants import prove_remedy
from seqbench.engine.rules import Impure
from seqbench.engine.spans import Span
from seqbench.remedies._handed_back import HandedBack
from seqbench.remedy import At, Remedy
from tests.helpers.remedies import at


@dataclass(frozen=True, kw_only=True)
class Sometimes(HandedBack):
    """It cuts in the last steps, and forgets before."""

    last: int = 4

    def bound(self, left: int) -> float | None:  # type: ignore[override]
        return 0.01 if left < self.last else None

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        if left < self.last:
            return super().carry(past, new, left, at)
        return tuple(0.8 * part for part in past)


class First(Sometimes):
    def bound(self, left: int) -> float | None:
        return None if left < self.last else 0.01

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return new


class Nothing(Sometimes):
    """A bound, and a carry that hands everything back."""

    def bound(self, left: int) -> float:
        return 0.01

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return new


class Tiny(Nothing):
    def bound(self, left: int) -> float:
        return 1e-12


class Damped(Nothing):
    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return HandedBack.carry(self, past, tuple(0.9 * part for part in new), left, at)


class Other(Nothing):
    """A bound for other steps than the ones at which it acts."""

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return HandedBack.carry(self, past, new, left, at) if left != 9 else new


class Cut(Nothing):
    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return tuple(part.detach() for part in new)


class Apart(Nothing):
    """Every part by itself, where a kernel takes them together."""

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return tuple(HandedBack.carry(self, past, (part,), left, at)[0] for part in new)


class Hidden(Nothing):
    def carry(self, past: State, new: State, left: int, at: At) -> State:
        return (*HandedBack.carry(self, past, new[:1], left, at), *new[1:])


class Unlimited(Nothing):
    def bound(self, left: int) -> float:
        return nan


WRONG: list[type[Sometimes]] = [
    Sometimes, First, Nothing, Tiny, Damped, Other, Cut, Apart, Hidden, Unlimited,
]  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_bound_that_says_another_thing_than_carry_is_refused(kind: type[Remedy]) -> None:
    with pytest.raises(Impure, match="bound.. says another thing") as caught:
        prove_remedy(Lstm(), kind())
    assert str(caught.value).startswith("purity/test_bounds.py, line ")
    assert "left is" in str(caught.value)


@dataclass(frozen=True, kw_only=True)
class Fading(HandedBack):
    """One that is right, though another one at every step."""

    def bound(self, left: int) -> float:
        return (0.0, 1e-3 / left, 30.0, inf)[left % 4]


def test_a_bound_that_says_the_same_is_not() -> None:
    for cell in (Rnn(), Lstm(), registry.load_cell("clockwork")):
        prove_remedy(cell, Fading())


def test_what_the_proof_has_not_met_is_refused_where_it_is_met() -> None:
    remedy = registry.load_remedy("truncate") + Sometimes(last=1500)
    members = (Member(Span(0, 2, 2, remedy), remedy, at(Lstm())),)
    assert Beside(members=members).bounds(1000, torch.ones(2)) is not None
    with pytest.raises(Faulty, match="says another thing"):
        Beside(members=members).bounds(2000, torch.ones(2))
