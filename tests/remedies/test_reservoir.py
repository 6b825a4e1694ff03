"""A reservoir: inputs, biases and loop at their scales, and the echo state network made of it."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.cell import map_blocks, recurrent_blocks
from seqbench.engine.initial_weights import initial_weights
from tests.helpers.remedies import (
    SIZES,
    at,
    changed,
    initialized,
    square_cells,
    squares,
    unrolled,
)

KNOBS = {"input_scale": 0.5, "bias_scale": 0.25, "radius": 1.1}
MANY, EDGE = 60, 0.9  # of so many uniform numbers the largest lies beyond


@square_cells
def test_inputs_biases_and_loop_are_drawn_at_their_scales(cell_name: str) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell, hidden=64)
    after = registry.load_remedy("reservoir", KNOBS).initialize(before, at(cell))
    roles = {name: param.role for name, param in cell.params().items()}
    redrawn = {name for name, role in roles.items() if role in ("input", "bias")}
    assert changed(before, after) == squares(cell) | redrawn
    for name in redrawn:
        scale = KNOBS["input_scale" if roles[name] == "input" else "bias_scale"]
        few = after[name].numel() < MANY
        assert (0 if few else EDGE * scale) < after[name].abs().max() <= scale
        spread = scale / 3**0.5 / after[name].numel() ** 0.5
        assert abs(after[name].mean()) < 4.5 * spread
    for block in recurrent_blocks(cell, after):
        assert np.abs(np.linalg.eigvals(block.numpy())).max() == pytest.approx(1.1, abs=1e-4)


def test_the_seed_alone_decides_what_is_drawn() -> None:
    cell, remedy = (
        registry.load_cell("rnn"),
        registry.load_remedy("reservoir", {"input_scale": 0.1}),
    )
    sizes = {"I": 3, "H": 8, "O": 2}
    one, again, other = (initial_weights(remedy, seed, cell, sizes, 0) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert changed(one, other) == {"W", "U", "b", "W_out"}
    wider = registry.load_remedy("reservoir", {"input_scale": 0.2, "bias_scale": 0.0})
    twice = initial_weights(wider, 1, cell, sizes, 0)
    torch.testing.assert_close(twice["W"], 2 * one["W"])  # the same draws at another scale
    assert not twice["b"].any()


def test_without_biases_inputs_at_their_scale_are_all_that_differs_from_spectral_radius() -> None:
    cell = registry.load_cell("lstm")
    before = initialized(cell)
    ours, theirs = (
        registry.load_remedy(name, knobs).initialize(before, at(cell))
        for name, knobs in (
            ("reservoir", {"bias_scale": 0.0, "radius": 0.9}),
            ("spectral_radius", {"radius": 0.9}),
        )
    )
    assert changed(ours, theirs) == {"W"}


def test_the_readout_of_the_echo_state_network_reads_leaky_states() -> None:
    """With U = 0 a unit is a running mean of tanh(W x + b), with the leak as its rate."""
    cell, rate = registry.load_cell("rnn"), 0.25
    remedy = registry.load_remedy("reservoir+leaky+ridge_readout", {"leaky": {"rate": rate}})
    assert remedy.suits(cell, registry.load_task("adding")) is None
    assert remedy.acts_at == ("initialize", "advance", "solve")
    params = remedy.initialize(initialized(cell), at(cell))
    params = map_blocks(cell, params, "recurrent", lambda U, _: torch.zeros_like(U))
    x = torch.ones(6, 1, SIZES["I"])
    states = unrolled(cell, params, x, remedy)
    drive = torch.tanh(x[0] @ params["W"].mT + params["b"])
    for t, (h,) in enumerate(states):
        torch.testing.assert_close(h, (1 - (1 - rate) ** (t + 1)) * drive)
