"""One job: all trials of one (task, cell), from the matrix to the files of its results.

Here the registry, the engine and the records meet. Whatever goes wrong with one variant becomes
rows that say so; the job itself ends well, so that everything else is still trained and reported.

    trials    what a job tries, each trial with its fingerprint      rows  what becomes of them
    stages    which trials choose, and which are scored              staged   one with its stage
    matching  as many weights or state numbers instead of units      log   what a person sees
    state_numbers  how many numbers are carried from one step to the next
    reach     the search for the longest lag; search says which length comes next
    further   tests at other lengths                                 again some trials once more
    proofs    that variants are pure, each made once                 trying  for a whole matrix
    alone     one process per job                                    entry what a stored record is
    hanging   what did not end, or ended its process                 reasons  said of errors
    parallel  how well the steps of trained cells can be computed at once
"""

import time
import traceback
from dataclasses import replace
from pathlib import Path

import torch

from seqbench import manifest, opened, records, registry, watchdog
from seqbench.engine import contracts
from seqbench.engine.faults import Apart, Faulty, Misdrawn, Unclear
from seqbench.engine.machine import device as devices
from seqbench.engine.machine.memory import capped, release
from seqbench.engine.machine.store import Store
from seqbench.engine.purity.variants import prove_declared
from seqbench.engine.rehearsal import too_wide
from seqbench.engine.setup import Setup
from seqbench.engine.source import Source
from seqbench.engine.train import finished, forget, run
from seqbench.engine.trial import Trial, stacks
from seqbench.errors import InputError, Unwritable, out_of_memory
from seqbench.jobs import entry, hanging, stages
from seqbench.jobs.alone import alone
from seqbench.jobs.further import Growth, further_tests
from seqbench.jobs.log import Log
from seqbench.jobs.matching import matched
from seqbench.jobs.parallel import measuring
from seqbench.jobs.proofs import Proofs, prove_import
from seqbench.jobs.reasons import from_outside, reason
from seqbench.jobs.rows import Rows
from seqbench.jobs.staged import Staged
from seqbench.jobs.state_numbers import state_numbers
from seqbench.jobs.trials import Candidate, candidates_of
from seqbench.manifest import Wanted
from seqbench.matrix import Matrix, wanted
from seqbench.matrix.job import Job
from seqbench.networks.network import build
from seqbench.tally import Tally
from seqbench.task import Task

GONE = "its result is gone, or a file that it read has changed since it began. Run it again."
TOO_LARGE = (
    "out of memory: this trial does not fit, even alone. Allowed: what the machine, or the limit "
    "set for its jobs, gives. Make hidden, batch or the task smaller, or run fewer jobs at once."
)


def run_job(
    matrix: Matrix, task: str, cell: str, *, device: str = "auto", log: Path | None = None
) -> Tally:
    """Train everything that the matrix asks of one (task, cell) and write its results.

    Returns: how the trials ended.

    Raises:
        InputError: the results folder cannot be written, or there is no such device.
    """
    asked = wanted.of_training(matrix, task, cell)
    folder, job = Path(matrix.results), matrix.job(task, cell)
    return train(job, folder, device=device, log=log, asked=asked).tally


def train(
    job: Job,
    folder: Path,
    *,
    device: str = "auto",
    log: Path | None = None,
    asked: Wanted | None = None,
) -> Rows:
    """Train what a job consists of and write its results below the folder; returns their rows.

    asked: what the manifest says that was asked for; None: there will be none.

    Raises:
        InputError: the folder cannot be written, or there is no such device.
    """
    with alone(folder, "train", job, log):
        with opened.recorded(folder) as read:
            tables = attempt(job, folder, device, log)
        files = {
            table: folder / table / job.task / f"{job.cell}.parquet" for table in records.TABLES
        }
        for table, file in files.items():
            records.write(file, table, getattr(tables, table))
        if asked:
            manifest.write(folder, asked, files.values(), tables.unfinished, read.sums())
    return tables


