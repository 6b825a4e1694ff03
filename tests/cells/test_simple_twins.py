"""Simple and strongly typed cells against somebody else's computation of them."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent as tr
from reservoirpy.nodes import Reservoir
from torch import Tensor, nn
from torch.func import functional_call

from seqbench import registry
from seqbench.axes import Tensors
from tests.helpers.cells import CLOSE, INPUTS, SIZES, B, H, draw, hidden, inputs, s


def plain(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    """A twin whose state is h."""
    h, said = torch.zeros(B, H, dtype=x.dtype), []
    for x_t in x:
        said.append(h := functional_call(twin, mapped, (x_t, h)))
    return torch.stack(said)


def t_gru(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    state, said = (torch.zeros(B, H, dtype=x.dtype), torch.zeros(B, INPUTS, dtype=x.dtype)), []
    for x_t in x:
        state = functional_call(twin, mapped, (x_t, state))
        said.append(state[0])
    return torch.stack(said)


def t_lstm(twin: nn.Module, x: Tensor, mapped: Tensors) -> Tensor:
    state, said = (torch.zeros(B, H, dtype=x.dtype), torch.zeros(B, INPUTS, dtype=x.dtype)), []
    for x_t in x:
        h, state = functional_call(twin, mapped, (x_t, state))
        said.append(h)
    return torch.stack(said)


def elman(p: Tensors) -> Tensors:
    return {"weight_ih": p["W"], "weight_hh": p["U"], "bias_ih": p["b"][0]}


def typed(p: Tensors) -> Tensors:
    return {"weight_ih": p["W"], "weight_hh": p["V"], "bias_ih": p["b"][0]}


TWINS = {
    "fastrnn": (
        {},
        lambda: tr.FastRNNCell(INPUTS, H),
        lambda p: elman(p) | {"alpha": p["alpha"][0], "beta": p["beta"][0]},
        plain,
    ),
    "minimalrnn": (
        {},
        lambda: tr.MinimalRNNCell(INPUTS, H),
        lambda p: {
            "weight_ih": p["W"],
            "weight_hh": p["U"],
            "weight_mm": p["V"],
            "bias_ih": p["b"][0, :H],
            "bias_hh": p["b"][0, H:],
        },
        plain,
    ),
    # the paper's z has no bias, torchrecurrent's has one: it is set to zero
    "t_rnn": (
        {},
        lambda: tr.TRNNCell(INPUTS, H),
        lambda p: {"weight_ih": p["W"], "bias_ih": torch.cat([0 * p["b"][0], p["b"][0]])},
        plain,
    ),
    "t_gru": ({}, lambda: tr.TGRUCell(INPUTS, H), typed, t_gru),
    "t_lstm": ({}, lambda: tr.TLSTMCell(INPUTS, H), typed, t_lstm),
} | {
    f"indrnn@{f}": (
        {"activation": f},
        lambda f=f: tr.IndRNNCell(INPUTS, H, nonlinearity=f),
        lambda p: {"weight_ih": p["W"], "vector_u": p["u"][0], "bias_ih": p["b"][0]},
        plain,
    )
    for f in ("relu", "tanh")
}


@pytest.mark.parametrize("name", TWINS)
def test_equals_torchrecurrent_in_outputs_and_gradients(name: str) -> None:
    knobs, make, mapping, run = TWINS[name]
    cell, x, twin = registry.load_cell(name.partition("@")[0], knobs), inputs(), make().double()
    ours, theirs = (
        {k: v.requires_grad_() for k, v in draw(cell).items() if "out" not in k} for _ in range(2)
    )
    silent = {k: torch.zeros_like(v) for k, v in twin.named_parameters()}
    said = hidden(cell, ours | {"W_out": torch.zeros(SIZES["O"], H)}, x)
    expected = run(twin, x, silent | mapping(theirs))
    torch.testing.assert_close(said, expected, **CLOSE)
    said.square().sum().backward()
    expected.square().sum().backward()
    for key, weight in ours.items():
        assert weight.grad.any()
        torch.testing.assert_close(weight.grad, theirs[key].grad, **CLOSE)


def clockwork_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Koutnik et al.: module by module; a module hears itself and those of longer periods."""
    modules = [[0, 1, 2], [3, 4, 5], [6, 7]]  # 8 units in 3 modules of periods 1, 2, 4
    h, said = np.zeros(H), []
    for t, x_t in enumerate(x):
        new = h.copy()
        for g, units in enumerate(modules):
            if t % 2**g == 0:
                for unit in units:
                    heard = [other for module in modules[g:] for other in module]
                    net = p["W"][unit] @ x_t + p["U"][unit, heard] @ h[heard] + p["b"][unit]
                    new[unit] = np.tanh(net)
        h = new
        said.append(h)
    return said


