"""What is peculiar to the tasks on texts, names, sentences and piano rolls."""

from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.data.sets import names, ptb, rolls, tinyshakespeare
from seqbench.errors import InputError, MissingData
from seqbench.task import Batch, Task
from seqbench.tasks._lengths import padded
from seqbench.tasks._roll import cut
from tests.helpers.mirror import given, mirrored
from tests.helpers.places import MIRROR

SIZES = {
    "shakespeare_chars": (1_003_853, 55_769, 55_769),
    "ptb_chars": (5_017_481, 393_041, 442_422),
    "ptb_words": (929_588, 73_759, 82_429),
    "ptb_words_1k": (929_588, 73_759, 82_429),
    "jsb_chorales": (229, 76, 77),
    "nottingham": (909, 238, 234),
    "surname_language": (14_407, 1786, 1793),
    "language_surname": (14_407, 1786, 1793),
    "sst2": (6920, 872, 1821),
    "rt_polarity": (8542, 1064, 1056),
}
TEXTS = [name for name in SIZES if name.endswith(("_chars", "_words", "_1k"))]
MUSIC = ["jsb_chorales", "nottingham"]
VARIABLE = [name for name in SIZES if name not in TEXTS]


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))


def few(name: str, n: int = 40) -> tuple[Task, Batch]:
    """Some of the test part: the first steps of a text, the first sequences of others."""
    task, splits = given(name)
    return task, splits.test.map(lambda part: part[:n] if task.carries else part[:, :n])


def noise(task: Task, batch: Batch, *front: int) -> Tensor:
    shape = (*front, *batch.y.shape[:2], task.outputs)
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def right(task: Task, batch: Batch) -> Tensor:
    outputs = task.encode(batch)
    return outputs if outputs.is_floating_point() else 50.0 * outputs


@pytest.mark.parametrize("name", SIZES)
def test_without_data_all_but_the_data_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    for cached in (names.parts, rolls.pieces, ptb.words, ptb.characters, tinyshakespeare.parts):
        cached.cache_clear()
    module = registry.importlib.import_module(f"seqbench.tasks.{name}")
    module._splits.cache_clear()
    task = registry.load_task(name, {"words": 77} if name in ("sst2", "rt_polarity") else {})
    assert task.inputs and task.outputs and task.lag and task.needs
    assert task.front is None or task.front.width
    with pytest.raises(MissingData, match="python -m seqbench data fetch"):
        task.splits()


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_shapes(name: str) -> None:
    task, splits = given(name)
    sizes = tuple(len(part.y) if task.carries else len(part) for part in splits)
    assert sizes == SIZES[name]
    assert sum(p.nbytes for part in splits for p in vars(part).values() if p is not None) < 3e8
    for part in splits:
        T, n, raw = part.x.shape
        assert raw == task.inputs and part.x.dtype == torch.float32 and 0 <= task.lag < T
        assert task.carries == (n == 1) and task.variable == (part.valid is not None)
        assert part.y.shape[0] == (1 if task.asked == "last" else T)
        if task.front:
            assert part.x.min() >= 0 and part.x.max() < task.front.symbols
        if part.y.dtype == torch.int64:
            assert part.y.min() >= 0 and part.y.max() < task.outputs
        if part.valid is not None:
            assert part.valid.sum(0).min() >= 1, "no sequence is empty"
            assert (part.x[part.valid == 0] == 0).all()
    assert task.open_ended and not task.past_only and not task.generates


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


# ------------------------------------------------------------------ language models


@mirrored
@pytest.mark.parametrize("name", [*TEXTS, "language_surname"])
def test_guessing_uniformly_costs_the_logarithm(name: str) -> None:
    task, batch = few(name)
    bits = log(2) if task.metric == "bits_per_character" else 1
    uniform = torch.zeros(*batch.y.shape, task.outputs)
    expected = log(task.outputs) / bits
    assert task.score(uniform, batch).item() == pytest.approx(expected, rel=1e-5)
    assert task.loss(uniform, batch).item() == pytest.approx(log(task.outputs), rel=1e-5)


@mirrored
@pytest.mark.parametrize("name", TEXTS)
def test_the_next_symbol_is_asked(name: str) -> None:
    task, splits = given(name)
    for part in splits:
        assert torch.equal(part.y[:-1, 0], part.x[1:, 0, 0].long())
    assert registry.load_task(name, {"window": 7}).lag == 6


@mirrored
@pytest.mark.parametrize("name", ["shakespeare_chars", "ptb_words_1k"])
def test_chance_and_pass_mark_are_scores_of_models(name: str) -> None:
    """The counts, put in as outputs, give the numbers that the data modules computed."""
    task, splits = given(name)
    single = (splits.train.y[:, 0].bincount(minlength=task.outputs) + 1.0).log()
    pieces = splits.test.y.split(5000)
    scores = [
        task.score(single.expand(*y.shape, -1), Batch(x=y, y=y)).item() * len(y) for y in pieces
    ]
    assert sum(scores) / len(splits.test.y) == pytest.approx(task.chance, rel=1e-5)
    assert task.pass_mark < task.chance - 0.5


def hashed(text: str) -> str:
    """Its terms do not let us quote the text."""
    return sha256(text.encode()).hexdigest()[:16]


