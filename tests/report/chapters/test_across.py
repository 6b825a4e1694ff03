"""The chapters across tasks, on tuning and on cost follow their tables; missing parts are told."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqbench.analysis import derive
from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter
from seqbench.report.chapters import across, costs, tuning
from seqbench.results import load

GATHER: dict[str, Callable[[Tables], Chapter]] = {
    "across": across.gather,
    "tuning": tuning.gather,
    "costs": costs.gather,
}


@pytest.fixture(scope="module")
def tables(results: Path) -> Tables:
    return load(results)


def with_rows(tables: Tables, name: str, **columns: object) -> Tables:
    """The same with another table of this name."""
    changed = tables.derived[name].assign(**columns)
    return dataclasses.replace(tables, derived=tables.derived | {name: changed})


def words(chapter: Chapter) -> str:
    return " ".join(chapter["words"])


def with_trials(tables: Tables, trials: pd.DataFrame) -> Tables:
    return derive(dataclasses.replace(tables, trials=trials))


CASES: dict[str, tuple[str, str, dict[str, object], str]] = {
    "variance": ("across", "variance", {"share": 0.1234}, "12\u00a0%"),
    "rank": ("across", "ranks", {"rank": 7.25, "p": 0.001}, "7.2"),
    "no difference": (
        "across",
        "ranks",
        {"p": 0.4321, "least": 0.001},
        "finds no significant difference (p = 0.432)",
    ),
    "no difference could be found": (
        "across",
        "ranks",
        {"rank": 7.25, "least": 0.07, "p": 0.07},
        "7.2; of so few, Friedman's test cannot find a significant difference.",
    ),
    "interquartile mean": ("across", "averages", {"iqm": 0.123}, "`lstm` 0.12"),
    "probability": ("across", "improvement", {"probability": 0.777}, "0.78"),
    "updates": ("tuning", "survival", {"median": 1234.0, "low": 1000.0}, "1,234 [1,000"),
    "sooner": (
        "tuning",
        "survival",
        {"p_holm": 0.001, "excess": 1.5},
        "fewer updates until a task is solved",
    ),
    "later": (
        "tuning",
        "survival",
        {"p_holm": 0.001, "excess": -1.5},
        "more updates until a task is solved",
    ),
    "not sooner": (
        "tuning",
        "survival",
        {"p_holm": 0.8},
        "Log-rank tests of cells against `rnn` find no significant",
    ),
    "tuning": ("tuning", "budget", {"skill": 0.345}, "without a remedy 0.34 ["),
    "price": ("costs", "pareto", {"skill": 0.4321}, "(skill 0.43)"),
}


@pytest.mark.parametrize("case", CASES)
def test_words_follow_the_tables(tables: Tables, case: str) -> None:
    chapter, name, columns, expected = CASES[case]
    before, after = (
        words(GATHER[chapter](some)) for some in (tables, with_rows(tables, name, **columns))
    )
    assert expected in after and after != before


@pytest.mark.parametrize("name", GATHER)
def test_a_table_has_an_entry_under_every_head(tables: Tables, name: str) -> None:
    made = GATHER[name](tables)["tables"]
    assert made and len({table["name"] for table in made}) == len(made)
    for table in made:
        assert table["rows"] and table["title"]
        assert all(head["label"] and head["help"] for head in table["columns"])
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
        texts = [entry[0] for row in table["rows"] for entry in row]
        assert all(isinstance(text, str) and "nan" not in text for text in texts)


def test_nothing_at_all_is_told(tables: Tables) -> None:
    empty = with_trials(tables, tables.trials.iloc[:0])
    for gather in GATHER.values():
        assert "not run" in words(gather(empty)) and not gather(empty)["tables"]


@pytest.mark.parametrize("gone", ["none", "rnn", "past", "all but one"])
def test_what_is_missing_breaks_nothing(tables: Tables, gone: str) -> None:
    trials = tables.trials
    left = {
        "none": trials.remedy.ne("none"),
        "rnn": trials.cell.ne("rnn"),
        "past": ~trials.past_only.astype(bool),
        "all but one": trials.index == trials.index[trials.status.eq("ok")][0],
    }[gone]
    changed = with_trials(tables, trials[left].reset_index(drop=True))
    for gather in GATHER.values():
        chapter = gather(changed)
        assert chapter["words"] and "nan" not in words(chapter)


def test_who_did_not_run_everywhere_is_named(tables: Tables) -> None:
    assert "`forget_bias`" in across.left_out(tables)
    everywhere = tables.trials[tables.trials.remedy.ne("forget_bias")]
    assert across.left_out(with_trials(tables, everywhere.reset_index(drop=True))) == ""


def test_the_front_is_told_from_the_cheapest_on(tables: Tables) -> None:
    frame = costs.preferred(tables.derived["pareto"])
    text = costs.front(frame, "trained")
    assert text.index("`rnn`") < text.index("`lstm`")
    assert costs.front(frame.assign(bytes=1.0), "bytes") == ""


def test_state_numbers_stand_beside_the_weights(tables: Tables) -> None:
    frame = costs.preferred(tables.derived["pareto"])
    told = costs.table(frame)
    cell, state = ([c["label"] for c in told["columns"]].index(n) for n in ("Cell", "State"))
    found = {(str(row[cell][0]).strip("`"), row[state][0]) for row in told["rows"]}
    assert found == {(name, "64" if name.startswith("lstm") else "32") for name, _ in found}
    assert len(found) > 1
