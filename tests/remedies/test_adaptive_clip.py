"""Adaptive clipping bounds every unit by its weights."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from tests.helpers.remedies import at, draw, same


def units(cell: Cell, tensors: Tensors, row: int) -> dict[str, np.ndarray]:
    """What adaptive clipping counts as one, by hand: rows of matrices, gates of vectors."""
    found = {}
    for name, param in cell.params().items():
        x = tensors[name][row].numpy()
        found[name] = x.reshape(len(param.gates), -1) if param.rows == "1" else x
    return found


@pytest.mark.parametrize("cell_name", ["rnn", "lstm_peephole", "gru"])
def test_adaptive_clip_bounds_every_unit_by_its_weights(cell_name: str) -> None:
    cell, remedy = registry.load_cell(cell_name), registry.load_remedy("adaptive_clip")
    params = draw(cell, 4)
    lengths = torch.tensor([1e-5, 1e-2, 1.0, 1e6])[:, None, None]
    grads = {k: v.flip(-1) * lengths for k, v in params.items()}
    clipped = remedy.transform(grads, params, at(cell))
    assert all(torch.equal(clipped[name], grads[name]) for name in ("W_out", "b_out"))
    for row in range(4):
        sets = (units(cell, t, row) for t in (params, grads, clipped))
        for w, g, new in zip(*(s.values() for s in sets), strict=True):
            most = 0.01 * np.linalg.norm(w, axis=-1)
            short = np.linalg.norm(g, axis=-1) <= most
            assert np.array_equal(new[short], g[short])  # not one bit changes
            factor = (most / np.linalg.norm(g, axis=-1))[~short, None]
            np.testing.assert_allclose(new[~short], g[~short] * factor, rtol=1e-12)


def test_adaptive_clip_lets_weights_that_are_zero_move() -> None:
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy("adaptive_clip")
    grads = draw(cell)
    zero = {k: torch.zeros_like(v) for k, v in grads.items()}
    moved = remedy.transform(grads, zero, at(cell))
    lengths = np.linalg.norm(moved["U"].numpy(), axis=-1)
    np.testing.assert_allclose(lengths, 0.01 * 1e-3)
    assert same(remedy.transform(zero, grads, at(cell)), zero)
