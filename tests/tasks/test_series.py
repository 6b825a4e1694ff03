"""What the tasks on measured signals have in common."""

from math import log
from pathlib import Path

import pytest
import torch
from torch import Generator
from torch.nn import functional

from seqbench import registry
from seqbench.data.sets import _spoken_baselines as spoken_baselines
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
from seqbench.task import Batch
from tests.helpers.mirror import mirrored
from tests.helpers.series import held_out, load, random

NAMES = (
    "ett", "exchange_rate", "monthly_sunspots", "ucr", "japanese_vowels", "indoor_movement",
    "spoken_digits", "spoken_stream",
)  # fmt: skip
CLASSES = ("ucr", "japanese_vowels", "indoor_movement", "spoken_digits", "spoken_stream")
VARIABLE = tuple(name for name in CLASSES if name != "ucr")
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
        assert task.lag < len(part.x) and (part.valid is not None) == task.reading.variable
    assert 0 < task.skill(task.pass_mark) < 1 and task.solved(task.pass_mark)


@mirrored
@pytest.mark.parametrize("name", NAMES)
def test_right_answers_are_perfect(name: str) -> None:
    task = load(name)
    test = held_out(task)
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
    test = held_out(task)
    loss = task.loss(torch.zeros(*test.y.shape, task.outputs), test)
    assert loss.item() == pytest.approx(log(task.outputs), rel=1e-5)


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
    test = held_out(task)
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
