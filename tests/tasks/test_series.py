"""What is peculiar to each task on measured signals."""

from collections.abc import Iterator
from itertools import pairwise
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from mirror import MIRROR, mirrored
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.data.baselines import spoken as spoken_baselines
from seqbench.data.sets import (
    ett,
    exchange_rate,
    indoor_movement,
    japanese_vowels,
    monthly_sunspots,
    spoken_digits,
    ucr,
)
from seqbench.errors import InputError, MissingData
from seqbench.networks.padded import Padded
from seqbench.task import Batch, Task

NAMES = (
    "ett", "exchange_rate", "monthly_sunspots", "ucr", "japanese_vowels", "indoor_movement",
    "spoken_digits", "spoken_stream",
)  # fmt: skip
CLASSES = ("ucr", "japanese_vowels", "indoor_movement", "spoken_digits", "spoken_stream")
VARIABLE = tuple(name for name in CLASSES if name != "ucr")


@pytest.fixture(autouse=True)
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SEQBENCH_MIRROR", str(MIRROR))
    yield


def load(name: str, **knobs: object) -> Task:
    return registry.load_task(name, knobs)


def test_part(task: Task) -> Batch:
    splits = task.splits()
    assert splits
    return splits.test


test_part.__test__ = False  # type: ignore[attr-defined]


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=Generator().manual_seed(0))


# ------------------------------------------------------------------ all of them

SIZES = {
    "ett": (8521, 2857, 2857),
    "exchange_rate": (4382, 1518, 1518),
    "monthly_sunspots": (2112, 16, 16),
    "ucr": (38, 12, 150),
    "japanese_vowels": (207, 63, 370),
    "indoor_movement": (158, 52, 104),
    "spoken_digits": (2400, 300, 300),
    "spoken_stream": (480, 60, 60),
}


@mirrored
@pytest.mark.parametrize("name", NAMES)
def test_sizes_and_marks(name: str) -> None:
    task = load(name)
    splits = task.splits()
    assert splits and tuple(len(part) for part in splits) == SIZES[name]
    for part in splits:
        assert part.x.dtype == torch.float32 and part.x.isfinite().all()
        assert part.x.shape[0] == splits.train.x.shape[0] and part.x.shape[2] == task.inputs
        assert task.lag < len(part.x) and (part.valid is not None) == task.variable
    assert 0 < task.skill(task.pass_mark) < 1 and task.solved(task.pass_mark)


@mirrored
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_are_perfect(name: str) -> None:
    task = load(name)
    test = test_part(task)
    outputs = task.encode(test).float()
    outputs = 50 * outputs if name in CLASSES else outputs
    assert task.score(outputs, test).item() == pytest.approx(task.perfect, abs=1e-6)
    assert task.loss(outputs, test).item() == pytest.approx(0, abs=1e-6)
    perfect = {"mae": 0.0, "digit_accuracy": 1.0}
    for measure, value in task.measures(outputs, test).items():
        assert value.item() == pytest.approx(perfect[measure], abs=1e-6)


@mirrored
@pytest.mark.parametrize("name", CLASSES)
def test_not_knowing_costs_the_logarithm_of_the_classes(name: str) -> None:
    task = load(name)
    test = test_part(task)
    loss = task.loss(torch.zeros(*test.y.shape, task.outputs), test)
    assert loss.item() == pytest.approx(log(task.outputs), rel=1e-5)


@mirrored
@pytest.mark.parametrize("name", CLASSES)
def test_chance_is_train_s_most_frequent_class(name: str) -> None:
    task = load(name)
    splits = task.splits()
    assert splits
    train, test = splits.train, splits.test
    counts = np.zeros(task.outputs)
    for label in (train.y if train.mask is None else train.y[train.mask > 0]).ravel().tolist():
        counts[label] += 1
    outputs = functional.one_hot(torch.full_like(test.y, int(counts.argmax())), task.outputs)
    assert task.score(outputs.float(), test).item() == pytest.approx(task.chance, abs=1e-6)


# ------------------------------------------------------------------ padding


def longer(batch: Batch, before: int, behind: int) -> Batch:
    """The same sequences among more padding, which says something loud."""
    grow = lambda part: functional.pad(part, (0, 0, before, behind))  # noqa: E731
    noise = 9 * random(before + len(batch.x) + behind, *batch.x.shape[1:])
    valid = grow(batch.valid)
    x = torch.where(
        valid[..., None] > 0, functional.pad(batch.x, (0, 0, 0, 0, before, behind)), noise
    )
    if batch.mask is None:
        return Batch(x=x, y=batch.y, valid=valid)
    return Batch(x=x, y=grow(batch.y), mask=grow(batch.mask), valid=valid)


