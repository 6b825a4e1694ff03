"""Some trials of a matrix once more, to see whether they say what was recorded.

They are trained in an empty folder of their own, which is deleted: no table and no store of the
run is read for them or written. A trial's numbers do not depend on its company, so the same code
on the same type of machine gives the recorded ones to the last bit.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pyarrow.parquet as pq
from pyarrow import compute

from seqbench import records
from seqbench.errors import InputError
from seqbench.files import RETRAIN, remake, verify
from seqbench.jobs import train
from seqbench.matrix import Matrix, refusals
from seqbench.matrix.job import Job
from seqbench.matrix.refusals import Knobs
from seqbench.tuning import only, settings

KEY = ("remedy", "setting", "seed", "learning_rate")
APART = ("fingerprint", "stage")  # say nothing of the numbers
Row = Mapping[str, object]
T = TypeVar("T", int, float)


@dataclass(frozen=True)
class Chosen:
    """Which trials of a job; None: all."""

    remedy: str | None = None
    seed: int | None = None
    learning_rate: float | None = None


def narrowed(job: Job, chosen: Chosen) -> Job:
    """The job with the chosen trials only.

    Raises:
        InputError: it has no such trial.
    """
    remedies, rates = job.remedies, job.training.learning_rates
    if (chosen.seed, chosen.learning_rate) != (None, None):  # some of both stages, as one
        job = replace(job, seeds=(*job.search_seeds, *job.seeds), search_seeds=())
    seeds = job.seeds
    if chosen.remedy is not None:
        if chosen.remedy not in remedies:
            raise refusals.unknown_name("remedies", chosen.remedy, remedies)
        remedies = {chosen.remedy: remedies[chosen.remedy]}
    seeds = _one("seed", chosen.seed, seeds)
    some = _one("learning-rate", chosen.learning_rate, rates)
    remedies = {name: _at(knobs, rates, some) for name, knobs in remedies.items()}
    training = job.training.model_copy(update={"learning_rates": some})
    return replace(job, remedies=remedies, seeds=seeds, training=training)


def _at(knobs: Knobs, rates: tuple[float, ...], some: tuple[float, ...]) -> Knobs:
    """The knobs, of values to try with those alone that meet the only learning rate left."""
    if rates == some:
        return knobs
    tried = settings(knobs)
    return only(knobs, tried[rates.index(some[0]) % len(tried)].knobs)


def _one(option: str, value: T | None, allowed: tuple[T, ...]) -> tuple[T, ...]:
    if value is None:
        return allowed
    if value not in allowed:
        raise InputError(
            f"--{option} {value:g}: the matrix trains no such trial. Allowed: "
            f"{', '.join(f'{x:g}' for x in allowed)}. Choose one, or leave the option out."
        )
    return (value,)


def rerun(job: Job, device: str = "auto") -> list[Row]:
    """The rows of the table of trials, of a job trained from nothing."""
    with tempfile.TemporaryDirectory(prefix="seqbench-") as name:
        train(job, Path(name), device=device)
        path = Path(name) / "trials" / job.task / f"{job.cell}.parquet"
        rows: list[Row] = records.read(path, "trials").to_pylist()
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[object, ...]:
    numbers = (row["seed"], row["learning_rate"])
    names = (row["remedy"], row["setting"])
    return *names, *(x if isinstance(x, int | float) else -1.0 for x in numbers)


def recorded(results: Path, job: Job) -> list[Row]:
    """What the run's table says of this task and cell; nothing where there is no table.

    Raises:
        InputError: it was changed after it was written.
    """
    table = results / "tables" / "trials.parquet"
    file = table if table.exists() else results / "trials" / job.task / f"{job.cell}.parquet"
    if not file.exists():
        return []
    verify(file, remake("collect") if file == table else RETRAIN)
    of_job = (compute.field("task") == job.task) & (compute.field("cell") == job.cell)
    columns = [name for name in pq.read_schema(file).names if name in records.TRIALS]
    rows: list[Row] = pq.read_table(file, columns=columns, filters=of_job).to_pylist()
    return rows


def verdict(row: Row, known: list[Row]) -> tuple[bool, str]:
    """Whether a trial is what was recorded (or was not recorded), and in words."""
    same = [old for old in known if all(old[name] == row[name] for name in KEY)]
    if not same:
        return True, "not recorded: nothing to compare with"
    old = same[0]
    other = [name for name in old if name not in APART and old[name] != row[name]]
    if not other:
        return True, "equals the recorded trial in every number"
    differences = "; ".join(f"{name} was {old[name]}, is {row[name]}" for name in other[:4])
    more = f"; {len(other) - 4} more" if len(other) > 4 else ""
    why = ""
    if old["fingerprint"] != row["fingerprint"]:
        why = " (recorded with other settings, code, torch or type of machine)"
    return False, f"DIFFERS from the recorded trial{why}: {differences}{more}"


def in_words(row: Row) -> str:
    """A trial in two lines: what it is, and how it ended."""
    names = [f"{row['task']} / {row['cell']} / {row['remedy']}"]
    names += [str(row["setting"])] if row["setting"] else []
    names += [f"seed {row['seed']}"] if row["seed"] is not None else []
    rate = row["learning_rate"]
    names += [f"learning rate {rate:g}"] if rate is not None else []
    if row["test_score"] is None:
        return f"{', '.join(names)}\n  {row['status']}: {row['reason']}"
    solved = "solved" if row["solved"] else "not solved"
    scores = ", ".join(f"{part} {row[f'{part}_score']!r}" for part in ("valid", "test"))
    reason = f" ({row['reason']})" if row["reason"] else ""
    return (
        f"{', '.join(names)}\n  {row['status']}{reason} after {row['stopped_at']} updates, "
        f"{solved}\n  {row['metric']}: {scores}; skill {row['test_skill']!r}"
    )


def again(matrix: Matrix, task: str, cell: str, chosen: Chosen, device: str = "auto") -> bool:
    """Train the chosen trials, print each and whether it is the recorded one; whether all are.

    Raises:
        InputError: the matrix has no such trial.
    """
    job = matrix.job(task, cell)
    try:
        job = narrowed(job, chosen)
    except InputError as error:
        raise InputError(f"{matrix.path}: {error}") from error
    known, same = recorded(Path(matrix.results), job), True
    for row in rerun(job, device):
        equal, words = verdict(row, known)
        same &= equal
        print(f"{in_words(row)}\n  {words}")
    return same
