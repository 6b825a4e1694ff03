"""The relatives of the GRU against an independent implementation, and what is peculiar to each.

Where torchrecurrent has a bias that the paper has not, that bias is zero here.
"""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchrecurrent as others
from torch import Tensor
from torch.func import functional_call

from seqbench import registry
from seqbench.axes import State, Tensors
from seqbench.cell import READOUT, Cell

SIZES = {"I": 3, "H": 8, "O": 2}
T, B, N = 6, 4, SIZES["H"]


def draw(cell: Cell, seed: int = 0) -> Tensors:
    """Random float64 weights, none of them zero."""
    stream = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(param.shape(SIZES), generator=stream, dtype=torch.float64) / 2
        for name, param in (cell.params() | READOUT).items()
    }


def inputs(steps: int = T) -> Tensor:
    stream = torch.Generator().manual_seed(1)
    return torch.randn(steps, B, SIZES["I"], generator=stream, dtype=torch.float64)


def through_time(cell: Cell, params: Tensors, x: Tensor) -> list[State]:
    states = [cell.start(x[0], params)]
    for x_t in x:
        states.append(cell.step(params, states[-1], x_t))
    return states[1:]


def run(cell: Cell, params: Tensors, x: Tensor) -> Tensor:
    """What is read out at every step. (T, B, I) -> (T, B, H)"""
    return torch.stack([state[0] for state in through_time(cell, params, x)])


def blocks(row: Tensor, width: int = N) -> tuple[Tensor, ...]:
    return row.split(width, -1)


def zeros(count: int) -> Tensor:
    return torch.zeros(count * N, dtype=torch.float64)


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
        y, m, d, g, *_ = weight.split(N)
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
    module = make(x.shape[-1], N, dtype=torch.float64, **options)
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
    ours, twin = run(cell, params, x), run_twin(name, params, x)
    close = {"rtol": 1e-10, "atol": 1e-12}
    torch.testing.assert_close(ours, twin, **close)
    grads = torch.autograd.grad(ours.square().sum(), own)
    for grad, expected in zip(grads, torch.autograd.grad(twin.square().sum(), own), strict=True):
        torch.testing.assert_close(grad, expected, **close)