def attempt(
    job: Job, folder: Path, device: str, log: Path | None, growth: Growth | None = None
) -> Rows:
    """The rows of all trials of a job, trained or from the store; whatever goes wrong is a row.

    growth: at which other lengths the trials are tested, too.

    Raises:
        InputError: there is no such device, or the store cannot be written.
    """
    tables, chosen, began = Rows(job), devices.choose(device), time.monotonic()
    said = Log(job, log)
    if end := watchdog.end_of(job.digest):
        hanging.pass_over(tables, end, [*job.remedies], said.say)
        return tables
    try:
        with capped(chosen):
            with watchdog.limit(hanging.patience(job.training), [job.digest]):
                prepared = _prepared(tables, job, folder, chosen, said, growth)
            said.total = sum(stages.many(job, candidates) for _, candidates in prepared)
            for setup, candidates in prepared:
                _train_stages(tables, setup, candidates, said)
    except (Unwritable, KeyboardInterrupt):
        raise
    except BaseException as error:  # whatever the task's or the cell's own code does
        why = TOO_LARGE if out_of_memory(error) else reason(error)
        if from_outside(error):
            tables.interrupted = why
        tables.broke_off(why)
    said.say(f"done in {time.monotonic() - began:.0f} s: {tables.tally}")
    return tables


def _prepared(
    tables: Rows,
    job: Job,
    folder: Path,
    device: torch.device,
    log: Log,
    growth: Growth | None,
) -> list[tuple[Setup, list[Candidate]]]:
    """What a job tries, by the size of the networks; what can not be is rows."""
    prove_import("tasks", job.task)
    task = registry.load_task(job.task, job.task_knobs)
    contracts.facts(task)
    prove_import("cells", job.cell)
    cell = registry.load_cell(job.cell, job.cell_knobs)
    prove_declared(cell)
    store, source, found = Store(folder / "store", log.say, entry.check), None, []
    for part in job.by_readout():
        try:
            settings = matched(cell, task, part.training)
            network = build(cell, task, settings)
        except InputError as objection:
            tables.known(task)
            for name in part.remedies:
                tables.not_run(name, "not_applicable", str(objection))
            continue
        part = replace(part, training=settings)
        tables.sized(part.remedies, settings.hidden)
        source = source or _source(task, part, device)
        further = further_tests(part, cell, device, growth) if growth else ()
        asked = measuring(network, source, store.say) if part.parallel else None
        setup = Setup(network, task, source, settings, store, device, log.watch, further, asked)
        tables.describe(setup)
        proofs = Proofs(part, setup, cell)
        proofs.of_task()
        proofs.of_cell()
        tables.carries(part.remedies, state_numbers(cell, network, setup.sizes))
        found.append((setup, list(candidates_of(tables, part, setup, cell, proofs))))
    return found


def _source(task: Task, job: Job, device: torch.device) -> Source:
    settings = job.training
    sizes = settings.batch, settings.valid_sequences, settings.test_sequences
    valid, test = settings.valid_at_most, settings.test_at_most
    source = Source(task, *sizes, device, valid_at_most=valid, test_at_most=test)
    source.draw(job.seeds)
    return source


def _train_stages(tables: Rows, setup: Setup, candidates: list[Candidate], log: Log) -> None:
    """All trials, or those of a search and then those that it chose; each becomes rows."""
    log.began = log.began or time.monotonic()
    _fill(tables, setup, stages.first(tables.job, candidates), log)
    if chosen := [*stages.second(tables, candidates)]:
        log.say("the search is over; what it chose is trained with seeds of its own")
        _fill(tables, setup, chosen, log)


