"""Linear recurrences with a state as large as a matrix: their weights, and what each promises."""

from collections.abc import Callable

import pytest
import torch

from seqbench import registry
from seqbench.cell import READOUT
from tests.helpers.cells import H, draw, hidden, inputs, through_time


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("gated_linear_attention", lambda n, m: 4 * (n * m + n)),
        ("delta_net", lambda n, m: 3 * (n * m + n) + m + 1),
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
