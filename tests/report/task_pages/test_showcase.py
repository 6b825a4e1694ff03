"""What networks say is shown beside the reference, harmless, and chosen without the test."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seqbench.analysis.tidy import Tables
from seqbench.data import ledger
from seqbench.matrix import needs
from seqbench.report import bibliography, content
from seqbench.report.editions import html, pdf
from seqbench.report.task_pages import drawings, showcase
from seqbench.results import analyze, load
from tests.helpers import results as made_up
from tests.helpers.collected import collect

ENTRIES = bibliography.entries()
HOSTILE = "<script>alert(1)</script>\x00\x1b[31m\u202e`a` $x$ #import \ud800 {{ 1 }} {0}\n  </td>"
TASKS = ("omniglot_strokes", "emoji_names", "jsb_chorales", "shakespeare_chars", "multi30k_de_en")
Samples = Callable[[str, str, int], dict[str, object]]


@pytest.fixture
def run(
    tmp_path: Path, made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Path]:
    """Results of a few cells; `sample` says what they said."""

    def go(sample: Samples | None = None, name: str = "r", **lists: object) -> Path:
        if sample:
            monkeypatch.setattr(made_up, "sample", sample)
        few = {"tasks": ("emoji_names",), "cells": ("rnn", "lstm"), "remedies": ("none",)}
        return made(tmp_path / name, **few | lists)

    return go


def gather(tables: Tables, task: str) -> showcase.Showcase:
    return showcase.gather(tables, task, ENTRIES)


def one(task: str, kind: str, said: object, **more: object) -> dict[str, object]:
    return {"kind": kind, "said": said, "wanted": None, "given": "", "image": None} | more


def edited(results: Path, column: str, value: float | str, **where: str) -> Tables:
    """The tables with one column of some trials changed, chosen and summarized again."""
    import pyarrow.parquet as pq

    from seqbench import records
    from seqbench.files import sealed

    path = results / "tables" / "trials.parquet"
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        if all(row[name] == wanted for name, wanted in where.items()):
            row[column] = value
    with sealed(path) as file:
        pq.write_table(records.pa.Table.from_pylist(rows, schema=records.schema("trials")), file)
    analyze(results)
    return load(results)


def test_every_kind_renders_in_both_editions(run: Callable[..., Path], matrix: Path) -> None:
    results = run(tasks=TASKS)
    said = content.build(load(results), matrix, results)
    page = html.render(said, results / "figures")
    kinds = {task["name"]: task["showcase"] for task in said["tasks"]}
    assert all(len(kinds[name]["rows"]) == made_up.SHOWN for name in TASKS)
    assert page.count('role="img" aria-label="A drawing of 2 strokes with 20 points"') > 3
    assert 'aria-label="A picture of 16 × 16 pixels"' in page and "data:image/png;base64," in page
    assert "A piano roll of 64 steps with" in page
    assert "smiling face number 1" in page and "O, good my lord, lstm speaks:" in page
    assert pdf.render(said, results / "figures").startswith(b"%PDF-")
    assert kinds["emoji_names"]["columns"] == [
        "Given",
        "Reference",
        "Best: `lstm`, `none`",
        "Plain: `rnn`, `none`",
    ]


def test_what_networks_say_is_harmless(run: Callable[..., Path], matrix: Path) -> None:
    results = run(lambda *_: one("", "text", HOSTILE, wanted=HOSTILE, given=HOSTILE))
    said = content.build(load(results), matrix, results)
    page = html.render(said, results / "figures")
    body = page.partition("<body>")[2]
    assert body.count("<script>") == 1 and "&lt;script&gt;alert(1)&lt;/script&gt;␀␛[31m" in body
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\ud800-\udfff]", page)
    assert "<code>a</code>" not in body and "{{ 1 }} {0}" in body
    assert pdf.render(said, results / "figures").startswith(b"%PDF-")
    assert json.dumps(said, allow_nan=False)


@pytest.mark.parametrize("wild", [float("nan"), float("inf"), -1e300])
def test_wild_numbers_are_drawn_inside_the_frame(wild: float) -> None:
    path = [(0.1, 0.1, 0.0), (wild, 0.5, 1.0), (0.9, wild, 1.0), (0.2, 0.3, wild)]
    pixels = [[wild, 0.5], [1.0, wild]]
    for drawing in (drawings.strokes(path), drawings.pixels(pixels)):
        assert "nan" not in drawing and "inf" not in drawing and len(drawing) < 1000
        ElementTree.fromstring(drawing)
    assert drawings.keys([[wild]]) == (0, drawings.OCTAVE)


def test_a_pen_that_is_lifted_draws_no_line() -> None:
    drawing = drawings.strokes([(0, 0, 1), (0.5, 0, 1), (0, 1, 0), (0.5, 1, 1)])
    assert 'd="M0.0 0.0l0 0L50.0 0.0M0.0 100.0l0 0L50.0 100.0"' in drawing


def test_a_key_held_is_one_bar() -> None:
    drawing = drawings.roll([[60], [60, 64], [64]], (60, 72))
    assert "M0 36h7v3H0z" in drawing and "M4 24h7v3H4z" in drawing


def test_drawings_are_bounded() -> None:
    large = drawings.pixels([[0.5] * 4000 for _ in range(4000)])
    long = drawings.strokes([(0.5, 0.5, 1.0)] * 100_000)
    tune = drawings.roll([[k % 88] for k in range(100_000)], (0, 87))
    assert all(len(drawing) < 20_000 for drawing in (large, long, tune))
    assert len(showcase.visible("a" * 10**6)) == showcase.LONGEST + 1


def test_many_samples_are_cut(run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_up, "SHOWN", 30)
    rows = gather(load(run()), "emoji_names")["rows"]
    assert isinstance(rows, list) and len(rows) == showcase.ITEMS


def test_best_is_chosen_by_validation_alone(run: Callable[..., Path]) -> None:
    results = run(cells=("rnn", "lstm", "gru"))
    before = gather(load(results), "emoji_names")
    better = {"rnn": 1.0, "gru": 0.99, "lstm": -1.0}
    for cell, skill in better.items():
        tested = edited(results, "test_skill", skill, cell=cell)
    assert gather(tested, "emoji_names") == before
    edited(results, "valid_skill", 1.0, cell="rnn")  # whose chance is that of the test
    after = gather(edited(results, "valid_score", 100.0, cell="gru"), "emoji_names")
    assert after != before and "Best: `gru`, `none`" in after["columns"]


def test_the_best_seed_speaks(run: Callable[..., Path]) -> None:
    tables = edited(run(), "valid_score", 99.0, cell="lstm", seed=1, learning_rate=0.1)
    assert "its seed with the best validation score (seed 1, chrF 99)" in str(
        gather(tables, "emoji_names")["words"]
    )


def test_a_plain_cell_that_failed_is_said(run: Callable[..., Path], tmp_path: Path) -> None:
    results = run()
    rows = [("emoji_names", "lstm"), ("emoji_names", "rnn")]
    for table in ("trials", "samples"):
        (results / table / "emoji_names" / "rnn.parquet").unlink()
    collect(results, rows)
    analyze(results)
    shown = gather(load(results), "emoji_names")
    assert "`rnn` has no samples (failed). not trained" in str(shown["words"])
    assert shown["columns"] == ["Given", "Reference", "Best: `lstm`, `none`"]


def test_without_rnn_the_plainest_is_beside_it(run: Callable[..., Path]) -> None:
    tables = load(run(cells=("memoryless", "gru", "lstm")))
    assert "Plain: `gru`, `none`" in gather(tables, "emoji_names")["columns"]
    alone = gather(load(run(cells=("rnn",), name="alone")), "emoji_names")
    assert "the plain cell is the same" in str(alone["words"]) and len(alone["columns"]) == 3


def test_nothing_said_is_nothing_shown(
    run: Callable[..., Path], matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_up, "SHOWN", 0)
    results = run()
    assert gather(load(results), "emoji_names") == {}
    said = content.build(load(results), matrix, results)
    assert "Samples of the output" not in html.render(said, results / "figures")
    assert pdf.render(said, results / "figures").startswith(b"%PDF-")


def test_an_empty_answer_is_told(run: Callable[..., Path], matrix: Path) -> None:
    results = run(lambda *_: one("", "text", "", wanted="kite"))
    page = html.render(content.build(load(results), matrix, results), results / "figures")
    assert "<em>nothing</em>" in page


@pytest.mark.parametrize("task", ["multi30k_de_en", "jsb_chorales"])
def test_pieces_that_may_not_be_passed_on_are_left_out(
    run: Callable[..., Path], task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not showcase.withheld(task, {}), "quoted, as the ledger says"
    entry = ledger.entry
    forbidden = {"show": False}
    monkeypatch.setattr(ledger, "entry", lambda name: entry(name).model_copy(update=forbidden))
    [name] = showcase.withheld(task, {})
    shown = gather(load(run(tasks=(task,))), task)
    assert shown["columns"] == ["Best: `lstm`, `none`", "Plain: `rnn`, `none`"]
    assert f"Inputs and references from `{name}` are not printed" in str(shown["words"])
    assert "terms forbid it or are not stated" in str(shown["words"])
    assert "License" not in str(shown["words"]), "nothing of the set is seen"
    assert "a dog is sleeping" not in str(shown) and "schläft" not in str(shown)


def test_a_task_that_is_not_known_shows_nothing_of_its_data(
    run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert showcase.withheld("no_such_task", {}) == ["no_such_task"]
    piece = {"wanted": "secret", "given": "secret"}
    results = run(lambda *_: one("", "text", "own words", **piece), tasks=("no_such_task",))
    shown = gather(load(results), "no_such_task")
    assert "own words" in str(shown) and "secret" not in str(shown)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (
            "emoji_names",
            "The examples are from: Icons of Firefox OS with their Unicode names (Mozilla 2015). "
            "License: CC BY 4.0 (pictures); Unicode License (names); pictures reduced to 16 x 16 "
            "pixels.",
        ),
        ("jsb_chorales", "License: not stated (the repository: MIT)."),
    ],
)
def test_what_is_shown_is_attributed(run: Callable[..., Path], task: str, expected: str) -> None:
    words = str(gather(load(run(tasks=(task,))), task)["words"])
    assert expected in words and f": {ledger.entry(task_set(task)).title} (" in words


def task_set(task: str) -> str:
    [name] = needs.of_task(task, {})
    return name


def test_pictures_of_their_own_size_are_not_called_reduced(run: Callable[..., Path]) -> None:
    rows = [[0.5] * 8] * 8
    results = run(lambda *_: one("", "text", "six", image=rows), tasks=("digits_spelled",))
    words = str(gather(load(results), "digits_spelled")["words"])
    assert "License: CC BY 4.0" in words and "reduced" not in words


def test_who_shows_nothing_of_a_set_does_not_name_it(run: Callable[..., Path]) -> None:
    results = run(lambda *_: one("", "text", "own words"))
    assert "License" not in str(gather(load(results), "emoji_names")["words"])
