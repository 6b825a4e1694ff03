"""A results folder as it is: of this version, or of one that had fewer tables and columns."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seqbench import matrix, records
from seqbench.analysis.columns import damaged
from seqbench.analysis.tidy import parquet, to_frame
from seqbench.analysis.trials import Trials
from seqbench.errors import InputError


@dataclass(frozen=True)
class Run(Trials):
    """The trials and costs of a run, and the folder with the rest."""

    costs: pd.DataFrame
    name: str  # as it was given
    folder: Path

    def derived(self, table: str) -> pd.DataFrame | None:
        """A derived table as text; None where the run does not have it.

        Raises:
            InputError: it is damaged.
        """
        path = self.folder / "tables" / f"{table}.csv"
        try:
            return pd.read_csv(path, keep_default_na=False, dtype=str) if path.exists() else None
        except ValueError as error:
            raise damaged(path, error, "analyze") from error


def read(given: Path) -> Run:
    """The run of a results folder, or of a matrix file.

    Raises:
        InputError: there are no collected results, or they are damaged.
    """
    folder = Path(matrix.read(given).results) if given.suffix in (".yaml", ".yml") else given
    return Run(_table(folder, "trials"), _table(folder, "costs"), str(given), folder)


def _table(folder: Path, name: str) -> pd.DataFrame:
    path = folder / "tables" / f"{name}.parquet"
    if not path.exists():
        raise InputError(
            f"{path}: does not exist. Allowed: a results folder that was collected, or a matrix "
            "file whose folder was. Run `python -m seqbench collect --config FILE`."
        )
    return to_frame(parquet(path, records.schema(name)))
