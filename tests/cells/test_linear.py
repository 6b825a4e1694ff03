"""Linear recurrences with a state as large as a matrix: their weights, and what each promises."""

from collections.abc import Callable

import pytest
import torch

from seqbench import registry
from seqbench.cell import READOUT
from tests.helpers.cells import H, draw, inputs, through_time


@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("gated_linear_attention", lambda n, m: 4 * (n * m + n)),
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
