"""Everything that training wrote, in four tables; and the way to read all tables back.

    results/{table}/{task}/{cell}.parquet   --collect-->   results/tables/{table}.parquet + .csv

Rows are sorted by identity, so equal inputs give equal bytes. A job without a file becomes rows
with status `failed`; a file that was edited after it was written is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seqbench import records
from seqbench.errors import InputError
from seqbench.files import atomic_write

Job = tuple[str, str]
MISSING = "no result file: run snakemake again"
AXES = ("step", "split", "quantity", "lag")  # after the identity, what tells two rows apart
LONG = ("curves", "flow")  # in their text form the fingerprints would be most of the bytes
TASK_FACTS = (*records.TASK_FACTS, "data_sha256")
DTYPES = {pa.int64(): "Int64", pa.bool_(): "boolean", pa.float64(): "float64", pa.string(): "str"}


@dataclass(frozen=True)
class Tables:
    """All tables of a run. Text is never missing (it is ""); numbers may be.

    Attributes:
        trials, curves, flow, costs:      as in `seqbench.records`.
        summary, comparisons, effects:    as in the modules of these names.
    """

    trials: pd.DataFrame
    curves: pd.DataFrame
    flow: pd.DataFrame
    costs: pd.DataFrame
    summary: pd.DataFrame
    comparisons: pd.DataFrame
    effects: pd.DataFrame


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """A table as text, the same bytes for the same numbers."""
    atomic_write(path, frame.to_csv(index=False, lineterminator="\n").encode())


def read_csv(path: Path, columns: dict[str, tuple[str, str]]) -> pd.DataFrame:
    """What `write_csv` wrote. `columns`: name -> (dtype, description).

    Raises:
        InputError: the file is absent.
    """
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was analyzed. Run "
            "snakemake, or `python -m seqbench analyze`."
        )
    types = {name: kind for name, (kind, _) in columns.items()}
    frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    return _without_missing_text(frame)


def read_table(results: Path, table: str) -> pd.DataFrame:
    """One of the collected tables.

    Raises:
        InputError: the file is absent.
    """
    path = results / "tables" / f"{table}.parquet"
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was collected. Run "
            "snakemake, or `python -m seqbench collect`."
        )
    return to_frame(pq.read_table(path))


def to_frame(table: pa.Table) -> pd.DataFrame:
    """As pandas, where a missing whole number stays a missing whole number."""
    types = {field.name: DTYPES[field.type] for field in table.schema}
    return _without_missing_text(table.to_pandas(integer_object_nulls=True).astype(types))


def _without_missing_text(frame: pd.DataFrame) -> pd.DataFrame:
    text: list[str] = list(frame.select_dtypes("str"))
    return frame.fillna(dict.fromkeys(text, ""))


def collect(results: Path, jobs: Sequence[Job]) -> None:
    """Write results/tables/{trials,curves,flow,costs}.parquet and .csv.

    Raises:
        InputError: a job's file is not what training wrote.
    """
    for table in records.TABLES:
        paths = [results / table / task / f"{cell}.parquet" for task, cell in sorted(jobs)]
        found = [records.read(path, table) for path in paths if path.exists()]
        merged = pa.concat_tables([records.schema(table).empty_table(), *found])
        if table == "trials":
            merged = pa.concat_tables([merged, _missing(results, jobs, merged)])
        keys = [*records.IDENTITY, *AXES] if table != "trials" else [*records.IDENTITY]
        merged = merged.sort_by([(k, "ascending") for k in keys if k in merged.column_names])
        _write(results / "tables" / table, merged)


def _write(stem: Path, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    atomic_write(stem.with_suffix(".parquet"), sink.getvalue().to_pybytes())
    if stem.name in LONG:
        table = table.drop_columns("fingerprint")
    write_csv(stem.with_suffix(".csv"), to_frame(table))


def _missing(results: Path, jobs: Sequence[Job], found: pa.Table) -> pa.Table:
    """A `failed` row for every remedy of every job that left no file.

    What is known of the task and of the remedy is copied from the jobs that did finish.
    """
    known = found.select(["task", "remedy", "acts_at", *TASK_FACTS]).to_pylist()
    remedies = {row["remedy"]: row["acts_at"] for row in known} or {"none": ""}
    facts = {row["task"]: {name: row[name] for name in TASK_FACTS} for row in known}
    rows = [
        {"task": task, "cell": cell, "remedy": remedy, "acts_at": acts_at}
        | facts.get(task, {})
        | {"status": "failed", "reason": MISSING}
        for task, cell in sorted(jobs)
        if not (results / "trials" / task / f"{cell}.parquet").exists()
        for remedy, acts_at in sorted(remedies.items())
    ]
    return pa.Table.from_pylist(rows, schema=found.schema)


def load(results: Path) -> Tables:
    """All tables of an analyzed results folder.

    Raises:
        InputError: it was not collected or not analyzed yet.
    """
    from seqbench.analysis import comparisons, effects, summary

    read = {name: read_table(results, name) for name in records.TABLES}
    for module in (summary, comparisons, effects):
        name = module.__name__.rpartition(".")[2]
        read[name] = read_csv(results / "tables" / f"{name}.csv", module.COLUMNS)
    return Tables(**read)
