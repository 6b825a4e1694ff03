"""Layer normalization of a state: by numpy, blind to scale, and without explosion."""

import numpy as np
import pytest
import torch

from seqbench import registry
from seqbench.remedy import Remedy
from tests.helpers.passes import handed_back, made
from tests.helpers.remedies import B, Recall, at, draw, inputs, unrolled


@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_h_is_normalized_over_its_units_and_the_rest_left_alone(cell_name: str) -> None:
    cell, x = registry.load_cell(cell_name), inputs(2)
    params, remedy = draw(cell, 2), made("layer_norm", gain=0.7)
    past = cell.start(x[:, 0], params)
    for t, state in enumerate(unrolled(cell, params, x, remedy)):
        h, *rest = (part.numpy() for part in cell.step(params, past, x[:, t]))
        h = h - h.mean(-1, keepdims=True)
        wanted = 0.7 * h / np.sqrt((h**2).mean(-1, keepdims=True) + 1e-5)
        np.testing.assert_allclose(state[0].numpy(), wanted, atol=1e-12)
        assert all(map(np.array_equal, (part.numpy() for part in state[1:]), rest))
        past = state


def test_the_scale_of_all_weights_is_lost() -> None:
    """With ReLU and no bias, weights ten times as large say the same."""
    cell, x = registry.load_cell("rnn", {"activation": "relu"}), inputs()
    params = draw(cell, scale=100.0) | {"b": torch.zeros(1, 8).double()}  # far above 10^-5
    larger = {k: 10 * v for k, v in params.items()}
    for mine, theirs in zip(
        *(unrolled(cell, p, x, made("layer_norm")) for p in (params, larger)), strict=True
    ):
        torch.testing.assert_close(mine[0], theirs[0], atol=1e-7, rtol=1e-6)


def test_a_loop_that_explodes_does_not_any_more() -> None:
    cell, x = registry.load_cell("rnn", {"activation": "modrelu"}), inputs(steps=40)
    params = draw(cell) | {"b": torch.zeros(1, 8).double()}  # linear, with a radius of about 1.4
    plain, ours = (handed_back(cell, params, x, r)[0] for r in (Remedy(), made("layer_norm")))
    assert plain > 1e3 and ours < 10


def test_sequences_do_not_see_each_other() -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    params, remedy = draw(cell), made("layer_norm")
    (all_of_them, *_), (alone, *_) = (
        unrolled(cell, params, part, remedy)[-1] for part in (x, x[:, B - 1 :])
    )
    torch.testing.assert_close(all_of_them[B - 1 :], alone)


@pytest.mark.parametrize("cell_name", ["lru", "memoryless", "delta_net"])
def test_it_refuses_what_does_not_come_back(cell_name: str) -> None:
    assert made("layer_norm").suits(registry.load_cell(cell_name), Recall())


def test_a_state_without_spread_becomes_0() -> None:
    cell = registry.load_cell("rnn")
    (h,) = made("layer_norm").advance([(torch.zeros(2, 4),)], (torch.ones(2, 4),), at(cell))
    assert not h.any()
