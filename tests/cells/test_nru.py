"""The non-saturating recurrent unit: against its equation, and what it promises."""

import numpy as np
import pytest
import torch

from seqbench import registry
from tests.helpers.cells import B, H, draw, hidden, inputs, through_time

HEADS, ROOT = 3, 2
KNOBS = {"heads": HEADS, "root": ROOT}


def by_hand(p: dict[str, np.ndarray], x: np.ndarray, relu: bool) -> tuple[np.ndarray, np.ndarray]:
    """Head by head, number by number."""
    M, rank = HEADS * ROOT**2, HEADS * ROOT
    h, m, path = np.zeros(H), np.zeros(M), []
    for x_t in x:
        h = np.maximum(p["W"] @ x_t + p["U"] @ h + p["V"] @ m + p["b"], 0)
        strengths = p["A"] @ h + p["A_m"] @ m + p["d"]
        vectors = np.split(p["P"] @ h + p["P_m"] @ m + p["c"], 4)
        new = m.copy()
        for sign, to in ((1, 0), (-1, 1)):
            flat = np.outer(vectors[2 * to], vectors[2 * to + 1]).reshape(rank * rank)
            for head in range(HEADS):
                v, a = flat[head * M : (head + 1) * M], strengths[to * HEADS + head]
                v, a = (np.maximum(v, 0), max(a, 0)) if relu else (v, a)
                norm = np.linalg.norm(v, 5)
                new += sign * a * (v / norm if norm else v) / HEADS
        m = new
        path.append(h)
    return np.array(path), m


@pytest.mark.parametrize("relu", [False, True])
def test_equals_its_equation_in_numpy(relu: bool) -> None:
    cell, x = registry.load_cell("nru", KNOBS | {"relu": relu}), inputs()
    params = draw(cell)
    flat = {k: (w[0] if w.shape[0] == 1 else w).numpy() for k, w in params.items()}
    path = through_time(cell, params, x)
    for sequence in range(B):
        h, m = by_hand(flat, x[:, sequence].numpy(), relu)
        ours = hidden(cell, params, x)[:, sequence].numpy()
        np.testing.assert_allclose(ours, h, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(path[-1][1][sequence].numpy(), m, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("relu", [False, True])
def test_nothing_to_write_writes_nothing_and_has_a_slope(relu: bool) -> None:
    """Directions of length 0 have no direction: they count as 0."""
    cell, x = registry.load_cell("nru", {"relu": relu}), inputs(dtype=torch.float32)
    params = draw(cell, dtype=torch.float32)
    silent = {k: torch.zeros_like(params[k]) for k in ("P", "P_m", "c")}
    leaves = {k: w.requires_grad_() for k, w in (params | silent).items()}
    path = through_time(cell, leaves, x)
    assert not path[-1][1].any()
    slopes = torch.autograd.grad(path[-1][0].sum() + path[-1][1].sum(), leaves["P"])
    assert slopes[0].isfinite().all()


def test_a_write_is_as_long_as_its_strength_however_large_the_maps() -> None:
    cell, x = registry.load_cell("nru", {"heads": 1, "root": 3}), inputs()
    params = draw(cell)
    only = {k: torch.zeros_like(params[k]) for k in ("A", "A_m")}
    params |= only | {"d": torch.tensor([[2.0, 0.0]], dtype=torch.float64)}
    for scale in (1e-2, 1.0, 1e6):
        sized = params | {k: scale * params[k] for k in ("P", "c")}
        m = through_time(cell, sized, x[:1])[0][1]
        torch.testing.assert_close(m.abs().pow(5).sum(-1) ** 0.2, torch.full((B,), 2.0).to(m))
