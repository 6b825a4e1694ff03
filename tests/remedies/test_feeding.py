"""Remedies that change what goes in: held to a loop of torch's own, in company, and resumed."""

from dataclasses import dataclass, replace
from functools import partial
from math import cos, pi, sin
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
import torch
from torch import Generator, Tensor

from seqbench import registry
from seqbench.engine import train as engine
from seqbench.engine import updates
from seqbench.engine.drawing import at_length
from seqbench.engine.faults import Faulty
from seqbench.engine.loop import update
from seqbench.engine.optimizers import sgd
from seqbench.engine.passes.fed_back import fed_back
from seqbench.engine.purity.variants import prove_remedy
from seqbench.engine.rules import Impure
from seqbench.engine.scoring.evaluate import scores
from seqbench.engine.setup import Setup
from seqbench.engine.stack import Stack
from seqbench.engine.streams import stream
from seqbench.engine.train import run
from seqbench.engine.trial import Trial
from seqbench.errors import MissingData
from seqbench.remedy import At, Remedy
from seqbench.remedy.composition import compose
from seqbench.task import Batch, Classification, IoShape, Task
from seqbench.task.returning import Forecast, returned, returns
from seqbench.task.speaking import Sample, Speaking
from tests.helpers.recurrence import Inputs, trained, weights
from tests.helpers.remedies import Series
from tests.helpers.training import bench, train, trial

RATE, UPDATES = 0.1, 6
NAMES = ("curriculum", "timing_codes", "scheduled_sampling", "generalized_teacher_forcing")
plain: Inputs = lambda k, t, x, said: x  # noqa: E731


def held_to_torch(
    laid: Setup, ours: Trial, inputs: Inputs, lengths: list[int] | None = None
) -> None:
    """That some updates end where a loop of torch's own does, and elsewhere than without."""
    last, n = laid.task.asked == "last", laid.settings.batch
    tasks = [laid.task] * UPDATES
    if lengths:
        tasks = [replace(laid.task, length=length) for length in lengths]  # type: ignore[call-arg]
    batches = [one.sample(n, stream(ours.seed, "data", k)) for k, one in enumerate(tasks)]
    stack = laid.stack([ours])
    first = weights(stack)
    for k in range(UPDATES):
        update(stack, laid.task, laid.source.batch(stack.seeds, k), sgd)
    there = trained(first, batches, RATE, last, inputs)
    usual = [laid.task.sample(n, stream(ours.seed, "data", k)) for k in range(UPDATES)]
    without = trained(first, usual, RATE, last, plain)
    for name, part in weights(stack).items():
        torch.testing.assert_close(part, there[name], rtol=1e-3, atol=2e-5)
    assert max((there[k] - without[k]).abs().max() for k in there) > 1e-3, "it shows nothing"


@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_a_curriculum_trains_on_shorter_sequences(tmp_path: Path, engine: str) -> None:
    laid = bench(tmp_path, "rnn", knobs={"length": 20}, engine=engine)
    ours = trial("curriculum", rate=RATE, begin=0.25, updates=4)
    held_to_torch(laid, ours, plain, [5, 9, 12, 16, 20, 20])


