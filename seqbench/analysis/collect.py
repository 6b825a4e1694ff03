"""Everything that training wrote, in one table of each kind.

    results/{table}/{task}/{cell}.parquet   --collect-->   results/tables/{table}.parquet + .csv

Rows are sorted by identity, so equal inputs give equal bytes. A job without a file becomes rows
with status `failed`; a file that was edited after it was written is refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqbench import records
from seqbench.analysis import stream
from seqbench.analysis.tidy import LONG, SHORT, to_frame, write_csv
from seqbench.errors import InputError
from seqbench.files import RETRAIN, sealed

Job = tuple[str, str]
MISSING = "no result file: run snakemake again"
AXES = ("step", "split", "quantity", "lag", "item")  # after the identity, what tells two rows apart
TASK_FACTS = (*records.TASK_FACTS, "data_sha256")


def collect(results: Path, jobs: Sequence[Job], reach: Sequence[Job] = ()) -> None:
    """Write results/tables/{table}.parquet and .csv for all tables of records, a job at a time.

    reach: the jobs that looked for the longest lag.

    Raises:
        InputError: a job's file is not what training wrote.
    """

    def one(table: str) -> None:
        write = stream.write if table in LONG else _write
        write(results / "tables" / table, records.schema(table), _parts(results, jobs, table))

    with ThreadPoolExecutor(2) as pool:  # reading and writing leave Python free
        list(pool.map(one, LONG + SHORT))
    searches = {job: _file(results, "reach", job) for job in sorted(reach)}
    for table in records.OTHERS:
        file = results / f"{table}.parquet"
        parts = [records.read(file, table)] if file.exists() else []
        if table == "reach":
            parts = [_read(file, table, job) for job, file in searches.items() if file.exists()]
        _write(results / "tables" / table, records.schema(table), parts)


def _parts(results: Path, jobs: Sequence[Job], table: str) -> Iterator[pa.Table]:
    """The sorted rows of every job, in the order of the jobs; so all of them are sorted."""
    axes = AXES if table in LONG else ()
    within = [name for name in records.IDENTITY if name not in ("task", "cell")]
    keys = [(k, "ascending") for k in (*within, *axes) if k in records.TABLES[table]]
    missing = _missing(results, jobs) if table == "trials" else {}
    for job in sorted(jobs):
        if (path := _file(results, table, job)).exists():
            yield _read(path, table, job).sort_by(keys)
        elif job in missing:
            yield missing[job]


def _file(results: Path, table: str, job: Job) -> Path:
    return results / table / job[0] / f"{job[1]}.parquet"


def _read(path: Path, table: str, job: Job) -> pa.Table:
    """The rows of a job's file; another job's are refused, whatever its seal says."""
    rows = records.read(path, table)
    for name, own in zip(("task", "cell"), job, strict=True):
        if others := sorted(map(str, {*rows[name].unique().to_pylist()} - {own})):
            raise InputError(f"{path}: has rows of {name} {others[0]!r}. Allowed: {own}. {RETRAIN}")
    return rows


def _write(stem: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    table = pa.concat_tables([schema.empty_table(), *parts])
    with sealed(stem.with_suffix(".parquet")) as file:
        pq.write_table(table, file, compression="zstd")
    write_csv(stem.with_suffix(".csv"), to_frame(table))


def _missing(results: Path, jobs: Sequence[Job]) -> dict[Job, pa.Table]:
    """A `failed` row for every remedy of every job that left no file.

    What is known of the task and of the remedy is copied from the jobs that did finish.
    """
    absent = {job for job in jobs if not _file(results, "trials", job).exists()}
    if not absent:
        return {}
    there = {job: _file(results, "trials", job) for job in sorted(set(jobs) - absent)}
    columns = ["task", "remedy", "acts_at", *TASK_FACTS]
    known = [
        row
        for job, file in there.items()
        for row in _read(file, "trials", job).select(columns).to_pylist()
    ]
    every = {row["remedy"]: row["acts_at"] for row in known} or {"none": ""}
    on: dict[str, dict[str, str]] = {}  # a task may meet some of the remedies only
    for row in known:
        on.setdefault(row["task"], {})[row["remedy"]] = row["acts_at"]
    facts = {row["task"]: {name: row[name] for name in TASK_FACTS} for row in known}
    ended, schema = {"status": "failed", "reason": MISSING}, records.schema("trials")
    return {
        (task, cell): pa.Table.from_pylist(
            [
                {"task": task, "cell": cell, "remedy": remedy, "acts_at": acts_at}
                | facts.get(task, {})
                | ended
                for remedy, acts_at in sorted(on.get(task, every).items())
            ],
            schema=schema,
        )
        for task, cell in absent
    }
