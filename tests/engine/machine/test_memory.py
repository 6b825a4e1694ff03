"""A stack that would not fit is split before it starts, and nothing is lost where one did not."""

import resource
import sys
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
import torch

from seqbench import jobs
from seqbench.engine import rehearsal, updates
from seqbench.engine import train as engine
from seqbench.engine.loop import update
from seqbench.engine.machine import memory
from seqbench.engine.setup import Setup
from seqbench.engine.stack import Stack
from seqbench.engine.train import run
from seqbench.engine.trial import Trial
from seqbench.errors import out_of_memory
from seqbench.watchdog import ENVIRONMENT
from tests.helpers.limits import CPU, PLAIN, child, read, run_job
from tests.helpers.training import bench, trial

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are Linux's")


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """The rows of the same job where there is memory enough."""
    return run_job(read(tmp_path_factory.mktemp("calm"), "calm", batch=128))[0]


@linux
@pytest.mark.parametrize("ask", [True, False])
def test_under_a_real_limit_a_stack_is_split_and_all_numbers_are_the_same(
    tmp_path: Path, calm: list[dict], ask: bool
) -> None:
    rows, log = child(f"under_a_limit(t.Path({str(tmp_path)!r}), ask={ask})", PLAIN)
    assert rows == calm and len(rows) == 24 and {r["status"] for r in rows} == {"ok"}
    words = "would take about" if ask else "24 trials together do not fit into memory"
    assert words in log and "failed" not in log
    assert ("do not fit" in log) != ask


@linux
def test_a_trial_that_does_not_fit_even_alone_is_a_row_that_says_so(tmp_path: Path) -> None:
    rows, log = child(f"one_too_large(t.Path({str(tmp_path)!r}))", PLAIN)
    assert {r["status"] for r in rows} == {"failed"} and len(rows) == 2
    assert {r["reason"] for r in rows} == {jobs.TOO_LARGE}


@linux
@pytest.mark.parametrize(
    ("case", "above"),
    [
        (("lstm", "none", "eager"), 0.2),
        (("rnn", "gradient_penalty", "auto"), 0.4),  # the luck of 12 rows counts four times
        (("lstm", "none", "auto"), 0.6),  # what it takes beside its rows is counted with every row
    ],
)
def test_the_peak_is_predicted_and_below_the_bound(
    tmp_path: Path, case: tuple[str, str, str], above: float
) -> None:
    call = f"guess_and_truth(t.Path({str(tmp_path)!r}), *{case})"
    guess, truth, crude = child(call, ENVIRONMENT)
    assert 0.8 < guess / truth < 1 + above
    assert crude > truth


def test_a_rehearsal_leaves_nothing_and_changes_nothing(tmp_path: Path) -> None:
    trials = [trial(seed=seed) for seed in range(4)]
    calm = bench(tmp_path / "calm")
    run(calm, trials)
    asked = bench(tmp_path / "asked")
    rehearsal.predicted(asked, trials)
    assert not (tmp_path / "asked").exists()
    run(asked, trials)
    for one in trials:
        first, second = (b.store.result(one.fingerprint) for b in (calm, asked))
        assert first | {"cost": None} == second | {"cost": None}


def test_what_surely_fits_is_not_rehearsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*where: object) -> NoReturn:
        raise AssertionError("rehearsed")

    monkeypatch.setattr(rehearsal, "predicted", never)
    trials = [trial(seed=seed) for seed in range(4)]
    few = bench(tmp_path)
    monkeypatch.setattr(memory, "available", lambda device: 2**45)
    assert rehearsal.too_wide(few, trials) is None
    monkeypatch.setattr(memory, "available", lambda device: None)
    assert rehearsal.too_wide(few, trials) is None
    monkeypatch.setattr(memory, "available", lambda device: 0)
    assert rehearsal.too_wide(few, trials[:2]) is None
    with pytest.raises(AssertionError, match="rehearsed"):
        rehearsal.too_wide(few, trials)


def test_the_memory_is_shared_by_the_jobs_that_run_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsal, "predicted", lambda *where: 900)
    monkeypatch.setattr(memory, "available", lambda device: 2000)
    trials = [trial(seed=seed) for seed in range(4)]
    monkeypatch.setenv("SEQBENCH_JOBS", "1")
    assert rehearsal.too_wide(bench(tmp_path), trials) is None
    monkeypatch.setenv("SEQBENCH_JOBS", "2")
    assert "4 trials together" in str(rehearsal.too_wide(bench(tmp_path), trials))
    for unset in ("None", ""):
        monkeypatch.setenv("SEQBENCH_JOBS", unset)
        assert memory.sharers() >= 1