@mirrored
@pytest.mark.parametrize("name", VARIABLE)
def test_more_padding_changes_nothing(name: str) -> None:
    """Read by a cell that holds its state: the same loss and the same score, bit for bit."""
    task = load(name)
    test = test_part(task)
    some = test.pick(torch.arange(0, len(test), len(test) // 7)[:6])
    assert some.valid is not None and (some.valid.sum(0).unique().numel() > 1)
    cell = Padded(cell=registry.load_cell("lstm"))
    params = cell.initialize(
        {"I": task.inputs + 1, "H": 8, "O": task.outputs}, Generator().manual_seed(1)
    )

    def judged(batch: Batch) -> tuple[float, float]:
        x = torch.cat([batch.x, batch.valid[..., None]], -1)
        state, states = cell.start(x[0], params), []
        for step in x:
            state = cell.step(params, state, step)
            states.append(state[0])
        h = torch.stack(states if task.asked == "every" else states[-1:])
        outputs = h @ params["W_out"].mT + params["b_out"]
        return task.loss(outputs, batch).item(), task.score(outputs, batch).item()

    assert judged(longer(some, 0, 9)) == judged(some) == judged(longer(some, 5, 2))


@mirrored
@pytest.mark.parametrize("name", VARIABLE)
def test_valid_steps_come_first_and_hold_the_data(name: str) -> None:
    for part in load(name).splits() or ():
        assert (part.valid[1:] <= part.valid[:-1]).all() and (part.valid[0] == 1).all()
        assert (part.x[part.valid == 0] == 0).all()


# ------------------------------------------------------------------ forecasts


@mirrored
@pytest.mark.parametrize("knobs", ({}, {"variables": "OT"}, {"horizon": 48, "past": 24}))
def test_ett_chance_is_the_naive_forecast_that_valid_prefers(knobs: dict[str, object]) -> None:
    task = load("ett", **knobs)
    splits = task.splits()
    assert splits
    test = splits.test

    def again(part: Batch) -> Tensor:
        return part.x[-1].repeat(1, task.outputs // task.inputs)[None]

    valid, tested = (
        [task.score(said, part).item() for said in (again(part), torch.zeros_like(part.y))]
        for part in (splits.valid, test)
    )
    assert task.chance == pytest.approx(tested[valid.index(min(valid))], rel=1e-4)
    last = again(test)
    assert task.measures(last, test)["mae"].item() == pytest.approx(
        float((last - test.y).abs().mean()), rel=1e-5
    )


@mirrored
def test_ett_answers_follow_their_window() -> None:
    test = test_part(load("ett"))
    days = test.y[0].unflatten(-1, (24, 7))
    assert torch.equal(days[0, 1:], days[1, :-1])
    assert torch.equal(days[:-96, 0], test.x[-1, 1:-95]), "the next window ends with what was asked"


@mirrored
def test_ett_pass_mark_is_a_linear_forecast() -> None:
    task = load("ett", variables="OT")
    splits = task.splits()
    assert splits
    seen, asked = (
        np.column_stack([part.x[..., 0].T.numpy(), np.ones(len(part))]).astype(float)
        for part in (splits.train, splits.test)
    )
    weights = np.linalg.lstsq(seen, splits.train.y[0].numpy().astype(float), rcond=None)[0]
    error = np.square(asked @ weights - splits.test.y[0].numpy()).mean()
    assert task.pass_mark == pytest.approx(error, rel=0.01)


@mirrored
def test_ett_is_thinned_in_train_and_valid_only() -> None:
    whole, thin = load("ett").splits(), load("ett", every=10).splits()
    assert whole and thin and [len(part) for part in thin] == [853, 286, 2857]
    assert torch.equal(whole.train.x[:, ::10], thin.train.x)
    assert torch.equal(whole.test.y, thin.test.y)


def lstnet_rse(said: Tensor, right: Tensor) -> float:
    """As its code computes it: sums of squares, and a deviation over all numbers at once."""
    total = ((said - right) ** 2).sum().item()
    deviation = right.std().item() * ((len(right) - 1) / len(right)) ** 0.5
    return (total / right.numel()) ** 0.5 / deviation


@mirrored
def test_exchange_rate_is_judged_in_rates() -> None:
    task = load("exchange_rate")
    test = test_part(task)
    mean, deviation = map(torch.tensor, exchange_rate.scale())
    rates = test.y[0] * deviation + mean
    for outputs in (test.x[-1:], test.y + 0.1 * random(*test.y.shape)):
        expected = lstnet_rse(outputs[0] * deviation + mean, rates)
        assert task.score(outputs, test).item() == pytest.approx(expected, rel=1e-3)
    assert task.score(test.x[-1:], test).item() == pytest.approx(task.chance, rel=1e-4)
    assert task.chance == pytest.approx(0.0171, abs=1e-4)


@mirrored
def test_change_and_rate_are_judged_alike() -> None:
    """The same forecast, said as rates and as changes, has the same score; no change is chance."""
    rate, change = load("exchange_rate", past=9), load("exchange_rate", past=9, target="change")
    as_rate, as_change = test_part(rate), test_part(change)
    assert torch.equal(as_rate.x, as_change.x)
    moved = random(*as_change.y.shape)
    unit = torch.tensor(exchange_rate.change(3)).float()
    score = change.score(moved, as_change).item()
    assert rate.score(as_rate.x[-1:] + moved * unit, as_rate).item() == pytest.approx(
        score, rel=1e-3
    )
    assert change.score(0 * moved, as_change).item() == pytest.approx(change.chance, rel=1e-4)
    train = change.splits().train.y  # type: ignore[union-attr]
    torch.testing.assert_close(train.square().mean((0, 1)), torch.ones(8), rtol=0.02, atol=0)


@mirrored
def test_exchange_rate_is_judged_from_pieces() -> None:
    """Decisions piece by piece, then all at once, for a stack of trials."""
    task = load("exchange_rate", past=5)
    test = test_part(task)
    outputs = test.y + 0.1 * random(3, *test.y.shape)
    said = torch.cat([task.decide(piece) for piece in outputs.split(256, -2)], -1)
    together = task.judge(said, test)
    assert together.shape == (3,)
    torch.testing.assert_close(together, task.score(outputs, test))
    alone = torch.stack([task.score(trial, test) for trial in outputs])
    torch.testing.assert_close(together, alone)


@mirrored
def test_sunspots_chance_and_pass_mark() -> None:
    task = load("monthly_sunspots")
    test = test_part(task)
    assert test.mask is not None and test.mask.sum() == 282
    assert task.score(test.x, test).item() == pytest.approx(task.chance, rel=1e-4)
    numbers = monthly_sunspots.standardized()
    rows = np.array([[*numbers[month - 24 : month], 1] for month in range(24, 2820)])
    weights = np.linalg.lstsq(rows[: 2256 - 24], numbers[24:2256], rcond=None)[0]
    errors = np.square(rows @ weights - numbers[24:])[2538 - 24 :]
    assert task.pass_mark == pytest.approx(errors.mean(), rel=0.01)
    assert torch.equal(test.x[1:], test.y[:-1])


# ------------------------------------------------------------------ classes


@mirrored
@pytest.mark.parametrize("name", ucr.SETS)
def test_archive_sets_are_tasks(name: str) -> None:
    task = registry.load_task(f"ucr@{name}")
    kind, test = ucr.SETS[name], test_part(task)
    assert test.x.shape == (kind.length, kind.test, kind.channels)
    assert (task.inputs, task.outputs, task.lag) == (kind.channels, kind.classes, kind.length - 1)
    first = ucr.parts(name)[2]
    np.testing.assert_allclose(test.x[:, 3], first.sequences[3], rtol=1e-6, atol=1e-6)
    assert test.y[0, 3] == first.labels[3]
    assert 0 < task.skill(task.pass_mark) < 1


@mirrored
def test_pass_marks_of_unequal_lengths_by_hand() -> None:
    for name, module in (
        ("japanese_vowels", japanese_vowels),
        ("indoor_movement", indoor_movement),
    ):
        train, _, test = module.parts()
        fifths = lambda s: np.array([p.mean(0) for p in np.array_split(s, 5)])  # noqa: E731
        points, right = np.array([fifths(s) for s in train.sequences]), 0
        for sequence, label in zip(test.sequences, test.labels, strict=True):
            gaps = ((points - fifths(sequence)) ** 2).sum((1, 2))
            right += train.labels[gaps.argmin()] == label
        assert load(name).pass_mark == pytest.approx(right / len(test.labels))


@mirrored
def test_longest_recordings_are_cut_and_the_rest_is_whole() -> None:
    task = load("spoken_digits")
    splits = task.splits()
    assert splits and task.lag == 97
    lengths = torch.cat([part.valid.sum(0) for part in splits])
    whole = [1 + (len(r.samples) - 200) // 80 for r in spoken_digits.load()]
    assert sorted(lengths.int().tolist()) == sorted(min(98, length) for length in whole)
    coarse = load("spoken_digits", hop=20).splits()
    assert coarse and torch.allclose(coarse.test.valid.sum(0), (lengths[-300:] / 2).ceil())


@mirrored
def test_streams_are_labeled_frame_by_frame() -> None:
    task = load("spoken_stream")
    test = test_part(task)
    assert torch.equal(test.mask, test.valid)
    assert (test.y[test.valid == 0] == spoken_digits.DIGITS).all()
    for n in range(3):
        labels = test.y[test.valid[:, n] > 0, n].tolist()
        runs = [b for a, b in pairwise([None, *labels]) if a != b]
        assert runs[::2] == [spoken_digits.DIGITS] * 6 and len(runs) == 11
    silent = functional.one_hot(torch.full_like(test.y, 10), 11).float()
    assert task.measures(silent, test)["digit_accuracy"].item() == 0
    assert task.score(silent, test).item() == pytest.approx(task.chance, abs=1e-6)


@mirrored
def test_stream_pass_mark_by_hand() -> None:
    task = load("spoken_stream", hop=25)
    splits = task.splits()
    assert splits

    def seen(part: Batch) -> tuple[Tensor, Tensor]:
        rows, labels = [], []
        for n in range(0, len(part)):
            frames = part.x[part.valid[:, n] > 0, n].double()
            labels.append(part.y[part.valid[:, n] > 0, n])
            for t in range(len(frames)):
                means = [frames[max(0, t + 1 - k) : t + 1].mean(0) for k in (4, 8, 16)]
                rows.append(torch.cat([frames[t], *means, torch.ones(1)]))
        return torch.stack(rows), torch.cat(labels)

    some = splits.train.pick(torch.arange(0, 480, 8))
    (heard, labels), (asked, right) = seen(some), seen(splits.test)
    weights = torch.linalg.lstsq(heard, functional.one_hot(labels, 11).double()).solution
    by_hand = ((asked @ weights).argmax(-1) == right).double().mean().item()
    assert task.pass_mark == pytest.approx(by_hand, abs=0.03), "an eighth of train suffices"


# ------------------------------------------------------------------ knobs, and no data


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("ett", {"horizon": 2881}),
        ("ett", {"past": 8640}),
        ("exchange_rate", {"past": 4552}),
        ("monthly_sunspots", {"warmup": 144}),
        ("monthly_sunspots", {"length": 2256}),
        ("spoken_digits", {"hop": 26}),
        ("spoken_digits", {"longest": 0.1}),
        ("spoken_stream", {"longest": 3.0}),
        ("spoken_stream", {"digits": 51}),
    ),
)
def test_knobs_that_leave_nothing_are_refused(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"^[A-Z]\w+: [^\n]* Allowed: [^\n]*\. Change [^\n]*\.$"):
        load(name, **knobs)


@mirrored
def test_large_knobs_work() -> None:
    for name, knobs in (
        ("ett", {"past": 48, "horizon": 720, "every": 50, "variables": "OT"}),
        ("exchange_rate", {"past": 3, "horizon": 1000}),
        ("monthly_sunspots", {"length": 400, "warmup": 399}),
        ("spoken_stream", {"digits": 30, "hop": 25, "split": "speaker"}),
        ("spoken_digits", {"longest": 2.3, "hop": 25}),
    ):
        splits = load(name, **knobs).splits()
        assert splits and all(len(part) for part in splits)


@pytest.mark.parametrize("name", NAMES)
def test_without_data_only_the_data_are_missing(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SEQBENCH_MIRROR")
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path))
    modules = (ett, exchange_rate, monthly_sunspots, ucr, japanese_vowels, indoor_movement)
    for module in (*modules, spoken_digits, spoken_baselines):
        kept = {key: value for key, value in vars(module).items() if hasattr(value, "cache_clear")}
        for key, cached in kept.items():
            monkeypatch.setattr(module, key, cached.__wrapped__)
    task = load(name)
    monkeypatch.setattr(
        f"seqbench.tasks.{name}._splits",
        __import__(f"seqbench.tasks.{name}", fromlist=["_splits"])._splits.__wrapped__,
    )
    assert task.inputs > 0 and task.outputs > 0 and task.lag > 0
    (needed,) = task.needs
    needed = needed.format(**vars(task))
    for call in (task.splits, lambda: task.chance, lambda: task.pass_mark):
        with pytest.raises(MissingData, match=f"python -m seqbench data fetch {needed}"):
            call()
