"""What every task promises. Tasks are found, not listed."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.data.sets import ucr
from seqbench.engine import batches, contracts
from seqbench.errors import MissingData
from seqbench.task import Batch, Splits, Task
from seqbench.task.pooled import Pooled
from tests.helpers.sampling import MANY, stream

FOUND = registry.names("tasks")
VARIANTS = [f"adding@{variant}" for variant in ("arjovsky16", "hs97", "pascanu13", "bai18")] + [
    "copy@lezcano19",
    "temporal_order@hs97",
    "multiplication@hs97",
    "random_permutation@martens11",
    "two_sequence@3b",
]
ALL = [*FOUND, *VARIANTS]
RECORDED = [name for name in FOUND if registry.describe("tasks", name).facts.get("needs")]
UNREACHABLE = {"multi30k_de_en": "its references have words outside of the vocabulary"}
SETTINGS: list[tuple[str, dict[str, object]]] = [
    *((name, {}) for name in RECORDED),
    *(("ucr", {"variant": name}) for name in sorted(ucr.SETS)),
    *(("rt_polarity", {"fold": fold}) for fold in (1, 2)),
    ("sunspots", {"length": 20, "warmup": 3}),
]


def recorded(task: Task) -> Splits | None:
    """All of a recorded task; the test is skipped where the data are not at hand."""
    try:
        return task.splits()
    except MissingData as absent:
        pytest.skip(str(absent))


def some(task: Task, batch: Batch, most: int = 400) -> Batch:
    """A piece of it that is quickly looked at: sequences, or of a text its first steps."""
    if task.reading.carries:
        return batch.map(lambda part: part[:most])
    return batch.pick(slice(0, most))


def train_and_test(task: Task) -> tuple[Batch, Batch]:
    if splits := recorded(task):
        return splits.train, splits.test
    return task.sample(MANY, stream(1)), task.sample(MANY, stream(2))


def weights(batch: Batch) -> Tensor:
    """Of every answer in the metric."""
    if batch.scored is not None:
        return batch.scored
    return torch.ones(batch.y.shape[:2]) if batch.mask is None else batch.mask


def blind(task: Task, known: Batch) -> Tensor:
    """The best outputs, by the metric and for a known part, that never see the input. (A, 1, O)

    It knows which step is asked where answers are drawn afresh; of recorded answers there are too
    few to learn one guess for every step, and it is a constant.
    """
    if task.metric in ("exact_match", "bleu", "corrected_chrf"):
        answers, counts = known.y.unique(dim=1, return_counts=True)
        return functional.one_hot(answers[:, counts.argmax()], task.outputs).float()[:, None]
    asked = weights(known)
    if task.splits():
        asked = asked.reshape(1, -1)
    y = known.y.reshape(*asked.shape, *known.y.shape[2:])
    match task.metric:
        case "mse" | "memory_capacity" | "rse" | "nats_per_frame":
            best = (y * asked[..., None]).sum(1) / asked.sum(1).clamp(min=1)[:, None]
            best = best.logit(eps=1e-7) if task.likelihood else best
        case "accuracy" | "bits_per_character" | "nats_per_word" | "memorized_bits":
            hits = torch.zeros(len(y), task.outputs).scatter_add_(1, y, asked)
            best = hits.clamp(min=1e-9).log()
        case "error_rate":
            tried = torch.linspace(y.min().item(), y.max().item(), 200)
            errors = [task.score(t.expand_as(known.y), known).item() for t in tried]
            best = tried[min(range(200), key=errors.__getitem__)].reshape(1, 1)
        case _:
            pytest.fail(f"Say in blind() what the best blind predictor for {task.metric!r} is.")
    return best[:, None].expand(len(known.y), 1, -1)


def said(task: Task, outputs: Tensor, batch: Batch) -> float:
    return task.score(outputs.expand(-1, len(batch), -1), batch).item()


@pytest.mark.parametrize("name", FOUND)
def test_docstring_is_a_card(name: str) -> None:
    card = registry.describe("tasks", name)
    assert card.title and card.sources
    assert any(line.startswith("Not ") for line in card.doc.splitlines())
    assert "step  " in card.doc, "the docstring draws the sequence in columns that begin with step"


@pytest.mark.parametrize("name", ALL)
def test_shapes(name: str) -> None:
    task = registry.load_task(name)
    parts = recorded(task) or (task.sample(3, stream(0)),)
    contracts.facts(task)
    for whole in parts:
        batches.check(task, whole, "a part")
        batch = some(task, whole)
        T, n, _ = batch.x.shape
        answers = 1 if task.asked == "last" else T
        assert not task.reading.carries or n == 1
        assert task.encode(batch).shape == (answers, n, task.outputs)
        assert (T == 1) == (task.io_shape == "one_to_one")
        assert (answers == 1) == (task.io_shape in ("many_to_one", "one_to_one"))


@pytest.mark.parametrize("name", ALL)
def test_same_stream_same_batch(name: str) -> None:
    task = registry.load_task(name)
    if splits := recorded(task):
        again = registry.load_task(name).splits()
        assert again and torch.equal(splits.test.x, again.test.x)
        return
    torch.manual_seed(1)
    one = task.sample(8, stream(3))
    torch.manual_seed(2)  # global randomness must not matter
    same, other = task.sample(8, stream(3)), task.sample(8, stream(4))
    assert torch.equal(one.x, same.x) and torch.equal(one.y, same.y)
    assert one.x.shape == other.x.shape, "batches of different seeds are stacked"
    assert not torch.equal(one.x, other.x)


@pytest.mark.parametrize("name", [name for name in ALL if name not in RECORDED])
def test_chance_is_the_best_blind_score(name: str) -> None:
    task = registry.load_task(name)
    enough = MANY if task.asked == "every" else 10 * MANY  # one answer each: as sure as many
    train, test = (task.sample(enough, stream(seed)) for seed in (1, 2))
    score = said(task, blind(task, train), test)
    assert score == pytest.approx(task.chance, rel=0.05, abs=2e-3 * max(1, task.perfect))


BETTER = {  # chance is more than a constant, or the best sentence of all
    "exchange_rate", "monthly_sunspots", "omniglot_strokes", "multi30k_de_en",
}  # fmt: skip


@pytest.mark.parametrize(("name", "knobs"), SETTINGS)
def test_no_constant_has_skill_on_recorded_data(name: str, knobs: dict[str, object]) -> None:
    """The best one for the very part that is tested is chance, or less than chance."""
    task = registry.load_task(name, knobs)
    test = train_and_test(task)[1]
    skill = task.skill(said(task, blind(task, test), test))
    assert skill < 0 if name in BETTER else skill == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("name", ALL)
def test_marks_are_in_their_order(name: str) -> None:
    task = registry.load_task(name)
    recorded(task)
    assert task.skill(task.chance) == 0 and task.skill(task.perfect) == 1
    assert not task.solved(task.chance) and task.solved(task.perfect)
    assert not task.solved(float("nan"))
    assert 0 < task.skill(task.pass_mark) <= 1


@pytest.mark.parametrize("name", ALL)
def test_right_answers_are_perfect(name: str) -> None:
    task = registry.load_task(name)
    test = some(task, train_and_test(task)[1])
    outputs = 50.0 * task.encode(test) if test.y.dtype == torch.int64 else task.encode(test)
    if task.likelihood and test.y.is_floating_point():  # notes: yes or no
        outputs = 100 * (2 * outputs - 1)
    if name not in UNREACHABLE:
        assert task.score(outputs.float(), test).item() == pytest.approx(task.perfect, abs=1e-5)
    assert task.loss(outputs.float(), test).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", ALL)
def test_a_stack_is_scored_trial_by_trial(name: str) -> None:
    task = registry.load_task(name)
    splits = recorded(task)
    if splits and task.reading.carries:
        batches = [splits.test.map(lambda z, i=i: z[20 * i : 20 * i + 20]) for i in range(3)]
    elif splits:
        batches = [splits.test.pick(torch.arange(i, i + 5)) for i in range(3)]
    else:
        batches = [task.sample(5, stream(i)) for i in range(3)]
    parts = {
        key: torch.stack([getattr(batch, key) for batch in batches])
        for key, value in vars(batches[0]).items()
        if value is not None
    }
    outputs = torch.randn(3, *batches[0].y.shape[:2], task.outputs, generator=stream(9))
    for judge in (task.loss, task.score):
        together = judge(outputs, Batch(**parts))
        alone = torch.stack([judge(*pair) for pair in zip(outputs, batches, strict=True)])
        assert together.shape == (3,)
        torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("name", ALL)
def test_mask_hides(name: str) -> None:
    """What is not asked changes neither loss nor metric (but of a text all that is said counts)."""
    task = registry.load_task(name)
    batch = some(task, train_and_test(task)[0], 9)
    outputs = torch.randn(*batch.y.shape[:2], task.outputs, generator=stream(9))
    for judge, part in ((task.loss, batch.mask), (task.score, weights(batch))):
        if part is not None and not (isinstance(task, Pooled) and judge == task.score):
            other = torch.where(part[..., None] > 0, outputs, -3 * outputs)
            assert torch.equal(judge(outputs, batch), judge(other, batch))


SHARED = {  # as published: at most so many test (or validation) sequences are in train, too
    "nottingham": 0.02, "rt_polarity": 0.01, "sst2": 0.01,
}  # fmt: skip


def rows(batch: Batch) -> list[bytes]:
    x = batch.x if batch.valid is None else torch.cat([batch.x, batch.valid[..., None]], -1)
    return [example.numpy().tobytes() for example in x.transpose(0, 1).contiguous()]


@pytest.mark.parametrize("name", RECORDED)
def test_splits_share_no_example(name: str) -> None:
    task = registry.load_task(name)
    splits = recorded(task)
    assert splits
    if task.reading.carries:
        assert all(len(part.y) > 1000 for part in splits)
        return
    train, valid, test = (rows(part) for part in splits)
    for one, other in ((test, train), (valid, train), (test, valid)):
        known = set(other)
        assert sum(row in known for row in one) <= SHARED.get(name, 0) * len(one)
    assert min(map(len, splits)) > 0
