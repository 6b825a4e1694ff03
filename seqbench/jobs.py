"""One job: all trials of one (task, cell), from the matrix to four files of results.

Here the registry, the engine and the records meet. Whatever goes wrong with one variant becomes
rows that say so; the job itself ends well, so that everything else is still trained and reported.
"""

import ast
import json
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import torch

from seqbench import records, registry
from seqbench.engine import device as devices
from seqbench.engine.bench import Bench
from seqbench.engine.source import Source
from seqbench.engine.stack import Stack
from seqbench.engine.store import Store
from seqbench.engine.train import finished, run
from seqbench.engine.trial import Trial, stacks
from seqbench.errors import InputError
from seqbench.files import ensure_writable
from seqbench.matrix import Job, Matrix
from seqbench.remedy import Remedy

FORMAT = 1  # of a store entry; a new number forgets all old entries
WATCH_SECONDS = 5.0

Row = dict[str, object]


@cache
def code(path: Path) -> str:
    """A checksum of what a source file does: comments, layout and docstrings do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return sha256(ast.dump(tree).encode()).hexdigest()


@dataclass
class Log:
    """Progress for a person, on the terminal and in the job's log file."""

    job: Job
    path: Path | None
    total: int = 0
    over: int = 0  # trials of the stacks before the present one
    width: int = 0  # trials of the present one
    began: float = 0.0
    spoke: float = 0.0

    def say(self, words: str) -> None:
        line = f"{self.job.task} / {self.job.cell}: {words}"
        print(line, file=sys.stderr, flush=True)
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def watch(self, stack: Stack) -> None:
        """Where a stack is, at most every few seconds."""
        now = time.monotonic()
        if now - self.spoke < WATCH_SECONDS:
            return
        self.spoke = now
        budget = self.job.training.updates
        live = len({trial.fingerprint for trial in stack.trials})
        over = self.over + max(0, self.width - live)
        part = min(1.0, (over + live * stack.done / budget) / max(self.total, 1))
        left = (now - self.began) * (1 - part) / max(part, 1e-6)
        losses = [c[-1][3] for c in (list(filter(_is_loss, rows)) for rows in stack.curves) if c]
        known = sorted(loss for loss in losses if loss is not None)
        loss = f"{known[len(known) // 2]:.4g}" if known else "not finite"
        self.say(
            f"{over} of {self.total} trials done, {live} in training, "
            f"update {stack.done} of {budget}, median loss {loss}, about {left:.0f} s left"
        )


def _is_loss(point: tuple) -> bool:
    return point[1:3] == ("valid", "loss")


def run_job(
    matrix: Matrix, task: str, cell: str, *, device: str = "auto", log: Path | None = None
) -> None:
    """Train every remedy x learning rate x seed of one (task, cell) and write its results.

    Raises:
        InputError: the results folder cannot be written.
    """
    job = matrix.job(task, cell)
    if log:
        log.unlink(missing_ok=True)
    folder = Path(matrix.results)
    ensure_writable(folder)
    tables = _Tables(job)
    try:
        _fill(tables, job, folder, devices.choose(device), Log(job, log))
    except Exception as error:  # whatever the task's or the cell's own code does
        Log(job, log).say(f"failed: {_told(error, job)}")
        known = {row["remedy"] for row in tables.trials}
        for name in (name for name in job.remedies if name not in known):
            tables.hole(name, "failed", _told(error, job))
    for table in records.TABLES:
        path = folder / table / task / f"{cell}.parquet"
        records.write(path, table, getattr(tables, table))


