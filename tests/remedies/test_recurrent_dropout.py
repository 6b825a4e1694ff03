"""Recurrent dropout holds one mask over all steps and is right on average."""

from dataclasses import replace

import pytest
import torch

from seqbench import registry
from seqbench.engine.streams import RowNoise
from seqbench.errors import InputError
from tests.helpers.passes import H, made
from tests.helpers.remedies import B, at, draw, inputs, unrolled


def test_recurrent_dropout_holds_one_mask_over_all_steps_on_the_way_to_the_next_only() -> None:
    cell, x, remedy = registry.load_cell("lstm"), inputs(), made("recurrent_dropout", rate=0.4)
    where = at(cell)
    masks = []
    for _ in range(3):
        new = (torch.randn(B, H) + 9, torch.randn(B, H))
        h, c = remedy.carry((), new, 1, where)
        assert c is new[1]
        masks.append(h / new[0])
    kept = masks[0] > 0
    torch.testing.assert_close(masks[0], kept / 0.6)
    assert all(torch.equal(m > 0, kept) for m in masks)
    assert not kept.all() and not torch.equal(kept[0], kept[1])  # each sequence its own
    read = unrolled(cell, draw(cell), x, remedy)
    assert (read[-1][0] != 0).all()  # the readout sees every unit


def test_recurrent_dropout_is_right_on_average_and_off_while_testing() -> None:
    cell, remedy, n = registry.load_cell("rnn"), made("recurrent_dropout", rate=0.25), 2000
    h = torch.ones(B, H)
    drawn = []
    for seed in range(n):
        noise = RowNoise(seed, "noise/pass", 0, torch.device("cpu"))
        drawn.append(remedy.carry((), (h,), 1, replace(at(cell), noise=noise))[0])
    error = (0.25 / 0.75 / n) ** 0.5
    assert (torch.stack(drawn).mean(0) - 1).abs().max() < 5 * error
    new = (h,)
    assert remedy.carry((), new, 1, replace(at(cell), training=False)) is new


def test_recurrent_dropout_hands_no_gradient_to_a_dropped_unit() -> None:
    cell = registry.load_cell("rnn")
    h = torch.ones(B, H, requires_grad=True)
    (handed,) = made("recurrent_dropout", rate=0.5).carry((), (h,), 1, at(cell))
    (grad,) = torch.autograd.grad(handed.sum(), h)
    assert torch.equal(grad == 0, handed == 0) and (grad[grad > 0] == 2).all()


def test_recurrent_dropout_refuses_to_drop_everything() -> None:
    with pytest.raises(InputError, match="rate is 1. Allowed: .* Change the value"):
        made("recurrent_dropout", rate=1.0)
