"""Clipping by the joint norm and by value: bounded, and below the limit not one bit changes."""

import pytest
import torch

from seqbench import registry
from seqbench.axes import joint_norm
from tests.helpers.remedies import at, gradients, same


def test_clip_norm_bounds_the_joint_norm_and_keeps_the_direction() -> None:
    remedy, grads = registry.load_remedy("clip_norm", {"limit": 0.5}), gradients(0.1, 0.49, 3, 1e9)
    clipped = remedy.transform(grads, {}, at(registry.load_cell("lstm")))
    assert joint_norm(clipped.values()).tolist() == pytest.approx([0.1, 0.49, 0.5, 0.5])
    for name, g in grads.items():
        assert torch.equal(clipped[name][:2], g[:2])  # below the limit: not one bit changes
        torch.testing.assert_close(clipped[name][2], g[2] * (0.5 / 3))


@pytest.mark.parametrize("limit", [1e-3, 1.0, 1e20, 1e30])
@pytest.mark.parametrize("name", ["clip_norm", "normalize_gradient"])
def test_a_gradient_is_shortened_however_long_it_is(name: str, limit: float) -> None:
    knob = "limit" if name == "clip_norm" else "length"
    remedy, cell = registry.load_remedy(name, {knob: limit}), registry.load_cell("lstm")
    grads = {k: g.float() for k, g in gradients(1e31, 8e37, 1e38, 9e38).items()}
    made = joint_norm(remedy.transform(grads, {}, at(cell)).values())
    assert made.tolist() == pytest.approx([limit] * 4)


def test_clip_norm_leaves_a_zero_gradient_alone() -> None:
    zero = {k: torch.zeros_like(g) for k, g in gradients(1.0).items()}
    cell = registry.load_cell("lstm")
    assert same(registry.load_remedy("clip_norm").transform(zero, {}, at(cell)), zero)


def test_clip_value_bounds_every_number_and_leaves_small_ones() -> None:
    remedy, grads = registry.load_remedy("clip_value", {"limit": 0.01}), gradients(1.0, 100.0)
    clipped = remedy.transform(grads, {}, at(registry.load_cell("lstm")))
    for name, g in grads.items():
        small = g.abs() <= 0.01
        assert torch.equal(clipped[name][small], g[small])
        assert torch.equal(clipped[name][~small], 0.01 * g[~small].sign())