def _told(error: Exception, job: Job) -> str:
    """What a row says of an error: the sentence of ours, or where another one came from."""
    if isinstance(error, InputError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: " if frames else ""
    return f"{place}{type(error).__name__}: {error}"


def _fill(tables: "_Tables", job: Job, folder: Path, device: torch.device, log: Log) -> None:
    task = registry.load_task(job.task, job.task_knobs)
    cell = registry.load_cell(job.cell, job.cell_knobs)
    settings = job.training
    source = Source(task, settings.batch, settings.valid_sequences, settings.test_sequences, device)
    bench = Bench(cell, task, source, settings, Store(folder / "store", log.say), device, log.watch)
    tables.describe(bench)
    trials = list(_trials(tables, job, bench))
    log.total, log.began = len(trials), time.monotonic()
    log.say(f"{len(trials)} trials, {sum(finished(bench.store, t) for t in trials)} in the store")
    failures: dict[str, str] = {}
    for stack in stacks(trials, settings.stack):
        log.width = len(stack)
        failures |= _run(bench, stack, log)
        log.over += len(stack)
    for trial in trials:
        kept = bench.store.result(trial.fingerprint)
        if kept is None or trial.fingerprint in failures:
            tables.trial_failed(trial, failures.get(trial.fingerprint, "its result vanished."))
        else:
            tables.trial_ended(trial, kept)
    log.say(f"done in {time.monotonic() - log.began:.0f} s")


def _run(bench: Bench, stack: list[Trial], log: Log) -> dict[str, str]:
    """Train a stack, in halves where the memory is too small. Reasons of failure by fingerprint."""
    try:
        run(bench, stack)
    except Exception as error:  # a variant may fail in any way; its trials say how
        if _out_of_memory(error) and len(stack) > 1:
            log.say(f"{len(stack)} trials together do not fit into memory; trying half of them")
            middle = len(stack) // 2
            return _run(bench, stack[:middle], log) | _run(bench, stack[middle:], log)
        log.say(f"failed: {''.join(traceback.format_exception(error))}")
        lost = [trial for trial in stack if not finished(bench.store, trial)]
        return {trial.fingerprint: _told(error, log.job) for trial in lost}
    return {}


def _out_of_memory(error: Exception) -> bool:
    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def _trials(tables: "_Tables", job: Job, bench: Bench) -> Iterator[Trial]:
    """The trials of a job; what does not suit or does not load becomes a row instead."""
    for name, knobs in job.remedies.items():
        try:
            remedy = registry.load_remedy(name, knobs)
            tables.acts[name] = "+".join(remedy.acts_at)
            objection = remedy.suits(bench.cell, bench.task)
        except Exception as error:  # whatever the remedy's own code does
            tables.hole(name, "failed", _told(error, job))
            continue
        if objection:
            tables.hole(name, "not_applicable", objection)
            continue
        specification = _specification(job, bench, name, remedy)
        closed = "solve" in remedy.acts_at
        for rate in [None] if closed else job.training.learning_rates:
            for seed in job.seeds:
                own = specification | {"seed": seed, "learning_rate": rate}
                mark = sha256(json.dumps(own, sort_keys=True).encode()).hexdigest()
                yield Trial(name, remedy, seed, rate, mark)


def _specification(job: Job, bench: Bench, name: str, remedy: Remedy) -> Row:
    """Everything that can change the numbers of a remedy's trials, the code included."""
    home = registry.HOME
    files = [
        registry.path("cells", job.cell),
        registry.path("tasks", job.task),
        *(registry.path("remedies", part) for part in registry.parts(name)),
        *(home / f"{module}.py" for module in ("axes", "cell", "remedy", "task")),
        *(path for path in (home / "engine").glob("*.py") if path.stem != "store"),
    ]
    return {
        "format": FORMAT,
        "task": [type(bench.task).__name__, asdict(bench.task)],
        "facts": {fact: getattr(bench.task, fact) for fact in records.TASK_FACTS},
        "cell": [type(bench.cell).__name__, asdict(bench.cell)],
        "remedy": [[type(part).__name__, asdict(part)] for part in remedy.parts],
        "settings": job.training.model_dump(exclude={"learning_rates", "stack", "timeout_minutes"}),
        "data": bench.source.checksum,
        "code": sorted((path.name, code(path)) for path in files),
        "torch": torch.__version__,
        "device": bench.device.type,
    }


class _Tables:
    """The rows of the four tables of one job."""

    def __init__(self, job: Job):
        self.job = job
        self.acts: dict[str, str] = {}
        self.common: Row = {
            "task": job.task,
            "cell": job.cell,
            "hidden": job.training.hidden,
            "batch": job.training.batch,
            "updates": job.training.updates,
            "optimizer": job.training.optimizer,
        }
        self.trials: list[Row] = []
        self.curves: list[Row] = []
        self.flow: list[Row] = []
        self.costs: list[Row] = []

    def describe(self, bench: Bench) -> None:
        """What the task says of itself, for every row."""
        self.common |= {fact: getattr(bench.task, fact) for fact in records.TASK_FACTS}
        self.common["data_sha256"] = bench.source.checksum

    def _row(self, name: str) -> Row:
        knobs = {
            "task": self.job.task_knobs,
            "cell": self.job.cell_knobs,
            "remedy": self.job.remedies[name],
        }
        given = {kind: values for kind, values in knobs.items() if values}
        return self.common | {
            "remedy": name,
            "acts_at": self.acts.get(name),
            "knobs": json.dumps(given, sort_keys=True),
        }

    def hole(self, name: str, status: str, reason: str) -> None:
        """A remedy of which nothing was run."""
        self.trials.append(self._row(name) | {"status": status, "reason": reason})

    def _identity(self, trial: Trial) -> Row:
        return {
            "task": self.job.task,
            "cell": self.job.cell,
            "remedy": trial.name,
            "seed": trial.seed,
            "learning_rate": trial.learning_rate,
            "fingerprint": trial.fingerprint,
        }

    def trial_failed(self, trial: Trial, reason: str) -> None:
        """A trial that ended in an error of its own."""
        row = self._row(trial.name) | self._identity(trial)
        self.trials.append(row | {"status": "failed", "reason": reason})

    def trial_ended(self, trial: Trial, kept: dict) -> None:
        """A trial that has a record, whatever its status."""
        identity = self._identity(trial)
        self.trials.append(self._row(trial.name) | identity | kept["trial"])
        for step, split, quantity, value in kept["curves"]:
            point = {"step": step, "split": split, "quantity": quantity, "value": value}
            self.curves.append(identity | point)
        for step, norms in kept["flow"]:
            self.flow += [
                identity | {"step": step, "lag": k, "norm": v} for k, v in enumerate(norms)
            ]
        self.costs.append(identity | kept["cost"])
