"""Jobs and stacks in a process of their own, whose memory is limited."""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import mean, median

import torch

from seqbench import jobs, matrix
from seqbench.engine import rehearsal
from seqbench.engine.machine import memory
from seqbench.engine.train import run
from tests.helpers.places import HOME
from tests.helpers.training import bench, trial

CPU = torch.device("cpu")
# A limit of address space counts what the C library only reserves, so here it reserves little.
PLAIN = {"OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
MATRIX = """\
name: test
results: {results}
seeds: {seeds}
train:
  {{engine: eager, hidden: {hidden}, batch: {batch}, updates: 2, evaluate_every: 2,
    valid_sequences: 16, test_sequences: 16, learning_rates: [0.01]}}
tasks:
  adding: {{length: 60}}
cells:
  lstm:
remedies:
  none:
"""


def read(
    folder: Path, results: str, seeds: int = 24, hidden: int = 32, batch: int = 32
) -> matrix.Matrix:
    file = folder / f"{results}.yaml"
    listed = list(range(1, seeds + 1))
    results = str(folder / results)
    file.write_text(MATRIX.format(results=results, seeds=listed, hidden=hidden, batch=batch))
    return matrix.read(file)


def run_job(found: matrix.Matrix) -> tuple[list[dict], str]:
    """The rows of a job's trials, and its log."""
    from pyarrow import parquet

    log = Path(found.results) / "job.log"
    jobs.run_job(found, "adding", "lstm", device="cpu", log=log)
    table = parquet.read_table(Path(found.results) / "trials/adding/lstm.parquet")
    return table.to_pylist(), log.read_text(encoding="utf-8")


def limited(more: int) -> None:
    """From here on, this process may grow by so many bytes."""
    import resource

    memory.release()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))


def child(call: str, env: dict[str, str]) -> object:
    """What a function of this module says in a process of its own, with this environment."""
    code = f"import json; from tests.helpers import limits as t; print(json.dumps(t.{call}))"
    command = [sys.executable, "-c", code]
    env = os.environ | {"PYTHONPATH": str(HOME), "SEQBENCH_JOBS": "1"} | env
    ended = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def under_a_limit(folder: Path, *, ask: bool) -> list:
    run_job(read(folder, "warm", seeds=1))
    if not ask:
        rehearsal.FREE = 1e9
    limited(100_000_000)
    return list(run_job(read(folder, "tight", batch=128)))


def one_too_large(folder: Path) -> list:
    run_job(read(folder, "warm", seeds=1))
    limited(45_000_000)
    return list(run_job(read(folder, "large", seeds=2, batch=1024)))


def guess_and_truth(folder: Path, cell: str, remedy: str, kind: str) -> list[int]:
    torch.set_num_threads(1)
    few = {"engine": kind, "hidden": 32, "batch": 32, "updates": 6, "knobs": {"length": 80}}
    few |= {"valid_sequences": 256, "test_sequences": 256}
    trials = [trial(remedy, seed) for seed in range(48)]
    run(bench(folder / "warm", cell, **few | {"updates": 1}), trials[:2])
    asked = bench(folder / "guess", cell, **few)
    # How the allocator packs the same training differs by a quarter from run to run.
    guess = median(rehearsal.predicted(asked, trials) for _ in range(5))
    truths = [bench(folder / f"truth{i}", cell, **few) for i in range(3)]
    truth = mean(rehearsal.grown(CPU, partial(run, one, trials)) for one in truths)
    return [guess, truth, rehearsal.bound(asked, trials)]
