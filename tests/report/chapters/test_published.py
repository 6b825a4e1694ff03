"""Ours beside published results, other metrics, and data that were not there."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from seqbench import records, registry
from seqbench.analysis import other_metrics
from seqbench.analysis.leaders import leader
from seqbench.analysis.tidy import Tables
from seqbench.data import files, installed, ledger
from seqbench.errors import InputError, MissingData
from seqbench.report import bibliography, build, content, provenance
from seqbench.report.cards import cards
from seqbench.report.chapters import published
from seqbench.report.first_page import missing
from seqbench.results import analyze, load
from tests.helpers.collected import collect
from tests.helpers.results import write_results

ENTRIES = bibliography.entries()
RECORDED = [name for name in registry.names("tasks") if registry.describe("tasks", name).published]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory, made: Callable[..., Path]) -> Tables:
    lists = {"tasks": ("adding", "ett", "shakespeare_chars"), "cells": ("rnn", "lstm")}
    return load(made(tmp_path_factory.mktemp("r"), **lists, remedies=("none", "clip_norm")))


def row(tables: Tables, task: str) -> published.Row | tuple[()]:
    found = leader(tables, task)
    key = (task, found.cell, found.remedy) if found else ("", "", "")
    more = other_metrics.gather(tables).get(key, {})
    return published.row(tables, task, found, more) or ()


@pytest.mark.parametrize("name", RECORDED)
def test_published_is_a_paragraph_of_its_own(name: str) -> None:
    card = registry.describe("tasks", name)
    assert card.published.startswith("Published") and "Source:" not in card.published
    keys = set(bibliography.KEY.findall(card.published))
    assert keys <= set(card.sources), "every published value has its source on the card"
    made = cards.make("tasks", name, load_trials(), ENTRIES)
    body = made["blocks"]
    assert [block["kind"] for block in body].count("published") == 1
    others = [str(block["text"]) for block in body if block["kind"] != "published"]
    assert not any("Published" in text for text in others)


def load_trials() -> pd.DataFrame:
    return records.schema("trials").empty_table().to_pandas()


def test_published_ends_where_another_paragraph_begins() -> None:
    doc = "T\n\nAbove, as published.\nPublished, test: 1.0 (x2014\n[M]).\nNot y.\nSource: x2014\n"
    card = dataclasses.replace(registry.describe("tasks", "ett"), doc=doc)
    assert card.published == "Published, test: 1.0 (x2014 [M])."
    inside = "T\n\nOur deviation: small. Published: none.\nSource: x2014\n"
    assert dataclasses.replace(card, doc=inside).published == "Published: none."
    assert [b["text"] for b in cards.blocks(inside)] == ["Our deviation: small."]
    assert dataclasses.replace(card, doc="T\n\nNothing.").published == ""


def test_a_row_is_computed_from_the_tables(tables: Tables) -> None:
    name, ours, setting, said = row(tables, "ett")
    summary = tables.summary
    found = leader(tables, "ett")
    assert found
    own = summary[summary.task.eq("ett") & summary.cell.eq(found.cell)]
    own = own[own.remedy.eq(found.remedy)].iloc[0]
    assert name == "ett" and f"MSE {own.score:.3g}" in ours.replace("−", "-") and "MAE 0.3" in ours
    assert f"`{found.cell}` with `{found.remedy}`" in ours
    assert "32 hidden units; " in setting and "tested on 1,000 sequences; 3 seeds" in setting
    assert "Zhou et al. 2021" in said and "[M]" in said and not said.startswith("Published")


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("hidden", 77, "77 hidden units"),
        ("parameters", 1234, "1,234 weights"),
        ("state_numbers", 4321, "4,321 state numbers"),
        ("layers", 2, "32 hidden units in each of 2 layers"),
        ("bidirectional", True, "half of them backwards"),
        ("dropout", 0.25, "dropout 0.25"),
        ("stopped_at", 500, "500 updates of 32 sequences: 16,000 sequences seen"),
        ("train_n", 500, "times the 500 of the training set"),
        ("test_n", 123, "tested on 123 sequences"),
        ("knobs", '{"task": {"horizon": 48}}', "horizon = 48"),
        ("train_n", 20, "updates of 20 sequences: "),
    ],
)
def test_sizes_and_budgets_follow_the_tables(
    tables: Tables, column: str, value: object, expected: str
) -> None:
    trials = tables.trials.assign(**{column: value})
    assert expected not in row(tables, "ett")[2]
    assert expected in row(dataclasses.replace(tables, trials=trials), "ett")[2]


def test_a_text_is_counted_in_steps(tables: Tables) -> None:
    trials = tables.trials.assign(stopped_at=10)
    setting = row(dataclasses.replace(tables, trials=trials), "shakespeare_chars")[2]
    assert "10 updates of 32 windows of 50 steps: 16,000 steps seen" in setting
    assert "2.67 times the 6,000 of the training set; tested on 1,000 steps" in setting


def test_a_batch_is_never_larger_than_the_training_set(tables: Tables) -> None:
    trials = tables.trials.assign(stopped_at=10, train_n=20)
    few = dataclasses.replace(tables, trials=trials)
    seen = "10 updates of 20 sequences: 200 sequences seen, 10 times the 20 of the training set"
    assert seen in row(few, "ett")[2]
    assert "10 updates of 32 windows of 50 steps: 16,000 st" in row(few, "shakespeare_chars")[2]


def test_perplexity_is_the_exponential_of_the_mean(tables: Tables) -> None:
    trials = tables.trials.copy()
    own = trials.task.eq("ett")
    trials.loc[own, "metric"] = "nats_per_word"
    trials.loc[own, ["test_score"]] = 4.0
    trials.loc[own & trials.seed.eq(0), "test_score"] = 7.0
    ours = row(dataclasses.replace(tables, trials=trials), "ett")[1]
    assert "nats per word 5 [" in ours and "; perplexity 148 [" in ours
    trials.loc[own, "test_score"] = 1e6
    assert "; perplexity –" in row(dataclasses.replace(tables, trials=trials), "ett")[1]
    assert "perplexity" not in row(tables, "ett")[1]


def test_closed_form_has_no_updates(tables: Tables) -> None:
    trials = tables.trials.assign(learning_rate=float("nan"))
    text = published.budget(trials, None)
    assert text.startswith("readout solved in closed form")


def test_only_tasks_that_say_something_have_a_row(tables: Tables) -> None:
    assert row(tables, "adding") == () and published.row(tables, "x", None, {}) is None
    missing = published.row(tables, "ett", None, {})
    assert missing and missing.ours == "not run"


def test_the_leader_is_not_chosen_by_the_test(tables: Tables) -> None:
    first = leader(tables, "ett")
    trials = tables.trials.copy()
    trials[["test_skill", "test_score"]] = -trials[["test_skill", "test_score"]]
    second = leader(dataclasses.replace(tables, trials=trials), "ett")
    assert first and second and first[:2] == second[:2]


def test_other_metrics_stand_beside_the_score(tables: Tables, matrix: Path, tmp_path: Path) -> None:
    said = content.build(tables, matrix, tmp_path)
    task = next(t for t in said["tasks"] if t["name"] == "ett")
    heads = [column["label"] for column in task["full"]["columns"]]
    place = heads.index("MAE")
    assert heads[place - 1] == "Score" and all(len(r) == len(heads) for r in task["full"]["rows"])
    values = other_metrics.gather(tables)[("ett", "lstm", "none")]["mae"]
    own = next(r for r in task["full"]["rows"] if r[0][1] == "lstm" and r[1][1] == "none")
    assert own[place][1] == pytest.approx(values.mean) and 0.3 < values.mean < 0.41
    assert "; in other metrics, MAE 0.3" in task["also"]
    other = next(t for t in said["tasks"] if t["name"] == "adding")
    assert other["also"] == "" and "MAE" not in str(other["full"]["columns"])


def reason_of(name: str, monkeypatch: pytest.MonkeyPatch, error: type = MissingData) -> str:
    """What a reader of data says where they are not there."""
    file = next(iter(ledger.entry(name).files))
    monkeypatch.setattr(files, "find", lambda *_: None)
    with pytest.raises(error) as caught:
        files.read(name, file)
    return str(caught.value)


def test_sentences_of_missing_data_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    mnist = reason_of("mnist", monkeypatch)
    with pytest.raises(MissingData) as caught:
        installed.file_of("no_such_module", "x.csv", "scikit-learn")
    package = str(caught.value)
    assert [missing.absent(text) for text in (mnist, package)] == ["mnist", "scikit-learn"]
    monkeypatch.setattr(files, "find", lambda *_: Path(__file__))
    file = next(iter(ledger.entry("ptb").files))
    with pytest.raises(InputError) as damaged:
        files.read("ptb", file)
    assert missing.absent(str(damaged.value)) == "ptb"
    assert not missing.absent("RuntimeError: its file is neither") and not missing.absent("")
    lines = missing.commands([mnist, package, str(damaged.value), mnist])
    assert lines == [
        "python -m seqbench data fetch mnist ptb",
        "python -m pip install scikit-learn",
    ]


def test_what_only_a_mirror_has_is_a_command_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    reasons = [reason_of(name, monkeypatch) for name in ("fxemoji", "mnist", "tiny_coco", "ptb")]
    assert missing.commands(reasons) == [
        "python -m seqbench data fetch mnist ptb",
        "python -m seqbench data fetch fxemoji tiny_coco --mirror DIR",
    ]
    partly = ["Run `python -m seqbench data fetch ptb --mirror DIR`.", reasons[-1]]
    assert missing.commands(partly) == ["python -m seqbench data fetch ptb --mirror DIR"]


def test_missing_data_read_well(
    matrix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = tmp_path / "r"
    jobs = write_results(results, tasks=["adding"], cells=["rnn"], remedies=["none"])
    for task, name in (("mnist_rows", "mnist"), ("mnist_pixels", "mnist"), ("sst2", "sst2")):
        hole = {"task": task, "cell": "rnn", "remedy": "none", "status": "failed", "knobs": "{}"}
        rows = [hole | {"reason": reason_of(name, monkeypatch)}]
        for table in records.TABLES:
            path = results / table / task / "rnn.parquet"
            records.write(path, table, rows if table == "trials" else [])
        jobs.append((task, "rnn"))
    collect(results, jobs)
    analyze(results)
    build(matrix, results, tmp_path / "page")
    page = (tmp_path / "page.html").read_text()
    assert "python -m seqbench data fetch mnist sst2</pre>" in page
    assert page.count("Not run, because data are missing: <code>mnist</code>.") == 2
    assert "3 tasks have no scores because 2 data sets could not be read" in page
    assert "3 failed (3 for missing data)" in page
    [first, second] = provenance.holes(load(results).trials)[:2]
    assert first[0] == second[0] == "data missing" and first[3] == "mnist_pixels, mnist_rows"


def test_nothing_missing_is_not_mentioned(tables: Tables) -> None:
    assert missing.gather(tables.trials) == {}
