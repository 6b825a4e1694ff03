"""The bias of the forget gate: one block, and a cell that holds on."""

from typing import ClassVar

import pytest
import torch

from seqbench import registry
from tests.helpers.remedies import SIZES, B, at, changed, initialized


@pytest.mark.parametrize(
    ("cell_name", "block"),
    [("lstm", 1), ("lstm_peephole", 1), ("gru", 1), ("gru_reset_after", 1)],
)
def test_forget_bias_sets_one_block(cell_name: str, block: int) -> None:
    cell = registry.load_cell(cell_name)
    before = initialized(cell)
    after = registry.load_remedy("forget_bias", {"value": 2.0}).initialize(before, at(cell))
    assert changed(before, after) == {"b"}
    blocks = after["b"].chunk(len(cell.gates), -1)
    assert [b.unique().tolist() for b in blocks] == [
        [2.0] if j == block else [0.0] for j in range(len(blocks))
    ]


@pytest.mark.parametrize("cell_name", ["lstm", "lstm_peephole", "gru", "gru_reset_after"])
def test_a_large_forget_bias_makes_the_cell_hold_on(cell_name: str) -> None:
    """The sign is right: with a bias of 30 the state stays as it is, with -30 it goes."""
    cell = registry.load_cell(cell_name)
    past = tuple(torch.full((B, SIZES["H"]), 0.5) for _ in cell.state)
    kept = {}
    for value in (30.0, -30.0):
        params = registry.load_remedy("forget_bias", {"value": value}).initialize(
            {k: torch.zeros_like(v) for k, v in initialized(cell).items()}, at(cell)
        )
        kept[value] = cell.step(params, past, torch.zeros(B, SIZES["I"]))[-1]
    torch.testing.assert_close(kept[30.0], past[-1])
    torch.testing.assert_close(kept[-30.0], torch.zeros_like(past[-1]))


def test_forget_bias_follows_the_sign_that_a_cell_declares() -> None:
    class Contrary(type(registry.load_cell("gru"))):
        forget: ClassVar[dict[str, int]] = {"r": -1}

    cell = Contrary()
    after = registry.load_remedy("forget_bias").initialize(initialized(cell), at(cell))
    assert after["b"].chunk(3, -1)[0].unique().tolist() == [-1.0]
    assert not after["b"][:, SIZES["H"] :].any()


def test_forget_bias_overwrites_that_of_the_cell() -> None:
    remedy = registry.load_remedy("forget_bias", {"value": 2.0})
    plain, biased = registry.load_cell("lstm"), registry.load_cell("lstm", {"forget_bias": 1.0})
    ours, theirs = (remedy.initialize(initialized(cell), at(cell)) for cell in (plain, biased))
    assert torch.equal(ours["b"], theirs["b"])
