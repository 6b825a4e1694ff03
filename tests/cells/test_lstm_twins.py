"""The LSTM and its variations against their equations and their twins in torchrecurrent."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent

from seqbench import registry
from tests.helpers.cells import INPUTS, B, H, draw, hidden, inputs, s

Weights = dict[str, np.ndarray]
Blocks = dict[str, np.ndarray]
ByHand = Callable[[Weights, np.ndarray], list[np.ndarray]]


def blocks(weights: np.ndarray, gates: str) -> Blocks:
    parts = np.split(weights[0] if len(weights) == 1 else weights, len(gates))
    return dict(zip(gates, parts, strict=True))


def vanilla(variant: str, gates: str) -> Callable[[Weights, np.ndarray], list[np.ndarray]]:
    """Greff et al., section 2 and the variants of their appendix; here g is their z."""

    def path(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
        W, R, b = (blocks(weights[name], gates) for name in ("W", "U", "b"))
        p = blocks(weights["p"], gates.replace("g", ""))
        R_from = {}
        if variant == "fgr":
            R_from = {g: blocks(weights[f"R_{g}"], "ifo") for g in "ifo"}
        h = c = np.zeros(H)
        act = {g: np.zeros(H) for g in "ifo"}
        out = []
        for x_t in x:
            old = dict(act)

            def net(g: str, h: np.ndarray = h, x_t: np.ndarray = x_t) -> np.ndarray:
                return W[g] @ x_t + R[g] @ h + b[g]

            def recur(g: str, old: Blocks = old) -> np.ndarray:
                return sum((R_from[k][g] @ old[k] for k in R_from), start=np.zeros(H))

            z = net("g") if variant == "niaf" else np.tanh(net("g"))
            i = 1.0 if variant == "nig" else s(net("i") + p["i"] * c + recur("i"))
            if variant == "nfg":
                f = 1.0
            elif variant == "cifg":
                f = 1 - i
            else:
                f = s(net("f") + p["f"] * c + recur("f"))
            c = z * i + c * f
            o = 1.0 if variant == "nog" else s(net("o") + p["o"] * c + recur("o"))
            h = (c if variant == "noaf" else np.tanh(c)) * o
            act = {"i": i, "f": f, "o": o}
            out.append(h)
        return out

    return path


def original(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
    """Hochreiter and Schmidhuber; torchrecurrent's OriginalLSTM has tanh for both g and h."""
    W, R, b = (blocks(weights[name], "igo") for name in ("W", "U", "b"))
    h = c = np.zeros(H)
    out = []
    for x_t in x:
        y_in, net_c, y_out = (W[k] @ x_t + R[k] @ h + b[k] for k in "igo")
        c = c + s(y_in) * (4 / (1 + np.exp(-net_c)) - 2)
        h = s(y_out) * (2 / (1 + np.exp(-c)) - 1)
        out.append(h)
    return out


