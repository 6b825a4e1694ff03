"""The tasks on captions are spelled, and judged up to their end."""

import pytest
import torch
from torch.nn import functional

from seqbench.data.baselines.overlap import chrf, corrected_chrf
from seqbench.data.sets import fxemoji, tiny_coco
from tests.helpers.mirror import few, given, mirrored, right


@mirrored
@pytest.mark.parametrize("name", ("emoji_names", "coco_tiny"))
def test_captions_are_spelled(name: str) -> None:
    task, splits = given(name)
    part = (fxemoji if name == "emoji_names" else tiny_coco).parts()[2]
    batch = splits.test
    for n in (0, 7, 50):
        text = "".join([*task.letters, "."][i] for i in batch.y[:, n])
        assert text.rstrip(".") == part.texts[n].rstrip(".")
        assert batch.mask[:, n].sum() == len(part.texts[n]) + 1, "the end is asked, once"
        assert task.written(batch.y[:, n].tolist()) == part.texts[n]
    pixels = task.front.pixels
    assert torch.equal(batch.x[0, :, :pixels], torch.from_numpy(part.pictures))
    assert (batch.x[1:, :, :pixels] == 0).all(), "after the first step the picture is gone"
    before = batch.x[..., pixels:]
    assert (before[0] == 0).all() and torch.equal(before[1:].argmax(-1), batch.y[:-1])
    assert task.front.width == task.size + task.outputs


@mirrored
def test_captions_are_judged_up_to_their_end() -> None:
    task, batch = few("emoji_names", 20)
    said = batch.y.clone()
    said[-1] = 5  # after the end
    assert task.judge(said, batch).item() == pytest.approx(100)
    silent = torch.full_like(said, len(task.letters))
    assert task.judge(silent, batch).item() == 0
    other = batch.y.roll(1, 1)
    texts = [task.written(row) for row in batch.y.T.tolist()]
    turned = [texts[-1], *texts[:-1]]
    assert task.judge(other, batch).item() == pytest.approx(corrected_chrf(turned, texts))
    outputs = functional.one_hot(other, task.outputs).float()
    assert task.measures(outputs, batch)["exact_match"].item() == 0
    assert task.others(other, batch)["chrf"].item() == pytest.approx(chrf(turned, texts))
    assert task.measures(right(task, batch), batch)["exact_match"].item() == 1
    assert task.others(batch.y, batch)["chrf"].item() == pytest.approx(100)
    blind = batch.y[:, :1].expand_as(said)
    assert task.judge(blind, batch).item() == pytest.approx(task.chance, abs=1e-5)