def _fill(tables: Rows, setup: Setup, trials: list[Staged], log: Log) -> None:
    hanging.record_hung(tables.job, setup, trials)
    log.say(f"{len(trials)} trials, {sum(finished(setup, t) for t in trials)} in the store")
    failures = hanging.deadly(tables, trials)
    for why in dict.fromkeys(failures.values()):
        log.say(f"failed: {why}")
    for stack in stacks(trials, setup.settings.stack, recorded=setup.device.type == "cuda"):
        parts = hanging.parts([trial for trial in stack if trial.fingerprint not in failures])
        for part in parts:
            log.width = len(part)
            failures |= _run(setup, part, log, tables, (stack,) if part != stack else ())
            log.over += len(part)
        if parts != [stack]:
            forget(setup, stack)
    for trial in trials:
        kept = setup.store.result(trial.fingerprint)
        if kept is None or trial.fingerprint in failures:
            tables.trial_failed(trial, failures.get(trial.fingerprint, GONE))
        else:
            tables.trial_ended(trial, kept)


def _run(
    setup: Setup, stack: list[Trial], log: Log, tables: Rows, wider: tuple[list[Trial], ...] = ()
) -> dict[str, str]:
    """Train a stack, in halves where it fails as a whole. Reasons of failure by fingerprint.

    wider: the stacks that this one is a part of; what they left is gone on from.
    """
    if all(finished(setup, trial) for trial in stack):
        return {}
    minutes, names = hanging.patience(setup.settings), [trial.fingerprint for trial in stack]
    try:
        with watchdog.limit(minutes, names):
            problem = too_wide(setup, stack)
            if problem is None:
                run(setup, stack, wider)
                return {}
        guilty = []
    except (Unwritable, KeyboardInterrupt):
        raise
    except Apart as error:
        return _apart(setup, stack, error, log, tables, wider)
    except (Faulty, Misdrawn) as error:
        log.say(f"failed: {''.join(traceback.format_exception(error))}")
        guilty, why = [trial for trial in stack if error.blames(trial)], reason(error)
    except BaseException as error:  # a variant may fail in any way; its trials say how
        ours = isinstance(error, InputError) and not isinstance(error, Unclear)
        if ours or len(stack) < 2:
            log.say(f"failed: {''.join(traceback.format_exception(error))}")
            if from_outside(error):
                tables.interrupted = reason(error)
            return _lost(setup, stack, TOO_LARGE if out_of_memory(error) else reason(error))
        guilty, problem = [], f"{len(stack)} trials together do not fit into memory"
        if not out_of_memory(error):  # a single one may be to blame, whose matrix is singular, say
            problem = f"{len(stack)} trials together fail ({reason(error)})"
    release()  # not inside `except`: the error's traceback holds all that was in memory
    wider = (stack, *wider)
    if guilty:
        lost = _lost(setup, guilty, why)
        others = [trial for trial in stack if trial not in guilty]
        lost |= _run(setup, others, log, tables, wider)
        forget(setup, stack)
        return lost
    log.say(f"{problem}; trying half of them")
    halves = (stack[: len(stack) // 2], stack[len(stack) // 2 :])
    first, second = (_run(setup, half, log, tables, wider) for half in halves)
    forget(setup, stack)
    return first | second


def _apart(
    setup: Setup,
    stack: list[Trial],
    found: Apart,
    log: Log,
    tables: Rows,
    wider: tuple[list[Trial], ...],
) -> dict[str, str]:
    """Train those of some remedies apart from the others; reasons of failure by fingerprint.

    What they have left beside the others is not gone on from.
    """
    apart = [trial for trial in stack if trial.remedy in found.remedies]
    how = "one by one, which is slow" if found.alone else "in a stack of their own"
    names = ", ".join(dict.fromkeys(trial.name for trial in apart))
    log.say(f"{len(apart)} trials ({names}) are trained {how}: {found.why}")
    others = [trial for trial in stack if trial not in apart]
    lost = _run(setup, others, log, tables, (stack, *wider)) if others else {}
    for part in [[trial] for trial in apart] if found.alone else [apart]:
        lost |= _run(setup, part, log, tables)
    forget(setup, stack)
    return lost


def _lost(setup: Setup, trials: list[Trial], why: str) -> dict[str, str]:
    """The reason of those that have not ended before, by fingerprint."""
    return {trial.fingerprint: why for trial in trials if not finished(setup, trial)}