def test_what_a_task_refuses_begins_with_the_shortest_it_takes(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn", "lorenz", {"length": 20})
    ours = trial("curriculum", rate=RATE, begin=0.25, updates=4)
    held_to_torch(laid, ours, plain, [11, 11, 12, 16, 20, 20])


def test_validation_and_test_are_of_full_length_throughout(tmp_path: Path) -> None:
    """By weights that hardly move."""
    laid, rate = bench(tmp_path, knobs={"length": 20}), 1e-12
    both = [trial(rate=rate), trial("curriculum", rate=rate, begin=0.1, updates=1000)]
    usual, short = train(laid, both).values()
    for one, other in zip(usual["curves"], short["curves"], strict=True):
        if one[1] == "valid":
            assert one == other
    assert usual["trial"]["test_score"] == short["trial"]["test_score"]
    assert usual["flow"] == short["flow"]
    losses = [
        [p[3] for p in each["curves"] if p[1:3] == ["train", "loss"]] for each in (usual, short)
    ]
    assert losses[0] != losses[1], "it trained on the same sequences"


@pytest.mark.parametrize("name", registry.names("tasks"))
def test_whoever_may_have_a_curriculum_is_the_same_task_but_shorter(name: str) -> None:
    remedy, cell = registry.load_remedy("curriculum"), registry.load_cell("rnn")
    task = registry.load_task(name, {})
    if remedy.suits(cell, task) is not None:
        assert task.splits is not Task.splits
        return
    short = at_length(task, 1)
    assert vars(short)["length"] < vars(task)["length"], "it cannot be shorter"
    steps = [len(one.sample(4, stream(1, "data")).x) for one in (short, task)]
    assert steps[0] < steps[1] and short.lag <= task.lag
    assert replace(short, length=vars(task)["length"]) == task  # type: ignore[call-arg]
    assert at_length(task, vars(task)["length"]) == task


def codes(t: int, width: int, periods: int) -> Tensor:
    """P c(t) / sqrt(K), number by number."""
    draw, found = Random(0), list[float]()
    for _ in range(width):
        total = 0.0
        for k in range(1, periods + 1):
            angle = 2 * pi * t / 2 ** (k + 1)
            total += draw.gauss(0, 1) * sin(angle) + draw.gauss(0, 1) * cos(angle)
        found.append(total / periods**0.5)
    return torch.tensor(found)


@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_timing_codes_are_added_to_the_input(tmp_path: Path, engine: str) -> None:
    laid = bench(tmp_path, "rnn", knobs={"length": 20}, engine=engine)
    ours = trial("timing_codes", rate=RATE, periods=3, strength=0.7)
    held_to_torch(laid, ours, lambda k, t, x, said: x + 0.7 * codes(t, 2, 3))


def test_timing_codes_are_in_the_test_too(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn")
    ours, bare = trial("timing_codes", strength=0.7), trial()
    stack, plain = laid.stack([ours]), laid.stack([bare])
    held = laid.source.test([1])
    moved = torch.stack([0.7 * codes(t, 2, 5) for t in range(8)])[:, None]
    shifted = replace(held, parts=tuple(replace(p, x=p.x + moved) for p in held.parts))
    found = scores(stack.forwards("test"), laid.task, laid.source.test(stack.seeds)).score
    wanted = scores(plain.forwards("test"), laid.task, replace(shifted, rows=(0, 0))).score
    other = scores(plain.forwards("test"), laid.task, laid.source.test(stack.seeds)).score
    torch.testing.assert_close(found, wanted)
    assert (found - other).abs().max() > 1e-3


def test_a_network_that_runs_freely_has_the_time_of_its_step(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn")
    stack = laid.stack([trial("timing_codes")])
    forward, batch = stack.forward("test"), laid.source.batch(stack.seeds, 0)
    whole = forward.run(batch, "every").x
    for t, x in enumerate(batch.x.unbind(-3)):
        one = forward.step_inputs(t, x, None)
        assert torch.equal(one[..., : len(batch), :], whole[:, t])


def mixed(task: Forecast, shares: list[Tensor]) -> Inputs:
    """Of a series whose first two answers are not asked; shares (T, B, 1) of every update."""

    def inputs(k: int, t: int, x: Tensor, said: list[Tensor]) -> Tensor:
        if t - task.ahead < 2:
            return x
        return (1 - shares[k][t]) * x + shares[k][t] * said[t - task.ahead]

    return inputs


@pytest.mark.parametrize("ahead", [1, 3])
def test_scheduled_sampling_is_a_loop_that_reads_what_it_said(tmp_path: Path, ahead: int) -> None:
    task = Series(ahead=ahead)
    laid = bench(tmp_path, "rnn", task)
    drawn = [torch.rand(20, 8, 1, generator=stream(1, "noise/pass", k)) for k in range(UPDATES)]
    shares = [(u < 0.9 * min(1, k / 4)).float() for k, u in enumerate(drawn)]
    ours = trial("scheduled_sampling", rate=RATE, most=0.9, updates=4)
    held_to_torch(laid, ours, mixed(task, shares))


@pytest.mark.parametrize(("alpha", "every"), [(0.3, 0), (0.0, 4), (0.6, 5)])
def test_generalized_teacher_forcing_is_a_loop_that_mixes(
    tmp_path: Path, alpha: float, every: int
) -> None:
    task = Series(ahead=2)
    laid = bench(tmp_path, "rnn", task)
    share = torch.full((20, 8, 1), 1 - alpha)
    if every:
        share[::every] = 0
    ours = trial("generalized_teacher_forcing", rate=RATE, alpha=alpha, every=every)
    held_to_torch(laid, ours, mixed(task, [share] * UPDATES))


def test_forced_all_the_time_nothing_is_fed_back(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn", Series(), engine="eager")
    both = train(laid, [trial(), trial("generalized_teacher_forcing", alpha=1.0)])
    usual, forced = both.values()
    assert usual["curves"] == forced["curves"]


@dataclass(frozen=True, kw_only=True)
class Letters(Speaking, Classification):
    """The next of four symbols, one of which is padding at the end of some sequences."""

    io_shape: ClassVar[IoShape] = "many_to_many"
    asked: ClassVar = "every"
    inputs, outputs, lag, chance, pass_mark = 4, 4, 0, 0.25, 0.9

    def sample(self, n: int, stream: Generator) -> Batch:
        y = torch.randint(4, (7, n), generator=stream)
        return Batch(torch.nn.functional.one_hot(y[:-1], 4).float(), y[1:])

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(output.argmax(-1), 4).to(x)

    def showcase(self) -> Batch:
        return self.sample(2, Generator().manual_seed(0))

    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        return []


def test_of_symbols_the_likeliest_is_read(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn", Letters())
    stack = laid.stack([trial("scheduled_sampling", most=1.0, updates=1)])
    stack.done = 5
    batch = laid.source.batch(stack.seeds, 5)
    forward = stack.forward("pass")
    feed = fed_back(forward, laid.task, batch)
    assert feed is not None
    said = torch.randn(2, 8, 4, generator=Generator().manual_seed(1))
    likeliest = torch.nn.functional.one_hot(said.argmax(-1), 4).float()
    assert torch.equal(feed(1, said)[..., :8, :], likeliest)
    assert not torch.equal(likeliest, batch.x[:, 1])


@pytest.mark.parametrize("name", registry.names("tasks"))
def test_right_answers_put_in_are_the_inputs(name: str) -> None:
    """What `returns` says of a task: what is asked is the input of so many steps later."""
    task = registry.load_task(name, {})
    if not (ahead := returns(task)):
        return
    try:
        data = task.splits()
    except MissingData as absent:
        pytest.skip(str(absent))
    batch = data.train if data else task.sample(8, stream(1, "data"))
    few = slice(0, 200) if task.reading.carries else slice(None)
    x, y = batch.x[few, :8], task.encode(batch.pick(slice(0, 8)).map(lambda z: z[few]))
    asked = torch.ones(y.shape[:2]) if batch.mask is None else batch.mask[few, :8]
    real = asked if batch.valid is None else asked * batch.valid[few, :8]
    seen = 0
    for t in range(ahead, len(x)):
        there = (asked[t - ahead] > 0) & (real[t] > 0)
        put = returned(task, x[t], y[t - ahead])
        torch.testing.assert_close(put[there], x[t][there], rtol=0, atol=0)
        seen += int(there.sum())
    assert seen > 0


@pytest.mark.parametrize("remedy", [*NAMES, "curriculum+timing_codes+scheduled_sampling"])
def test_alone_in_company_and_resumed_the_numbers_are_the_same(
    tmp_path: Path, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knobs = {"updates": 9} if remedy in ("curriculum", "scheduled_sampling") else {}

    def made(seed: int) -> Trial:
        if "+" not in remedy:
            return trial(remedy, seed, **knobs)
        parts = compose(*map(registry.load_remedy, remedy.split("+")))
        return replace(trial(), remedy=parts, seed=seed, fingerprint=f"{remedy}-{seed}")

    laid = partial(bench, task=Series(ahead=2))
    ours = [made(seed) for seed in (1, 2)]
    others = [trial(name, seed) for name in ("none", "zoneout", *NAMES) for seed in (1, 3)]
    others = [one for one in others if one.fingerprint not in {mine.fingerprint for mine in ours}]
    together = train(laid(tmp_path / "together"), others[:5] + ours + others[5:])
    alone = train(laid(tmp_path / "alone"), ours[:1])
    assert alone[ours[0].fingerprint] == together[ours[0].fingerprint]
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    torn = laid(tmp_path / "torn")

    def broken(stack: Stack, *rest: object) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt
        update(stack, *rest)

    monkeypatch.setattr(updates, "update", broken)
    with pytest.raises(KeyboardInterrupt):
        run(torn, ours)
    monkeypatch.setattr(updates, "update", update)
    resumed = train(torn, ours)
    assert all(resumed[one.fingerprint] == together[one.fingerprint] for one in ours)


@pytest.mark.parametrize(
    ("task", "knobs"), [("language_surname", {}), ("shakespeare_chars", {"window": 6})]
)
@pytest.mark.parametrize("remedy", ["scheduled_sampling", "timing_codes"])
def test_padded_and_carried_sequences_are_the_same_alone_and_in_company(
    tmp_path: Path, remedy: str, task: str, knobs: dict
) -> None:
    settings = {"updates": 4, "evaluate_every": 2, "test_at_most": 64, "valid_at_most": 64}
    try:
        laid = partial(bench, task=task, knobs=knobs, **settings)
        together, lonely = laid(tmp_path / "together"), laid(tmp_path / "alone")
    except MissingData as absent:
        pytest.skip(str(absent))
    ours = trial(remedy, **({"updates": 2} if remedy == "scheduled_sampling" else {}))
    assert ours.remedy.suits(together.network, together.task) is None
    both = train(together, [trial(), ours, trial("zoneout")])
    assert train(lonely, [ours])[ours.fingerprint] == both[ours.fingerprint]
    usual, fed = (both[one.fingerprint]["curves"] for one in (trial(), ours))
    assert usual != fed, "it does nothing"


@pytest.mark.parametrize("remedy", NAMES)
def test_beside_them_none_is_what_it_was(tmp_path: Path, remedy: str) -> None:
    usual = [trial(seed=seed) for seed in (1, 2)]
    bare = train(bench(tmp_path / "bare", task=Series()), usual)
    beside = train(bench(tmp_path / "beside", task=Series()), [*usual, trial(remedy)])
    assert all(bare[one.fingerprint] == beside[one.fingerprint] for one in usual)


@dataclass(frozen=True, kw_only=True)
class Wrong(Remedy):
    """Breaks a rule."""

    how: str = ""

    def feed(self, x: Tensor, first: int, at: At) -> Tensor:
        if self.how == "wider":
            return torch.cat([x, x], -1)
        if self.how == "trials":
            return x - x.mean()
        return x - x.mean(-2, keepdim=True) if self.how == "sequences" else x

    def feedback(self, x: Tensor, at: At) -> Tensor | None:
        return torch.ones_like(x) if self.how == "shares" else None


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("wider", "it is .* in place of"),
        ("trials", "other trials"),
        ("sequences", "other sequences of its batch"),
        ("shares", "it is .* in place of"),
    ],
)
def test_what_breaks_a_rule_is_refused(how: str, words: str) -> None:
    prove_remedy(registry.load_cell("rnn"), Wrong())
    with pytest.raises(Impure, match=words):
        prove_remedy(registry.load_cell("rnn"), Wrong(how=how))


@pytest.mark.parametrize("remedy", NAMES)
@pytest.mark.parametrize("cell", ["rnn", "lstm"])
def test_ours_break_none(remedy: str, cell: str) -> None:
    prove_remedy(registry.load_cell(cell), registry.load_remedy(remedy))


@dataclass(frozen=True, kw_only=True)
class Longer(Remedy):
    """Wants what is no length."""

    def shorter(self, length: int, step: int | Tensor) -> int:
        return length + 1


def test_a_length_beyond_the_tasks_own_is_refused(tmp_path: Path) -> None:
    laid = bench(tmp_path, "rnn")
    stack = laid.stack([replace(trial(), remedy=Longer())])
    with pytest.raises(Faulty, match="a length of 9 in place of 1 to 8"):
        update(stack, laid.task, laid.source.batch(stack.seeds, 0), sgd)
