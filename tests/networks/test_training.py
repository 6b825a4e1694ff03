"""Whole small trainings of networks: the engine's promises hold for them, too."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench.engine import train as engine
from seqbench.engine.passes.windows import per_epoch, whole, window
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.errors import InputError
from seqbench.front import Embedding
from seqbench.task import Batch, Task
from seqbench.task.pooled import Pooled
from seqbench.task.reading import Reading
from tests.helpers.impure import tried as proved
from tests.helpers.toys import SYMBOLS, Caption, First, Label, Text
from tests.helpers.training import bench, train, trial

CASES = {
    "front and padding": (First(), {}),
    "two directions and layers": (Label(), {"bidirectional": True, "layers": 2}),
    "dropout": (First(), {"layers": 2, "dropout": 0.3}),
    "carried": (Text(), {}),
    "carried by steps": (Text(), {"engine": "eager"}),
    "free running": (Caption(), {}),
}
REMEDIES = ("none", "clip_norm", "orthogonal", "truncate", "gradient_penalty", "zoneout")
cases = pytest.mark.parametrize(("task", "wishes"), CASES.values(), ids=CASES)


@cases
def test_a_trial_gives_the_same_bits_alone_and_stacked(
    tmp_path: Path, task: Task, wishes: dict[str, object]
) -> None:
    trials = [trial(name, seed) for name in REMEDIES for seed in (1, 2)]
    together = train(bench(tmp_path / "all", "lstm", task, **wishes), trials)
    for n, one in enumerate(trials[::5]):
        alone = train(bench(tmp_path / f"alone{n}", "lstm", task, **wishes), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


@cases
def test_an_interrupted_stack_goes_on_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Task, wishes: dict[str, object]
) -> None:
    trials = [trial("none", seed, 0.02) for seed in (1, 2, 3)]
    calm = train(bench(tmp_path / "calm", "gru", task, **wishes), trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def interrupt(stack: Stack) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt

    torn = bench(tmp_path / "torn", "gru", task, **wishes)
    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    assert train(torn, trials) == calm


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [(kind, name) for kind in (First, Label) for name in ("none", "recurrent_dropout")]
    + [(First, "truncate"), (First, "clip_through_time"), (Label, "clip_through_time")],
)
@pytest.mark.parametrize("both", [False, True])
def test_padding_further_changes_no_score(
    tmp_path: Path, kind: type[First], remedy: str, both: bool
) -> None:
    wishes = {"bidirectional": both, "layers": 2, "hidden": 6}
    knobs = {"horizon": 3} if remedy == "truncate" else {}
    tried = [trial(remedy, **knobs)]
    narrow = train(bench(tmp_path / "a", "lstm", kind(), **wishes), tried)
    wide = train(bench(tmp_path / "b", "lstm", kind(before=2, behind=3), **wishes), tried)
    (one,), (other,) = narrow.values(), wide.values()
    for name in ("valid_score", "test_score", "final_valid_score"):
        assert one["trial"][name] == pytest.approx(other["trial"][name], rel=1e-5)
    assert [p[3] for p in one["curves"]] == pytest.approx([p[3] for p in other["curves"]], rel=1e-4)
    # the probe knows what is padding, too: lags that exist have the same gradient
    for (_, flow), (_, more) in zip(one["flow"], other["flow"], strict=True):
        known = [lag for lag in flow if lag is not None]
        assert len(known) >= 8 and known == pytest.approx(more[: len(known)], rel=1e-4)
        assert not any(more[len(known) :])


def test_reading_backwards_helps_where_the_answer_comes_later(tmp_path: Path) -> None:
    scores = {}
    for both in (False, True):
        wishes = {"bidirectional": both, "updates": 200, "evaluate_every": 50, "hidden": 16}
        (record,) = train(
            bench(tmp_path / str(both), "lstm", Label(), **wishes), [trial()]
        ).values()
        scores[both] = record["trial"]["test_score"]
    assert scores[True] > 0.9 > 0.5 > scores[False]


def test_a_text_is_read_once_in_an_epoch_and_in_order() -> None:
    text, streams, steps = Text().splits().train, 4, 6
    for begin in (0, 5):
        count = per_epoch(text, streams, steps)
        read = [window(text, streams, n, steps, begin) for n in range(count)]
        x = torch.cat([w.x for w in read])[..., 0]
        length = (403 - begin) // streams
        for stream in range(streams):
            start = begin + stream * length
            assert torch.equal(x[:, stream], text.x[start : start + count * steps, 0, 0])
        assert all(torch.equal(w.x[1:, :, 0].long(), w.y[:-1]) for w in read)


def test_a_test_counts_every_symbol_once() -> None:
    text = Text().splits().test
    cut = whole(text, 8)
    assert int(cut.mask.sum()) == 101 and cut.x.shape[:2] == (13, 8)
    assert torch.equal(cut.y.T.flatten()[:101], text.y[:, 0])


@pytest.mark.parametrize("steps", [3, 6, 13, 50])
@pytest.mark.parametrize("wanted", ["auto", "eager"])
def test_windows_change_nothing_where_the_state_is_carried(
    tmp_path: Path, steps: int, wanted: str
) -> None:
    laid = bench(tmp_path, "lstm", Text(steps=steps), engine=wanted)
    forward, held = laid.stack([trial()]).forward("test"), laid.source.test([1, 1])
    found = evaluate(forward, laid.task, held)
    cut = whole(held.parts[0], laid.settings.batch).map(lambda z: z.expand(2, *z.shape))
    said = forward.outputs(forward.run(cut, "every").features)
    assert found.score.tolist() == pytest.approx(laid.task.score(said, cut).tolist(), rel=1e-5)


@dataclass(frozen=True, kw_only=True)
class Pool(Pooled, Text):
    """Symbols named right, by the kind of symbol of which most are: no mean over steps."""

    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        kinds = functional.one_hot(batch.y, SYMBOLS).float()
        right = ((said == batch.y)[..., None] * kinds).sum((-3, -2))
        return (right / kinds.sum((-3, -2)).clamp(min=1)).amax(-1)


@pytest.mark.parametrize("streams", [1, 4, 8])
@pytest.mark.parametrize("steps", [3, 13, 50])
def test_what_is_judged_at_once_is_the_text_as_it_was_read(
    tmp_path: Path, steps: int, streams: int
) -> None:
    laid = bench(tmp_path, "lstm", Pool(steps=steps), batch=streams)
    forward, held = laid.stack([trial()]).forward("test"), laid.source.test([1, 1])
    (test,) = held.parts
    cut = whole(test, streams).map(lambda z: z.expand(2, *z.shape))
    said = forward.outputs(forward.run(cut, "every").features).argmax(-1)
    said = torch.cat([said[..., i] for i in range(streams)], -1)[:, :101, None]
    assert torch.equal(evaluate(forward, laid.task, held).score, laid.task.judge(said, test))


def test_a_task_of_windows_that_is_judged_at_once_trains(tmp_path: Path) -> None:
    proved(Pool())
    laid = bench(tmp_path, "lstm", Pool())
    assert {row["trial"]["status"] for row in train(laid, [trial()]).values()} == {"ok"}


def test_an_untrained_network_needs_all_bits_of_a_uniform_text(tmp_path: Path) -> None:
    laid = bench(tmp_path, "lstm", Text())
    stack = laid.stack([trial()])
    zeros = {k: torch.zeros_like(v) for k, v in stack.params.items()}
    found = evaluate(stack.forward("test", zeros), laid.task, laid.source.test(stack.seeds))
    assert found.score.tolist() == pytest.approx([laid.task.chance] * 2)


def test_the_state_is_carried_within_an_epoch_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    laid = bench(tmp_path, "rnn", Text(), updates=40, evaluate_every=20, batch=4)
    made = engine.Updates.__call__

    def watch(self: engine.Updates, stack: Stack, batch: Batch) -> None:
        seen.append(not stack.tensors.carried)
        made(self, stack, batch)

    monkeypatch.setattr(engine.Updates, "__call__", watch)
    train(laid, [trial()])
    assert [n for n, fresh in enumerate(seen) if fresh] == [0, laid.source.per_epoch, 32]


def test_symbols_that_the_front_end_does_not_know_are_refused(tmp_path: Path) -> None:
    """Its row of the table would be the neighboring trial's."""

    class Wrong(First):
        @property
        def reading(self) -> Reading:
            return Reading(variable=True, front=Embedding(symbols=SYMBOLS - 1, size=4))

    with pytest.raises(InputError, match="Allowed: 0 to 3"):
        bench(tmp_path, "lstm", Wrong())


