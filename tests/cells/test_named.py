"""Cells that others have by name, against torchrecurrent, torch's LSTM and their papers."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent as others
from torch import Tensor, nn
from torch.func import functional_call

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from seqbench.errors import InputError
from tests.helpers.cells import INPUTS, B, H, born, draw, hidden, inputs, s, through_time
from tests.helpers.gated import zeros
from tests.helpers.sequences import far

Twin = Callable[[Tensors, Tensor], Tensor]
DOUBLE = torch.float64


def follow(module: nn.Module, weights: Tensors, x: Tensor) -> Tensor:
    """What a cell of torchrecurrent says at every step; all its weights are given."""
    own = {k: v.shape for k, v in module.named_parameters()}
    assert own == {k: v.shape for k, v in weights.items()}
    state, said = None, []
    for x_t in x:
        state = functional_call(module, weights, (x_t, state))
        said.append(state[0] if isinstance(state, tuple) else state)
    return torch.stack(said)


def theirs(W: Tensor, U: Tensor, b: Tensor) -> Tensors:
    """Their input bias is our bias, and they have one more."""
    return {"weight_ih": W, "weight_hh": U, "bias_ih": b, "bias_hh": torch.zeros_like(b)}


def mgu(p: Tensors, x: Tensor) -> Tensor:
    """The whole unit, in whose gate the weights that a simplified one lacks are 0."""
    none = {"W": torch.zeros(H, INPUTS, dtype=DOUBLE), "U": torch.zeros(H, H, dtype=DOUBLE)}
    b = p["b"][0]
    W, U = torch.cat([none["W"], p["W"]]), p["U"]
    U = U if len(U) == 2 * H else torch.cat([none["U"], U])
    b = b if len(b) == 2 * H else torch.cat([zeros(1), b])
    return follow(others.MGUCell(INPUTS, H, dtype=DOUBLE), theirs(W, U, b), x)


def miru(p: Tensors, x: Tensor) -> Tensor:
    knobs = {"reset_coefficient": 0.7, "update_coefficient": 0.8}
    cell = others.MiRU2Cell(INPUTS, H, dtype=DOUBLE, **knobs)
    return follow(cell, theirs(p["W"], p["U"], p["b"][0]), x)


class Hard(nn.Module):
    """Theano's hard sigmoid; torch's, which they take, has the slope of 1/6."""

    def forward(self, z: Tensor) -> Tensor:
        return (z / 5 + 0.5).clamp(0, 1)


def sgu(p: Tensors, x: Tensor) -> Tensor:
    cell = others.SGUCell(INPUTS, H, gate_nonlinearity=Hard(), dtype=DOUBLE)
    return follow(cell, theirs(p["W"], p["U"], p["b"][0]), x)


def dsgu(p: Tensors, x: Tensor) -> Tensor:
    cell = others.DSGUCell(INPUTS, H, gate_nonlinearity=Hard(), dtype=DOUBLE)
    return follow(cell, theirs(p["W"], p["U"], p["b"][0]) | {"weight_ho": p["V"]}, x)


def working_memory(p: Tensors, x: Tensor) -> Tensor:
    """They have a bias inside of tanh, which the paper has not."""
    cell = others.WMCLSTMCell(INPUTS, H, dtype=DOUBLE)
    memory = {"weight_mh": p["V"], "bias_mh": zeros(3)}
    return follow(cell, theirs(p["W"], p["U"], p["b"][0]) | memory, x)


def tau_gru(p: Tensors, x: Tensor) -> Tensor:
    """The delayed state is theirs to be given; they have u, z, g, a where we have u, g, a, z."""

    def order(weight: Tensor) -> Tensor:
        u, g, a, z = weight.split(H)
        return torch.cat([u, z, g, a])

    weights = theirs(order(p["W"]), order(torch.cat([p["U"], p["V"]])), order(p["b"][0]))
    module, said = others.tauGRUCell(INPUTS, H, dtype=DOUBLE), [torch.zeros(B, H, dtype=DOUBLE)]
    for t, x_t in enumerate(x):
        old = said[max(t - 2, 0)]
        said.append(functional_call(module, weights, (x_t, said[-1], old)))
    return torch.stack(said[1:])


def fast_slow(p: Tensors, x: Tensor) -> Tensor:
    """Mujika et al., with four fast layers of torch's own LSTM cell."""

    def lstm(name: str, heard: Tensor, W: Tensor, state: tuple[Tensor, Tensor]) -> tuple:
        b = p[f"b_{name}"][0]
        weights = theirs(W, p[f"U_{name}"], b)
        return functional_call(nn.LSTMCell(W.shape[1], H, dtype=DOUBLE), weights, (heard, state))

    none = torch.zeros(B, H, dtype=DOUBLE)
    fast, slow, said = (none, none), (none, none), []
    for x_t in x:
        fast = lstm("1", x_t, p["W"], fast)
        slow = lstm("k", fast[0], p["V_k"], slow)
        fast = lstm("2", slow[0], p["V_2"], fast)
        for name in ("3", "4"):
            fast = lstm(name, none[:, :1], torch.zeros(4 * H, 1, dtype=DOUBLE), fast)
        said.append(fast[0])
    return torch.stack(said)


