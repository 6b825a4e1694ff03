"""A results folder as it is: of this version, or of one that had fewer tables and columns."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from seqbench import matrix, records
from seqbench.analysis.columns import Columns, damaged, typed
from seqbench.analysis.tidy import parsed, to_frame
from seqbench.analysis.trials import Trials
from seqbench.errors import InputError
from seqbench.files import regular, remake, seal_of, verify


@dataclass(frozen=True)
class Run(Trials):
    """The trials and costs of a run, and the folder with the rest."""

    costs: pd.DataFrame
    name: str  # as it was given
    folder: Path

    def derived(self, table: str, columns: Columns) -> pd.DataFrame | None:
        """Some columns of a derived table; None where the run does not have it or one of them.

        Raises:
            InputError: it is damaged, or was changed after it was written.
        """
        path = self.folder / "tables" / f"{table}.csv"
        if not path.exists():
            return None
        _verify(path, "analyze")
        frame = parsed(path, columns)
        return typed(frame, columns) if {*columns} <= {*frame} else None

    @property
    def sealed(self) -> bool:
        """Whether its tables have checksums; those of older versions have none."""
        return seal_of(self.folder / "tables" / "trials.parquet").exists()


def read(given: Path) -> Run:
    """The run of a results folder, or of a matrix file.

    Raises:
        InputError: there are no collected results, or they are damaged.
    """
    folder = Path(matrix.read(given).results) if given.suffix in (".yaml", ".yml") else given
    return Run(_table(folder, "trials"), _table(folder, "costs"), str(given), folder)


def _table(folder: Path, name: str) -> pd.DataFrame:
    """A collected table; columns that an older version did not have are empty."""
    path = folder / "tables" / f"{name}.parquet"
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was collected, or a matrix "
            "file whose folder was. Run `python -m seqbench collect --config FILE`."
        )
    _verify(path, "collect")
    try:
        needed = {*records.IDENTITY} - {"setting"}  # older than that
        if missing := needed - {*pq.read_schema(path).names}:
            raise InputError(
                f"{path}: has no column {min(missing)!r}. Allowed: a table that seqbench "
                "collected. Name another folder."
            )
        return to_frame(pq.read_table(path, schema=records.schema(name)))
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error, "collect") from error


def _verify(path: Path, step: str) -> None:
    """Compare with the checksum, where the version that wrote it wrote one."""
    try:
        regular(path)
    except OSError as error:
        raise damaged(path, error, step) from error
    if seal_of(path).exists():
        verify(path, remake(step))