def test_too_short_a_text_is_refused() -> None:
    with pytest.raises(InputError, match="streams"):
        per_epoch(Text().splits().train, 64, 30)


def test_free_running_is_fed_what_it_says(tmp_path: Path) -> None:
    laid = bench(tmp_path, "gru", Caption())
    forward, held = laid.stack([trial()]).forward("test"), laid.source.test([1, 1])
    said, test = [], held.parts[0]

    class Watch(Caption):
        def decide(self, outputs: Tensor, batch: Batch) -> Tensor:
            said.append(super().decide(outputs, batch))
            return said[-1]

    found = evaluate(forward, Watch(), held)
    image = torch.nn.functional.one_hot(said[0][0], SYMBOLS).float()  # (T, N, symbols)
    before = torch.nn.functional.pad(image[:-1], (0, 0, 0, 0, 1, 0))
    # by teacher forcing with what it said itself, it says that again
    free = test.x[..., -1:]
    x = torch.cat([test.x[..., :16], free * before, free], -1)
    forced = Batch(x=x, y=test.y, mask=test.mask)
    forced = forced.map(lambda z: z.expand(2, *z.shape))
    again = forward.outputs(forward.run(forced, "every").features).argmax(-1)
    assert torch.equal(again[0], said[0][0])
    assert found.score.shape == (2,)


def test_a_source_of_text_differs_by_seed_and_repeats_by_step() -> None:
    source = Source(Text(), 4, 1, 1, torch.device("cpu"))
    one, again = source.one(1, 3), source.one(1, 3)
    assert torch.equal(one.x, again.x)
    assert not all(torch.equal(one.x, source.one(seed, 3).x) for seed in range(2, 9))
