"""What every cell promises. Cells are found, not listed; a new file is tested by being there."""

from collections.abc import Callable
from typing import get_args

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import READOUT, Cell, Family

SIZES = {"I": 3, "H": 8, "O": 2}
T, B = 6, 4  # B * H = 32: torch.sigmoid rounds otherwise where a vector register is not filled
KNOBS = [(name, {}) for name in registry.names("cells")] + [
    *(("rnn", {"activation": f}) for f in ("relu", "sigmoid", "modrelu")),
    *(("jordan", {"feedback": g, "decay": 0.5}) for g in ("identity", "softmax")),
]
every_cell = pytest.mark.parametrize(
    "cell", [registry.load_cell(*k) for k in KNOBS], ids=lambda cell: str(cell).replace("gain=", "")
)


def draw(cell: Cell, *front: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensors:
    """Random weights, none of them zero."""
    stream = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(*front, *shape, generator=stream, dtype=dtype) / 2
        for name, shape in cell.shapes(SIZES).items()
    }


def inputs(*front: int, dtype: torch.dtype = torch.float64, seed: int = 1) -> Tensor:
    stream = torch.Generator().manual_seed(seed)
    return torch.randn(*front, T, B, SIZES["I"], generator=stream, dtype=dtype)


def through_time(cell: Cell, params: Tensors, x: Tensor) -> list[State]:
    states = [cell.start(x.unbind(-3)[0], params)]
    for x_t in x.unbind(-3):
        states.append(cell.step(params, states[-1], x_t))
    return states[1:]


