"""What the tasks on pictures, captions, drawings and translations have in common."""

import importlib
from math import log

import pytest
import torch

from seqbench import registry
from seqbench.data.sets import fxemoji, mnist, multi30k, omniglot, tiny_coco
from seqbench.errors import MissingData
from tests.helpers.mirror import SMALL, few, given, mirrored, noise, right, run_freely

SIZES = {
    "mnist_pixels_14": (55_000, 5_000, 10_000),
    "mnist_pixels_7": (55_000, 5_000, 10_000),
    "mnist_permuted_14": (55_000, 5_000, 10_000),
    "mnist_rows_14": (55_000, 5_000, 10_000),
    "emoji_names": (789, 103, 119),
    "coco_tiny": (157, 43, 205),
    "omniglot_strokes": (3_700, 340, 800),
    "multi30k_de_en": (28_560, 1_014, 1_000),
}
LARGE = {"mnist_pixels": (784, 1), "mnist_permuted": (784, 1), "mnist_rows": (28, 28)}
CAPTIONS = ("emoji_names", "coco_tiny")
GENERATING = (*CAPTIONS, "multi30k_de_en")


@pytest.mark.parametrize("name", (*SIZES, *LARGE))
def test_without_data_all_but_the_data_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    task = registry.load_task(name)
    assert task.inputs and task.outputs and task.lag and task.needs
    assert task.reading.front is None or task.reading.front.width
    read = {"mnist": mnist.parts, "fxemoji": fxemoji.parts, "tiny_coco": tiny_coco.parts,
            "omniglot": omniglot.drawings, "multi30k": multi30k.sentences}  # fmt: skip
    for cached in (read[task.needs[0]], omniglot.parts, multi30k.parts):
        cached.cache_clear()
    base = type(task).__mro__[1].__module__
    for module in (type(task).__module__, base):
        getattr(importlib.import_module(module), "_splits", task_splits).cache_clear()
    with pytest.raises(MissingData, match=f"^{task.needs[0]}: .*data fetch {task.needs[0]}"):
        task.splits()


class task_splits:  # noqa: N801
    """Stands where a module caches no splits."""

    @staticmethod
    def cache_clear() -> None: ...


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str) -> None:
    task, splits = given(name)
    assert tuple(map(len, splits)) == SIZES[name]
    for batch in splits:
        answers = len(batch.x) if task.asked == "every" else 1
        assert batch.x.shape[2] == task.inputs and batch.x.dtype == torch.float32
        assert batch.y.shape[:2] == (answers, len(batch)) and 0 < task.lag < len(batch.x)
        assert batch.x.isfinite().all()
        assert (batch.valid is not None) == task.reading.variable
    held = {v.untyped_storage().data_ptr(): v.untyped_storage().nbytes()
            for part in splits for v in vars(part).values() if v is not None}  # fmt: skip
    assert sum(held.values()) < 300e6


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_chance_pass_mark_and_perfect_are_in_order(name: str) -> None:
    task, batch = few(name, 20, **(SMALL if name == "multi30k_de_en" else {}))
    assert not task.solved(task.chance) and task.solved(task.perfect)
    assert 0.05 < task.skill(task.pass_mark) < 1
    answers = right(task, batch)
    assert task.loss(answers, batch).item() == pytest.approx(0, abs=1e-6)
    if name != "multi30k_de_en":  # its references have words that it cannot say
        assert task.score(answers, batch).item() == pytest.approx(task.perfect, abs=1e-4)


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_trials_are_scored_apart(name: str) -> None:
    task, batch = few(name, 20)
    outputs = noise(task, batch, 2, 3)
    outputs[1, 2] = right(task, batch).float() + 0.1 * outputs[1, 2]
    for judge in (task.loss, task.score):
        together = judge(outputs, batch.map(lambda part: part.expand(2, 3, *part.shape)))
        assert together.shape == (2, 3) and together[1, 2] != together[0, 0]
        torch.testing.assert_close(together[1, 2], judge(outputs[1, 2], batch))


@mirrored
@pytest.mark.parametrize("name", GENERATING)
def test_uniform_guessing_costs_the_logarithm_of_the_choices(name: str) -> None:
    task, batch = few(name, 20)
    loss = task.loss(torch.zeros(*batch.y.shape, task.outputs), batch).item()
    assert loss == pytest.approx(log(task.outputs), rel=1e-5)
    unasked = torch.where(batch.mask[..., None] > 0, 0.0, noise(task, batch))
    assert task.loss(unasked, batch).item() == pytest.approx(loss, rel=1e-6)


@mirrored
@pytest.mark.parametrize("name", GENERATING)
def test_who_says_the_right_thing_hears_it(name: str) -> None:
    """Free running of right answers is what training hears, and any axes may stand in front."""
    task, batch = few(name, 20)
    heard = run_freely(task, batch, right(task, batch).float())
    asked = batch.mask > 0  # what is heard after the end does not matter
    before = torch.cat([torch.ones_like(asked[:1]), asked[:-1]]) | ~asked.any(0)
    torch.testing.assert_close(heard[before], batch.x[before])
    x, output = batch.x[-1].expand(2, 3, -1, -1), noise(task, batch, 2, 3)[..., 0, :, :]
    torch.testing.assert_close(task.feed(x, output)[1, 2], task.feed(x[1, 2], output[1, 2]))


@mirrored
@pytest.mark.parametrize("name", (*GENERATING, "omniglot_strokes"))
def test_samples_for_people(name: str) -> None:
    task, _ = given(name)
    shown = task.showcase()
    assert shown and 4 <= len(shown) <= 8
    found = task.show(right(task, shown).float(), shown)
    assert len(found) == len(shown)
    for sample in found:
        assert sample.said and sample.wanted and type(sample.said) is type(sample.wanted)
        if name != "multi30k_de_en":
            assert sample.said == sample.wanted and sample.image
            flat = torch.tensor(sample.image)
            assert 0 <= flat.min() <= flat.max() <= 1 and flat.shape[:2] == (task.side, task.side)
            assert flat.shape[2:] == ((3,) if sample.kind == "text" else ())
