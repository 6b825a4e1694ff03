"""Cells from differential equations, and linear ones: what each promises."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import READOUT, Cell
from tests.helpers.cells import INPUTS, H, born, draw, inputs, through_time


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("antisymmetric", lambda n, m: n * m + n * n + n),
        ("gated_antisymmetric", lambda n, m: 2 * n * m + n * n + 2 * n),
        ("cornn", lambda n, m: n * m + 2 * n * n + n),
        ("unicornn", lambda n, m: n * m + 3 * n),
        ("lem", lambda n, m: 4 * (n * m + n * n + n)),
        ("lipschitz_rnn", lambda n, m: n * m + 2 * n * n + n),
        ("lru", lambda n, m: 3 * n * m + 2 * n * n + 3 * n),
        ("s4d", lambda n, m: n * m + 3 * n + 4 * n * 32),
    ],
)
def test_parameter_counts(name: str, formula: Callable[[int, int], int], n: int, m: int) -> None:
    shapes = registry.load_cell(name).shapes({"I": m, "H": n, "O": 2})
    assert sum(a * b for k, (a, b) in shapes.items() if k not in READOUT) == formula(n, m)


def at_rest(cell: Cell, params: Tensors) -> Tensor:
    """The Jacobian of a step without input at state zero, where tanh is steepest."""
    zero = torch.zeros(1, H, dtype=torch.float64)

    def step(h: Tensor) -> Tensor:
        return cell.step(params, (h,), zero[:, :INPUTS])[0]

    return torch.autograd.functional.jacobian(step, zero).reshape(H, H)


GATE_AT_ZERO = [("antisymmetric", 1), ("gated_antisymmetric", 0.5)]


@pytest.mark.parametrize(("name", "gate"), GATE_AT_ZERO)
def test_antisymmetric_only_rotates_and_decays_by_gamma(name: str, gate: float) -> None:
    cell = registry.load_cell(name, {"eps": 0.1, "gamma": 0.3})
    params = draw(cell) | {"b": torch.zeros_like(draw(cell)["b"])}
    A = (at_rest(cell, params) - torch.eye(H)) / (cell.eps * gate)
    values = torch.linalg.eigvals(A)
    torch.testing.assert_close(values.real, torch.full((H,), -0.3, dtype=torch.float64))
    assert values.imag.abs().max() > 0.5


@pytest.mark.parametrize("beta", [0.0, 1.0])
def test_lipschitz_beta_goes_from_symmetric_to_antisymmetric(beta: float) -> None:
    cell = registry.load_cell("lipschitz_rnn", {"eps": 0.1, "beta": beta, "gamma": 0.3})
    params = draw(cell) | {"b": torch.zeros(1, H, dtype=torch.float64)}
    values = torch.linalg.eigvals((at_rest(cell, params) - torch.eye(H)) / cell.eps)  # of A + R
    if beta == 1:
        torch.testing.assert_close(values.real, torch.full((H,), -0.6, dtype=torch.float64))
    else:
        assert values.imag.abs().max() < 1e-12
        assert values.real.max() > 0  # so stability is not guaranteed by the form alone


@pytest.mark.parametrize("knobs", [{}, {"dt": 0.1, "gamma": 1.0, "eps": 1.0}])
@pytest.mark.parametrize("spread", [0.5, 10.0])
def test_cornn_energy_is_bounded_whatever_the_weights(
    knobs: dict[str, object], spread: float
) -> None:
    """gamma |h|^2 + |z|^2 <= n dt H / (2 eps - dt (gamma + eps^2)): from multiplying the update of
    z by the new z and that of h by the old h, with |tanh| <= 1."""
    cell, x = registry.load_cell("cornn", knobs), 5 * inputs(steps=300)
    slack = 2 * cell.eps - cell.dt * (cell.gamma + cell.eps**2)
    assert slack > 0
    for n, (h, z) in enumerate(through_time(cell, draw(cell, scale=spread), x), 1):
        energy = cell.gamma * h.square().sum(-1) + z.square().sum(-1)
        assert (energy <= n * cell.dt * H / slack).all()


def test_unicornn_keeps_the_volume_and_can_be_undone() -> None:
    cell = registry.load_cell("unicornn")
    params, x = draw(cell), inputs()[0, :1]
    before = torch.randn(2, 1, H, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def step(state: Tensor) -> Tensor:
        return torch.stack(cell.step(params, tuple(state), x))

    jacobian = torch.autograd.functional.jacobian(step, before).reshape(2 * H, 2 * H)
    assert torch.linalg.det(jacobian).item() == pytest.approx(1, abs=1e-12)
    h, z = step(before)
    d = cell.dt * torch.sigmoid(params["c"])
    h = h - d * z
    force = torch.tanh(x @ params["W"].mT + params["u"] * h + params["b"])
    z = z + d * (force + cell.alpha * h)
    torch.testing.assert_close(torch.stack([h, z]), before)


@pytest.mark.parametrize("spread", [0.5, 10.0])
def test_unicornn_energy_grows_at_most_with_the_square_of_time(spread: float) -> None:
    """alpha h^2 + z^2 <= (n d)^2 / (1 - d sqrt(alpha) / 2): the unforced step conserves
    alpha h^2 + z^2 - d alpha h z, and a force of at most 1 adds at most d to its root."""
    cell, x = registry.load_cell("unicornn"), 5 * inputs(steps=300)
    params = draw(cell, scale=spread)
    d = cell.dt * torch.sigmoid(params["c"])
    for n, (h, z) in enumerate(through_time(cell, params, x), 1):
        energy = cell.alpha * h.square() + z.square()
        bound = (n * d) ** 2 / (1 - d * cell.alpha**0.5 / 2)
        assert (energy <= bound * (1 + 1e-12)).all()


def test_unicornn_starts_as_the_authors_code() -> None:
    weights = born(registry.load_cell("unicornn"), 200)
    assert 0 <= weights["u"].min() < 0.05 and 0.95 < weights["u"].max() <= 1
    assert -0.1 <= weights["c"].min() < -0.09 and 0.09 < weights["c"].max() <= 0.1


def test_lem_stays_within_one() -> None:
    cell = registry.load_cell("lem")
    for h, z in through_time(cell, draw(cell, scale=5.0), 5 * inputs(steps=100)):
        assert h.abs().max() <= 1 and z.abs().max() <= 1


def test_lem_starts_uniform_within_one_over_root_units() -> None:
    cell = registry.load_cell("lem")
    weights = born(cell, 100)
    for name in cell.params():
        assert 0.095 < weights[name].abs().max() <= 0.1 + 1e-6
        assert weights[name].std().item() == pytest.approx(0.1 / 3**0.5, rel=0.1)


@pytest.mark.parametrize("units", [40, 100])
def test_cornn_starts_as_one_linear_layer_of_torch_over_input_position_and_speed(
    units: int,
) -> None:
    weights = born(registry.load_cell("cornn"), units)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = torch.nn.Linear(INPUTS + 2 * units, units)
    bound = (INPUTS + 2 * units) ** -0.5
    parts = {"W": INPUTS, "U": units, "V": units}
    assert sum(weights[name].numel() for name in parts) == layer.weight.numel()
    for name in (*parts, "b"):
        assert 0.9 * bound < weights[name].abs().max() <= bound * (1 + 1e-6), name
    for name in ("U", "V"):
        ours, theirs = weights[name].std().item(), layer.weight.std().item()
        assert ours == pytest.approx(theirs, rel=0.05), name
    loud = born(registry.load_cell("cornn", {"gain": 2 / 6**0.5}), units)
    torch.testing.assert_close(loud["U"], 2 * weights["U"])
    torch.testing.assert_close(loud["W"], weights["W"])


def test_lipschitz_starts_as_the_authors_command_for_permuted_mnist() -> None:
    """Deviation init_std / H, with init_std 32 and H = 128."""
    weights = born(registry.load_cell("lipschitz_rnn"), 128)
    assert weights["U"].std().item() == pytest.approx(32 / 128, rel=0.02)


def test_lru_maps_in_and_out_as_the_papers_listing() -> None:
    weights = born(registry.load_cell("lru"), 400)
    assert weights["W"].std().item() == pytest.approx((2 * INPUTS) ** -0.5, rel=0.05)
    assert weights["C"].std().item() == pytest.approx(400**-0.5, rel=0.01)
    assert weights["C"].abs().max() > 4 * 400**-0.5  # normal: a uniform one ends at 1.73


def test_lru_is_born_in_its_ring_and_normalizes_its_input() -> None:
    cell = registry.load_cell("lru", {"r_min": 0.5, "r_max": 0.9, "max_phase": 1.5})
    weights = born(cell, 500)
    length, angle = (-weights["nu"].exp()).exp(), weights["theta"].exp()
    assert 0.5 - 1e-6 <= length.min() < 0.52 and 0.89 < length.max() <= 0.9 + 1e-6
    assert length.square().mean().item() == pytest.approx((0.25 + 0.81) / 2, rel=0.03)  # by area
    assert angle.max() <= 1.5 and angle.mean().item() == pytest.approx(0.75, rel=0.1)
    torch.testing.assert_close(weights["gamma"].exp(), (1 - length**2).sqrt(), rtol=1e-4, atol=0)


@pytest.mark.parametrize("radius", [0.0, 1.0])
def test_lru_starts_finite_at_radii_that_it_cannot_reach(radius: float) -> None:
    weights = born(registry.load_cell("lru", {"r_min": radius, "r_max": radius}))
    assert all(w.isfinite().all() for w in weights.values())


@pytest.mark.parametrize("name", ["lru", "s4d"])
def test_linear_cells_never_grow_whatever_their_weights(name: str) -> None:
    """An impulse, then silence: the state's numbers only shrink."""
    cell = registry.load_cell(name)
    params, x = draw(cell, scale=3.0), inputs(steps=30)
    x[1:] = 0
    params = params | ({"b": torch.zeros_like(params["b"])} if "b" in params else {})
    lengths = torch.stack([torch.hypot(re, im) for _, re, im in through_time(cell, params, x)])
    assert (lengths[1:] <= lengths[:-1] * (1 + 1e-12)).all()
    assert (lengths[-1] < lengths[0]).any()


def test_lru_is_linear_in_the_past_so_it_cannot_multiply_by_a_mark() -> None:
    cell = registry.load_cell("lru")
    params, one, other = draw(cell), inputs(), inputs().flip(0)
    both, first, second = (through_time(cell, params, x)[-1][0] for x in (one + other, one, other))
    torch.testing.assert_close(both, first + second)


def test_s4d_is_born_as_s4d_lin() -> None:
    cell = registry.load_cell("s4d", {"pairs": 4})
    weights = born(cell, 300)
    A = (-weights["log_A"].exp() + 1j * weights["A_im"]).reshape(300, 4)
    expected = torch.tensor([-0.5 + 1j * math.pi * n for n in range(4)]).expand(300, 4)
    torch.testing.assert_close(A, expected)
    d = weights["log_d"].exp()
    assert 0.001 - 1e-6 <= d.min() < 0.0012 and 0.09 < d.max() <= 0.1 + 1e-6
    assert weights["log_d"].mean().item() == pytest.approx(math.log(0.01), rel=0.03)
    size = weights["C_re"].square().mean() + weights["C_im"].square().mean()
    assert size.item() == pytest.approx(1, rel=0.1)