def answers(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """The readout of the last three steps, (..., 3, B, O)."""
    h = torch.stack([state[0] for state in through_time(cell, params, x)[-3:]], -3)
    front = params["W_out"].shape[:-2]
    W_out, b_out = (params[k].reshape(*front, 1, *params[k].shape[-2:]) for k in READOUT)
    return h @ W_out.mT + b_out


def with_gradients(cell: Cell, params: Tensors, x: Tensor) -> tuple[Tensor, Tensors]:
    leaves = {k: v.clone().requires_grad_() for k, v in params.items()}
    said = answers(cell, leaves, x)
    grads = torch.autograd.grad(said.square().sum(), list(leaves.values()))
    return said.detach(), dict(zip(leaves, grads, strict=True))


@every_cell
def test_declares_itself(cell: Cell) -> None:
    weights = cell.initialize(SIZES, torch.Generator().manual_seed(0))
    assert {name: tuple(w.shape) for name, w in weights.items()} == cell.shapes(SIZES)
    assert all(w.dtype == torch.float32 for w in weights.values())
    gates = {gate for param in cell.params().values() for gate in param.gates}
    assert gates == set(cell.gates)
    for held in (cell.forget, cell.admit):
        assert set(held) <= set(cell.gates) and set(held.values()) <= {1, -1}
    assert not set(cell.forget) & set(cell.admit)
    assert set(cell.memory or ()) <= set(cell.state)
    assert cell.family in get_args(Family)
    start = cell.start(inputs()[0], draw(cell))
    assert len(start) == len(cell.state) == len(set(cell.state))
    assert all(not part.any() for part in start)


@every_cell
def test_every_state_keeps_its_shape_and_h_comes_first(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    start = cell.start(x.unbind(-3)[0], params)
    for state in through_time(cell, params, x):
        assert [part.shape for part in state] == [part.shape for part in start]
    assert start[0].shape == (3, B, SIZES["H"])


@every_cell
def test_a_stack_equals_its_trials_bit_for_bit(cell: Cell) -> None:
    x, params = inputs(5, dtype=torch.float32), draw(cell, 5, dtype=torch.float32)
    some = [1, 3]  # width two or more: a product of one trial may take another path
    said, grads = with_gradients(cell, params, x)
    said_alone, grads_alone = with_gradients(cell, {k: v[some] for k, v in params.items()}, x[some])
    assert torch.equal(said[some], said_alone)
    for name, grad in grads.items():
        assert torch.equal(grad[some], grads_alone[name]), name


@every_cell
def test_a_stack_computes_what_one_trial_computes(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    said = answers(cell, params, x)
    for row in range(3):
        alone = answers(cell, {k: v[row] for k, v in params.items()}, x[row])
        torch.testing.assert_close(said[row], alone, rtol=1e-12, atol=1e-12)


@every_cell
def test_not_a_number_stays_home(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    healthy, healthy_grads = with_gradients(cell, params, x)
    params["W"][1] = torch.nan
    said, grads = with_gradients(cell, params, x)
    assert said[1].isnan().all()
    for sick, well in [(said, healthy), *((grads[k], healthy_grads[k]) for k in grads)]:
        assert torch.equal(sick[[0, 2]], well[[0, 2]])


@every_cell
def test_gradient_reaches_every_weight(cell: Cell) -> None:
    _, grads = with_gradients(cell, draw(cell), inputs())
    for name, param in (cell.params() | READOUT).items():
        for block in grads[name].chunk(len(param.gates), param.axis):
            assert block.isfinite().all() and block.any(), name


@every_cell
def test_gradients_equal_finite_differences(cell: Cell) -> None:
    params, x = draw(cell), inputs()[:3, :2].requires_grad_()
    leaves = [p.requires_grad_() for p in params.values()]

    def function(x: Tensor, *weights: Tensor) -> Tensor:
        return answers(cell, dict(zip(params, weights, strict=True)), x)

    assert torch.autograd.gradcheck(function, (x, *leaves))


@every_cell
def test_the_far_past_matters_to_a_cell_that_remembers(cell: Cell) -> None:
    x = inputs().requires_grad_()
    last = through_time(cell, draw(cell), x)[-1][0]
    (grad,) = torch.autograd.grad(last.sum(), x)
    assert bool(grad[0].any()) == cell.remembers


@every_cell
def test_initial_weights_follow_their_stream_and_gain(cell: Cell) -> None:
    first, again, other = (
        cell.initialize(SIZES, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["W"], other["W"])
    wide = cell.initialize(SIZES | {"H": 200}, torch.Generator().manual_seed(0))
    for name, param in cell.params().items():
        ours = type(cell).initialize is Cell.initialize
        if ours and param.role == "recurrent" and param.square:
            units = wide[name].shape[-1]
            assert wide[name].std().item() == pytest.approx(cell.gain / units**0.5, rel=0.05)


TWINS = [
    ("rnn", {"activation": "tanh"}, torch.nn.RNN, {"nonlinearity": "tanh"}),
    ("rnn", {"activation": "relu"}, torch.nn.RNN, {"nonlinearity": "relu"}),
    ("lstm", {}, torch.nn.LSTM, {}),
    ("gru_reset_after", {}, torch.nn.GRU, {}),
]


@pytest.mark.parametrize(("name", "knobs", "module", "options"), TWINS)
@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_equals_its_torch_twin(
    name: str,
    knobs: dict[str, object],
    module: type[nn.RNNBase],
    options: dict[str, object],
    dtype: torch.dtype,
    rtol: float,
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs(dtype=dtype)
    params = draw(cell, dtype=dtype)
    n = SIZES["H"]
    twin = module(SIZES["I"], n, dtype=dtype, **options)
    hidden_bias = torch.zeros_like(params["b"][0])
    if "b_h" in params:  # torch keeps two biases; ours is the second for the gate n alone
        hidden_bias = torch.cat([hidden_bias[: 2 * n], params["b_h"][0]])
    with torch.no_grad():
        twin.weight_ih_l0.copy_(params["W"])
        twin.weight_hh_l0.copy_(params["U"])
        twin.bias_ih_l0.copy_(params["b"][0])
        twin.bias_hh_l0.copy_(hidden_bias)
    ours = {k: v.requires_grad_() for k, v in params.items()}
    h = torch.stack([state[0] for state in through_time(cell, ours, x)])
    theirs, _ = twin(x)
    close = {"rtol": rtol, "atol": rtol}
    torch.testing.assert_close(h, theirs, **close)
    h.square().sum().backward()
    theirs.square().sum().backward()
    torch.testing.assert_close(ours["W"].grad, twin.weight_ih_l0.grad, **close)
    torch.testing.assert_close(ours["U"].grad, twin.weight_hh_l0.grad, **close)
    torch.testing.assert_close(ours["b"].grad[0], twin.bias_ih_l0.grad, **close)
    if "b_h" in ours:
        torch.testing.assert_close(ours["b_h"].grad[0], twin.bias_hh_l0.grad[2 * n :], **close)


def s(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def blocks(values: np.ndarray, gates: str) -> dict[str, np.ndarray]:
    n = SIZES["H"]
    return {gate: values[j * n : (j + 1) * n] for j, gate in enumerate(gates)}


def peephole_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Gers and Schmidhuber's equations, gate by gate."""
    W, R, b = (blocks(p[k], "ifzo") for k in ("W", "U", "b"))
    peep = blocks(p["p"], "ifo")
    h = c = np.zeros((x.shape[1], SIZES["H"]))
    path = []
    for x_t in x:
        a = {g: x_t @ W[g].T + h @ R[g].T + b[g] for g in "ifzo"}
        i, f = s(a["i"] + peep["i"] * c), s(a["f"] + peep["f"] * c)
        c = f * c + i * np.tanh(a["z"])
        o = s(a["o"] + peep["o"] * c)
        h = o * np.tanh(c)
        path.append(h)
    return path


def gru_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Cho et al.'s equations, one sequence and one gate at a time."""
    W, U, b = (blocks(p[k], "rzn") for k in ("W", "U", "b"))
    path = [np.zeros((x.shape[1], SIZES["H"]))]
    for x_t in x:
        new = []
        for x_b, h in zip(x_t, path[-1], strict=True):
            r = s(W["r"] @ x_b + U["r"] @ h + b["r"])
            z = s(W["z"] @ x_b + U["z"] @ h + b["z"])
            proposal = np.tanh(W["n"] @ x_b + U["n"] @ (r * h) + b["n"])
            new.append(z * h + (1 - z) * proposal)
        path.append(np.array(new))
    return path[1:]


def jordan_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    """Own output fed back through tanh, with a context that keeps half of itself."""
    context = np.zeros((x.shape[1], SIZES["O"]))
    y, path = context, []
    for x_t in x:
        context = 0.5 * context + y  # c_t = mu c_{t-1} + y_{t-1}, as Jordan counts
        h = np.tanh(x_t @ p["W"].T + context @ p["V"].T + p["b"])
        y = np.tanh(h @ p["W_out"].T + p["b_out"])
        path.append(h)
    return path


def memoryless_by_hand(p: dict[str, np.ndarray], x: np.ndarray) -> list[np.ndarray]:
    return list(np.tanh(x @ p["W"].T + p["b"]))


BY_HAND = [
    ("lstm_peephole", {}, peephole_by_hand),
    ("gru", {}, gru_by_hand),
    ("jordan", {"decay": 0.5}, jordan_by_hand),
    ("memoryless", {}, memoryless_by_hand),
]


@pytest.mark.parametrize(("name", "knobs", "by_hand"), BY_HAND)
def test_equals_its_equation_in_numpy(
    name: str, knobs: dict[str, object], by_hand: Callable[..., np.ndarray]
) -> None:
    cell, x = registry.load_cell(name, knobs), inputs()
    params = draw(cell)
    plain = {k: (v[0] if v.shape[0] == 1 else v).numpy() for k, v in params.items()}
    ours = [state[0].numpy() for state in through_time(cell, params, x)]
    np.testing.assert_allclose(ours, by_hand(plain, x.numpy()), rtol=1e-10, atol=1e-12)


def test_modrelu_shrinks_by_its_threshold_and_keeps_the_sign() -> None:
    cell = registry.load_cell("rnn", {"activation": "modrelu"})
    params = {
        "W": torch.eye(2, dtype=torch.float64),
        "U": torch.zeros(2, 2, dtype=torch.float64),
        "b": torch.tensor([[-1.0, 0.5]], dtype=torch.float64),
    }
    x = torch.tensor([[3.0, -2.0], [0.5, 2.0]], dtype=torch.float64)
    (h,) = cell.step(params, (torch.zeros(2, 2, dtype=torch.float64),), x)
    assert h.tolist() == [[2.0, -2.5], [0.0, 2.5]]


def test_jordan_remembers_as_many_numbers_as_it_says() -> None:
    cell, x = registry.load_cell("jordan"), inputs().requires_grad_()
    last = through_time(cell, draw(cell), x)[-1][0][0]  # h of one sequence
    rows = [torch.autograd.grad(unit, x, retain_graph=True)[0][0, 0] for unit in last]
    assert torch.linalg.matrix_rank(torch.stack(rows)) <= SIZES["O"] < SIZES["H"]


@pytest.mark.parametrize("n", [4, 7])
def test_parameter_counts(n: int) -> None:
    def count(name: str) -> int:
        shapes = [p.shape({"I": m, "H": n}) for p in registry.load_cell(name).params().values()]
        return sum(rows * columns for rows, columns in shapes)

    m = 3
    per_gate = n * m + n * n + n
    assert count("memoryless") == n * m + n
    assert count("rnn") == per_gate
    assert count("gru") == 3 * per_gate
    assert count("gru_reset_after") == 3 * per_gate + n
    assert count("lstm") == 4 * per_gate
    assert count("lstm_peephole") == 4 * per_gate + 3 * n  # definition: 4(nm + n^2 + n) + 3n


@pytest.mark.parametrize("name", registry.names("cells"))
def test_the_docstring_is_the_card(name: str) -> None:
    card = registry.card("cells", name)
    assert card.title and " = " in card.doc and "\nGradient: " in card.doc
    assert "\nNot " in card.doc and card.sources
    assert len(card.path.read_text().splitlines()) <= 60
