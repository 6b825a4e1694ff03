"""Gated cells equal their twins in torchrecurrent, in values and gradients."""

from collections.abc import Callable

import pytest
import torch
import torchrecurrent as others
from torch import Tensor
from torch.func import functional_call

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT
from tests.helpers.cells import H, draw, hidden, inputs
from tests.helpers.gated import blocks, zeros


def theirs(W: Tensor, U: Tensor, b_ih: Tensor, b_hh: Tensor) -> Tensors:
    return {"weight_ih": W, "weight_hh": U, "bias_ih": b_ih, "bias_hh": b_hh}


def plain(p: Tensors) -> Tensors:
    """Their input bias is our bias."""
    return theirs(p["W"], p["U"], p["b"][0], torch.zeros_like(p["b"][0]))


def mut1(p: Tensors) -> Tensors:
    b_z, b_r, b_n = blocks(p["b"][0])  # b_n belongs outside the inner tanh: their hidden bias
    return theirs(p["W"], p["U"], torch.cat([b_z, b_r, zeros(1)]), torch.cat([zeros(1), b_n]))


def z_first(U: Tensor) -> Tensor:
    r, z, n = U.chunk(3)
    return torch.cat([z, r, n])


def mut2(p: Tensors) -> Tensors:
    # the paper's r adds x itself, theirs has a matrix there: it becomes our projection
    W_z, W_n = p["W"].chunk(2)
    W = torch.cat([W_z @ p["P"], p["P"], W_n @ p["P"]])
    return theirs(W, z_first(p["U"]), z_first(p["b"][0]), zeros(3))


def mut3(p: Tensors) -> Tensors:
    return theirs(z_first(p["W"]), z_first(p["U"]), z_first(p["b"][0]), zeros(3))


def intersection(p: Tensors) -> Tensors:
    def order(weight: Tensor) -> Tensor:
        y, m, d, g, *_ = weight.split(H)
        return torch.cat([y, m, d, g])

    return theirs(order(p["W"]), order(p["U"]), order(p["b"][0]), zeros(4))


def lightru(p: Tensors) -> Tensors:
    return theirs(p["W"], p["U"], torch.cat([zeros(1), p["b"][0]]), zeros(1))


def gates_before_content(p: Tensors) -> Tensors:
    return theirs(p["W"], p["U"], torch.cat([p["b"][0], zeros(1)]), zeros(2))


def ran(p: Tensors) -> Tensors:
    return theirs(p["W"], p["U"], p["b"][0], zeros(2))


def atr(p: Tensors) -> Tensors:
    return theirs(p["W"], p["U"], zeros(1), p["b"][0])


def star(p: Tensors) -> Tensors:
    return theirs(p["W"], p["U"], p["b"][0], zeros(1))


def bistable(p: Tensors) -> Tensors:
    return theirs(p["W"], p["u"][0], torch.cat([p["b"][0], zeros(1)]), zeros(2))


def fastgrnn(p: Tensors) -> Tensors:
    scalars = {"zeta": p["zeta"][0], "nu": p["nu"][0]}
    return theirs(p["W"], p["U"], p["b"][0], zeros(2)) | scalars


TWINS: dict[str, tuple[type[torch.nn.Module], Callable[[Tensors], Tensors]]] = {
    "mgu": (others.MGUCell, plain),
    "mut1": (others.MUT1Cell, mut1),
    "mut2": (others.MUT2Cell, mut2),
    "mut3": (others.MUT3Cell, mut3),
    "ugrnn": (others.UGRNNCell, plain),
    "intersection_rnn": (others.IntersectionRNNCell, intersection),
    "ligru": (others.LiGRUCell, plain),
    "lightru": (others.LightRUCell, lightru),
    "cfn": (others.CFNCell, gates_before_content),
    "ran": (others.RANCell, ran),
    "atr": (others.ATRCell, atr),
    "star": (others.STARCell, star),
    "bistable": (others.BRCell, bistable),
    "neuromodulated_bistable": (others.NBRCell, gates_before_content),
    "fastgrnn": (others.FastGRNNCell, fastgrnn),
}


def run_twin(name: str, params: Tensors, x: Tensor) -> Tensor:
    make, translate = TWINS[name]
    weights, said = translate(params), []
    if name == "intersection_rnn":
        x = x @ params["P"].mT + blocks(params["b"][0])[4]
    # their FastGRNN puts tanh on its gate where the paper has the logistic function
    options = {"nonlinearity": "sigmoid"} if name == "fastgrnn" else {}
    module = make(x.shape[-1], H, dtype=torch.float64, **options)
    assert {k: v.shape for k, v in module.named_parameters()} == {
        k: v.shape for k, v in weights.items()
    }
    state = None
    for x_t in x:
        result = functional_call(module, weights, (x_t, state))
        h, *_ = result if isinstance(result, tuple) else (result,)
        state = result[1] if name == "intersection_rnn" else result
        said.append(h)
    return torch.stack(said)


@pytest.mark.parametrize("name", TWINS)
def test_equals_its_twin_in_values_and_gradients(name: str) -> None:
    cell, x = registry.load_cell(name), inputs()
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    own = [v for k, v in params.items() if k not in READOUT]
    ours, twin = hidden(cell, params, x), run_twin(name, params, x)
    close = {"rtol": 1e-10, "atol": 1e-12}
    torch.testing.assert_close(ours, twin, **close)
    grads = torch.autograd.grad(ours.square().sum(), own)
    for grad, expected in zip(grads, torch.autograd.grad(twin.square().sum(), own), strict=True):
        torch.testing.assert_close(grad, expected, **close)
