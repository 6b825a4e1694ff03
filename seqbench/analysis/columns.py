"""What columns a table must have; a results folder may have been written by an older seqbench."""

from collections.abc import Collection, Mapping
from pathlib import Path

import pandas as pd

from seqbench.errors import InputError
from seqbench.files import remake

Columns = Mapping[str, tuple[str, str]]  # name -> (dtype, meaning)


def typed(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The frame with exactly these columns and dtypes, empty or not."""
    return frame[list(columns)].astype({name: kind for name, (kind, _) in columns.items()})


def require(path: Path, found: Collection[str], wanted: Collection[str], step: str) -> None:
    """Refuse a table that lacks a column. step: the command that writes the table.

    Raises:
        InputError: which one, and the step that has to run again.
    """
    if absent := [name for name in wanted if name not in found]:
        raise InputError(
            f"{path}: has no column {absent[0]!r}. Allowed: a table of this version of seqbench. "
            f"{remake(step)}"
        )


def damaged(path: Path, error: Exception, step: str) -> InputError:
    """The refusal of a table that cannot be read."""
    return InputError(f"{path}: is damaged ({error}). Allowed: a whole table. {remake(step)}")
