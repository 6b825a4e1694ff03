"""What else is measured of a trial: its best weights, alone or in company, and no time of it."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seqbench.axes import Tensors
from seqbench.engine import train as engine
from seqbench.engine.parallel import Parallel
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.stack import Stack
from seqbench.engine.trial import Trial
from seqbench.remedy import Remedy
from tests.helpers.training import bench, train, trial

Measure = Callable[[Tensors | None], list[object]]


def every(remedy: Remedy) -> bool:
    return True


def summed(weights: Tensors | None) -> list[object]:
    """Numbers in which every digit of the weights counts."""
    assert weights is not None
    return [sum(part.square().sum().item() for part in weights.values()), None, None]


def asking(setup: Setup, measure: Measure = summed, name: str = "mine") -> Setup:
    return replace(setup, parallel=Parallel(name, every, measure))


def kept(setup: Setup, trials: list[Trial]) -> dict[str, dict[str, list[object]]]:
    return {one.fingerprint: setup.store.result(one.fingerprint)["parallel"] for one in trials}


def test_the_weights_that_were_tested_are_measured_and_not_the_last_ones(tmp_path: Path) -> None:
    best, last, seen = dict[int, Tensors](), dict[int, Tensors](), list[Tensors]()

    def watch(stack: Stack) -> None:
        for row, seed in enumerate(stack.seeds):
            for found, tensors in ((best, stack.tensors.best), (last, stack.params)):
                found[seed] = {name: part[row].clone() for name, part in tensors.items()}

    def measure(weights: Tensors | None) -> list[object]:
        assert weights is not None
        seen.append(weights)
        return [None] * 3

    trials = [trial("none", seed, 0.5) for seed in (1, 2, 3)]
    train(replace(asking(bench(tmp_path, updates=40), measure), watch=watch), trials)
    assert len(seen) == 3
    for weights, seed in zip(seen, (1, 2, 3), strict=True):
        assert all(part.dtype == torch.float64 and len(part) == 1 for part in weights.values())
        for name, part in weights.items():
            assert torch.equal(part[0], best[seed][name].double())
    assert any(not torch.equal(best[s]["W_out"], last[s]["W_out"]) for s in best), "shows nothing"


def test_remedies_shape_the_weights_before_they_are_measured(tmp_path: Path) -> None:
    seen = list[Tensors]()

    def measure(weights: Tensors | None) -> list[object]:
        assert weights is not None
        seen.append(weights)
        return [None] * 3

    train(asking(bench(tmp_path, "rnn"), measure), [trial("exp_map", seed) for seed in (1, 2)])
    for weights in seen:
        U = weights["U"][0]
        torch.testing.assert_close(U @ U.mT, torch.eye(len(U)).double(), atol=1e-5, rtol=0)


@pytest.mark.parametrize("hidden", [8, 5])
def test_a_trial_has_the_same_numbers_alone_in_company_and_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hidden: int
) -> None:
    names = ("none", "orthogonal", "exp_map", "clip_norm")
    trials = [trial(name, seed, 0.05) for name in names for seed in (1, 2)]
    together = asking(bench(tmp_path / "together", "rnn", hidden=hidden))
    train(together, trials)
    calm = kept(together, trials)
    assert len({str(numbers) for numbers in calm.values()}) == len(trials)
    for one in trials[::3]:
        lonely = asking(bench(tmp_path / one.fingerprint, "rnn", hidden=hidden))
        train(lonely, [one])
        assert kept(lonely, [one]) == {one.fingerprint: calm[one.fingerprint]}
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)

    def interrupt(stack: Stack) -> None:
        if stack.done == 8:
            raise KeyboardInterrupt

    torn = asking(bench(tmp_path / "torn", "rnn", hidden=hidden))
    with pytest.raises(KeyboardInterrupt):
        train(replace(torn, watch=interrupt), trials)
    train(torn, trials)
    assert kept(torn, trials) == calm


def test_what_no_validation_found_finite_is_known_to_have_no_numbers(tmp_path: Path) -> None:
    seen = list[object]()

    def measure(weights: Tensors | None) -> list[object]:
        seen.append(weights)
        return [None] * 3

    b = asking(bench(tmp_path, "rnn", cell_knobs={"activation": "relu", "gain": 40.0},
               optimizer="sgd", knobs={"length": 60}, updates=8), measure)  # fmt: skip
    trials = [trial("none", seed, 0.5) for seed in (1, 2)]
    train(b, trials)
    assert seen == [None, None]
    assert all(engine.finished(b, one) for one in trials)


def test_who_asks_by_another_name_has_it_trained_again_and_nothing_is_lost(tmp_path: Path) -> None:
    trials, b = [trial("none", 1), trial("clip_norm", 1)], bench(tmp_path)
    plain = train(b, trials)
    first, second = asking(b), asking(b, name="yours")
    assert all(engine.finished(b, one) for one in trials)
    assert not any(engine.finished(first, one) for one in trials)
    some = replace(first, parallel=first.parallel._replace(wants=lambda remedy: not remedy.parts))
    assert [engine.finished(some, one) for one in trials] == [False, True]
    assert train(first, trials) == plain
    assert train(second, trials) == plain
    for setup in (b, first, second):
        assert all(engine.finished(setup, one) for one in trials)
    assert all(both.keys() == {"mine", "yours"} for both in kept(b, trials).values())


def test_its_time_is_nobodys(tmp_path: Path) -> None:
    b = bench(tmp_path)
    stack, clock = b.stack([trial("none", 1)]), Clock()
    with clock.stopped():
        time.sleep(0.2)
    clock.share(stack)
    assert clock.minutes * 60 < 0.15 and clock.running * 60 < 0.15
    assert sum(trace.seconds[0] for trace in stack.traces) < 0.15
    time.sleep(0.2)
    clock.share(stack)
    assert clock.running * 60 >= 0.2