def layer_normalized(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
    """Ba et al., equations (20) to (22)."""

    def norm(z: np.ndarray, gain: np.ndarray) -> np.ndarray:
        mean = z.sum() / z.size
        deviation = np.sqrt(((z - mean) ** 2).sum() / z.size + 1e-5)
        return gain[0] * (z - mean) / deviation

    h = c = np.zeros(H)
    out = []
    for x_t in x:
        net = norm(weights["U"] @ h, weights["a_h"]) + norm(weights["W"] @ x_t, weights["a_x"])
        i, f, g, o = np.split(net + weights["b"][0], 4)
        c = s(f) * c + s(i) * np.tanh(g)
        h = s(o) * np.tanh(norm(c, weights["a_c"]) + weights["b_c"][0])
        out.append(h)
    return out


def unstabilized(squash: Callable[[np.ndarray], np.ndarray]) -> ByHand:
    """Beck et al., the sLSTM before it is stabilized: plain exponentials, no m."""

    def path(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
        W, R, b = (blocks(weights[name], "ifzo") for name in ("W", "U", "b"))
        h = c = n = np.zeros(H)
        out = []
        for x_t in x:
            i, f, z, o = (W[k] @ x_t + R[k] @ h + b[k] for k in "ifzo")
            c = squash(f) * c + np.exp(i) * np.tanh(z)
            n = squash(f) * n + np.exp(i)
            h = s(o) * (c / n)
            out.append(h)
        return out

    return path


def minimal(candidate: Callable[[np.ndarray], np.ndarray]) -> ByHand:
    """Feng et al., sequential mode with both gates normalized."""

    def path(weights: Weights, x: np.ndarray) -> list[np.ndarray]:
        W, b = (blocks(weights[name], "fih") for name in ("W", "b"))
        h = np.zeros(H)
        out = []
        for x_t in x:
            f, i = s(W["f"] @ x_t + b["f"]), s(W["i"] @ x_t + b["i"])
            h = f / (f + i) * h + i / (f + i) * candidate(W["h"] @ x_t + b["h"])
            out.append(h)
        return out

    return path


def positive(z: np.ndarray) -> np.ndarray:
    return np.array([v + 0.5 if v >= 0 else s(v) for v in z])


BY_HAND = [
    ("lstm_peephole", {}, vanilla("vanilla", "ifgo")),
    ("lstm_nig", {}, vanilla("nig", "fgo")),
    ("lstm_nfg", {}, vanilla("nfg", "igo")),
    ("lstm_nog", {}, vanilla("nog", "ifg")),
    ("lstm_niaf", {}, vanilla("niaf", "ifgo")),
    ("lstm_noaf", {}, vanilla("noaf", "ifgo")),
    ("lstm_cifg", {}, vanilla("cifg", "igo")),
    ("lstm_fgr", {}, vanilla("fgr", "ifgo")),
    ("lstm_1997", {}, original),
    ("lstm_1997", {"cut": True}, original),
    ("lstm_layernorm", {}, layer_normalized),
    ("slstm", {}, unstabilized(s)),
    ("slstm", {"forget_gate": "exp"}, unstabilized(np.exp)),
    ("min_lstm", {}, minimal(lambda z: z)),
    ("min_lstm", {"candidate": "positive"}, minimal(positive)),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND)
def test_equals_its_equation_one_sequence_at_a_time(
    name: str, knobs: dict[str, object], by_hand: ByHand
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = draw(cell)
    plain = {k: v.numpy() for k, v in params.items()}
    theirs = np.stack([by_hand(plain, x[:, k].numpy()) for k in range(B)], 1)
    np.testing.assert_allclose(hidden(cell, params, x), theirs, rtol=1e-9, atol=1e-12)


TWINS = {
    "lstm_peephole": ("PeepholeLSTMCell", {"W": "ih", "U": "hh", "b": "bias_ih", "p": "ph"}),
    "janet": ("JANETCell", {"W": "ih", "U": "hh", "b": "bias_ih"}),
    "lstm_multiplicative": (
        "MultiplicativeLSTMCell",
        {"W": "ih", "U": "hh", "V": "mh", "b": "bias_mh"},
    ),
    "residual_lstm": (
        "ResLSTMCell",
        {"W": "ih", "U": "hh", "b": "bias_ih", "p": "ph", "U_h": "proj", "W_h": "res"},
    ),
}


@pytest.mark.parametrize("name", TWINS)
def test_equals_its_twin_in_torchrecurrent(name: str) -> None:
    cell, x = registry.load_cell(name), inputs()
    class_name, names = TWINS[name]
    twin = getattr(torchrecurrent, class_name)(INPUTS, H, dtype=torch.float64)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    pairs = {k: v if v.startswith("bias") else f"weight_{v}" for k, v in names.items()}
    assert set(pairs) == set(cell.params())
    with torch.no_grad():
        for weight in twin.parameters():
            if weight.ndim == 1 and weight.numel() > 1:  # a second bias, and m's, which it lacks
                weight.zero_()
        for ours, theirs in pairs.items():
            twin.get_parameter(theirs).copy_(params[ours].view_as(twin.get_parameter(theirs)))
    state = None
    path = []
    for x_t in x:
        state = twin(x_t, state)
        path.append(state[0])
    h, twin_h = hidden(cell, params, x), torch.stack(path)
    torch.testing.assert_close(h, twin_h, rtol=1e-9, atol=1e-12)
    h.square().sum().backward()
    twin_h.square().sum().backward()
    for ours, theirs in pairs.items():
        grad = twin.get_parameter(theirs).grad
        torch.testing.assert_close(params[ours].grad.view_as(grad), grad, rtol=1e-8, atol=1e-11)
