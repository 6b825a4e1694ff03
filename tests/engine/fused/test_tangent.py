"""Second order: a cell along a direction, and gradients of gradients by kernels."""

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.fused.build import missing
from seqbench.engine.fused.sequence import sequence
from seqbench.engine.fused.tangent import Tangent
from seqbench.engine.passes.unroll import unroll
from seqbench.remedy import Remedy
from tests.helpers.remedies import at

S, T, B, SIZES = 2, 7, 16, {"I": 2, "H": 8, "O": 2}
FEW = ("rnn", "lstm", "gru", "jordan", "clockwork", "lstm_layernorm", "cornn", "lru", "slstm")
needs_a_compiler = pytest.mark.skipif(bool(missing()), reason="there is no C compiler")


def drawn(cell: Cell) -> tuple[Tensors, Tensor]:
    stream = torch.Generator().manual_seed(3)
    born = [cell.initialize(SIZES, stream) for _ in range(S)]
    params = {name: torch.stack([one[name] for one in born]) for name in born[0]}
    params = {name: w + 0.1 * torch.randn(w.shape, generator=stream) for name, w in params.items()}
    return params, torch.randn(S, T, B, SIZES["I"], generator=stream)


def by_steps(cell: Cell, params: Tensors, x: Tensor) -> State:
    states = unroll(cell, params, x, Remedy(), at(cell))
    return tuple(torch.stack(part, 1) for part in zip(*states, strict=True))


def test_it_is_the_quotient_of_small_differences() -> None:
    cell = registry.load_cell("lstm")
    params, x = drawn(cell)
    along = tuple(cell.params())
    stream = torch.Generator().manual_seed(4)
    ways = {name: torch.randn(params[name].shape, generator=stream).double() for name in along}
    way = torch.randn(x.shape, generator=stream).double()
    params, x = {name: weight.double() for name, weight in params.items()}, x.double()

    def moved(far: float) -> State:
        weights = params | {name: params[name] + far * ways[name] for name in along}
        return by_steps(cell, weights, x + far * way)

    tangent = Tangent(cell=cell, along=along, with_x=True)
    both = params | {f"{name}'": part for name, part in ways.items()}
    found = by_steps(tangent, both, torch.cat([x, way], -1))
    assert tangent.state == ("h", "c", "h'", "c'")
    pairs = zip(moved(1e-6), moved(-1e-6), strict=True)
    expected = (*moved(0), *((above - below) / 2e-6 for above, below in pairs))
    for ours, theirs in zip(found, expected, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-6, atol=1e-7)


def second(run: object, cell: Cell, kind: torch.dtype, need_x: bool) -> list[Tensor]:
    """Gradients of a loss and the squared length of its gradient, by weights (and inputs)."""
    params, x = drawn(cell)
    leaves = {name: weight.to(kind).requires_grad_() for name, weight in params.items()}
    x = x.to(kind).requires_grad_(need_x)
    h = run(cell, leaves, x)[0]  # type: ignore[operator]
    loss = (h @ leaves["W_out"].mT.unsqueeze(1)).square().mean()
    wanted = [*leaves.values(), *([x] if need_x else [])]
    slopes = torch.autograd.grad(loss, wanted, create_graph=True, materialize_grads=True)
    penalty = torch.stack([slope.square().sum() for slope in slopes]).sum()
    return list(torch.autograd.grad(loss + penalty, wanted, materialize_grads=True))


def holds(name: str, need_x: bool) -> None:
    cell = registry.load_cell(name)
    truth = second(by_steps, cell, torch.float64, need_x)
    ours = second(sequence, cell, torch.float32, need_x)
    theirs = second(by_steps, cell, torch.float32, need_x)

    def far(some: list[Tensor]) -> float:
        pairs = zip(some, truth, strict=True)
        return max(float((a - b).norm() / (b.norm() + 1e-9)) for a, b in pairs)

    assert far(ours) <= max(1e-5, 20 * far(theirs))


@needs_a_compiler
@pytest.mark.parametrize("need_x", [False, True])
@pytest.mark.parametrize("name", FEW)
def test_gradients_of_gradients_are_those_of_the_steps(name: str, need_x: bool) -> None:
    holds(name, need_x)


@needs_a_compiler
@pytest.mark.faults
@pytest.mark.parametrize("need_x", [False, True])
@pytest.mark.parametrize("name", registry.names("cells"))
def test_so_they_are_for_every_cell(name: str, need_x: bool) -> None:
    holds(name, need_x)
