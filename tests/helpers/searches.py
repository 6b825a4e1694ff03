"""Made-up rows of the table `reach`: searches for the longest lag."""

import pandas as pd

from seqbench import records
from seqbench.analysis.tidy import to_frame

Row = dict[str, object]


def table(rows: list[Row]) -> pd.DataFrame:
    """Rows of the table `reach` as the analysis reads them."""
    return to_frame(
        records.schema("reach").empty_table().from_pylist(rows, records.schema("reach"))
    )


def trials(length: int, solved: list[bool], **more: object) -> list[Row]:
    """One length: a row per seed."""
    own: Row = {"task": "adding", "cell": "rnn", "remedy": "none", "length": length}
    own |= {"lag": length - 1, "factor": 1.0, "status": "ok", "chosen": True, "updates": 100}
    return [own | {"seed": n, "solved": good} | more for n, good in enumerate(solved)]
