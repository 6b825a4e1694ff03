"""Everything that training wrote, in five tables; and the way to read all tables back.

    results/{table}/{task}/{cell}.parquet   --collect-->   results/tables/{table}.parquet + .csv

Rows are sorted by identity, so equal inputs give equal bytes. A job without a file becomes rows
with status `failed`; a file that was edited after it was written is refused.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

from seqbench import records
from seqbench.analysis import stream
from seqbench.analysis import tables as derived
from seqbench.analysis.columns import Columns, damaged, require, typed
from seqbench.analysis.trials import Trials
from seqbench.errors import InputError
from seqbench.files import atomic, atomic_write

Job = tuple[str, str]
MISSING = "no result file: run snakemake again"
AXES = ("step", "split", "quantity", "lag", "item")  # after the identity, what tells two rows apart
# In their text form the fingerprints would be most of the bytes.
LONG = ("curves", "flow", "samples")
SHORT = tuple(table for table in records.TABLES if table not in LONG)
TASK_FACTS = (*records.TASK_FACTS, "data_sha256")
DTYPES = {pa.int64(): "Int64", pa.bool_(): "boolean", pa.float64(): "float64", pa.string(): "str"}


@dataclass(frozen=True)
class Long:
    """A table of many rows per trial: read from its file, and only the rows that are asked for."""

    path: Path

    def where(
        self, columns: Sequence[str] = (), /, **wanted: str | Collection[str]
    ) -> pd.DataFrame:
        """The rows with these values in their columns: `where(cell="rnn", remedy=("none",))`.

        columns: those that are read; of no name: all.

        Raises:
            InputError: the file is damaged.
        """
        chosen = compute.scalar(True)
        for name, value in wanted.items():
            values = [value] if isinstance(value, str) else sorted(value)
            chosen &= compute.field(name).isin(pa.array(values, pa.string()))
        every = pq.read_schema(self.path).names
        shown = list(columns) or [name for name in every if name != "fingerprint"]
        try:
            return to_frame(pq.read_table(self.path, columns=shown, filters=chosen))
        except (pa.ArrowException, OSError) as error:
            raise damaged(self.path, error, "collect") from error


@dataclass(frozen=True)
class Tables(Trials):
    """All tables of a run. Text is never missing (it is ""); numbers may be.

    Attributes:
        trials, curves, flow, samples, costs:  as in `seqbench.records`.
        reach, cards, propagation, theorems:   the same; empty where the run has none.
        derived:                               as in `seqbench.analysis.tables`, by name; beside
                                               them the verdicts, if `seqbench.results` loads them.
    """

    curves: Long
    flow: Long
    samples: Long
    costs: pd.DataFrame
    reach: pd.DataFrame
    cards: pd.DataFrame
    propagation: pd.DataFrame
    theorems: pd.DataFrame
    derived: dict[str, pd.DataFrame]

    @property
    def summary(self) -> pd.DataFrame:
        """A row per (task, cell, remedy)."""
        return self.derived["summary"]

    @property
    def comparisons(self) -> pd.DataFrame:
        """Every remedy against none."""
        return self.derived["comparisons"]

    @property
    def effects(self) -> pd.DataFrame:
        """What remedies change and cells reach, over tasks."""
        return self.derived["effects"]


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """A table as text, the same bytes for the same numbers."""
    atomic_write(path, frame.to_csv(index=False, lineterminator="\n").encode())


def read_csv(path: Path, columns: Columns) -> pd.DataFrame:
    """What `write_csv` wrote. `columns`: name -> (dtype, description).

    Raises:
        InputError: the file is absent, damaged or of another version.
    """
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was analyzed. Run "
            "snakemake, or `python -m seqbench analyze`."
        )
    types = {name: kind for name, (kind, _) in columns.items()}
    try:
        frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except ValueError as error:  # no text, no table, or no number where there should be one
        raise damaged(path, error, "analyze") from error
    require(path, frame.columns, columns, "analyze")
    return typed(_without_missing_text(frame), columns)


def read_table(results: Path, table: str) -> pd.DataFrame:
    """One of the collected tables.

    Raises:
        InputError: the file is absent, damaged or of another version.
    """
    return to_frame(parquet(_collected(results, table)))


def parquet(path: Path, schema: pa.Schema | None = None) -> pa.Table:
    """The table in a file that is there; with a schema, absent columns are empty.

    Raises:
        InputError: the file is damaged, or another one's.
    """
    try:
        if schema and (missing := {*records.IDENTITY} - {*pq.read_schema(path).names}):
            raise InputError(
                f"{path}: has no column {min(missing)!r}. Allowed: a table that seqbench "
                "collected. Name another folder."
            )
        return pq.read_table(path, schema=schema)
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error, "collect") from error


def _collected(results: Path, table: str) -> Path:
    path = results / "tables" / f"{table}.parquet"
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was collected. Run "
            "snakemake, or `python -m seqbench collect`."
        )
    try:
        found = pq.read_schema(path).names
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error, "collect") from error
    require(path, found, records.schema(table).names, "collect")
    return path


def to_frame(table: pa.Table) -> pd.DataFrame:
    """As pandas, where a missing whole number stays a missing whole number."""
    types = {field.name: DTYPES[field.type] for field in table.schema}
    return _without_missing_text(table.to_pandas(integer_object_nulls=True).astype(types))


def _without_missing_text(frame: pd.DataFrame) -> pd.DataFrame:
    text: list[str] = list(frame.select_dtypes("str"))
    return frame.fillna(dict.fromkeys(text, ""))


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
    for table in records.OTHERS:
        files = [_file(results, table, job) for job in sorted(reach)]
        if table != "reach":
            files = [results / f"{table}.parquet"]
        _write(
            results / "tables" / table,
            records.schema(table),
            [records.read(file, table) for file in files if file.exists()],
        )


def _parts(results: Path, jobs: Sequence[Job], table: str) -> Iterator[pa.Table]:
    """The sorted rows of every job, in the order of the jobs; so all of them are sorted."""
    axes = AXES if table in LONG else ()
    within = [name for name in records.IDENTITY if name not in ("task", "cell")]
    keys = [(k, "ascending") for k in (*within, *axes) if k in records.TABLES[table]]
    missing = _missing(results, jobs) if table == "trials" else {}
    for job in sorted(jobs):
        if (path := _file(results, table, job)).exists():
            yield records.read(path, table).sort_by(keys)
        elif job in missing:
            yield missing[job]


def _file(results: Path, table: str, job: Job) -> Path:
    return results / table / job[0] / f"{job[1]}.parquet"


def _write(stem: Path, schema: pa.Schema, parts: Iterable[pa.Table]) -> None:
    table = pa.concat_tables([schema.empty_table(), *parts])
    with atomic(stem.with_suffix(".parquet")) as file:
        pq.write_table(table, file, compression="zstd")
    write_csv(stem.with_suffix(".csv"), to_frame(table))


def _missing(results: Path, jobs: Sequence[Job]) -> dict[Job, pa.Table]:
    """A `failed` row for every remedy of every job that left no file.

    What is known of the task and of the remedy is copied from the jobs that did finish.
    """
    absent = {job for job in jobs if not _file(results, "trials", job).exists()}
    if not absent:
        return {}
    there = [_file(results, "trials", job) for job in sorted(set(jobs) - absent)]
    columns = ["task", "remedy", "acts_at", *TASK_FACTS]
    known = [
        row for file in there for row in records.read(file, "trials").select(columns).to_pylist()
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


def collected(results: Path) -> Tables:
    """The collected tables, before anything is derived from them.

    Raises:
        InputError: it was not collected yet, or by another version.
    """
    curves, flow, samples = (Long(_collected(results, name)) for name in LONG)
    short = {name: read_table(results, name) for name in (*SHORT, *records.OTHERS)}
    return Tables(curves=curves, flow=flow, samples=samples, derived={}, **short)


def load(results: Path) -> Tables:
    """All tables of an analyzed results folder.

    Raises:
        InputError: it was not collected or not analyzed yet.
    """
    tables = collected(results)
    for name in derived.names():
        columns = derived.load(name).COLUMNS
        tables.derived[name] = read_csv(results / "tables" / f"{name}.csv", columns)
    return tables
