"""What is peculiar to the tasks on pictures, captions, drawings and translations."""

import importlib
from math import log
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.data.baselines.overlap import bleu, chrf, corrected_chrf
from seqbench.data.sets import fxemoji, mnist, multi30k, omniglot, tiny_coco
from seqbench.errors import InputError, MissingData
from seqbench.task import Batch, Task
from tests.helpers.mirror import given, mirrored
from tests.helpers.places import MIRROR

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
SMALL = {"words": 300, "longest": 10}  # of translations
GENERATING = (*CAPTIONS, "multi30k_de_en")


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


def few(name: str, n: int = 20, **knobs: object) -> tuple[Task, Batch]:
    task, splits = given(name, **knobs)
    return task, splits.test.pick(slice(None, n))


def noise(task: Task, batch: Batch, *front: int) -> Tensor:
    shape = (*front, *batch.y.shape[:2], task.outputs)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def right(task: Task, batch: Batch) -> Tensor:
    outputs = task.encode(batch)
    return outputs if outputs.is_floating_point() else 50.0 * outputs


def run_freely(task: Task, batch: Batch, answers: Tensor) -> Tensor:
    """What is heard at each step by a network that says `answers`, step by step. (T, B, raw)"""
    heard = [batch.x[0]]
    for t in range(1, len(batch.x)):
        heard.append(task.feed(batch.x[t], answers[t - 1]))
    return torch.stack(heard)


# ------------------------------------------------------------------ all


@pytest.mark.parametrize("name", (*SIZES, *LARGE))
def test_without_data_all_but_the_data_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    task = registry.load_task(name)
    assert task.inputs and task.outputs and task.lag and task.needs
    assert task.front is None or task.front.width
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
        assert (batch.valid is not None) == task.variable
    held = {v.untyped_storage().data_ptr(): v.untyped_storage().nbytes()
            for part in splits for v in vars(part).values() if v is not None}  # fmt: skip
    assert sum(held.values()) < 300e6


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_chance_pass_mark_and_perfect_are_in_order(name: str) -> None:
    task, batch = few(name, **(SMALL if name == "multi30k_de_en" else {}))
    assert not task.solved(task.chance) and task.solved(task.perfect)
    assert 0.05 < task.skill(task.pass_mark) < 1
    answers = right(task, batch)
    assert task.loss(answers, batch).item() == pytest.approx(0, abs=1e-6)
    if name != "multi30k_de_en":  # its references have words that it cannot say
        assert task.score(answers, batch).item() == pytest.approx(task.perfect, abs=1e-4)


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_trials_are_scored_apart(name: str) -> None:
    task, batch = few(name)
    outputs = noise(task, batch, 2, 3)
    outputs[1, 2] = right(task, batch).float() + 0.1 * outputs[1, 2]
    for judge in (task.loss, task.score):
        together = judge(outputs, batch.map(lambda part: part.expand(2, 3, *part.shape)))
        assert together.shape == (2, 3) and together[1, 2] != together[0, 0]
        torch.testing.assert_close(together[1, 2], judge(outputs[1, 2], batch))


@mirrored
@pytest.mark.parametrize("name", GENERATING)
def test_uniform_guessing_costs_the_logarithm_of_the_choices(name: str) -> None:
    task, batch = few(name)
    loss = task.loss(torch.zeros(*batch.y.shape, task.outputs), batch).item()
    assert loss == pytest.approx(log(task.outputs), rel=1e-5)
    unasked = torch.where(batch.mask[..., None] > 0, 0.0, noise(task, batch))
    assert task.loss(unasked, batch).item() == pytest.approx(loss, rel=1e-6)


@mirrored
@pytest.mark.parametrize("name", GENERATING)
def test_who_says_the_right_thing_hears_it(name: str) -> None:
    """Free running of right answers is what training hears, and any axes may stand in front."""
    task, batch = few(name)
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


# ------------------------------------------------------------------ scanned digits