@mirrored
def test_texts_read_as_texts() -> None:
    _, splits = given("ptb_words")
    symbols = ptb.words(ptb.WORDS).symbols
    said = " ".join(symbols[int(k)] for k in splits.test.x[:6, 0, 0])
    assert hashed(said) == "758dee26f7ebe466"
    assert symbols[int(splits.test.y[5, 0])] == "<eos>"
    letters = ptb.characters().symbols
    _, splits = given("ptb_chars")
    spelled_out = "".join(letters[int(k)] for k in splits.test.x[:9, 0, 0])
    assert hashed(spelled_out) == "0804d02d10f76480"


@pytest.mark.parametrize("name", TEXTS)
def test_what_was_said_is_fed(name: str) -> None:
    task = registry.load_task(name)
    output = torch.randn(2, 3, task.outputs)
    assert torch.equal(task.feed(torch.zeros(2, 3, 1), output)[..., 0], output.argmax(-1).float())


# ------------------------------------------------------------------ names


def spelled(symbols: Tensor, first: int = 0) -> str:
    return "".join([*names.LETTERS, "."][int(k) - first] for k in symbols)


@mirrored
def test_both_tasks_on_names_have_the_same_names() -> None:
    _, reading = given("surname_language")
    writing_task, writing = given("language_surname")
    for one, other in zip(reading, writing, strict=True):
        assert torch.equal(one.y[0], other.x[0, :, 0].long()), "the language is the first input"
        assert torch.equal(one.valid.sum(0) + 1, other.valid.sum(0))
        for n in range(0, len(one), 301):
            length = int(one.valid[:, n].sum())
            name = spelled(one.x[:length, n, 0])
            assert spelled(other.x[1 : length + 1, n, 0], 18) == name
            assert spelled(other.y[: length + 1, n]) == f"{name}."
    assert names.LANGUAGES[14] == "Russian" and writing_task.outputs == 56


@mirrored
def test_a_written_name_is_fed_back() -> None:
    """Free running on the right answers gives the inputs of training."""
    task, splits = given("language_surname")
    batch = splits.test.pick(slice(0, 20))
    outputs = 50.0 * functional.one_hot(batch.y, task.outputs)
    assert batch.valid is not None
    for step in range(1, len(batch.x)):
        fed = task.feed(batch.x[step], outputs[step - 1])
        real = batch.valid[step] > 0
        assert torch.equal(fed[real], batch.x[step][real])


@mirrored
def test_letters_by_frequency_are_chance() -> None:
    task, splits = given("language_surname")
    counted = splits.train.mask
    assert counted is not None
    letters = splits.train.y[counted > 0].bincount(minlength=task.outputs) + 1.0
    outputs = letters.log().expand(*splits.test.y.shape, -1)
    assert task.score(outputs, splits.test).item() == pytest.approx(task.chance, rel=1e-5)


@mirrored
def test_to_say_russian_is_chance() -> None:
    task, splits = given("surname_language")
    russian = functional.one_hot(torch.full_like(splits.test.y, 14), 18).float()
    assert task.score(russian, splits.test).item() == pytest.approx(task.chance)


# ------------------------------------------------------------------ sentences


@mirrored
@pytest.mark.parametrize("name", ["sst2", "rt_polarity"])
def test_nothing_is_cut_and_rare_words_are_unknown(name: str) -> None:
    _, splits = given(name)
    _, small = given(name, words=500, length=10)
    longest = max(int(part.valid.sum(0).max()) for part in splits)
    assert longest == {"sst2": 56, "rt_polarity": 59}[name] < 60
    for part, cut_part in zip(splits, small, strict=True):
        expected = torch.where(part.x[:10] < 500, part.x[:10], 0.0)
        assert torch.equal(cut_part.x, expected) and torch.equal(cut_part.y, part.y)
    unknown = [(part.x[..., 0][part.valid > 0] == 0).float().mean() for part in splits]
    assert unknown[0] < 0.07 and unknown[2] < 0.12


# ------------------------------------------------------------------ piano rolls


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
    mask = splits.train.mask
    assert mask is not None
    odds = (splits.train.y[mask > 0].sum(0) + 1) / (mask.sum() + 2)
    outputs = odds.logit().expand_as(splits.test.y)
    assert task.score(outputs, splits.test).item() == pytest.approx(task.chance, rel=1e-4)


@mirrored
def test_the_docstring_counts_the_tunes_that_are_cut() -> None:
    task = registry.load_task("nottingham")
    long = sum(len(piece) - 1 > task.length for piece in rolls.pieces("nottingham").train)
    assert f"({long} of 694" in registry.card("tasks", "nottingham").doc
    jsb = registry.load_task("jsb_chorales")
    assert all(len(p) - 1 <= jsb.length for part in rolls.pieces("jsb_chorales") for p in part)


def test_what_sounds_is_fed() -> None:
    task = registry.load_task("nottingham")
    y = (torch.rand(2, 4, 88) > 0.9).float()
    assert torch.equal(task.feed(torch.zeros(2, 4, 88), 100 * (2 * y - 1)), y)


def test_a_lead_longer_than_a_cut_is_refused() -> None:
    with pytest.raises(InputError, match=r"^Nottingham: lead is 64 of 20 steps\. Allowed: "):
        registry.load_task("nottingham", {"length": 20})


def test_padded_keeps_what_it_got() -> None:
    rows = [np.arange(6).reshape(3, 2), np.ones((1, 2), int)]
    found, valid = padded(rows, 4)
    assert found.shape == (4, 2, 2) and valid.T.tolist() == [[1, 1, 1, 0], [1, 0, 0, 0]]
    assert np.array_equal(found[:3, 0], rows[0]) and (found[1:, 1] == 0).all()
