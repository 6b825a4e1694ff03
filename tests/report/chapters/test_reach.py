"""The chapter on the longest lag says what its tables say, and what was not run."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis.tables import extrapolation, longest
from seqbench.analysis.tidy import Tables
from seqbench.report.chapters import reach
from seqbench.results import load
from tests.helpers.reported import make


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("reach")
    return load(make(folder, tasks=("adding",), cells=("rnn", "lstm", "gru"), seeds=range(5)))


def told(tables: Tables, *rows: tuple[object, ...], further: tuple = ()) -> list[str]:
    """The words for made-up searches: cell, remedy, lag, limit, low, high."""
    names = ("cell", "remedy", "lag", "limit", "low", "high")
    base = {"task": "adding", "seeds": 5, "rounds": 4, "updates": 100, "reason": "", "length": 9}
    found = pd.DataFrame([base | dict(zip(names, row, strict=True)) for row in rows])
    found = found.reindex(columns=list(longest.COLUMNS))
    found = found.astype({name: kind for name, (kind, _) in longest.COLUMNS.items()})
    more = pd.DataFrame(list(further), columns=list(extrapolation.COLUMNS))
    more = more.astype({name: kind for name, (kind, _) in extrapolation.COLUMNS.items()})
    derived = tables.derived | {"longest": found, "extrapolation": more}
    return reach.gather(replace(tables, derived=derived))["words"]


def test_every_search_is_a_row(tables: Tables) -> None:
    chapter = reach.gather(tables)
    (table,) = chapter["tables"]
    assert len(table["rows"]) == len(tables.derived["longest"])
    assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert all(word.endswith(".") for word in chapter["words"])
    assert "nan" not in str(chapter).lower() and "<NA>" not in str(chapter)


def test_intervals_apart_are_said_to_be_apart(tables: Tables) -> None:
    rows = [("rnn", "none", 8, "", 6.0, 11.0), ("lstm", "none", 60, "", 40.0, 80.0),
            ("gru", "none", 9, "at least", 7.0, None)]  # fmt: skip
    words = told(tables, *rows)[0]
    assert "`rnn` 8 steps [6.0, 11], `gru` at least 9 steps and `lstm` 60 steps [40, 80]" in words
    assert words.endswith("The interval of `lstm` lies above that of `rnn`.")
    overlap = told(tables, rows[0], ("lstm", "none", 12, "", 9.0, 20.0))[0]
    assert "`gru`" not in overlap and "No interval lies above that of `rnn`." in overlap


def test_the_best_remedy_is_compared_with_none(tables: Tables) -> None:
    none = ("rnn", "none", 8, "", 6.0, 11.0)
    limits = [("rnn", "truncate", 99, "less than", None, 120.0)]
    words = told(tables, none, ("rnn", "orthogonal", 40, "", 30.0, 50.0), *limits)[1]
    assert "`orthogonal` reaches the longest lag on `adding`: 40 steps [30, 50] (" in words
    assert words.endswith("the intervals do not overlap.")
    words = told(tables, none, ("rnn", "orthogonal", 9, "", 7.0, 12.0))[1]
    assert "the intervals overlap" in words
    assert "not run" in told(tables, ("rnn", "orthogonal", 9, "", 7.0, 12.0))[1]


def test_what_was_not_run_is_said(tables: Tables) -> None:
    assert "not run" in told(tables)[0]
    words = told(tables, ("lem", "none", 8, "", 6.0, 11.0))
    assert words[0] == (
        "Without a remedy, the longest lag solved on `adding` is: `lem` 8 steps [6.0, 11]."
    )
    assert words[-1].endswith("those of training: not run.")


def test_what_carries_over_is_said_at_the_greatest_factor(tables: Tables) -> None:
    rows = [
        ("adding", "rnn", "none", x, 10, k, k / 10, 0.0, 1.0, 0.5, 9, 9)
        for x, k in ((2, 8), (25, 3))
    ]
    words = told(tables, ("rnn", "none", 8, "", 6.0, 11.0), further=tuple(rows))[-1]
    assert "on `adding` at 25 times the length: `rnn` 30" in words


def test_a_run_without_searches_still_has_its_sentence(tmp_path: Path) -> None:
    bare = load(make(tmp_path, tasks=("digits",), cells=("rnn",)))
    empty = bare.derived["longest"].iloc[:0]
    chapter = reach.gather(replace(bare, derived=bare.derived | {"longest": empty}))
    assert "not run" in chapter["words"][0] and chapter["tables"] == []