@pytest.mark.parametrize(("name", "shape"), LARGE.items())
def test_large_editions(name: str, shape: tuple[int, int]) -> None:
    task = registry.load_task(name)
    assert (task.lag + 1, task.inputs, task.outputs) == (*shape, 10) and task.both_ways


@mirrored
def test_one_digit_in_three_orders() -> None:
    pixels, rows, permuted = (
        given(f"mnist_{kind}_14")[1].test for kind in ("pixels", "rows", "permuted")
    )
    assert torch.equal(pixels.y, rows.y) and torch.equal(pixels.y, permuted.y)
    assert torch.equal(rows.x[:, :9].transpose(0, 1).flatten(1), pixels.x[:, :9, 0].T)
    assert torch.equal(permuted.x[:, :9], pixels.x[mnist.permutation(14), :9])
    image = rows.x[:, 0]
    assert int(rows.y[0, 0]) == 7 and image[:3].sum() == 0 and image[4].sum() > 4, "a bar on top"


@mirrored
def test_tasks_of_one_size_share_their_numbers() -> None:
    pixels, rows = given("mnist_pixels_14")[1].train, given("mnist_rows_14")[1].train
    assert pixels.x.data_ptr() == rows.x.data_ptr()


# ------------------------------------------------------------------ captions


@mirrored
@pytest.mark.parametrize("name", CAPTIONS)
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
    task, batch = few("emoji_names")
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
    found = task.measures(outputs, batch)
    assert found["exact_match"].item() == 0
    assert found["chrf"].item() == pytest.approx(chrf(turned, texts))
    found = task.measures(right(task, batch), batch)
    assert found["exact_match"].item() == 1 and found["chrf"].item() == pytest.approx(100)
    blind = batch.y[:, :1].expand_as(said)
    assert task.judge(blind, batch).item() == pytest.approx(task.chance, abs=1e-5)


# ------------------------------------------------------------------ drawings


@mirrored
def test_pictures_come_first_and_paths_are_judged_by_place() -> None:
    task, batch = few("omniglot_strokes")
    assert (batch.x[1:] == 0).all() and (batch.x[0].sum(-1) > 0).all()
    assert (batch.y[0, :, 2] == 1).all(), "every drawing begins with the pen being set down"
    moved = batch.y + torch.tensor([0.1, 0.0, 0.5])
    assert task.score(moved, batch).item() == pytest.approx(0.005, rel=1e-4)
    assert task.loss(moved, batch).item() == pytest.approx(0.26 / 3, rel=1e-4)
    assert task.measures(batch.y, batch)["pen_errors"].item() == 0
    lifted = batch.y * torch.tensor([1.0, 1, 0])
    share = batch.y[..., 2].mean().item()
    assert task.measures(lifted, batch)["pen_errors"].item() == pytest.approx(share)


@mirrored
def test_mean_path_is_the_chance_of_drawing() -> None:
    task, splits = given("omniglot_strokes")
    blind = splits.train.y.mean(1, keepdim=True).expand_as(splits.test.y)
    assert task.score(blind, splits.test).item() == pytest.approx(task.chance, rel=1e-4)
    constant = splits.train.y.mean((0, 1)).expand_as(splits.test.y)
    assert task.score(constant, splits.test).item() > task.chance


@pytest.mark.parametrize("side", (28, 2, 106))
def test_pictures_are_reduced_by_whole_blocks(side: int) -> None:
    with pytest.raises(InputError, match="Allowed: a divisor of 105"):
        registry.load_task("omniglot_strokes", {"side": side})


# ------------------------------------------------------------------ translation