def shuffling(p: Tensors, x: Tensor) -> Tensor:
    """Rotman and Wolf: a two-layer perceptron times a gate, and a roll."""
    heard = nn.functional.linear(x, p["W"], p["b"][0]).relu()
    new = nn.functional.linear(heard, p["V"], p["c"][0])
    new = new * nn.functional.linear(x, p["W_z"], p["b_z"][0]).sigmoid()
    h, said = torch.zeros(B, H, dtype=DOUBLE), []
    for n in new:
        said.append(h := torch.relu(n + h.roll(1, -1)))
    return torch.stack(said)


TWINS: dict[str, tuple[dict[str, object], Twin]] = {
    "mgu1": ({}, mgu),
    "mgu2": ({}, mgu),
    "mgu3": ({}, mgu),
    "miru": ({"reset": 0.7, "update": 0.8}, miru),
    "sgu": ({}, sgu),
    "dsgu": ({}, dsgu),
    "lstm_working_memory": ({}, working_memory),
    "tau_gru": ({"delay": 2}, tau_gru),
    "fsrnn": ({"depth": 4}, fast_slow),
    "srnn": ({}, shuffling),
}


@pytest.mark.parametrize("name", TWINS)
def test_equals_its_twin_in_values_and_gradients(name: str) -> None:
    knobs, twin = TWINS[name]
    cell, x = registry.load_cell(name, knobs), inputs(steps=11)
    params = {k: v.requires_grad_() for k, v in draw(cell).items()}
    own = {k: v for k, v in params.items() if k not in READOUT}
    ours, right = hidden(cell, params, x), twin(params, x)
    assert far(ours, right) <= 1e-14
    slopes = [torch.autograd.grad(h.square().sum(), list(own.values())) for h in (ours, right)]
    for key, our, their in zip(own, *slopes, strict=True):
        assert their.any() and far(our, their) <= 1e-13, key


