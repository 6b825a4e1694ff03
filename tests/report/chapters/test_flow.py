"""What the report says of gradients before training follows the tables."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from seqbench.analysis import gradient_flow
from seqbench.analysis.tables import parallel as analysis_parallel
from seqbench.analysis.tables import parallel_cells, prediction
from seqbench.analysis.tidy import Tables
from seqbench.figures import flow_cards, flow_prediction, flow_spectrum
from seqbench.figures.drawing.labels import spread
from seqbench.report.chapters import _newton, _trained, flow
from seqbench.results import load


@pytest.fixture(scope="module")
def tables(results: Path) -> Tables:
    return load(results)


def with_cards(tables: Tables, cards: pd.DataFrame) -> Tables:
    return dataclasses.replace(tables, cards=cards)


def with_prediction(tables: Tables, **entries: object) -> Tables:
    known: dict[str, object] = {"outcome": "skill", "task": "*", "predictor": "half_life"}
    known |= {"n": 9, "cells": 7, "rho": 0.5, "low": 0.2, "high": 0.8, "reason": ""} | entries
    types = {name: kind for name, (kind, _) in prediction.COLUMNS.items()}
    made = pd.DataFrame([known], columns=list(types)).astype(types)
    return dataclasses.replace(tables, derived=tables.derived | {"prediction": made})


def test_classes_are_counted(tables: Tables) -> None:
    plain = tables.cards[tables.cards.remedy.eq("none")]
    for name, words in flow.CLASSES.items():
        changed = tables.cards.copy()
        changed["flow"] = changed.flow.where(changed.flow.eq(""), name)
        said = flow.gather(with_cards(tables, changed))["words"][0]
        assert f"the gradient {words} in {len(plain)} of {len(plain)} cells" in said


def test_the_longest_and_the_shortest_half_life_are_named(tables: Tables) -> None:
    plain = tables.cards[tables.cards.remedy.eq("none")].set_index("cell").half_life
    said = flow.extremes(tables.cards)
    assert f"shortest in `{plain.idxmin()}`, less than a step" in said
    assert f"longest in `{plain.idxmax()}`, {plain.max():.3g} steps" in said
    never = tables.cards.assign(half_life=np.nan)
    assert "does not halve in `memoryless`, `rnn` and `lstm`" in flow.extremes(never)
    assert "over 1,000 steps" in flow.extremes(
        tables.cards.replace({"half_life": plain.max()}, 9e5)
    )


def test_initializations_of_the_baseline_are_ranked(tables: Tables) -> None:
    plain = tables.cards[tables.cards.cell.eq("rnn") & tables.cards.remedy.eq("none")]
    cards = pd.concat([tables.cards, plain.assign(remedy="small_init", exponent=-2.5)])
    assert "`small_init` has the largest Lyapunov exponent, −2.500 per step" in flow.initialized(
        cards, "rnn"
    )
    assert flow.initialized(tables.cards, "rnn") == "Initializations of `rnn`: not run."


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            {},
            "0.50 [0.20, 0.80] (9 combinations of 7 cells and their initializations): "
            "significantly positive (the longer the half-life, the larger it tends to be).",
        ),
        ({"low": -0.2}, "not significant"),
        (
            {"rho": -0.5, "low": -0.8, "high": -0.2},
            "significantly negative (the longer the half-life, the smaller it tends to be)",
        ),
        ({"low": np.nan, "high": np.nan}, "too few cells for an interval"),
        ({"rho": np.nan, "reason": "too few pairs: 3 of at least 5"}, "too few pairs: 3"),
    ],
)
def test_the_prediction_is_told_whatever_it_is(
    tables: Tables, entries: dict[str, object], words: str
) -> None:
    lag, skill = flow.predicted(with_prediction(tables, **entries))
    assert words in skill and "test skill" in skill
    assert (
        lag == "Whether the half-life at initialization predicts the longest lag solved: not run."
    )


def with_parallel(
    tables: Tables, *rows: dict[str, object], cells: pd.DataFrame | None = None
) -> Tables:
    known: dict[str, object] = {"when": "before", "steps": 1024, "n": 9, "cells": 7, "beyond": 2}
    known |= {"large": 0, "rho": 0.5, "low": 0.2, "high": 0.8, "reason": ""}
    types = {name: kind for name, (kind, _) in analysis_parallel.COLUMNS.items()}
    made = pd.DataFrame([known | row for row in rows], columns=list(types)).astype(types)
    some = tables.derived["parallel_cells"] if cells is None else cells
    derived = tables.derived | {"parallel": made, "parallel_cells": some}
    return dataclasses.replace(tables, derived=derived)


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (
            {},
            "is 0.50 [0.20, 0.80] (9 combinations of 7 cells and their initializations; 2 of them "
            "need more than 64, the last rank): significantly positive",
        ),
        ({"low": -0.2}, "not significant, as the interval contains 0."),
        ({"rho": -0.5, "low": -0.8, "high": -0.2}, "significantly negative"),
        ({"low": np.nan, "high": np.nan}, "is 0.50 (9 combinations"),
        ({"rho": np.nan, "reason": "too few combinations: 3 of at least 5"}, "exponent: too few"),
        ({"beyond": 0}, "initializations; none of them needs more than 64):"),
        ({"beyond": 1, "large": 1}, "1 of them needs more than 64, the last rank; 1 more has too"),
        ({"large": 3}, "the last rank; 3 more have too large a state):"),
        (
            {"when": "after", "n": 20},
            "with the Lyapunov exponent after training, on inputs of the task, is 0.50 [0.20, "
            "0.80] (20 combinations of 7 cells and their tasks and remedies; 2 of them need",
        ),
        (
            {"when": "after", "rho": np.nan, "reason": "too few combinations: 1 of at least 5"},
            "at a larger exponent after training: too few combinations: 1 of at least 5.",
        ),
    ],
)
def test_the_price_of_an_exponent_is_told_whatever_it_is(
    tables: Tables, entries: dict[str, object], words: str
) -> None:
    said = _newton.parallel(with_parallel(tables, entries))[0]
    assert words in said and "Newton's method over 1,024 steps at once" in said


def moved(*pairs: tuple[int | None, int | None]) -> pd.DataFrame:
    """Iterations over 1,024 steps, before and after."""
    types = {name: kind for name, (kind, _) in parallel_cells.COLUMNS.items()}
    rows = [
        {"cell": f"mine{k}", "tasks": 2, "newton_1024_start": start, "newton_1024_end": end}
        for k, (start, end) in enumerate(pairs)
    ]
    return pd.DataFrame(rows, columns=list(types)).astype(types)


def test_what_training_changes_is_counted_by_cell_and_nothing_is_told_of_nothing(
    tables: Tables,
) -> None:
    after: dict[str, object] = {"when": "after"}
    several = moved((3, 4), (3, 65), (9, 2), (5, 5), (None, 3), (3, None))
    *_, said = _newton.parallel(with_parallel(tables, after, cells=several))
    assert "at initialization in 2 of 4 cells, fewer in 1 and as many in 1;" in said
    *_, one = _newton.parallel(with_parallel(tables, after, cells=moved((3, 2))))
    assert "in 0 of 1 cell, fewer in 1 and as many in 0" in one
    (alone,) = _newton.parallel(with_parallel(tables, after, cells=moved((None, 3))))
    assert "iterations of Newton's method" in alone
    *_, never = _newton.parallel(with_parallel(tables, {}))
    assert never == "Newton's method over the steps of trained cells: not run."
    assert not _newton.compared(with_parallel(tables, {}, cells=moved()))


def test_a_cell_has_a_row_with_what_it_was_and_became(tables: Tables) -> None:
    cells = moved((3, 65), (None, 4)).assign(
        exponent_start=[-0.5, np.nan], exponent_end=[0.25, -0.125], newton_128_end=[2, pd.NA]
    )
    (table,) = _newton.compared(with_parallel(tables, {}, cells=cells.assign(newton_128_start=3)))
    assert table["rows"] == [
        [["`mine0`", "mine0"], ["2", 2.0], ["−0.500 → +0.250", 0.25], ["3 → 2", 2.0],
         ["3 → more than 64", 65.0]],
        [["`mine1`", "mine1"], ["2", 2.0], ["– → −0.125", -0.125], ["3 → –", None],
         ["– → 4", 4.0]],
    ]  # fmt: skip


def test_iterations_are_shown_beside_the_exponent(tables: Tables) -> None:
    cards = tables.cards.assign(newton_128=65, newton_1024=7)
    table = flow.gather(with_cards(tables, cards))["tables"][0]
    heads = [column["label"] for column in table["columns"]]
    for row in table["rows"]:
        assert row[heads.index("Newton, 128")] == ["more than 64", 65.0]
        assert row[heads.index("Newton, 1,024")] == ["7", 7.0]
    untried = with_cards(tables, tables.cards.assign(newton_128=pd.NA))
    row = flow.gather(untried)["tables"][0]["rows"][0]
    assert row[heads.index("Newton, 128")] == ["–", None]


def test_every_card_has_a_row_and_a_hole_is_counted(tables: Tables) -> None:
    table = flow.gather(tables)["tables"][0]
    known = tables.cards[tables.cards.reason.eq("")]
    assert len(table["rows"]) == len(known)
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    holes = len(tables.cards) - len(known)
    assert holes and table["note"].startswith(f"{holes} combination")


def test_a_run_without_cards_says_so(tables: Tables) -> None:
    bare = with_cards(tables, tables.cards.iloc[:0])
    chapter = flow.gather(bare)
    assert chapter["words"] == ["The gradient at initialization: not run."]
    assert not chapter["tables"] and not chapter["sources"]
    for figure in (flow_cards, flow_spectrum, flow_prediction):
        made = dataclasses.replace(bare, propagation=tables.propagation.iloc[:0])
        assert figure.data(made).empty
        assert "no data" in figure.draw(made).axes[0].texts[0].get_text()


def test_names_move_apart_and_stay_in_the_panel() -> None:
    found = spread([0.5, 0.5, 0.49, 1.0, 0.99], 0.1)
    gaps = np.diff(np.sort(found))
    assert gaps.min() >= 0.1 - 1e-12 and min(found) >= 0 and max(found) <= 1
    assert found[2] < found[0] < found[1] and found[4] < found[3]
    many = spread([0.0] * 30, 0.1)
    assert min(many) >= 0 and max(many) <= 1 + 1e-9 and len(set(many)) == 30
    assert spread([], 0.1) == [] and spread([2.0], 0.1) == [1.0]


def test_what_training_changes_is_told_of_the_cell_where_most_arrives(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        ("rnn", "start", 1, 0.9), ("rnn", "start", 9, 0.5), ("rnn", "end", 9, 1e-6),
        ("lstm", "start", 9, 1e-8), ("lstm", "end", 9, 0.25), ("lstm", "end", 9, 0.75),
        ("lstm", "way", 9, 1.0),
    ]  # fmt: skip
    made = pd.DataFrame(rows, columns=["cell", "when", "lag", "ratio"])
    made = made.assign(task="adding", remedy="none")
    monkeypatch.setattr(gradient_flow, "ratios", lambda _: made)
    found, summary = gradient_flow.farthest(tables), tables.summary
    alone = summary[summary.task.eq("adding") & summary.remedy.eq("none")]
    assert found is not None and (found.task, found.lag, found.cell) == ("adding", 9, "lstm")
    assert found.skills == pytest.approx(
        alone.set_index("cell").skill[["rnn", "lstm"]].to_dict()
    ), "of the cells of which a gradient was recorded"
    for ends, cell in (
        (made, "lstm"),
        (made.assign(ratio=made.ratio.where(made.cell.eq("rnn"), 0)), "rnn"),
    ):
        monkeypatch.setattr(gradient_flow, "ratios", lambda _, ends=ends: ends)
        said = _trained.changed(tables)
        assert "9 steps before the last answer of `adding`, " in said
        assert f"largest after training in `{cell}`: " in said
    monkeypatch.setattr(gradient_flow, "ratios", lambda _: made)
    said = _trained.changed(tables)
    assert "`lstm`: 1e−08 before training and 0.5 after; in `rnn` it is 0.5 before" in said
    assert "before training and 1e−06 after" in said
    monkeypatch.setattr(gradient_flow, "ratios", lambda _: made[:0])
    assert _trained.changed(tables) == "The gradient during training: not run."
