"""What every task with a showcase promises: what was given stays, what was said is heard."""

import json
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.data.sets import names, ptb, rolls, tinyshakespeare
from seqbench.engine.beside import Beside
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.forward import Forward
from seqbench.engine.scoring.samples import _noise, samples
from seqbench.engine.streams import RowNoise
from seqbench.errors import MissingData
from seqbench.networks.network import build
from seqbench.remedy import At
from seqbench.task import Batch
from seqbench.task.speaking import Sample, Speaking
from seqbench.tasks.digits_spelled import NAMES
from tests.helpers.training import few

FOUND = [name for name in registry.names("tasks") if isinstance(registry.load_task(name), Speaking)]
TEXTS = ("shakespeare_chars", "ptb_chars", "ptb_words", "ptb_words_1k")
MUSIC = ("jsb_chorales", "nottingham")
DRAWN = {name: "gumbel" for name in (*TEXTS, "language_surname")} | dict.fromkeys(MUSIC, "logistic")
SILENT = {"omniglot_strokes"}  # nothing is fed
UNREACHABLE = {"multi30k_de_en"}  # its references have words outside of the vocabulary
UNITS = 8


class Heard(NamedTuple):
    """What a task was asked to feed, with what it fed, and to show."""

    fed: list[tuple[Tensor, Tensor, Tensor]]
    shown: list[Tensor]


def watched(task: Speaking) -> tuple[Speaking, Heard]:
    """The same task, and what it is asked from now on."""
    heard = Heard([], [])

    class Watched(type(task)):  # type: ignore[misc]
        def feed(self, x: Tensor, output: Tensor) -> Tensor:
            heard.fed.append((x, output, task.feed(x, output)))
            return heard.fed[-1][2]

        def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
            heard.shown.append(outputs)
            return task.show(outputs, batch)

    return Watched(**vars(task)), heard


def given(name: str) -> tuple[Speaking, Batch]:
    task = registry.load_task(name)
    assert isinstance(task, Speaking)
    try:
        shown = task.showcase()
        task.splits()
    except MissingData as absent:
        pytest.skip(str(absent))
    return task, shown


def spoken(task: Speaking) -> tuple[Heard, list[list[Sample]]]:
    """What two untrained networks say."""
    network = build(registry.load_cell("gru"), task, few(hidden=UNITS))
    sizes = network.sizes(task, UNITS)
    born: list[Tensors] = [
        network.initialize(sizes, torch.Generator().manual_seed(seed)) for seed in (1, 2)
    ]
    params = {name: torch.stack([one[name] for one in born]) for name in born[0]}
    at = At(network, 0, RowNoise([1, 2], "noise/test", 0, torch.device("cpu")), task.lag, False)
    spy, heard = watched(task)
    forward = Forward(network, params, Beside(members=()), at, Passes())
    return heard, samples(forward, spy)


def sure(task: Speaking, batch: Batch) -> Tensor:
    """Outputs that say the right answer, certain beyond any noise."""
    outputs = task.encode(batch).float()
    return outputs if batch.y.is_floating_point() else 100.0 * outputs


def open_steps(name: str, batch: Batch) -> Tensor:
    """Where a network hears itself: (T - 1), from the second step on."""
    steps = torch.arange(1, len(batch.x))
    first = {"ptb_words": 8, "ptb_words_1k": 8} | dict.fromkeys(TEXTS[:2], 40)
    first |= dict.fromkeys(MUSIC, 16) | {"multi30k_de_en": 26}
    return steps >= first.get(name, 1)


def test_the_generating_tasks_show_something() -> None:
    assert {*TEXTS, *MUSIC, "language_surname", "digits_spelled", "emoji_names"} <= {*FOUND}
    draws = {name: getattr(registry.load_task(name), "draws", "") for name in FOUND}
    assert {name: kind for name, kind in draws.items() if kind} == DRAWN


@pytest.mark.parametrize("name", FOUND)
def test_samples_are_json_and_the_same_twice(name: str) -> None:
    task, shown = given(name)
    torch.manual_seed(1)
    spy, found = spoken(task)
    torch.manual_seed(2)  # global randomness must not matter
    _, again = spoken(task)
    assert found == again and [len(row) for row in found] == [len(shown)] * 2
    assert 2 <= len(shown) <= 8 and len(shown.x) <= 350
    written = [[json.dumps(piece._asdict(), allow_nan=False) for piece in row] for row in found]
    assert written[0] != written[1], "two networks do not say the same"
    for row, outputs in zip(found, spy.shown, strict=True):
        assert outputs.shape == (*shown.y.shape[:2], task.outputs)
        assert all(type(sample.said) is (str if sample.kind == "text" else list) for sample in row)
    assert torch.equal(shown.x, task.showcase().x), "nobody wrote into it"


@pytest.mark.parametrize("name", [name for name in FOUND if name not in SILENT])
def test_what_was_said_is_fed_and_what_was_given_stays(name: str) -> None:
    """Each step hears the drawn output of the step before, which is the one that is shown."""
    task, shown = given(name)
    spy, _ = spoken(task)
    said = torch.stack(spy.shown)
    free = open_steps(name, shown)
    assert len(spy.fed) == len(free) == len(shown.x) - 1
    for t, (x, output, fed) in enumerate(spy.fed, start=1):
        torch.testing.assert_close(output, said[:, t - 1], rtol=1e-4, atol=1e-5)
        silent = task.feed(x, torch.randn(output.shape, generator=torch.Generator().manual_seed(t)))
        assert torch.equal(silent, fed) == (not free[t - 1]), "only there another output is heard"


