"""The tables of a run: written as text, and read back with whole numbers and text as they were.

results/tables/{table}.parquet   collected (`seqbench.analysis.collect`)
results/tables/{table}.csv       derived (`seqbench.analysis.tables`)
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

from seqbench import design, records
from seqbench.analysis.columns import Columns, damaged, require, typed
from seqbench.analysis.trials import Trials
from seqbench.errors import InputError
from seqbench.files import remake, verify, write_sealed

LONG = ("curves", "flow", "samples")
SHORT = tuple(table for table in records.TABLES if table not in LONG)
DTYPES = {pa.int64(): "Int64", pa.bool_(): "boolean", pa.float64(): "float64", pa.string(): "str"}


@dataclass(frozen=True)
class Long:
    """A table of many rows per trial: of its verified file, only what is asked for is read."""

    path: Path

    def where(
        self, columns: Sequence[str] = (), /, **wanted: str | Collection[str]
    ) -> pd.DataFrame:
        """The rows with these values in their columns: `where(cell="rnn", remedy=("none",))`.

        columns: those that are read; of no name: all.
        """
        chosen = compute.scalar(True)
        for name, value in wanted.items():
            values = [value] if isinstance(value, str) else sorted(value)
            chosen &= compute.field(name).isin(pa.array(values, pa.string()))
        every = pq.read_schema(self.path).names
        shown = list(columns) or [name for name in every if name != "fingerprint"]
        return to_frame(pq.read_table(self.path, columns=shown, filters=chosen))


@dataclass(frozen=True)
class Tables(Trials):
    """All tables of a run. Text is never missing (it is ""); numbers may be.

    Attributes:
        trials, curves, flow, samples, costs:  as in `seqbench.records`.
        reach, cards, propagation, estimates, estimate_costs, theorems:
                                               the same; empty where the run has none.
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
    estimates: pd.DataFrame
    estimate_costs: pd.DataFrame
    theorems: pd.DataFrame
    derived: dict[str, pd.DataFrame]

    def _part(self, optimizer: str) -> Self:
        own = super()._part(optimizer)
        tasks = own.trials["task"].unique()
        derived = _Own(self.derived, optimizer, frozenset(tasks))
        return replace(own, costs=self.costs[self.costs["task"].isin(tasks)], derived=derived)

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


class _Own(dict[str, pd.DataFrame]):
    """The rows of every derived table that are of one optimizer, or of its tasks, when asked."""

    def __init__(self, every: dict[str, pd.DataFrame], optimizer: str, tasks: frozenset[str]):
        super().__init__()
        self.every, self.optimizer, self.tasks = every, optimizer, tasks

    def __missing__(self, name: str) -> pd.DataFrame:
        own = self.every[name]
        if "optimizer" in own:
            own = own[own["optimizer"].eq(self.optimizer)]
        elif "task" in own:
            own = own[own["task"].isin(self.tasks)]
        self[name] = own
        return own


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """A table as text, the same bytes for the same numbers."""
    write_sealed(path, frame.to_csv(index=False, lineterminator="\n").encode())


def read_csv(path: Path, columns: Columns) -> pd.DataFrame:
    """What `write_csv` wrote. `columns`: name -> (dtype, description).

    Raises:
        InputError: the file is absent, damaged or of another version.
    """
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was analyzed. "
            f"{remake('analyze')}"
        )
    verify(path, remake("analyze"))
    frame = parsed(path, columns)
    require(path, frame.columns, columns, "analyze")
    return typed(frame, columns)


def parsed(path: Path, columns: Columns) -> pd.DataFrame:
    """A table of text with the columns that it has; those that are declared, with their types.

    Raises:
        InputError: it is no such table.
    """
    types = {name: kind for name, (kind, _) in columns.items()}
    try:
        frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except ValueError as error:  # no text, no table, or no number where there should be one
        raise damaged(path, error, "analyze") from error
    return _without_missing_text(frame)


def read_table(results: Path, table: str) -> pd.DataFrame:
    """One of the collected tables.

    Raises:
        InputError: the file is absent, not what was written, or of another version.
    """
    return to_frame(pq.read_table(_collected(results, table)))


def _collected(results: Path, table: str) -> Path:
    path = results / "tables" / f"{table}.parquet"
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was collected. "
            f"{remake('collect')}"
        )
    verify(path, remake("collect"))
    records.require(path, pq.read_schema(path), table, remake("collect"))
    return path


def to_frame(table: pa.Table) -> pd.DataFrame:
    """As pandas, where a missing whole number stays a missing whole number."""
    types = {field.name: DTYPES[field.type] for field in table.schema}
    return _without_missing_text(table.to_pandas(integer_object_nulls=True).astype(types))


def _without_missing_text(frame: pd.DataFrame) -> pd.DataFrame:
    text: list[str] = list(frame.select_dtypes("str"))
    return frame.fillna(dict.fromkeys(text, ""))


def collected(results: Path) -> Tables:
    """The collected tables, before anything is derived from them.

    Raises:
        InputError: it was not collected yet, or by another version.
    """
    curves, flow, samples = (Long(_collected(results, name)) for name in LONG)
    short = {name: read_table(results, name) for name in (*SHORT, *records.OTHERS)}
    given = design.read(results)
    return Tables(curves=curves, flow=flow, samples=samples, derived={}, given=given, **short)
