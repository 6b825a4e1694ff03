"""Everything that training wrote, in one table of each kind.

    results/{table}/{task}/{cell}.parquet   --collect-->   results/tables/{table}.parquet + .csv

Rows are sorted by identity, so equal inputs give equal bytes. What the matrix asks for and no file
holds becomes rows with status `failed`; a file that was edited after it was written is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqbench import records
from seqbench.analysis import stream
from seqbench.analysis.complete import Facts, Job, Key, Wanted
from seqbench.analysis.tidy import LONG, SHORT, to_frame, write_csv
from seqbench.errors import InputError
from seqbench.files import RETRAIN, sealed

AXES = ("step", "split", "quantity", "lag", "item")  # after the identity, what tells two rows apart


def collect(
    results: Path,
    jobs: Sequence[Job],
    reach: Sequence[Job] = (),
    wanted: Mapping[Job, Wanted] | None = None,
) -> None:
    """Write results/tables/{table}.parquet and .csv for all tables of records, a job at a time.

    reach: the jobs that looked for the longest lag.
    wanted: the trials of every job; None: those that are there.

    Raises:
        InputError: a job's file is not what training wrote.
    """
    missing = _missing(results, jobs, wanted)

    def one(table: str) -> None:
        write = stream.write if table in LONG else _write
        parts = _parts(results, jobs, table, wanted, missing if table == "trials" else {})
        write(results / "tables" / table, records.schema(table), parts)

    with ThreadPoolExecutor(2) as pool:  # reading and writing leave Python free
        list(pool.map(one, LONG + SHORT))
    searches = {job: _file(results, "reach", job) for job in sorted(reach)}
    for table in records.OTHERS:
        file = results / f"{table}.parquet"
        parts = [records.read(file, table)] if file.exists() else []
        if table == "reach":
            parts = [_read(file, table, job) for job, file in searches.items() if file.exists()]
        _write(results / "tables" / table, records.schema(table), parts)


def _parts(
    results: Path,
    jobs: Sequence[Job],
    table: str,
    wanted: Mapping[Job, Wanted] | None,
    missing: Mapping[Job, pa.Table],
) -> Iterator[pa.Table]:
    """The sorted rows of every job, in the order of the jobs; so all of them are sorted."""
    axes = AXES if table in LONG else ()
    within = [name for name in records.IDENTITY if name not in ("task", "cell")]
    keys = [(k, "ascending") for k in (*within, *axes) if k in records.TABLES[table]]
    for job in sorted(jobs):
        rows = [missing[job]] if job in missing else []
        if (path := _file(results, table, job)).exists():
            written = _read(path, table, job)
            rows.append(wanted[job].of(written) if wanted else written)
        if rows:
            yield pa.concat_tables(rows).sort_by(keys)


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


def _missing(
    results: Path, jobs: Sequence[Job], wanted: Mapping[Job, Wanted] | None
) -> dict[Job, pa.Table]:
    """A `failed` row for every trial that is not there, by job.

    What is known of the task and of the remedy is copied from the jobs that did finish.
    """
    facts, there = Facts(), dict.fromkeys(jobs, records.schema("trials").empty_table())
    for job in sorted(jobs):
        if (file := _file(results, "trials", job)).exists():
            there[job] = _read(file, "trials", job)
            facts.learn(there[job])
    lacking: dict[Job, Iterable[Key]] = {}
    for job, trials in there.items():
        if wanted:
            lacking[job] = facts.missing(trials, wanted[job])
        elif not len(trials):
            lacking[job] = [Key(remedy) for remedy in facts.acts_at or ["none"]]
    return {job: facts.rows(job, keys) for job, keys in lacking.items() if keys}