@pytest.mark.parametrize("name", FOUND)
def test_who_is_sure_of_the_right_answer_says_it(name: str) -> None:
    task, shown = given(name)
    found = task.show(sure(task, shown), shown)
    for sample in found:
        if sample.wanted is None:
            assert name in (*TEXTS, "language_surname") and sample.given and not sample.image
        elif name not in UNREACHABLE:
            assert sample.said == sample.wanted


# ------------------------------------------------------------------ texts


def raw(name: str) -> str:
    """The test part as it is printed."""
    if name == "shakespeare_chars":
        return "".join(tinyshakespeare.ALPHABET[s] for s in tinyshakespeare.parts().test)
    if name == "ptb_chars":
        text = ptb.characters()
        return "".join(text.symbols[s] for s in text.test).replace("_", " ")
    text = ptb.words(ptb.WORDS if name == "ptb_words" else 1000)
    return " ".join(text.symbols[s] for s in text.test)


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_a_prompt_of_the_test_part_and_goes_on(name: str) -> None:
    task, shown = given(name)
    text, found = raw(name), task.show(sure(task, shown), shown)
    words = "words" in name
    between, line = (" ", "<eos> ") if words else ("", "\n")
    assert len({sample.given for sample in found}) == len(found) == 2
    for sample in found:
        assert isinstance(sample.said, str)
        place = text.index(f"{line}{sample.given}{between}{sample.said}")
        assert place >= 0, "the right answers are the text itself, from the beginning of a line on"
        sizes = [len(part.split() if words else part) for part in (sample.given, sample.said)]
        assert sizes == ([8, 50] if words else [40, 300])


@pytest.mark.parametrize("name", TEXTS)
def test_a_prompt_is_heard_as_it_stands_and_nothing_of_what_follows(name: str) -> None:
    task, shown = given(name)
    assert task.reading.front and shown.x.shape[-1] == 2 and shown.valid is None
    prompt = int(shown.x[:, 0, 1].sum())
    assert torch.equal(shown.x[1:prompt, :, 0].long(), shown.y[: prompt - 1])
    assert (shown.x[prompt:] == 0).all()
    loud = 100 * torch.randn(*shown.y.shape, task.outputs)
    for t in range(1, len(shown.x)):
        fed = task.feed(shown.x[t], loud[t - 1])
        expected = shown.x[t, :, 0] if t < prompt else loud[t - 1].argmax(-1).float()
        assert fed.shape == (2, 1) and torch.equal(fed[:, 0], expected)


def test_noise_draws_by_probability() -> None:
    """Of two symbols, one three times as likely: three quarters of what is said."""
    task, shown = given("shakespeare_chars")
    odds = torch.full((task.outputs,), -1e9)
    odds[:2] = torch.tensor([0.75, 0.25]).log()
    drawn = (odds + _noise(task, (*shown.y.shape, task.outputs))).argmax(-1)
    assert drawn.max() == 1
    assert drawn.float().mean().item() == pytest.approx(0.25, abs=4 * (0.1875 / 678) ** 0.5)


# ------------------------------------------------------------------ names, digits


def test_a_surname_ends_at_its_end() -> None:
    task, shown = given("language_surname")
    said = torch.full_like(shown.y, names.LETTERS.index("x"))
    said[0, 0] = names.END
    said[3, 1] = names.END
    outputs = torch.nn.functional.one_hot(said, task.outputs).float()
    found = task.show(outputs, shown)
    assert [sample.said for sample in found] == ["", "xxx", *["x" * 21] * 6]
    heard = [names.LANGUAGES[int(k)] for k in shown.x[0, :, 0]]
    assert [sample.given for sample in found] == heard and len({*heard}) == 8


def test_a_digit_is_shown_as_ink_on_paper() -> None:
    task, shown = given("digits_spelled")
    found = task.show(sure(task, shown), shown)
    assert len(found) == 8
    for n, sample in enumerate(found):
        assert sample.image and [len(row) for row in sample.image] == [8] * 8
        assert sample.image[1][3] == 1 - shown.x[0, n, 11].item() and sample.given == ""
        assert sample.wanted in NAMES
        assert sum(map(sum, sample.image)) > 32, "more paper than ink"


# ------------------------------------------------------------------ piano rolls


@pytest.mark.parametrize("name", MUSIC)
def test_a_roll_begins_with_the_frames_that_were_given(name: str) -> None:
    task, shown = given(name)
    found = task.show(torch.full_like(shown.y, -100.0), shown)
    assert len(found) == 4 and shown.valid is not None and (shown.valid == 1).all()
    for sample in found:
        number = int(sample.given.rpartition(" ")[2])
        piece = rolls.pieces(name).test[number - 1][:80]
        notes = [[21 + key for key in range(88) if frame[key]] for frame in piece]
        assert sample.wanted == notes and len(notes) == 80
        assert sample.said == notes[:16] + [[]] * 64 and "first 16 frames" in sample.given


@pytest.mark.parametrize("name", MUSIC)
def test_given_frames_are_heard_as_in_training(name: str) -> None:
    task, shown = given(name)
    outputs = torch.randn(shown.y.shape, generator=torch.Generator().manual_seed(0))
    heard = torch.stack([shown.x[0], *map(task.feed, shown.x[1:], outputs)])
    assert torch.equal(heard[1:16], shown.y[:15]) and {*heard.unique().tolist()} == {0.0, 1.0}
    assert torch.equal(heard[16:], (outputs[15:-1] > 0).float())
    assert torch.equal(task.feed(shown.y, outputs), (outputs > 0).float()), "no mark, no prompt"
