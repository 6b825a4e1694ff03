"""Iterations and exponents of a run's cards and trained cells, against scipy's correlation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from seqbench import records
from seqbench.analysis.tables import parallel, parallel_cells
from seqbench.analysis.tidy import Long, Tables, to_frame

SLOPES = (-1.0, -0.5, None, -0.1, 0.0, 0.2, 0.3, 0.4)
COUNTS = (2, 3, 1, 3, 5, 9, 65, 65)
Counts = tuple[int | None, ...]
Slopes = tuple[float | None, ...]


def tables(cards: pd.DataFrame | None = None, trials: pd.DataFrame | None = None) -> Tables:
    known = {
        name: to_frame(records.schema(name).empty_table())
        for name in ("trials", "costs", *records.OTHERS)
    }
    for name, given in (("cards", cards), ("trials", trials)):
        if given is not None:
            known[name] = given.astype(known[name].dtypes)
    nowhere = Long(Path("nowhere"))
    return Tables(curves=nowhere, flow=nowhere, samples=nowhere, derived={}, **known)


def measured(counts: Counts, slopes: Slopes = SLOPES) -> pd.DataFrame:
    rows = [
        {"cell": f"mine{k}", "remedy": "none", "exponent": slope, "newton_128": count,
         "newton_1024": 3, "reason": ""}
        for k, (slope, count) in enumerate(zip(slopes, counts, strict=True))
    ]  # fmt: skip
    rows.append({"cell": "memoryless", "remedy": "none", "newton_128": 1, "reason": ""})
    rows.append({"cell": "mine0", "remedy": "odd", "reason": "does not apply"})
    return pd.DataFrame(rows, columns=list(records.CARDS))


def trained(
    cell: str, slopes: Slopes, counts: Counts, task: str = "adding", remedy: str = "none",
    rate: float = 0.1, score: float = 0.2, long: Counts | None = None,
) -> list[dict[str, object]]:  # fmt: skip
    """A row per seed; a better score is a smaller one."""
    facts = {"metric": "mse", "chance": 1.0, "perfect": 0.0, "pass_mark": 0.1, "status": "ok",
             "stage": "both", "larger_is_better": False, "optimizer": "adam"}  # fmt: skip
    parts = ("valid", "final_valid", "test")
    scores = {f"{part}_score": score for part in parts}
    scores |= {f"{part}_skill": 1 - score for part in parts}
    seeds = enumerate(zip(slopes, counts, long or counts, strict=True))
    return [
        {"task": task, "cell": cell, "remedy": remedy, "learning_rate": rate, "seed": seed,
         "exponent_end": slope, "newton_128_end": short, "newton_1024_end": longer} | facts | scores
        for seed, (slope, short, longer) in seeds
    ]  # fmt: skip


def as_trials(*rows: list[dict[str, object]]) -> pd.DataFrame:
    flat = [row for some in rows for row in some]
    types = to_frame(records.schema("trials").empty_table()).dtypes
    frame = pd.DataFrame(flat, columns=list(records.TRIALS)).astype(types)
    return frame.fillna({name: "" for name, kind in types.items() if kind == "str"})


def test_rho_is_that_of_scipy_with_what_is_beyond_last_and_what_is_gone_first() -> None:
    found = parallel.make(tables(measured(COUNTS))).set_index("steps").loc[128]
    slopes = [-9.0 if slope is None else slope for slope in SLOPES]
    assert found.rho == pytest.approx(stats.spearmanr(slopes, COUNTS).statistic)
    assert found.low <= found.rho <= found.high
    assert (found.n, found.cells, found.beyond, found.large) == (8, 8, 2, 0)
    assert (found.when, found.reason) == ("before", "")


def test_what_was_not_tried_is_not_counted() -> None:
    made = parallel.make(tables(measured((*COUNTS[:6], None, None))))
    found = made.set_index("steps").loc[128]
    assert (found.n, found.beyond, found.large) == (6, 0, 2)


def test_too_few_and_equal_ones_are_told() -> None:
    few = parallel.make(tables(measured((1, 2, 3, 4, *[None] * 4)))).set_index("steps")
    assert few.loc[128, "reason"] == "too few combinations: 4 of at least 5"
    assert few.loc[1024, "reason"] == "all combinations are equal on one side"
    assert few["rho"].isna().all()
    none = parallel.make(tables())
    assert none.empty and list(none.columns) == list(parallel.COLUMNS)
    assert np.array_equal(list(few.index), records.NEWTON)
    assert parallel_cells.make(tables()).empty


def test_of_trained_cells_medians_over_seeds_at_the_chosen_rate_are_ranked() -> None:
    rows = [
        trained(f"mine{k}", (slope, slope, 9.0), (count, count, 65))
        for k, (slope, count) in enumerate(zip(SLOPES, COUNTS, strict=True))
    ]
    rows += [trained("mine0", (5.0,) * 3, (64,) * 3, rate=0.01, score=0.5)]  # not chosen
    rows += [trained("mine1", (None,) * 3, (None,) * 3, remedy="clip_norm")]  # not measured
    rows += [trained("memoryless", (None,) * 3, (1,) * 3)]
    made = parallel.make(tables(trials=as_trials(*rows)))
    found = made.set_index("steps").loc[128]
    slopes = [-9.0 if slope is None else slope for slope in SLOPES]
    assert set(made["when"]) == {"after"}
    assert found.rho == pytest.approx(stats.spearmanr(slopes, COUNTS).statistic)
    assert (found.n, found.cells, found.beyond, found.large) == (8, 8, 2, 0)


def test_tasks_and_remedies_of_a_cell_are_no_evidence_of_their_own() -> None:
    """More tasks make no interval narrower: what is resampled is cells."""
    slopes, counts = (-1.0, -0.5, -0.2, -0.1, 0.0, 0.2, 0.3, 0.4), (2, 3, 9, 3, 5, 9, 4, 65)
    each = [(f"mine{k}", (s,), (c,)) for k, (s, c) in enumerate(zip(slopes, counts, strict=True))]
    one = [trained(*part) for part in each]
    many = [trained(*part, task=task, remedy=remedy) for part in each
            for task in ("adding", "copy") for remedy in ("none", "orthogonal")]  # fmt: skip
    first, second = (
        parallel.make(tables(trials=as_trials(*rows))).set_index("steps").loc[128]
        for rows in (one, many)
    )
    assert (first.n, second.n, second.cells) == (8, 32, 8)
    assert (first.low, first.high) == pytest.approx((second.low, second.high))


def test_what_is_too_large_after_training_is_counted_where_it_is() -> None:
    rows = [trained(f"mine{k}", (0.1 * k,), (k + 1,), long=(None,)) for k in range(6)]
    rows += [trained("huge", (0.1,), (None,), long=(None,))]
    found = parallel.make(tables(trials=as_trials(*rows))).set_index("steps")
    assert list(found["n"]) == [6, 0] and list(found["large"]) == [1, 7]
    assert found.loc[1024, "reason"] == "too few combinations: 0 of at least 5"


def test_a_cell_stands_before_training_beside_itself_after_it() -> None:
    rows = [
        trained("rnn", (-0.2, -0.1, 0.3), (4, 6, 65), long=(5, None, None)),
        trained("rnn", (-0.4, -0.4, -0.4), (9, 9, 9), task="copy", long=(11, 11, 11)),
        trained("rnn", (7.0,) * 3, (65,) * 3, remedy="orthogonal"),
        trained("memoryless", (None,) * 3, (1,) * 3),
        trained("lost", (0.1,) * 3, (1,) * 3),  # without a card
    ]
    cards = [
        {"cell": "rnn", "remedy": "none", "exponent": 0.5, "newton_128": 65, "newton_1024": None},
        {"cell": "memoryless", "remedy": "none", "newton_128": 1, "newton_1024": 1},
        {"cell": "gru", "remedy": "none", "exponent": 0.5, "newton_128": 3, "newton_1024": 3},
    ]
    frame = pd.DataFrame(cards, columns=list(records.CARDS)).assign(reason="")
    found = parallel_cells.make(tables(frame, as_trials(*rows)))
    assert list(found["cell"]) == ["memoryless", "rnn"]
    memoryless, rnn = (row for _, row in found.iterrows())
    assert (rnn.tasks, rnn.exponent_start, rnn.exponent_end) == (2, 0.5, -0.4)
    assert (rnn.newton_128_start, rnn.newton_128_end) == (65, 6)
    assert pd.isna(rnn.newton_1024_start) and rnn.newton_1024_end == 5
    assert pd.isna(memoryless.exponent_start) and pd.isna(memoryless.exponent_end)
    assert (memoryless.newton_128_start, memoryless.newton_128_end) == (1, 1)
