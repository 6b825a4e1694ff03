"""The tasks on texts ask for the next symbol; guessing costs the logarithm."""

from hashlib import sha256
from math import log

import pytest
import torch

from seqbench import registry
from seqbench.data.sets import ptb
from seqbench.task import Batch
from tests.helpers.mirror import few, given, mirrored
from tests.helpers.texts import TEXTS


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
    single = splits.test.y[:, 0].bincount(minlength=task.outputs).clamp(min=1e-9).log()
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
