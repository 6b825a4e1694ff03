"""A fault of the data is named as one before anything trains, and no cell is blamed for it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from seqbench import jobs, registry
from seqbench.engine import contracts
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU, stream
from seqbench.errors import InputError
from seqbench.front import OneHot
from seqbench.matrix.job import Job
from seqbench.task import Batch, Classification, Regression, Splits
from seqbench.task.reading import Reading
from tests.helpers.training import few

T, N, INPUTS, CLASSES = 4, 6, 2, 3


@dataclass(frozen=True, kw_only=True)
class Recorded(Classification):
    """Recorded data that a test breaks."""

    broken: Callable[[Batch], object] = lambda part: part
    io_shape = "many_to_one"
    inputs, outputs, lag, chance, pass_mark = INPUTS, CLASSES, T - 1, 1 / CLASSES, 0.9

    def splits(self) -> Splits:
        part = Batch(torch.rand(T, N, INPUTS, generator=stream(1, "x")), torch.ones(1, N).long())
        return Splits(part, self.broken(part), part)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Every(Recorded):
    """It asks at every step."""

    asked = "every"
    io_shape = "many_to_many"

    def splits(self) -> Splits:
        y, mask = torch.ones(T, N).long(), torch.ones(T, N)
        part = replace(Recorded().splits().train, y=y, mask=mask)
        return Splits(part, self.broken(part), part)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Values(Regression):
    """Its answers are values."""

    broken: Callable[[Batch], object] = lambda part: part
    io_shape = "many_to_one"
    inputs, outputs, lag, chance, pass_mark = INPUTS, 1, 0, 1.0, 0.1

    def splits(self) -> Splits:
        part = Batch(torch.rand(T, N, INPUTS, generator=stream(1, "x")), torch.ones(1, N, 1))
        return Splits(part, self.broken(part), part)  # type: ignore[arg-type]


class Uneven(Recorded):
    """Its sequences differ in length."""

    reading = Reading(variable=True)

    def splits(self) -> Splits:
        part = replace(Recorded().splits().train, valid=torch.ones(T, N))
        return Splits(part, self.broken(part), part)  # type: ignore[arg-type]


class Symbols(Recorded):
    """Its inputs are symbols."""

    reading = Reading(front=OneHot(symbols=2))


class Windows(Recorded):
    """It is read in windows."""

    asked = "every"
    reading = Reading(window=2)


@dataclass(frozen=True, kw_only=True)
class Ends(Windows):
    """Of which the last step alone is asked."""

    asked = "last"


def put(name: str, place: tuple[int, ...], value: float) -> Callable[[Batch], Batch]:
    """A batch with one other value."""

    def change(part: Batch) -> Batch:
        tensor: Tensor = getattr(part, name).clone()
        tensor[place] = value
        return replace(part, **{name: tensor})

    return change


BROKEN = {
    "nan": (Recorded, put("x", (3, 5, 1), nan), "x[3, 5, 1] is nan (step 3, sequence 5, column 1"),
    "inf": (Recorded, put("x", (0, 0, 0), -inf), "x[0, 0, 0] is -inf"),
    "answer nan": (Values, put("y", (0, 4, 0), nan), "y[0, 4, 0] is nan (answer 0, sequence 4"),
    "class": (Recorded, put("y", (0, 2), 3), "y[0, 2] is 3 (answer 0, sequence 2"),
    "class below 0": (Every, put("y", (3, 2), -1), "y[3, 2] is -1 (answer 3, sequence 2"),
    "one sequence": (Recorded, lambda b: replace(b, x=b.x[:, 0]), "x is float32 of shape (4, 2)"),
    "few inputs": (Recorded, lambda b: replace(b, x=b.x[..., :1]), "float32 of shape (T, 6, 2)"),
    "double": (Recorded, lambda b: replace(b, x=b.x.double()), "x is float64 of shape (4, 6, 2)"),
    "labels as numbers": (Recorded, lambda b: replace(b, y=b.y.float()), "y is float32 of shape"),
    "short labels": (Recorded, lambda b: replace(b, y=b.y.int()), "y is int32 of shape (1, 6)"),
    "too few labels": (Recorded, lambda b: replace(b, y=b.y[:, 1:]), "y is int64 of shape (1, 5)"),
    "labels in a row": (Recorded, lambda b: replace(b, y=b.y[0]), "y is int64 of shape (6,)"),
    "no column": (Values, lambda b: replace(b, y=b.y[..., 0]), "y is float32 of shape (1, 6). "),
    "classes to regress": (Values, lambda b: replace(b, y=b.y[..., 0].long()), "y is int64"),
    "at one step": (Every, lambda b: replace(b, y=b.y[:1], mask=None), "y is int64 of shape (1, 6"),
    "no sequence": (Recorded, lambda b: b.pick(slice(0, 0)), "x is float32 of shape (4, 0, 2)"),
    "no step": (Recorded, lambda b: replace(b, x=b.x[:0]), "x is float32 of shape (0, 6, 2)"),
    "no batch": (Recorded, lambda b: (b.x, b.y), "splits().valid gives tuple"),
    "arrays": (Recorded, lambda b: replace(b, x=b.x.numpy()), "splits().valid gives Batch"),
    "array of labels": (Recorded, lambda b: replace(b, y=b.y.numpy()), "y is ndarray"),
    "mask": (Every, lambda b: replace(b, mask=b.mask[:1]), "mask is float32 of shape (1, 6)"),
    "weight below 0": (Every, put("mask", (1, 1), -1), "mask[1, 1] is -1 (answer 1, sequence 1"),
    "weight nan": (Every, put("mask", (1, 1), nan), "mask[1, 1] is nan"),
    "nothing asked": (Every, put("mask", (slice(None), 3), 0), "0 for all answers of sequence 3"),
    "nothing scored": (Every, lambda b: replace(b, scored=0 * b.mask), "scored is 0 for all"),
    "padding": (Recorded, lambda b: replace(b, valid=torch.ones(T, N)), "valid is given"),
    "no padding": (Uneven, lambda b: replace(b, valid=None), "valid is missing"),
    "half valid": (Uneven, put("valid", (0, 1), 0.5), "valid[0, 1] is 0.5 (step 0, sequence 1"),
    "two pieces": (Uneven, put("valid", (1, 4), 0), "valid of sequence 4 is 1 in 2 pieces"),
    "all padding": (Uneven, put("valid", (slice(None), 4), 0), "valid of sequence 4 is 1 in 0"),
    "array of weights": (Every, lambda b: replace(b, mask=b.mask.numpy()), "mask is ndarray"),
    "several texts": (Windows, lambda b: b, "has 6 sequences. Allowed: one"),
    "last step": (Ends, lambda b: b, "in windows, and asked is 'last'. Allowed"),
    "symbol": (Symbols, put("x", (0, 0, 0), 2), "symbols are 0 to 2. Allowed: 0 to 1"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_fault_of_recorded_data_is_named_with_its_place(kind: str) -> None:
    task, broken, words = BROKEN[kind]
    with pytest.raises(InputError) as caught:
        Source(task(broken=broken), 2, 2, 2, CPU)
    said = str(caught.value)
    assert words in said and "splits()." in said and "Allowed: " in said
    assert "\n" not in said


@pytest.mark.parametrize("task", [Recorded, Every, Values, Uneven])
def test_whole_data_are_taken(task: type[Recorded]) -> None:
    assert len(Source(task(), 2, 2, 2, CPU).valid([1])) == N


FACTS = [
    ("chance", nan), ("pass_mark", nan), ("pass_mark", inf), ("chance", None), ("lag", -5),
    ("lag", "x"), ("lag", True), ("lag", 1.0), ("inputs", 0), ("outputs", 2.5), ("chance", 0.95),
    ("chance", 1.0), ("pass_mark", 1 / CLASSES), ("pass_mark", 1.01), ("reading", None),
    ("reading", 7), ("skill", lambda task, score: None), ("solved", lambda task, score: None),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "value"), FACTS)
def test_what_a_task_says_of_itself_is_checked(
    fact: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorded, fact, value)
    with pytest.raises(InputError, match=rf"^Recorded: .*{fact}(\(\) gives| is)? [^.]*.*Allowed: "):
        contracts.facts(Recorded())


def test_a_lag_beyond_the_first_step_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recorded, "lag", T)
    with pytest.raises(InputError, match=r"lag is 4, and splits\(\).train has 4 steps"):
        Source(Recorded(), 2, 2, 2, CPU)


@dataclass(frozen=True, kw_only=True)
class Drawn(Classification):
    """A synthetic task whose draws a test breaks."""

    draw: Callable[[int, Generator], Tensor] = lambda n, stream: torch.rand(
        T, n, INPUTS, generator=stream
    )
    io_shape = "many_to_one"
    inputs, outputs, lag, chance, pass_mark = INPUTS, 2, T - 1, 0.5, 0.9

    def sample(self, n: int, stream: Generator) -> Batch:
        x = self.draw(n, stream)
        return Batch(x, (x[0, :, :1].mT > 0.5).long())


calls = count()


def first_then_longer(n: int, stream: Generator) -> Tensor:
    """One step more when few are asked for."""
    return torch.rand(T + (n < 3), n, INPUTS, generator=stream)


def drawn_by_numpy(n: int, stream: Generator) -> Tensor:
    return torch.from_numpy(np.random.default_rng().random((T, n, INPUTS), np.float32))


def from_the_shared(draw: Callable[[], object]) -> Callable[[int, Generator], Tensor]:
    """Right numbers, and one more draw."""

    def both(n: int, stream: Generator) -> Tensor:
        draw()
        return torch.rand(T, n, INPUTS, generator=stream)

    return both


UNSEEDED = {
    "global": (lambda n, s: torch.rand(T, n, INPUTS), "random numbers of torch that all share"),
    "numpy": (from_the_shared(np.random.rand), "random numbers of numpy that all share"),
    "python": (from_the_shared(random.random), "random numbers of random that all share"),
    "own": (drawn_by_numpy, "other sequences from a stream of the same seed"),
    "counter": (lambda n, s: torch.full((T, n, INPUTS), next(calls) / 1.0), "other sequences"),
    "fixed": (lambda n, s: torch.rand(T, n, INPUTS, generator=stream(1, "")), "the same sequences"),
    "one of n": (lambda n, s: torch.rand(T, 1, INPUTS, generator=s), "x is float32 of shape (4, 1"),
    "lengths": (first_then_longer, "{'x': 4, 'y': 1} at another"),
    "nan": (lambda n, s: torch.rand(T, n, INPUTS, generator=s).log().sqrt(), "is nan (step 0"),
}


@pytest.mark.parametrize("kind", UNSEEDED)
def test_a_fault_of_drawn_sequences_is_named(kind: str) -> None:
    draw, words = UNSEEDED[kind]
    with pytest.raises(InputError) as caught:
        Source(Drawn(draw=draw), 3, 4, 4, CPU)
    assert "sample()" in str(caught.value) and words in str(caught.value)


def test_the_check_leaves_the_random_numbers_of_the_process_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    Source(registry.load_task("adding", {"length": 5}), 3, 4, 4, CPU)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_job_on_broken_data_fails_with_their_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Recorded(broken=put("x", (3, 5, 1), nan))
    monkeypatch.setattr(jobs.registry, "load_task", lambda name, knobs: broken)
    job = Job("adding", {}, "rnn", {}, {"none": {}, "clip_norm": {}}, (1, 2), few())
    rows = jobs.attempt(job, tmp_path, "cpu", None).trials
    assert [row["remedy"] for row in rows] == ["none", "clip_norm"]
    for row in rows:
        assert row["status"] == "failed"
        assert row["reason"].startswith("Recorded: splits().valid: x[3, 5, 1] is nan")


RARE = stream(1, "data", 2).initial_seed()  # the third update of the first seed


@dataclass(frozen=True, kw_only=True)
class Rare(Drawn):
    """Its sequences are as they should be, but for one update of one seed."""

    change: Callable[[Batch], Batch] = lambda batch: batch
    weighted: bool = False

    def sample(self, n: int, stream: Generator) -> Batch:
        batch = super().sample(n, stream)
        batch = replace(batch, mask=torch.ones(1, n)) if self.weighted else batch
        return self.change(batch) if stream.initial_seed() == RARE else batch


SELDOM: dict[str, tuple[Callable[[Batch], Batch], str]] = {
    "nothing": (lambda b: b, ""),
    "label": (
        put("y", (0, 5), 2),
        ": y[0, 5] is 2 (answer 0, sequence 5, counted from 0). Allowed",
    ),
    "nan": (put("x", (3, 1, 0), nan), ": x[3, 1, 0] is nan (step 3, sequence 1, column 0"),
    "one less": (lambda b: b.pick(slice(1, None)), ": x is float32 of shape (4, 7, 2)"),
    "a step": (lambda b: replace(b, x=b.x[1:]), "lag is 3, and "),
    "longer": (lambda b: replace(b, x=b.x.repeat(2, 1, 1)), "gives {'x': 8, 'y': 1}, and {'x': 4"),
    "mask": (lambda b: replace(b, mask=torch.ones(1, 8)), "'mask': 1}, and {'x': 4, 'y': 1} at"),
    "a weight": (put("mask", (0, 3), -1), ": mask[0, 3] is -1 (answer 0, sequence 3"),
    "no weight": (put("mask", (0, 3), inf), ": mask[0, 3] is inf (answer 0, sequence 3"),
    "tuple": (lambda b: (b.x, b.y), "gives tuple"),  # type: ignore[arg-type, return-value]
    "double": (lambda b: replace(b, x=b.x.double()), ": x is float64"),
}


def attempted(task: Drawn, folder: Path, patch: pytest.MonkeyPatch) -> dict[int, list[dict]]:
    """The rows of a job by seed, without what a path or a clock is in."""
    patch.setattr(jobs.registry, "load_task", lambda name, knobs: task)
    remedies = {"none": {}, "clip_norm": {}, "ridge_readout": {}, "placebo": {}}
    job = Job("adding", {}, "rnn", {}, remedies, (1, 2), few(learning_rates=(0.01, 0.1)))
    rows = jobs.attempt(job, folder, "cpu", None).trials
    kept = [{k: v for k, v in row.items() if k != "fingerprint"} for row in rows]
    return {seed: [row for row in kept if row["seed"] == seed] for seed in (1, 2)}


@pytest.mark.parametrize("kind", SELDOM)
def test_a_rare_fault_of_drawn_sequences_is_the_tasks_and_fails_this_seed_alone(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, words = SELDOM[kind]
    weighted = kind.endswith("weight")
    found = attempted(Rare(change=change, weighted=weighted), tmp_path / "rare", monkeypatch)
    for row in found[1]:
        assert row["status"] == ("failed" if words else "ok")
        if words:
            assert row["reason"].startswith("Rare: ") and words in row["reason"]
            assert "sample() for seed 1 at update 3" in row["reason"]
    assert found[2] == attempted(Rare(weighted=weighted), tmp_path / "calm", monkeypatch)[2]
    assert {row["status"] for row in found[2]} == {"ok"}


def test_sequences_as_they_should_be_are_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    source, drawn = Source(Drawn(), 3, 4, 4, CPU), []
    sample: Callable[[int, Generator], Batch] = source.task.sample
    monkeypatch.setattr(Drawn, "sample", lambda self, *given: (drawn.append(1), sample(*given))[1])
    source.batch([1, 2], 5)
    assert len(drawn) == 2


def now_and_then(above: float) -> Callable[[int, Generator], Tensor]:
    """For some streams, numbers from elsewhere are added."""

    def draw(n: int, stream: Generator) -> Tensor:
        elsewhere = torch.rand((), generator=stream) > above
        x = torch.rand(T, n, INPUTS, generator=stream)
        if elsewhere:
            x += torch.from_numpy(np.random.default_rng().random(x.shape, np.float32))
        return x

    return draw


def test_what_some_streams_only_do_not_decide_is_seen_at_once() -> None:
    with pytest.raises(InputError, match="other sequences from a stream of the same seed"):
        Source(Drawn(draw=now_and_then(0.7)), 3, 4, 4, CPU)


def test_what_few_streams_do_not_decide_is_seen_at_a_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "seeded", lambda task: None)  # as if it had seen none
    found = attempted(Drawn(draw=now_and_then(-1)), tmp_path, monkeypatch)
    trained = [row for rows in found.values() for row in rows if row["remedy"] != "ridge_readout"]
    for row in trained:
        assert row["status"] == "failed"
        assert "other sequences from a stream of the same seed" in str(row["reason"])


@pytest.mark.parametrize("part", ["train", "valid", "test"])
def test_splits_that_are_shuffled_without_a_seed_are_refused(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Recorded().splits()

    def shuffled(self: Recorded) -> Splits:
        order = torch.from_numpy(np.random.default_rng().permutation(1000)[:N] % N)
        return whole._replace(**{part: getattr(whole, part).pick(order)})

    monkeypatch.setattr(Recorded, "splits", shuffled)
    with pytest.raises(InputError, match=rf"^Recorded: splits\(\).{part} has other .*fixed seed"):
        Source(Recorded(), 2, 2, 2, CPU)
