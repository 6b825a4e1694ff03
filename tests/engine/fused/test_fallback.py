"""Whatever a kernel cannot be made of is trained by the loop, and says so in one sentence."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench.axes import State, Tensors
from seqbench.cell import Cell, affine
from seqbench.cells.rnn import Rnn
from seqbench.engine.beside import Beside
from seqbench.engine.fused import sequence
from seqbench.engine.passes.choose import Passes
from seqbench.networks.network import Network
from tests.helpers.remedies import at

SIZES = {"I": 2, "H": 8, "O": 1}
Body = Callable[[Tensors, Tensor, Tensor], Tensor]

BODIES: dict[str, Body] = {  # of params, h and W x + U h + b
    "einsum": lambda p, h, a: (a + torch.einsum("...bi,...ji->...bj", h, p["U"])).tanh(),
    "solve": lambda p, h, a: torch.linalg.solve(torch.eye(8) + 0.1 * p["U"], a.mT).mT.tanh(),
    "cumsum": lambda p, h, a: a.cumsum(-1).tanh(),
    "sort": lambda p, h, a: a.sort(-1).values.tanh(),
    "topk": lambda p, h, a: a.tanh() * (a >= a.topk(2, -1).values[..., -1:]),
    "erfinv": lambda p, h, a: torch.erfinv(0.9 * a.tanh()),
    "matrix_exp": lambda p, h, a: (a + h @ torch.matrix_exp(p["U"] - p["U"].mT)).tanh(),
    "fft": lambda p, h, a: torch.fft.irfft(torch.fft.rfft(a), n=8).tanh(),
    "gather": lambda p, h, a: a.gather(-1, torch.arange(7, -1, -1).expand_as(a)).tanh(),
    "roll": lambda p, h, a: a.roll(1, -1).tanh(),
    "index": lambda p, h, a: a[..., torch.arange(8)].tanh(),
    "complex": lambda p, h, a: torch.view_as_real(torch.complex(a, h)).sum(-1).tanh(),
    "double": lambda p, h, a: a.double().tanh().float(),
    "scatter": lambda p, h, a: torch.zeros_like(h).scatter(-1, (0 * h).long(), a).tanh(),
    "var": lambda p, h, a: (a / (0.1 + a.std(-1, keepdim=True))).tanh(),
    "conv": lambda p, h, a: (
        functional.avg_pool1d(a.flatten(0, -2)[:, None], 3, 1, 1)[:, 0].view(a.shape).tanh()
    ),
}


def cell(body: Body) -> Cell:
    def step(self: Cell, params: Tensors, state: State, x: Tensor) -> State:
        return (body(params, *state, affine(params, x, *state)),)

    return dataclass(frozen=True, kw_only=True)(type("Body", (Rnn,), {"step": step}))()


def given(cell: Cell) -> tuple[Tensors, Tensor]:
    stream = torch.Generator().manual_seed(0)
    born = [cell.initialize(SIZES, stream) for _ in range(2)]
    x = torch.randn(2, 3, 4, 2, generator=stream)
    return {k: torch.stack([weights[k] for weights in born]) for k in born[0]}, x


@pytest.mark.parametrize("name", BODIES)
def test_what_a_kernel_does_not_know_is_the_loops(name: str) -> None:
    strange = cell(BODIES[name])
    params, x = given(strange)
    network = Network(cell=strange)
    choice, kept = Passes(batch=4).choose(network, params, x, Beside(members=()), at(strange))
    assert kept is strange
    assert choice.engine == "eager" and choice.why.startswith("Body: its ")
    assert choice.why.endswith(".") and "\n" not in choice.why


def test_a_product_with_the_same_number_everywhere_is_one() -> None:
    """Its table once had one number, and what lay behind it in memory was read, too."""
    same = cell(lambda p, h, a: (a.unsqueeze(-2) @ torch.ones(8, 8)).squeeze(-2).tanh())
    assert sequence.supports(same, *given(same)) is None


@pytest.mark.parametrize("where", ["traced", "plan", "emit"])
def test_a_mistake_of_ours_is_one_sentence(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def mistaken(*given: object) -> None:
        raise AssertionError("two\nlines")

    monkeypatch.setattr(sequence, where, mistaken)
    odd = cell(lambda p, h, a: a.tanh())
    said = sequence.supports(odd, *given(odd))
    assert said == "Body: its step cannot become a kernel (AssertionError: two)."


def test_a_kernel_that_disagrees_does_not_train(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = cell(lambda p, h, a: a.sin())
    through = sequence._through
    monkeypatch.setattr(sequence, "_through", lambda *z: tuple(s * 1.01 for s in through(*z)))
    said = sequence.supports(odd, *given(odd))
    assert said == "Body: its kernel disagrees with its step (gradient of W)."


def test_a_fault_of_the_step_is_left_to_the_loop() -> None:
    odd = cell(lambda p, h, a: a @ a)
    assert "cannot be traced" in (sequence.supports(odd, *given(odd)) or "")
