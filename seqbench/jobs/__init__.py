"""One job: all trials of one (task, cell), from the matrix to the files of its results.

Here the registry, the engine and the records meet. Whatever goes wrong with one variant becomes
rows that say so; the job itself ends well, so that everything else is still trained and reported.

    trials    which trials a job has, each with its fingerprint      rows  what becomes of them
    matching  as many weights instead of as many units               log   what a person sees
    reach     the search for the longest lag; search says which length comes next
    further   tests at other lengths                                 again some trials once more
"""

import time
import traceback
from dataclasses import replace
from pathlib import Path

import torch

from seqbench import manifest, records, registry
from seqbench.engine.machine import device as devices
from seqbench.engine.machine.memory import out_of_memory, release
from seqbench.engine.machine.store import Store
from seqbench.engine.rehearsal import too_wide
from seqbench.engine.setup import Setup
from seqbench.engine.source import Source
from seqbench.engine.train import finished, run
from seqbench.engine.trial import Trial, stacks
from seqbench.errors import InputError
from seqbench.files import ensure_writable
from seqbench.jobs.further import Growth, further_tests
from seqbench.jobs.log import Log
from seqbench.jobs.matching import matched
from seqbench.jobs.rows import Rows, from_outside, reason
from seqbench.jobs.trials import trials_of
from seqbench.matrix import Matrix, wanted
from seqbench.matrix.job import Job
from seqbench.networks.network import build
from seqbench.tally import Tally

TOO_LARGE = (
    "out of memory: this trial does not fit, even alone. Allowed: what the machine, or the limit "
    "set for its jobs, gives. Make hidden, batch or the task smaller, or run fewer jobs at once."
)


def run_job(
    matrix: Matrix, task: str, cell: str, *, device: str = "auto", log: Path | None = None
) -> Tally:
    """Train every remedy x learning rate x seed of one (task, cell) and write its results.

    Returns: how the trials ended.

    Raises:
        InputError: the results folder cannot be written, or there is no such device.
    """
    folder, asked = Path(matrix.results), wanted.of_training(matrix, task, cell)
    tables = train(matrix.job(task, cell), folder, device=device, log=log)
    files = [_file(folder, table, task, cell) for table in records.TABLES]
    manifest.write(folder, asked, files, tables.unfinished)
    return tables.tally


def train(job: Job, folder: Path, *, device: str = "auto", log: Path | None = None) -> Rows:
    """Train what a job consists of and write its results below the folder; returns their rows.

    Raises:
        InputError: the folder cannot be written, or there is no such device.
    """
    if log:
        log.unlink(missing_ok=True)
    ensure_writable(folder)
    tables = attempt(job, folder, device, log)
    for table in records.TABLES:
        path = _file(folder, table, job.task, job.cell)
        records.write(path, table, getattr(tables, table))
    return tables


def _file(folder: Path, table: str, task: str, cell: str) -> Path:
    return folder / table / task / f"{cell}.parquet"


def attempt(
    job: Job, folder: Path, device: str, log: Path | None, growth: Growth | None = None
) -> Rows:
    """The rows of all trials of a job, trained or from the store; whatever goes wrong is a row.

    growth: at which other lengths the trials are tested, too.

    Raises:
        InputError: there is no such device.
    """
    tables, chosen, began = Rows(job), devices.choose(device), time.monotonic()
    try:
        _fill(tables, job, folder, chosen, Log(job, log), growth)
    except Exception as error:  # whatever the task's or the cell's own code does
        if from_outside(error):
            tables.unfinished = reason(error)
        known = {row["remedy"] for row in tables.trials}
        for name in (name for name in job.remedies if name not in known):
            tables.not_run(name, "failed", reason(error))
    Log(job, log).say(f"done in {time.monotonic() - began:.0f} s: {tables.tally}")
    return tables


def _fill(
    tables: Rows,
    job: Job,
    folder: Path,
    device: torch.device,
    log: Log,
    growth: Growth | None,
) -> None:
    task = registry.load_task(job.task, job.task_knobs)
    cell = registry.load_cell(job.cell, job.cell_knobs)
    try:
        settings = matched(cell, task, job.training)
        network = build(cell, task, settings)
    except InputError as objection:
        tables.known(task)
        for name in job.remedies:
            tables.not_run(name, "not_applicable", str(objection))
        return
    job = replace(job, training=settings)
    tables.sized(settings.hidden)
    source = Source(
        task,
        settings.batch,
        settings.valid_sequences,
        settings.test_sequences,
        device,
        valid_at_most=settings.valid_at_most,
        test_at_most=settings.test_at_most,
    )
    store = Store(folder / "store", log.say)
    further = further_tests(job, cell, device, growth) if growth else ()
    setup = Setup(network, task, source, settings, store, device, log.watch, further)
    tables.describe(setup)
    trials = list(trials_of(tables, job, setup, cell))
    log.total, log.began = len(trials), time.monotonic()
    log.say(f"{len(trials)} trials, {sum(finished(setup, t) for t in trials)} in the store")
    failures: dict[str, str] = {}
    for stack in stacks(trials, settings.stack):
        log.width = len(stack)
        failures |= _run(setup, stack, log, tables)
        log.over += len(stack)
    for trial in trials:
        kept = setup.store.result(trial.fingerprint)
        if kept is None or trial.fingerprint in failures:
            tables.trial_failed(trial, failures.get(trial.fingerprint, "its result vanished."))
        else:
            tables.trial_ended(trial, kept)


def _run(
    setup: Setup, stack: list[Trial], log: Log, tables: Rows, wider: tuple[list[Trial], ...] = ()
) -> dict[str, str]:
    """Train a stack, in halves where the memory is too small. Reasons of failure by fingerprint.

    wider: the stacks that this one is a part of; what they left is gone on from.
    """
    if all(finished(setup, trial) for trial in stack):
        return {}
    try:
        problem = too_wide(setup, stack)
        if problem is None:
            run(setup, stack, wider)
            return {}
    except Exception as error:  # a variant may fail in any way; its trials say how
        if not out_of_memory(error) or len(stack) < 2:
            log.say(f"failed: {''.join(traceback.format_exception(error))}")
            why = TOO_LARGE if out_of_memory(error) else reason(error)
            if from_outside(error):
                tables.unfinished = why
            lost = [trial for trial in stack if not finished(setup, trial)]
            return {trial.fingerprint: why for trial in lost}
        problem = f"{len(stack)} trials together do not fit into memory"
    release()  # not inside `except`: the error's traceback holds all that was in memory
    log.say(f"{problem}; trying half of them")
    middle, wider = len(stack) // 2, (stack, *wider)
    halves = (stack[:middle], stack[middle:])
    first, second = (_run(setup, half, log, tables, wider) for half in halves)
    return first | second
