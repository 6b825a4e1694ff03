"""Linear recurrences with a state as large as a matrix: their weights, and what each promises."""

from collections.abc import Callable

import pytest
import torch

from seqbench import registry
from seqbench.cell import READOUT
from tests.helpers.cells import H, born, draw, hidden, inputs, through_time


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("gated_linear_attention", lambda n, m: 4 * (n * m + n)),
        ("delta_net", lambda n, m: 3 * (n * m + n) + m + 1),
        ("delta_product", lambda n, m: 5 * (n * m + n) + 2 * (m + 1)),
        ("hgrn2", lambda n, m: 3 * (n * m + n)),
        ("m2rnn", lambda n, m: 3 * (n * m + n) + m + 1 + 1 + n + n * n),
        ("retnet", lambda n, m: 5 * (n * m + n)),
        ("rwkv7", lambda n, m: 5 * (n * m + n) + 2 * n),
        ("rg_lru", lambda n, m: n * m + n + 2 * (n * n + n) + n),
        ("selective_ssm", lambda n, m: n * m + n + n * n + n + 2 * 16 * n + 16 * n + n),
        ("mlstm", lambda n, m: 4 * (n * m + n) + 2 * (m + 1)),
        ("gated_delta_net", lambda n, m: 3 * (n * m + n) + 2 * (m + 1) + 1),
    ],
)
def test_parameter_counts(name: str, formula: Callable[[int, int], int], n: int, m: int) -> None:
    shapes = registry.load_cell(name).shapes({"I": m, "H": n, "O": 2})
    assert sum(a * b for k, (a, b) in shapes.items() if k not in READOUT) == formula(n, m)


def test_gated_linear_attention_with_open_gates_is_linear_attention() -> None:
    """h_t = sum over the past of v (k . q_t) / sqrt(H), as attention without a softmax."""
    cell, x = registry.load_cell("gated_linear_attention"), inputs()
    params = draw(cell)
    params["b"][..., -H:] = 1e6
    q, k, v, _ = (x @ params["W"].mT + params["b"]).movedim(0, 1).chunk(4, -1)  # (B, T, H)
    expected = (q @ k.mT / H**0.5).tril() @ v
    found = torch.stack([state[0] for state in through_time(cell, params, x)], 1)
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("name", ["delta_net", "gated_delta_net"])
@pytest.mark.parametrize(("eigenvalues", "lowest"), [("0..1", 0), ("-1..1", -1)])
def test_a_step_of_the_delta_rule_has_the_eigenvalues_that_it_says(
    name: str, eigenvalues: str, lowest: int
) -> None:
    cell, x = registry.load_cell(name, {"eigenvalues": eigenvalues}), inputs()[0, :1]
    params, S = draw(cell, scale=2.0), torch.zeros(1, H * H, dtype=torch.float64)
    params |= {"c": params["c"] + 100}  # beta is all that it can be
    params |= {"c_a": params["c_a"] - 100} if "c_a" in params else {}  # and the gate is open

    def step(S: torch.Tensor) -> torch.Tensor:
        return cell.step(params, (S[:, :H], S), x)[1]

    found = torch.linalg.eigvals(torch.autograd.functional.jacobian(step, S).reshape(H * H, -1))
    expected = torch.tensor([float(lowest)] * H + [1.0] * (H * H - H), dtype=torch.float64)
    torch.testing.assert_close(found.real.sort().values, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(("eigenvalues", "can"), [("0..1", False), ("-1..1", True)])
def test_delta_net_can_do_parity_with_negative_eigenvalues_only(
    eigenvalues: str, can: bool
) -> None:
    """A 1 has beta = 2 and a 0 beta = 0, so v under the one key goes 0, 2 v, 0, 2 v, ..."""
    cell = registry.load_cell("delta_net", {"eigenvalues": eigenvalues})
    zero = {name: torch.zeros(size) for name, size in cell.shapes({"I": 1, "H": H, "O": 2}).items()}
    params = zero | {"b": zero["b"] + 1, "w": zero["w"] + 100, "c": zero["c"] - 50}
    bits = torch.randint(2, (1000, 4, 1), generator=torch.Generator().manual_seed(0)).float()
    wrong = (hidden(cell, params, bits) / 2 - bits.cumsum(0) % 2).abs().max()
    assert wrong < 0.01 if can else wrong > 0.4


def test_mlstm_says_the_same_whatever_the_size_of_its_input_gates() -> None:
    """Where the floor under the normalizer is not met, one number on all i cancels."""
    cell, params = registry.load_cell("mlstm"), draw(registry.load_cell("mlstm"))
    x, more = inputs(steps=50), torch.tensor([1.0, 0.0], dtype=torch.float64)  # i, f
    far_up, further = (
        hidden(cell, params | {"c": params["c"] + size * more}, x) for size in (300, 10_000)
    )
    assert far_up.isfinite().all()
    torch.testing.assert_close(far_up, further)


def test_rg_lru_begins_between_nine_tenths_and_nearly_one() -> None:
    least = torch.sigmoid(born(registry.load_cell("rg_lru"), 500)["L"]).pow(8)
    assert 0.9 - 1e-5 <= least.min() < 0.903 and 0.996 < least.max() <= 0.999 + 1e-5
    assert least.mean().item() == pytest.approx(0.9495, rel=0.005)


def test_rg_lru_stays_as_large_as_its_input_however_long_it_remembers() -> None:
    """Of white noise, sqrt(1 - a^2) makes a sum of the noise's own variance for every a."""
    cell = registry.load_cell("rg_lru")
    params = {name: torch.zeros_like(weight) for name, weight in draw(cell).items()}
    params["W"][:, 0] = 1.0  # i = r = 1/2
    params["L"] = torch.linspace(-1, 5, H, dtype=torch.float64)[None]  # a from 0.005 to 0.97
    h = hidden(cell, params, inputs(steps=2000, batch=50))[500:]
    torch.testing.assert_close(h.std((0, 1)), torch.full_like(h[0, 0], 0.5), rtol=0.05, atol=0)


def test_rg_lru_has_a_slope_where_its_recurrence_gate_is_shut() -> None:
    cell, x = registry.load_cell("rg_lru"), inputs(dtype=torch.float32)
    params = draw(cell, dtype=torch.float32)
    params["c"][:, :H] = -200.0  # r is 0 in float32, and the root of 1 - a^2 as well
    leaves = [weight.requires_grad_() for name, weight in params.items() if name in cell.params()]
    slopes = torch.autograd.grad(hidden(cell, params, x).sum(), leaves)
    assert all(slope.isfinite().all() for slope in slopes)


def test_selective_ssm_begins_as_mamba() -> None:
    weights = born(registry.load_cell("selective_ssm", {"numbers": 4}), 300)
    torch.testing.assert_close(weights["log_A"].exp()[0, :8], torch.tensor([1.0, 2, 3, 4] * 2))
    d = torch.nn.functional.softplus(weights["c"])
    assert 0.001 - 1e-6 <= d.min() < 0.0012 and 0.09 < d.max() <= 0.1 + 1e-6
    assert (weights["D"] == 1).all()


def test_selective_ssm_stands_still_where_no_time_passes() -> None:
    """d = 0 keeps the state to the bit, whatever the input: that is how it selects."""
    cell = registry.load_cell("selective_ssm")
    params, x = draw(cell), inputs()
    kept = params | {"c": params["c"] - 1e6}
    before = through_time(cell, params, x)[-1]
    after = through_time(cell, kept, x, start=before)[-1]
    assert torch.equal(before[1], after[1])