@mirrored
def test_pairs_are_laid_out_as_drawn() -> None:
    task, batch = few("multi30k_de_en", **SMALL)
    known = [multi30k.vocabulary(language, 300) for language in ("de", "en")]
    assert batch.x.shape == (21, 20, 3) and task.reads == 10 and task.outputs == 302
    for n in range(20):
        numbers, valid = batch.x[:, n, 0].long().tolist(), batch.valid[:, n]
        pair = [
            multi30k.whole(k, batch.x[0, n, 2:].long().numpy())[0].split() for k in ("de", "en")
        ]
        read = [known[0][s] for s, v in zip(numbers[:10], valid[:10], strict=True) if v]
        wanted = [w if w in known[0] else "<unk>" for w in pair[0][:10]]
        assert read == wanted and valid[10:].all() and (valid[:10].diff() >= 0).all()
        asked = [known[1][s] for s in batch.y[10:, n]]
        wanted = [w if w in known[1] else "<unk>" for w in pair[1][:10]]
        assert asked == wanted + ["<end>"] * (11 - len(wanted))
        assert numbers[10] == 302 + multi30k.END, "the start"
        assert [s - 302 for s in numbers[11:]] == batch.y[10:-1, n].tolist()
        assert batch.mask[:, n].tolist() == [0.0] * 10 + [1.0] * (len(wanted) + 1) + [0.0] * (
            10 - len(wanted)
        )
    assert batch.x[:, 0, 1].tolist() == [0.0] * 11 + [1.0] * 10, "the start is given, too"


@mirrored
def test_translations_are_judged_against_whole_references() -> None:
    task, batch = few("multi30k_de_en", **SMALL)
    numbers = batch.x[0, :, 2].long().numpy()
    meant = multi30k.whole("en", numbers)
    said = task.written(batch.y[10:])
    assert task.judge(batch.y, batch).item() == pytest.approx(bleu(said, meant))
    after = batch.y.clone()
    for n in range(20):
        end = (batch.y[10:, n] == multi30k.END).int().argmax()
        after[10 + end + 1 :, n] = 9
    assert torch.equal(task.judge(after, batch), task.judge(batch.y, batch)), "after the first end"
    before = batch.y.clone()
    before[:10] = 7
    assert torch.equal(task.judge(before, batch), task.judge(batch.y, batch)), "while it reads"
    picked = torch.tensor([5, 3, 11])
    assert task.judge(batch.y[:, picked], batch.pick(picked)).item() == pytest.approx(
        bleu([said[i] for i in picked], [meant[i] for i in picked])
    )


@mirrored
def test_all_words_and_steps_make_a_translation_perfect() -> None:
    task, batch = few("multi30k_de_en", words=9_779, longest=60)
    unknown = (batch.y == multi30k.UNKNOWN) & (batch.mask > 0)
    whole = (~unknown).all(0).nonzero()[:, 0]
    assert len(whole) > 10
    assert task.judge(batch.y[:, whole], batch.pick(whole)).item() == pytest.approx(100)


@mirrored
def test_padding_a_translation_changes_nothing() -> None:
    task, batch = few("multi30k_de_en", **SMALL)
    outputs = noise(task, batch)

    def longer(part: Tensor, value: float = 0) -> Tensor:
        return torch.cat([part, torch.full_like(part[:4], value)])

    padded = Batch(
        longer(batch.x, 3), longer(batch.y), longer(batch.mask), valid=longer(batch.valid)
    )
    padded.x[-4:, :, 2] = batch.x[0, :, 2]
    again = torch.cat([outputs, noise(task, batch)[:4]])
    for judge in (task.loss, task.score):
        torch.testing.assert_close(judge(outputs, batch), judge(again, padded))


@mirrored
def test_the_decoder_hears_its_own_words_only_where_it_is_free() -> None:
    task, batch = few("multi30k_de_en", **SMALL)
    outputs = noise(task, batch)
    heard = run_freely(task, batch, outputs)
    assert torch.equal(heard[:11], batch.x[:11]), "source and start stay"
    assert torch.equal(heard[11:, :, 0].long() - 302, outputs[10:-1].argmax(-1))
    assert torch.equal(heard[..., 1:], batch.x[..., 1:])
    assert heard[..., 0].max() < task.front.symbols