def s(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def test_mut2_equals_the_paper_where_its_reset_gate_adds_the_input_itself() -> None:
    cell, params = registry.load_cell("mut2"), draw(registry.load_cell("mut2"))
    params["P"] = torch.eye(N, dtype=torch.float64)  # as many inputs as units: no projection
    x = torch.randn(T, 1, N, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    W_z, W_n = (w.numpy() for w in params["W"].chunk(2))
    U_r, U_z, U_n = (u.numpy() for u in params["U"].chunk(3))
    b_r, b_z, b_n = (b.numpy() for b in blocks(params["b"][0]))
    h, path = np.zeros(N), []
    for x_t in x[:, 0].numpy():
        z = s(W_z @ x_t + U_z @ h + b_z)
        r = s(x_t + U_r @ h + b_r)
        h = np.tanh(U_n @ (r * h) + W_n @ x_t + b_n) * z + h * (1 - z)
        path.append(h)
    np.testing.assert_allclose(run(cell, params, x)[:, 0].numpy(), path, rtol=1e-10, atol=1e-12)


COUNTS = {
    "mgu": lambda n, m: 2 * (n * m + n * n + n),
    "mut1": lambda n, m: 3 * n * m + 2 * n * n + 3 * n,
    "mut2": lambda n, m: n * m + 5 * n * n + 3 * n,
    "mut3": lambda n, m: 3 * (n * m + n * n + n),
    "ugrnn": lambda n, m: 2 * (n * m + n * n + n),
    "intersection_rnn": lambda n, m: n * m + n + 4 * (2 * n * n + n),
    "ligru": lambda n, m: 2 * (n * m + n * n + n),
    "lightru": lambda n, m: 2 * n * m + n * n + n,
    "cfn": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "ran": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "atr": lambda n, m: n * m + n * n + n,
    "star": lambda n, m: 2 * n * m + n * n + 2 * n,
    "bistable": lambda n, m: 3 * n * m + 2 * n + 2 * n,
    "neuromodulated_bistable": lambda n, m: 3 * n * m + 2 * n * n + 2 * n,
    "fastgrnn": lambda n, m: n * m + n * n + 2 * n + 2,
}


@pytest.mark.parametrize(("n", "m"), [(7, 3), (4, 5)])
@pytest.mark.parametrize("name", COUNTS)
def test_parameter_counts(name: str, n: int, m: int) -> None:
    params = registry.load_cell(name).params().values()
    shapes = [param.shape({"I": m, "H": n, "O": 1}) for param in params]
    assert sum(rows * columns for rows, columns in shapes) == COUNTS[name](n, m)


def push(cell: Cell, params: Tensors, gates: dict[str, int], by: float) -> Tensors:
    """The weights with a bias of size `by` in each of these gates, with the gate's sign."""
    row, names = params["b"].clone(), cell.params()["b"].gates
    for gate, sign in gates.items():
        row[:, names.index(gate) * N :][:, :N] = sign * by
    return params | {"b": row}


@pytest.mark.parametrize("name", TWINS)
def test_the_declared_biases_make_it_hold_or_let_go(name: str) -> None:
    cell, x = registry.load_cell(name), inputs()[0]
    params = draw(cell)
    if "nu" in params:
        params["nu"].fill_(-40.0)  # s(nu) is let in whatever the gate says
    small = torch.randn(B, N, generator=torch.Generator().manual_seed(2), dtype=torch.float64) / 1e3
    old = tuple(small for _ in cell.state)
    kept = cell.state.index(cell.memory[0]) if cell.memory else 0

    def moved(hold: float) -> Tensor:
        pushed = push(cell, push(cell, params, cell.forget, hold), cell.admit, -hold)
        return (cell.step(pushed, old, x)[kept] - small).abs()

    assert moved(40.0).max() < 1e-6  # cfn and star bend by h^3 / 3
    assert moved(-40.0).median() > 0.05


def test_mgu_is_the_gru_whose_reset_and_update_gates_are_one() -> None:
    mgu, gru, x = registry.load_cell("mgu"), registry.load_cell("gru"), inputs()
    params = draw(mgu)

    def twice(weight: Tensor, axis: int) -> Tensor:
        f, n = weight.chunk(2, axis)
        return torch.cat([f, -f, n], axis)

    same = {"W": twice(params["W"], 0), "U": twice(params["U"], 0), "b": twice(params["b"], 1)}
    torch.testing.assert_close(run(mgu, params, x), run(gru, params | same, x))


def test_mut2_with_a_free_matrix_for_the_reset_gate_would_be_a_gru() -> None:
    cell, gru, x = registry.load_cell("mut2"), registry.load_cell("gru"), inputs()
    params = draw(cell)
    P, (W_z, W_n) = params["P"], params["W"].chunk(2)
    U_r, U_z, U_n = params["U"].chunk(3)
    b_r, b_z, b_n = params["b"].chunk(3, -1)
    same = {
        "W": torch.cat([P, -W_z @ P, W_n @ P]),
        "U": torch.cat([U_r, -U_z, U_n]),
        "b": torch.cat([b_r, -b_z, b_n], -1),
    }
    torch.testing.assert_close(run(cell, params, x), run(gru, params | same, x))


def test_the_update_gate_of_mut1_does_not_see_the_state() -> None:
    cell, x = registry.load_cell("mut1"), inputs()[0]
    params = draw(cell)
    params["U"][N:] = 0  # h now reaches the new state through z and 1 - z only
    step = torch.func.jacrev(lambda h: cell.step(params, (h,), x[:1])[0])
    slope = step(torch.full((1, N), 0.3, dtype=torch.float64))[0, :, 0]
    z = torch.sigmoid(x[:1] @ params["W"][:N].mT + params["b"][:, :N])
    torch.testing.assert_close(slope, torch.diag(1 - z[0]))


def test_ugrnn_is_the_gru_that_never_resets() -> None:
    cell, gru, x = registry.load_cell("ugrnn"), registry.load_cell("gru"), inputs()
    params = draw(cell)

    def open_reset(name: str) -> Tensor:
        axis = cell.params()[name].axis
        c, g = params[name].chunk(2, axis)
        return torch.cat([torch.full_like(g, 50.0 if name == "b" else 0.0), g, c], axis)

    same = {name: open_reset(name) for name in ("W", "U", "b")}
    torch.testing.assert_close(run(cell, params, x), run(gru, params | same, x))


def test_intersection_rnn_carries_its_memory_through_time_and_its_input_through_depth() -> None:
    cell, x = registry.load_cell("intersection_rnn"), inputs()
    params = draw(cell)
    (y, h), *_ = through_time(cell, params, x)
    again = [cell.step(params, (changed, h), x[1]) for changed in (y, y + 1)]
    assert all(torch.equal(a, b) for a, b in zip(*again, strict=True))
    open_depth = push(cell, params, {"d": 1}, 50.0)
    v = x @ params["P"].mT + blocks(params["b"])[4]
    torch.testing.assert_close(run(cell, open_depth, x), v)


@pytest.mark.parametrize(("name", "explodes"), [("ligru", True), ("ugrnn", False)])
def test_only_the_unbounded_candidate_explodes(name: str, explodes: bool) -> None:
    cell, x = registry.load_cell(name), inputs(60)
    params = {k: torch.zeros_like(v) for k, v in draw(cell).items()}
    candidate = slice(N, None) if name == "ligru" else slice(N)
    params["U"][candidate] = 3 * torch.eye(N, dtype=torch.float64)
    params["W"][candidate] = 1.0
    size = run(cell, params, x)[-1].abs().max()
    assert (size > 1e12) if explodes else (size <= 1)


def test_cfn_forgets_everything_without_input_whatever_its_weights() -> None:
    cell = registry.load_cell("cfn")
    params = {name: 20 * weight for name, weight in draw(cell).items()}
    silence = torch.zeros(1000, B, SIZES["I"], dtype=torch.float64)
    h = [torch.full((B, N), 1.9, dtype=torch.float64)]
    for x_t in silence:
        h.append(cell.step(params, (h[-1],), x_t)[0])
    path = torch.stack(h).abs()
    assert (path.diff(dim=0) <= 0).all() and path[-1].max() < 0.05


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_ran_is_a_weighted_sum_of_its_inputs(activation: str) -> None:
    cell, x = registry.load_cell("ran", {"activation": activation}), inputs()
    params = draw(cell)
    states = through_time(cell, params, x)
    W_c, W_i, W_f = params["W"].chunk(3)
    (U_i, U_f), (b_i, b_f) = params["U"].chunk(2), params["b"].chunk(2, -1)
    before = [cell.start(x[0], params)[0], *(h for h, _ in states[:-1])]
    i = [torch.sigmoid(x_t @ W_i.mT + h @ U_i.mT + b_i) for x_t, h in zip(x, before, strict=True)]
    f = [torch.sigmoid(x_t @ W_f.mT + h @ U_f.mT + b_f) for x_t, h in zip(x, before, strict=True)]
    weight = [i[j] * torch.stack([*f[j + 1 :], torch.ones_like(f[0])]).prod(0) for j in range(T)]
    total = sum(weight[j] * (x[j] @ W_c.mT) for j in range(T))
    h, c = states[-1]
    torch.testing.assert_close(c, total)
    torch.testing.assert_close(h, total.tanh() if activation == "tanh" else total)


def test_atr_has_equal_gates_where_the_state_says_nothing() -> None:
    cell, x = registry.load_cell("atr"), inputs()[0]
    params = draw(cell)
    params["U"].zero_(), params["b"].zero_()
    p, h = x @ params["W"].mT, torch.full((B, N), 0.7, dtype=torch.float64)
    torch.testing.assert_close(cell.step(params, (h,), x)[0], torch.sigmoid(p) * (p + h))


def test_star_squashes_what_the_light_recurrent_unit_does_not() -> None:
    star, light, x = registry.load_cell("star"), registry.load_cell("lightru"), inputs()[0]
    params = draw(star)
    params["b"][:, :N] = 0
    (old,) = torch.randn(1, B, N, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    (h,) = light.step(params | {"b": params["b"][:, N:]}, (old,), x)
    torch.testing.assert_close(star.step(params, (old,), x)[0], h.tanh())


@pytest.mark.parametrize(
    ("name", "alone"), [("bistable", True), ("neuromodulated_bistable", False)]
)
def test_a_bistable_unit_sees_no_other_unit_and_its_neuromodulated_cousin_does(
    name: str, alone: bool
) -> None:
    cell, x = registry.load_cell(name), inputs()[0]
    params = draw(cell)
    jacobian = torch.func.jacrev(lambda h: cell.step(params, (h,), x[:1])[0])
    slope = jacobian(torch.full((1, N), 0.3, dtype=torch.float64))[0, :, 0]
    assert slope.diagonal().all()
    assert torch.equal(slope, torch.diag(slope.diagonal())) == alone


@pytest.mark.parametrize("name", ["bistable", "neuromodulated_bistable"])
@pytest.mark.parametrize(("bias", "rest"), [(50.0, 0.9575040240772688), (-50.0, 0.0)])
def test_a_unit_has_two_lasting_states_only_where_a_exceeds_one(
    name: str, bias: float, rest: float
) -> None:
    cell = registry.load_cell(name)
    params = push(cell, {k: torch.zeros_like(v) for k, v in draw(cell).items()}, {"a": 1}, bias)
    sign = torch.tensor([1.0, -1.0] * (N // 2), dtype=torch.float64)
    h = (0.01 * sign).expand(B, N)
    for x_t in torch.zeros(1000, B, SIZES["I"], dtype=torch.float64):
        (h,) = cell.step(params, (h,), x_t)
    torch.testing.assert_close(h, (rest * sign).expand(B, N))  # tanh(2 h) = h at 0.9575


def test_vectors_and_scalars_start_where_the_authors_start_them() -> None:
    def born(name: str) -> Tensors:
        return registry.load_cell(name).initialize(SIZES, torch.Generator().manual_seed(0))

    assert born("bistable")["u"].unique().tolist() == [1.0]
    assert born("fastgrnn")["zeta"].tolist() == [[1.0]]
    assert born("fastgrnn")["nu"].tolist() == [[-4.0]]
    assert all(not born(name)["b"].any() for name in TWINS)
