"""Iterations and exponents of a run's cards, against scipy's correlation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqbench import records
from seqbench.analysis.tables import parallel
from seqbench.analysis.tidy import Long, Tables, to_frame

SLOPES = (-1.0, -0.5, None, -0.1, 0.0, 0.2, 0.3, 0.4)
COUNTS = (2, 3, 1, 3, 5, 9, 65, 65)


def tables(cards: pd.DataFrame | None = None) -> Tables:
    known = {
        name: to_frame(records.schema(name).empty_table())
        for name in ("trials", "costs", *records.OTHERS)
    }
    if cards is not None:
        known["cards"] = cards.astype(known["cards"].dtypes)
    nowhere = Long(Path("nowhere"))
    return Tables(curves=nowhere, flow=nowhere, samples=nowhere, derived={}, **known)


def measured(counts: tuple[int | None, ...], slopes: tuple[float | None, ...] = SLOPES) -> Tables:
    rows = [
        {"cell": f"mine{k}", "remedy": "none", "exponent": slope, "newton_128": count,
         "newton_1024": 3, "reason": ""}
        for k, (slope, count) in enumerate(zip(slopes, counts, strict=True))
    ]  # fmt: skip
    rows.append({"cell": "memoryless", "remedy": "none", "newton_128": 1, "reason": ""})
    rows.append({"cell": "mine0", "remedy": "odd", "reason": "does not apply"})
    return tables(pd.DataFrame(rows, columns=list(records.CARDS)))


def test_rho_is_that_of_scipy_with_what_is_beyond_last_and_what_is_gone_first() -> None:
    found = parallel.make(measured(COUNTS)).set_index("steps").loc[128]
    slopes = [-9.0 if slope is None else slope for slope in SLOPES]
    assert found.rho == pytest.approx(stats.spearmanr(slopes, COUNTS).statistic)
    assert found.low <= found.rho <= found.high
    assert (found.n, found.cells, found.beyond, found.reason) == (8, 8, 2, "")


def test_what_was_not_tried_is_not_counted() -> None:
    found = parallel.make(measured((*COUNTS[:6], None, None))).set_index("steps").loc[128]
    assert (found.n, found.beyond) == (6, 0)


def test_too_few_and_equal_ones_are_told() -> None:
    few = parallel.make(measured((1, 2, 3, 4, *[None] * 4))).set_index("steps")
    assert few.loc[128, "reason"] == "too few combinations: 4 of at least 5"
    assert few.loc[1024, "reason"] == "all combinations are equal on one side"
    assert few["rho"].isna().all()
    none = parallel.make(tables())
    assert none.empty and list(none.columns) == list(parallel.COLUMNS)
    assert np.array_equal(list(few.index), records.NEWTON)