def test_halves_go_on_from_the_whole_stacks_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = [trial(seed=seed) for seed in range(4)]
    calm, torn = bench(tmp_path / "calm"), bench(tmp_path / "torn")
    run(calm, trials)
    monkeypatch.setattr(engine, "CHECKPOINT_SECONDS", 0.0)
    seen: list[int] = []

    def scarce(stack: Stack, *rest: object) -> None:
        if len(stack.trials) == 4 and stack.done == 8:
            raise MemoryError
        seen.append(stack.done)
        update(stack, *rest)

    monkeypatch.setattr(updates, "update", scarce)
    with pytest.raises(MemoryError):
        run(torn, trials)
    del seen[:]
    for half in (trials[:2], trials[2:]):
        run(torn, half, [trials])
    assert seen == [8, 9, 10, 11] * 2
    assert not list((tmp_path / "torn").rglob("*.pt"))
    for one in trials:
        first, second = (b.store.result(one.fingerprint) for b in (calm, torn))
        assert first | {"cost": None} == second | {"cost": None}


class Ballast:
    """Something large."""


def test_the_stack_that_failed_is_gone_before_its_halves_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that is still at hand would keep every tensor of its stack."""
    loads: list[weakref.ref] = []
    alive: list[int] = []

    def scarce(bench: Setup, trials: list[Trial], wider: Sequence[Trial] = ()) -> None:
        ballast = Ballast()
        alive.append(sum(load() is not None for load in loads))
        loads.append(weakref.ref(ballast))
        if len(trials) > 1:
            raise MemoryError

    monkeypatch.setattr(jobs, "run", scarce)
    monkeypatch.setattr(jobs, "too_wide", lambda *where: None)
    run_job(read(tmp_path, "results", seeds=4))
    assert alive == [0] * 7


def test_available_is_the_least_of_machine_group_and_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    monkeypatch.setattr(memory, "PROC", proc)
    monkeypatch.setattr(memory, "GROUPS", groups)
    monkeypatch.setattr(memory, "_address_space", lambda: iter(()))
    assert memory.available(CPU) is None
    write(proc / "meminfo", "MemTotal: 9 kB\nMemAvailable:       8 kB\n")
    assert memory.available(CPU) == 8192
    write(proc / "self/cgroup", "5:cpu:/a\n4:memory:/a/b\n0::/a\n")
    group(groups / "memory/a/b", ("memory.limit_in_bytes", 2**63), ("memory.usage_in_bytes", 1))
    assert memory.available(CPU) == 8192
    group(groups / "memory", ("memory.limit_in_bytes", 7000), ("memory.usage_in_bytes", 1000))
    assert memory.available(CPU) == 6000
    group(groups / "a", ("memory.max", "max"), ("memory.current", 1))
    group(groups, ("memory.max", 5000), ("memory.current", 2000), "inactive_file 500\n")
    assert memory.available(CPU) == 3500
    monkeypatch.setattr(memory, "_address_space", lambda: iter([-5]))
    assert memory.available(CPU) == 0


def write(path: Path, words: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words)


def group(folder: Path, limit: tuple, use: tuple, stat: str = "") -> None:
    for name, value in (limit, use, ("memory.stat", stat)):
        write(folder / name, str(value))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("no more"),
        RuntimeError(
            "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 8 bytes"
        ),
        RuntimeError("std::bad_alloc"),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_errors_that_mean_too_little_memory(error: BaseException) -> None:
    assert out_of_memory(error)
    assert not out_of_memory(ValueError("out of range"))


def test_what_the_machine_does_not_have_is_refused_and_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(memory, "available", lambda device: 300_000_000)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    kept = []
    with pytest.raises(RuntimeError) as caught, memory.capped(torch.device("cpu")):
        for _ in range(100):  # small pieces, as a pass over many steps takes them
            kept.append(torch.ones(10_000_000))
    assert out_of_memory(caught.value) and 1 <= len(kept) < 50
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert len(torch.ones(100_000_000)) == 10**8  # as before


def test_the_bound_holds_the_influence_of_every_weight_on_every_state(tmp_path: Path) -> None:
    asked = bench(tmp_path, "rnn")
    plain, exact = (rehearsal.bound(asked, [trial(name)]) for name in ("none", "rtrl"))
    weights = sum(part[0].numel() for part in asked.stack([trial()]).params.values())
    assert exact - plain >= 4 * 32 * 8 * weights  # float32, sequences, units
