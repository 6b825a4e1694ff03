"""Normalized gradients differ in direction only."""

from dataclasses import replace

import pytest
import torch

from seqbench import registry
from seqbench.axes import joint_norm
from tests.helpers.remedies import at, gradients, same


def test_normalized_gradients_differ_in_direction_only() -> None:
    remedy, cell = registry.load_remedy("normalize_gradient"), registry.load_cell("lstm")
    grads = gradients(1e-20, 1e-3, 1.0, 1e12)
    for length in (1.0, 0.3):
        made = replace(remedy, length=length).transform(grads, {}, at(cell))
        assert joint_norm(made.values()).tolist() == pytest.approx([length] * 4)
        for name, g in grads.items():
            torch.testing.assert_close(made[name][3], g[3] * (length / 1e12))


def test_a_gradient_of_zero_stays_zero() -> None:
    zero = {k: torch.zeros_like(g) for k, g in gradients(1.0, 1.0).items()}
    cell = registry.load_cell("lstm")
    assert same(registry.load_remedy("normalize_gradient").transform(zero, {}, at(cell)), zero)
