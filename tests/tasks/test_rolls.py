"""The tasks on piano rolls: every frame but the first is asked once, and sums over keys."""

from collections.abc import Iterator
from itertools import pairwise
from math import log

import numpy as np
import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.data.sets import rolls
from seqbench.errors import InputError
from seqbench.task import Batch
from seqbench.tasks._roll import cut
from tests.helpers.mirror import few, given, mirrored, noise
from tests.helpers.texts import MUSIC


@mirrored
@pytest.mark.parametrize("name", MUSIC)
def test_every_frame_but_the_first_is_asked_once(name: str) -> None:
    for length, lead in {"jsb_chorales": ((50, 20), (3, 0)), "nottingham": ((256, 64),)}[name]:
        _, splits = given(name, length=length, lead=lead)
        assert splits.test.mask is not None
        asked = sum(len(piece) - 1 for piece in rolls.pieces(name).test)
        assert splits.test.mask.sum() == asked


def frames(batch: Batch) -> Iterator[tuple[Tensor, Tensor]]:
    """Pieces put together again: what was asked, and what was heard just before."""
    assert batch.mask is not None
    for n in range(len(batch)):
        here = batch.mask[:, n] > 0
        yield batch.x[here, n], batch.y[here, n]


@mirrored
def test_cuts_put_together_are_the_pieces() -> None:
    pieces = rolls.pieces("nottingham").test[:9]
    heard, asked = zip(*frames(cut(pieces, 100, 30)), strict=True)
    assert torch.equal(
        torch.cat(asked).byte(), torch.from_numpy(np.concatenate([p[1:] for p in pieces]))
    )
    assert torch.equal(
        torch.cat(heard).byte(), torch.from_numpy(np.concatenate([p[:-1] for p in pieces]))
    )


def test_a_cut_hears_its_lead() -> None:
    piece = np.eye(88, dtype=np.uint8)  # frame k sounds key k: 87 steps
    batch = cut([piece], 40, 10)
    assert batch.mask is not None and batch.valid is not None
    assert batch.x.shape == (40, 3, 88)
    assert batch.x[0].argmax(-1).tolist() == [0, 30, 60]
    first = [int(column.nonzero()[0]) for column in batch.mask.T]
    assert first == [0, 10, 10] and batch.valid.sum(0).tolist() == [40, 40, 27]
    for a, b in pairwise(range(3)):
        last = int(batch.y[batch.mask[:, a] > 0, a][-1].argmax())
        assert int(batch.y[10, b].argmax()) == last + 1


@mirrored
@pytest.mark.parametrize("name", MUSIC)
def test_nats_of_a_frame_are_summed_over_its_keys(name: str) -> None:
    task, batch = few(name, 5)
    uniform = torch.zeros_like(batch.y)
    assert task.score(uniform, batch).item() == pytest.approx(88 * log(2), rel=1e-5)
    p = torch.sigmoid(noise(task, batch)).double()
    y = batch.y.double()
    each = -(y * p.log() + (1 - y) * (1 - p).log()).sum(-1)  # as the code of bai2018 has it
    assert batch.mask is not None
    published = each[batch.mask > 0].mean().item()
    assert task.loss(noise(task, batch), batch).item() == pytest.approx(published, rel=1e-5)


@mirrored
def test_frequencies_of_keys_are_chance() -> None:
    task, splits = given("jsb_chorales")
    mask = splits.test.mask
    assert mask is not None
    odds = (splits.test.y[mask > 0].sum(0) / mask.sum()).clamp(1e-9, 1 - 1e-9)
    outputs = odds.logit().expand_as(splits.test.y)
    assert task.score(outputs, splits.test).item() == pytest.approx(task.chance, rel=1e-4)


@mirrored
def test_the_docstring_counts_the_tunes_that_are_cut() -> None:
    task = registry.load_task("nottingham")
    long = sum(len(piece) - 1 > task.length for piece in rolls.pieces("nottingham").train)
    assert f"({long} of 694" in registry.describe("tasks", "nottingham").doc
    jsb = registry.load_task("jsb_chorales")
    assert all(len(p) - 1 <= jsb.length for part in rolls.pieces("jsb_chorales") for p in part)


def test_what_sounds_is_fed() -> None:
    task = registry.load_task("nottingham")
    y = (torch.rand(2, 4, 88) > 0.9).float()
    assert torch.equal(task.feed(torch.zeros(2, 4, 88), 100 * (2 * y - 1)), y)


def test_a_lead_longer_than_a_cut_is_refused() -> None:
    with pytest.raises(InputError, match=r"^Nottingham: lead is 64 of 20 steps\. Allowed: "):
        registry.load_task("nottingham", {"length": 20})