def nas_by_hand(w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Zoph and Le, as in the authors' cell for TensorFlow: 8 leaves, joined in pairs."""
    leaf = [s, lambda z: np.maximum(z, 0)] * 2 + [np.tanh, s] * 2
    h, c, path = np.zeros(H), np.zeros(H), []
    for u in x:
        from_x, from_h = np.split(w["W"] @ u, 8), np.split(w["U"] @ h + w["b"], 8)
        both = [a + b for a, b in zip(from_x, from_h, strict=True)]
        both[3] = from_x[3] * from_h[3]
        y = [f(z) for f, z in zip(leaf, both, strict=True)]
        pairs = [np.tanh(y[0] * y[1]), np.tanh(y[2] + y[3]), np.tanh(y[4] * y[5]), s(y[6] + y[7])]
        c = np.tanh(pairs[0] + c) * pairs[1]
        h = np.tanh(c * np.tanh(pairs[2] + pairs[3]))
        path.append(h)
    return path


def plrnn_by_hand(w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Durstewitz, unit by unit: a weight of its own, and what the active others say."""
    h, path = np.zeros(H), []
    for t in x:
        old = h.copy()
        for k in range(H):
            heard = sum(w["U"][k, j] * old[j] for j in range(H) if j != k and old[j] > 0)
            h[k] = w["u"][k] * old[k] + heard + w["W"][k] @ t + w["b"][k]
        path.append(h.copy())
    return path


def mc_lstm_by_hand(w: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Hoedt et al., with gates that hear the cells, and R_t made anew at every step."""

    def softmax(z: np.ndarray) -> np.ndarray:
        return np.exp(z) / np.exp(z).sum()

    c, path = np.zeros(H), []
    for a in x:
        size = np.linalg.norm(c, 1)
        share = c / size if size else c
        net_i, net_o = np.split(w["W"] @ a + w["U"] @ share + w["b"], 2)
        net_R = np.split(w["W_R"] @ a + w["U_R"] @ share + w["b_R"], H)
        R = np.stack([softmax(row) for row in net_R])
        total = R.T @ c + softmax(net_i) * a[0]
        c = (1 - s(net_o)) * total
        path.append(s(net_o) * total)
    return path


BY_HAND = {"nas": nas_by_hand, "plrnn": plrnn_by_hand, "mc_lstm": mc_lstm_by_hand}


@pytest.mark.parametrize("name", BY_HAND)
@pytest.mark.parametrize("weights", [draw, born])
def test_equals_its_equation_in_numpy(name: str, weights: Callable[[Cell], Tensors]) -> None:
    cell, x = registry.load_cell(name), inputs(steps=11)
    params = {k: v.double() for k, v in weights(cell).items()}
    flat = {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}
    ours = hidden(cell, params, x)
    right = [BY_HAND[name](flat, x[:, row].numpy()) for row in range(B)]
    assert far(ours, torch.from_numpy(np.stack(right, 1))) <= 1e-14


def test_torchrecurrent_s_nas_cell_adds_where_the_authors_multiply() -> None:
    cell, x = registry.load_cell("nas"), inputs()
    params, module = draw(cell), others.NASCell(INPUTS, H, dtype=DOUBLE)
    p = {k: v.clone() for k, v in params.items()}
    other = follow(module, theirs(p["W"], p["U"], p["b"][0]), x)
    assert far(hidden(cell, params, x), other) > 1e-3
    for block in (p["W"][3 * H :], p["U"][3 * H :], p["b"][0, 3 * H :]):
        block[:H] = 0.0  # without that block the two are one
    assert far(hidden(cell, p, x), follow(module, theirs(p["W"], p["U"], p["b"][0]), x)) <= 1e-14


def test_mc_lstm_loses_no_mass_and_its_cells_stay_positive() -> None:
    cell, x = registry.load_cell("mc_lstm"), inputs(steps=40).abs()
    states = through_time(cell, draw(cell), x)
    came = x[..., 0].cumsum(0)
    went = torch.stack([h.sum(-1) for h, _ in states]).cumsum(0)
    held = torch.stack([c for _, c in states])
    torch.testing.assert_close(went + held.sum(-1), came, rtol=1e-13, atol=0)
    assert held.min() > 0


def test_mc_lstm_begins_with_its_outlet_nearly_shut() -> None:
    for forget_bias in (0.0, 1.0):
        w = born(registry.load_cell("mc_lstm", {"forget_bias": forget_bias}))
        assert w["b"].tolist() == [[0.0] * H + [-3.0 - forget_bias] * H]
        assert torch.equal(w["b_R"].reshape(H, H), torch.eye(H))


def test_plrnn_s_diagonal_of_U_is_not_there() -> None:
    cell, x = registry.load_cell("plrnn"), inputs()
    params = draw(cell)
    other = params | {"U": params["U"] + torch.eye(H, dtype=DOUBLE)}
    assert torch.equal(hidden(cell, params, x), hidden(cell, other, x))


def test_srnn_hands_a_number_through_all_units_and_neither_shrinks_nor_grows_it() -> None:
    cell = registry.load_cell("srnn")
    params = {k: torch.zeros_like(v) for k, v in draw(cell).items()}
    state = torch.arange(1.0, H + 1, dtype=DOUBLE).expand(B, H)
    h, silence = (state,), torch.zeros(B, INPUTS, dtype=DOUBLE)
    for _ in range(H):
        h = cell.step(params, h, silence)
        assert torch.equal(h[0].sort().values, state)
    assert torch.equal(h[0], state)


@pytest.mark.parametrize("delay", [1, 3])
def test_tau_gru_hears_the_state_of_so_many_steps_before(delay: int) -> None:
    cell, x = registry.load_cell("tau_gru", {"delay": delay}), inputs(steps=9)
    params, other = draw(cell), draw(cell)
    other["V"] = -other["V"]
    same = (hidden(cell, params, x) == hidden(cell, other, x)).all(-1).all(-1)
    assert same.tolist() == [t <= delay for t in range(9)]  # h is 0 before the first step


@pytest.mark.parametrize("name", ["dsgu", "sgu"])
@pytest.mark.parametrize(("push", "kept"), [(-9.0, True), (9.0, False)])
def test_a_hard_gate_holds_without_any_loss_and_its_bias_learns_nothing(
    name: str, push: float, kept: bool
) -> None:
    cell, x = registry.load_cell(name), inputs()[0]
    params = draw(cell)
    params["b"][:, H:] = push
    params["b"].requires_grad_()
    old = torch.rand(B, H, generator=torch.Generator().manual_seed(2), dtype=DOUBLE)
    (h,) = cell.step(params, (old,), x)
    assert torch.equal(h, old) is kept
    if kept:
        assert not h.requires_grad or not torch.autograd.grad(h.sum(), params["b"])[0].any()


def test_what_never_changes_or_has_one_fast_layer_is_refused() -> None:
    with pytest.raises(InputError, match="would never change"):
        registry.load_cell("miru", {"update": 1.0})
    with pytest.raises(InputError, match="depth"):
        registry.load_cell("fsrnn", {"depth": 1})
