"""What the tasks on texts, names, sentences and piano rolls have in common."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from seqbench import registry
from seqbench.data.sets import names, ptb, rolls, tinyshakespeare
from seqbench.errors import MissingData
from seqbench.task import Batch
from seqbench.tasks._lengths import padded
from tests.helpers.mirror import few, given, mirrored, noise, right
from tests.helpers.texts import SIZES, VARIABLE


@pytest.mark.parametrize("name", SIZES)
def test_without_data_all_but_the_data_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    for cached in (names.parts, rolls.pieces, ptb.words, ptb.characters, tinyshakespeare.parts):
        cached.cache_clear()
    module = registry.importlib.import_module(f"seqbench.tasks.{name}")
    module._splits.cache_clear()
    task = registry.load_task(name, {"words": 77} if name in ("sst2", "rt_polarity") else {})
    assert task.inputs and task.outputs and task.lag and task.needs
    assert task.reading.front is None or task.reading.front.width
    with pytest.raises(MissingData, match="python -m seqbench data fetch"):
        task.splits()


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_shapes(name: str) -> None:
    task, splits = given(name)
    sizes = tuple(len(part.y) if task.reading.carries else len(part) for part in splits)
    assert sizes == SIZES[name]
    assert sum(p.nbytes for part in splits for p in vars(part).values() if p is not None) < 3e8
    for part in splits:
        T, n, raw = part.x.shape
        assert raw == task.inputs and part.x.dtype == torch.float32 and 0 <= task.lag < T
        assert task.reading.carries == (n == 1)
        assert task.reading.variable == (part.valid is not None)
        assert part.y.shape[0] == (1 if task.asked == "last" else T)
        if task.reading.front:
            assert part.x.min() >= 0 and part.x.max() < task.reading.front.symbols
        if part.y.dtype == torch.int64:
            assert part.y.min() >= 0 and part.y.max() < task.outputs
        if part.valid is not None:
            assert part.valid.sum(0).min() >= 1, "no sequence is empty"
            assert (part.x[part.valid == 0] == 0).all()
    assert task.open_ended and not task.past_only and not getattr(task, "generates", False)


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_right_answers_are_perfect_and_marks_in_order(name: str) -> None:
    task, batch = few(name)
    assert task.score(right(task, batch), batch).item() == pytest.approx(task.perfect, abs=1e-6)
    assert task.loss(right(task, batch), batch).item() == pytest.approx(0, abs=1e-6)
    assert 0 < task.skill(task.pass_mark) < 1
    assert not task.solved(task.chance) and task.solved(task.perfect)


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_trials_are_scored_apart(name: str) -> None:
    task, batch = few(name, 20)
    outputs = noise(task, batch, 2)
    both = batch.map(lambda part: part.expand(2, *part.shape))
    alone = torch.stack([task.score(one, batch) for one in outputs])
    torch.testing.assert_close(task.score(outputs, both), alone)
    for value in task.measures(outputs, both).values():
        assert value.shape == (2,)


@mirrored
@pytest.mark.parametrize("name", VARIABLE)
def test_padding_further_changes_nothing(name: str) -> None:
    task, batch = few(name)
    assert batch.valid is not None
    outputs, steps = noise(task, batch), [0, 0, 0, 3]
    x = functional.pad(batch.x, [0, 0, *steps], value=1.0)
    valid = functional.pad(batch.valid, steps)
    if task.asked == "last":
        longer, said = Batch(x=x, y=batch.y, valid=valid), outputs
        assert batch.mask is None, "one answer per sequence, and all count"
    else:
        assert batch.mask is not None and (batch.mask <= batch.valid).all()
        y = functional.pad(batch.y, [*([0, 0] if batch.y.is_floating_point() else []), *steps])
        longer = Batch(x=x, y=y, mask=functional.pad(batch.mask, steps), valid=valid)
        said = functional.pad(outputs, [0, 0, *steps], value=7.0)
    torch.testing.assert_close(task.loss(outputs, batch), task.loss(said, longer))
    torch.testing.assert_close(task.score(outputs, batch), task.score(said, longer))


def test_padded_keeps_what_it_got() -> None:
    rows = [np.arange(6).reshape(3, 2), np.ones((1, 2), int)]
    found, valid = padded(rows, 4)
    assert found.shape == (4, 2, 2) and valid.T.tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]
    assert np.array_equal(found[:3, 0], rows[0]) and (found[1:, 1] == 0).all()
