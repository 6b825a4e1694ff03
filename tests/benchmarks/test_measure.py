"""Times are taken fairly: rounds alternate, waiting does not count, ratios are of one round."""

import time
from pathlib import Path

import pytest
import torch

from seqbench.benchmarks import first_update, measure, pipeline
from seqbench.benchmarks.measure import Contender, Spread
from tests.helpers.races import CPU


def test_quartiles() -> None:
    assert measure.spread([3, 1, 2, 5, 4]) == Spread(3, 2, 4)
    assert measure.spread([7]) == Spread(7, 7, 7)


def test_contenders_alternate_and_the_order_turns_round(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    racers = [Contender(name, lambda name=name: ran.append(name), 1) for name in "abc"]
    monkeypatch.setattr(measure, "SHORTEST", 0.0)
    monkeypatch.setattr(measure, "ceil", lambda runs: 1)
    measure.race(racers, 0, 2, CPU)
    assert "".join(ran) == "aabbcc" + "cba" + "abc"  # twice each to be warm, then two rounds


def test_a_ratio_is_taken_round_by_round() -> None:
    slow, fast = [10.0, 100.0, 30.0], [1.0, 10.0, 3.0]  # a machine that was busy in one round
    found = measure.summary("fast", fast, slow)
    assert found.ratio == Spread(10, 10, 10)
    assert found.microseconds.median == 3


def test_work_is_what_is_divided_by(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {"one": 0.004, "two": 0.008, "slow": 0.016}
    racers = [Contender(name, lambda name=name: name, 1 + (name == "two")) for name in taken]
    monkeypatch.setattr(measure, "seconds_of", lambda run, repeats, device: taken[run()])
    (one, two, slow), _ = measure.race(racers, 0, 5, CPU)
    assert (one.rounds, one.microseconds.median) == (5, 4000)
    assert (two.ratio.median, slow.ratio.median) == (1, 0.25)


def test_waiting_does_not_count_on_a_processor_but_work_does() -> None:
    assert measure.seconds_of(lambda: time.sleep(0.05), 1, CPU) < 0.02
    x = torch.randn(300, 300)
    few, many = (
        min(measure.seconds_of(lambda: x @ x, n, CPU) * n for _ in range(5)) for n in (10, 40)
    )
    assert many / few == pytest.approx(4, rel=0.5)


def test_who_cannot_run_is_named_with_the_reason() -> None:
    def broken() -> None:
        raise RuntimeError("no such kernel\nand much more")

    timings, reasons = measure.race([Contender("x", broken, 1)], 0, 1, CPU)
    assert (timings, reasons) == ([], {"x": "RuntimeError: no such kernel"})


def test_the_stopwatch_sees_a_command_not_its_parent() -> None:
    home = pipeline.HOME
    greedy = pipeline.timed(home, ["-c", "import time; x = b'x' * 200_000_000; time.sleep(0.2)"])
    small = pipeline.timed(home, ["-c", "pass"])
    assert float(small["peak"]) < 60e6 < 200e6 < float(greedy["peak"])
    assert float(greedy["seconds"]) > 0.2
    failed = pipeline.spend("x", home, "-c", "raise SystemExit('no such thing')")
    assert failed == pipeline.Skipped("x", "exit code 1: no such thing")


def test_a_job_ends_at_its_first_update(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = Path("workflow/config/smoke.yaml").resolve()
    monkeypatch.chdir(tmp_path)
    first_update.main(matrix, "adding", "rnn")
    assert not list(tmp_path.rglob("*.parquet")), "the job went on to its end"


def test_results_are_made_up_in_a_copy_of_the_project() -> None:
    tiny = {"name": "tiny", "tasks": {"adding": {}}, "cells": {"rnn": {}, "lstm": {}}}
    with pipeline.workshop() as folder:
        path = pipeline.written(folder / "tiny.yaml", tiny | {"remedies": {"none": {}}})
        made = pipeline.spend("made up", folder, "-c", pipeline.MADE_UP, path.name)
        assert isinstance(made, pipeline.Spent), made
        assert len([*folder.glob("out/trials/*/*.parquet")]) == 2


def test_a_plan_is_timed() -> None:
    with pipeline.workshop() as folder:
        (plan,) = pipeline.planning(folder, (1,))
    assert isinstance(plan, pipeline.Spent), plan
