"""What the report says of estimates of the gradient: which verdict, how many, trained or not."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis import tables as derived
from seqbench.analysis.columns import typed
from seqbench.analysis.tidy import Tables
from seqbench.figures import estimators as figure
from seqbench.figures.drawing import style
from seqbench.report.chapters import _estimators, flow
from seqbench.results import load

NUMBERS = {"hidden": 8, "lag": 8, "pairs": 4, "bias": 0.5, "bias_error": 0.3, "spread": 2.4}
NUMBERS |= {"cosine": 0.4, "kept": 96.0, "seconds": 0.002, "tasks": 2, "draws": 64}


@pytest.fixture(scope="module")
def tables(results: Path) -> Tables:
    return load(results)


def row(cell: str, remedy: str, verdict: str, **more: object) -> dict[str, object]:
    draws = 64 if verdict == "no bias found" else 1
    named = {"cell": cell, "remedy": remedy, "verdict": verdict, "acts_at": "", "draws": draws}
    return NUMBERS | {"skill": None} | named | {"optimizer": "sgd"} | more


def made(*rows: dict[str, object]) -> pd.DataFrame:
    columns = derived.columns("estimators")
    return typed(pd.DataFrame(rows, columns=list(columns)), columns)


def with_rows(tables: Tables, *rows: dict[str, object]) -> Tables:
    known = tables.derived | {"estimators": made(*rows)}
    return dataclasses.replace(tables, derived=known)


def test_one_estimate_in_one_cell_is_told_in_the_singular() -> None:
    said = _estimators.compared(made(row("rnn", "truncate", "biased")))
    assert said == (
        "At initialization, 1 way to the gradient other than back-propagation through time was "
        "compared with it in 1 cell, at a loss 8 steps after the first input (4 draws of weights "
        "and inputs). Biased: `truncate`, by 0.5 times the norm of the gradient (`truncate` in "
        "`rnn`)."
    )


def test_several_are_told_in_the_plural_each_with_its_verdict() -> None:
    said = _estimators.compared(
        made(
            row("rnn", "rtrl", "exact"),
            row("lstm", "rtrl", "exact"),
            row("rnn", "uoro", "no bias found"),
            row("lstm", "uoro", "no bias found", spread=7.0),
            row("rnn", "artbp", "no bias found", spread=0.5),
            row("rnn", "snap1", "biased", bias=0.9),
            row("lstm", "snap1", "exact"),
            row("rnn", "truncate", "biased", bias=0.1),
            row("lstm", "truncate", "biased", bias=0.2),
        )
    )
    assert "5 ways to the gradient other than back-propagation through time were" in said
    assert "in 2 cells" in said and "64 estimates for each where one is drawn" in said
    assert "Exact in each cell: `rtrl`." in said
    assert "two standard errors: `uoro` and `artbp`; one draw has a spread of up to 7 times" in said
    assert "the norm of the gradient (`uoro` in `lstm`)." in said
    assert "Biased: `truncate`, by up to 0.2 times the norm of the gradient (`truncate` in" in said
    assert "Differing from cell to cell: `snap1`." in said


@pytest.mark.parametrize(
    ("skills", "words"),
    [
        ({}, "nothing to compare: nothing was trained with them."),
        ({"none": 0.9}, "nothing to compare: nothing was trained with them."),
        ({"none": 0.9, "uoro": 0.4}, "of 0.90 by back-propagation, and 0.40 with `uoro`."),
        ({"uoro": 0.4}, "reaches a mean test skill of 0.40 with `uoro`."),
        (
            {"none": 0.9, "uoro": 0.4, "rtrl": 0.8},
            "of 0.90 by back-propagation, and 0.80 with `rtrl` at most and 0.40 with `uoro` at "
            "least.",
        ),
    ],
)
def test_what_training_found_is_told_or_that_nothing_was_trained(
    tables: Tables, skills: dict[str, float], words: str
) -> None:
    verdicts = {"none": "exact", "uoro": "no bias found", "rtrl": "exact"}
    rows = [row("rnn", name, kind, skill=skills.get(name)) for name, kind in verdicts.items()]
    said = _estimators.trained(with_rows(tables, *rows))
    assert words in said
    assert (", trained `" in said) is bool(skills.keys() - {"none"})


def test_tasks_are_counted_and_said_to_be_telling_or_not(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tables.telling
    assert _estimators._tasks(tables, 1) == "1 telling task"
    assert _estimators._tasks(tables, 2) == "2 telling tasks"
    dumb = dataclasses.replace(tables)
    monkeypatch.setitem(vars(dumb), "telling", frozenset())
    assert _estimators._tasks(dumb, 1) == "1 task, which is not telling"
    assert _estimators._tasks(dumb, 2) == "2 tasks, none of which is telling"


def test_trained_without_a_task_in_common_is_not_said_to_be_untrained(tables: Tables) -> None:
    assert "truncate" in set(tables.summary[tables.summary.cell.eq("rnn")].remedy)
    said = _estimators.trained(with_rows(tables, row("rnn", "truncate", "biased")))
    assert said.endswith("no task is common to all that were trained with them.")


def test_the_table_has_every_row_beside_the_exact_one(tables: Tables) -> None:
    *others, table = flow.gather(tables)["tables"]
    assert [other["name"] for other in others] == ["gradient_cards", "parallel_cells"]
    assert table["name"] == "estimators"
    heads = [column["label"] for column in table["columns"]]
    rows = [dict(zip(heads, map(str, (e[0] for e in one)), strict=True)) for one in table["rows"]]
    assert [(one["Cell"], one["Estimate"]) for one in rows] == [
        (f"`{cell}`", f"`{name}`")
        for cell in ("rnn", "lstm")
        for name in ("none", "truncate", "rtrl", "uoro")
    ]
    cut, exact, noisy = rows[1:4]
    assert exact["Bias"] == "0" and exact["Verdict"] == "exact" and exact["Spread"] == "0"
    assert noisy["Bias"] == "0.3 ± 0.25" and noisy["Spread"] == "2" and noisy["Kept"] == "320"
    assert cut["Bias"] == "0.2" and cut["Time, ms"] == "0.1"
    assert noisy["Skill"] == "–", "uoro was not trained in these results"
    assert table["note"].startswith("1 combination without a row")


def test_a_run_without_estimates_says_nothing_of_them(tables: Tables) -> None:
    bare = with_rows(tables)
    empty = dataclasses.replace(bare, estimates=tables.estimates.iloc[:0])
    assert _estimators.estimated(empty)["words"] == []
    names = [table["name"] for table in flow.gather(empty)["tables"]]
    assert names == ["gradient_cards", "parallel_cells"]
    assert figure.data(empty).empty


def test_a_figure_has_two_panels_per_cell_and_lines_only_of_what_is_there(tables: Tables) -> None:
    with style.applied():
        made = figure.draw(tables)
        style.to_svg(made)
    panels = [axes for axes in made.axes if axes.axison]
    assert [axes.get_title(loc="left") for axes in panels] == ["rnn", "lstm", "", ""]
    above, below = panels[0], panels[2]
    assert len(above.lines) == 1 + 3 and len(below.lines) == 1 + 1, "only uoro has a spread"
    lowest = min(min(line.get_ydata()) for line in above.lines)
    assert lowest == figure.FLOOR, "what is exact lies on the lower edge"
    assert len(above.collections) == 1, "the band of what is drawn"
    names = [text.get_text() for text in made.legends[0].get_texts()]
    assert names == ["truncate", "rtrl", "uoro"]
