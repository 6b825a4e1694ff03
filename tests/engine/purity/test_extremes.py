"""Whatever trial diverges beside it, and wherever in training: a variant's result is its own."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cells.rnn import Rnn
from seqbench.engine.purity.variants import prove_cell, prove_remedy
from seqbench.engine.rules import Impure
from seqbench.remedy import At
from tests.helpers.impure import Body, cell, remedy

CELLS: dict[str, Body] = {
    "finite": lambda s, p, a: (a if a.isfinite().all() else torch.zeros_like(a)).tanh(),
    "large": lambda s, p, a: torch.where(a.max() > 1e15, a * 0.1, a).tanh(),
    "a number": lambda s, p, a: (a * 0.1 if bool((a.abs() > 1e9).any()) else a).tanh(),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_notices_who_diverges_is_refused(name: str) -> None:
    with pytest.raises(Impure, match="other trials"):
        prove_cell(cell(CELLS[name]))


def outgrown(p: Tensors, run: object, at: object) -> Tensor:
    loss: Tensor = run.loss  # type: ignore[attr-defined]
    return p["U"].square().sum((-2, -1)) * (0.1 if loss.max() > 1e6 else 1)


PLACES: dict[str, Callable[..., bool]] = {
    "first": lambda at: at.step == 1,
    "seventh": lambda at: at.step == 6,
    "sixty": lambda at: 50 < at.step < 100,
    "later": lambda at: 500 < at.step < 800,
    "at last": lambda at: at.step > 5000,
    "near": lambda at: at.lag < 3,
    "far": lambda at: at.lag > 500,
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("verb", ["transform", "project", "reparametrize", "advance"])
def test_a_remedy_is_looked_at_wherever_it_acts(verb: str, name: str) -> None:
    there = PLACES[name]

    def mixed(*given: object) -> object:
        made = given[1] if verb == "advance" else given[0]
        if not there(given[-1]):
            return made
        if isinstance(made, dict):
            return {k: v - v.mean(0) for k, v in made.items()}
        return tuple(v - v.mean(0) for v in made)  # type: ignore[attr-defined]

    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy(verb, mixed))


def test_so_it_is_in_a_test() -> None:
    def advance(past: object, new: tuple[Tensor, ...], at: object) -> tuple[Tensor, ...]:
        return new if at.training else tuple(v - v.mean(0) for v in new)  # type: ignore[attr-defined]

    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy("advance", advance))


@pytest.mark.parametrize("where", [lambda left: left > 2, lambda left: left < 3])
def test_so_it_is_early_and_late_in_a_sequence(where: Callable[[int], bool]) -> None:
    def carry(past: object, new: tuple[Tensor, ...], left: int, at: object) -> tuple[Tensor, ...]:
        return tuple(v / v.norm() for v in new) if where(left) else new

    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy("carry", carry))


@pytest.mark.parametrize("step", [2, 10, 500])
def test_so_it_is_at_one_update_of_many(step: int) -> None:
    def project(params: Tensors, at: At) -> Tensors:
        return {k: v - v.mean(0) if at.step == step else v for k, v in params.items()}

    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy("project", project))


def test_so_it_is_in_another_width() -> None:
    def transform(grads: Tensors, params: Tensors, at: object) -> Tensors:
        wide = params["U"].shape[-1] > 8
        return {k: v - v.mean(0) if wide else v for k, v in grads.items()}

    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy("transform", transform))


def test_a_penalty_that_notices_who_diverges_is_refused() -> None:
    with pytest.raises(Impure, match="other trials"):
        prove_remedy(Rnn(), remedy("penalize", outgrown))
