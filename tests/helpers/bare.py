"""Tables that nobody wrote: made-up trials, and what is derived from them."""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from seqbench import records
from seqbench.analysis import derive
from seqbench.analysis import tables as derived
from seqbench.analysis.columns import typed
from seqbench.analysis.tidy import Long, Tables, to_frame
from seqbench.design import Design

NOWHERE = Long(Path("nowhere"))


def bare(trials: pd.DataFrame, given: Design | None = None) -> Tables:
    """Tables of these trials alone, nothing derived yet; the long ones cannot be read."""
    names = ("costs", *records.OTHERS)
    empty = {name: to_frame(records.schema(name).empty_table()) for name in names}
    known = {"curves": NOWHERE, "flow": NOWHERE, "samples": NOWHERE, "derived": {}}
    return Tables(trials, given=given, **known, **empty)


def whole(trials: pd.DataFrame, given: Design | None = None) -> Tables:
    """The same with everything that is derived from them."""
    return derive(bare(trials, given))


def with_rows(tables: Tables, name: str, *rows: dict[str, object]) -> Tables:
    """The same with these rows as one of its derived tables; what they do not name is missing."""
    columns = derived.columns(name)
    text = {key: "" for key, (kind, _) in columns.items() if kind == "str"}
    made = pd.DataFrame([text | row for row in rows], columns=list(columns))
    return replace(tables, derived=tables.derived | {name: typed(made, columns)})