def scrn_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Mikolov et al.: the slow units first, then the fast ones, which hear the new slow ones."""
    slow, fast, said = np.zeros(2), np.zeros(6), []
    for x_t in x:
        slow = 0.05 * (p["B"] @ x_t) + 0.95 * slow
        fast = s(p["P"] @ slow + p["W"] @ x_t + p["U"] @ fast + p["b"])
        said.append(np.concatenate([fast, slow]))
    return said


def rhn_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Zilly et al., with the carry gate c = 1 - t written out."""
    state, said = np.zeros(H), []
    for x_t in x:
        for layer in (1, 2, 3):
            R, b = p[f"U_{layer}"], p[f"b_{layer}"]
            h, t = R[:H] @ state + b[:H], R[H:] @ state + b[H:]
            if layer == 1:
                h, t = h + p["W"][:H] @ x_t, t + p["W"][H:] @ x_t
            h, t = np.tanh(h), s(t)
            c = 1 - t
            state = h * t + state * c
        said.append(state)
    return said


def multiplicative_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Sutskever et al.: the whole transition matrix of every input, then a simple network."""
    h, said = np.zeros(H), []
    for x_t in x:
        transition = p["R"] @ np.diag(p["V"] @ x_t) @ p["U"]
        h = np.tanh(p["W"] @ x_t + transition @ h + p["b"])
        said.append(h)
    return said


def min_gru_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Feng et al., solved: h_t = sum over k of z_k h~_k times all later (1 - z)."""
    z = [s(p["W"][:H] @ x_t + p["b"][:H]) for x_t in x]
    new = [p["W"][H:] @ x_t + p["b"][H:] for x_t in x]
    return [
        sum(
            z[k] * new[k] * np.prod([np.ones(H), *(1 - z[j] for j in range(k + 1, t + 1))], axis=0)
            for k in range(t + 1)
        )
        for t in range(len(x))
    ]


BY_HAND = [
    ("clockwork", {"modules": 3}, clockwork_by_hand),
    ("scrn", {}, scrn_by_hand),
    ("rhn", {}, rhn_by_hand),
    ("multiplicative_rnn", {}, multiplicative_by_hand),
    ("min_gru", {}, min_gru_by_hand),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND, ids=lambda v: str(v)[:18])
def test_equals_its_equation_in_numpy(
    name: str, knobs: dict[str, object], by_hand: Callable[..., np.ndarray]
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = draw(cell)
    flat = {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}
    ours = hidden(cell, params, x).numpy()
    for sequence in range(B):
        theirs = by_hand(flat, x[:, sequence].numpy())
        np.testing.assert_allclose(ours[:, sequence], theirs, rtol=1e-10, atol=1e-12)


def test_leaky_rnn_equals_the_reservoir_of_reservoirpy() -> None:
    cell, x = registry.load_cell("leaky_rnn", {"rate": 0.3}), inputs()
    p = draw(cell)
    W, U, b = p["W"].numpy(), p["U"].numpy(), p["b"][0].numpy()
    ours = hidden(cell, p, x).numpy()
    for sequence in range(B):
        twin = Reservoir(Win=W, W=U, bias=b, lr=0.3, dtype=np.float64)
        theirs = twin.run(x[:, sequence].numpy())
        np.testing.assert_allclose(ours[:, sequence], theirs, rtol=1e-10, atol=1e-12)
