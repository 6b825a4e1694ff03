"""A frozen loop keeps its weights, and nothing else does."""

import pytest
import torch

from seqbench import registry
from tests.helpers.remedies import at, draw


@pytest.mark.parametrize("also_input", [False, True])
@pytest.mark.parametrize("cell_name", ["rnn", "lstm", "gru"])
def test_freeze_recurrent_keeps_the_loop_and_nothing_else(cell_name: str, also_input: bool) -> None:
    cell = registry.load_cell(cell_name)
    remedy = registry.load_remedy("freeze_recurrent", {"also_input": also_input})
    grads = draw(cell)
    left = remedy.transform(grads, {}, at(cell))
    still = {name for name, g in left.items() if not g.any()}
    assert still == ({"U", "W"} if also_input else {"U"})
    assert all(torch.equal(left[name], grads[name]) for name in left.keys() - still)
