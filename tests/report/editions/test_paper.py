"""The paper says what the page says: every sentence and every row of a table, with its numbers."""

import html
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seqbench.report import content
from seqbench.report.chapters import Titled
from seqbench.report.editions import html as page_of
from seqbench.report.editions import pdf
from seqbench.report.editions.layout import BREAKS, IN_CODE, PAGE, SIZES, WIDE, fit
from seqbench.report.table import Column, entry, named, tabulate
from seqbench.results import load
from tests.helpers import places

needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext of poppler-utils is not installed"
)
ROWS = 70  # of a made-up table: longer than what stands in the text
MARKUP = re.compile(r"<style>.*?</style>|<[^>]+>", re.S)


def made_up() -> Titled:
    """A chapter with a short, a long and a wide table."""
    few = [
        Column[int]("Cell", "a cell", lambda _: named("lstm_peephole")),
        Column("Lag, steps", "a number", lambda _: entry("1,234", 1234)),
        Column("Against none", "an interval", lambda _: entry("−0.25 [−0.31, −0.19]", -0.25)),
    ]
    many = [
        Column[int]("Cell", "a cell", lambda i: named(f"cell{i}")),
        Column("Lag, steps", "a number", lambda i: entry(f"{i * 7}", i)),
        Column("Against none", "an interval", lambda i: entry(f"+{i}.5 [0, 9]", i)),
    ]
    wide = [
        Column[int](f"Measure number {k}", "", lambda _, k=k: entry(f"{k}.{k} [−{k}.0, {k}.9]", k))
        for k in range(18)
    ]
    return {
        "title": "Made up",
        "short": "Made",
        "intro": "All of this is made up.",
        "words": ["The cell `lstm_peephole` reaches 1,234 steps [987, 2,345].", "Not run: `gru`."],
        "tables": [
            tabulate("few", "A few", few, [0], "One row."),
            tabulate("many", "Many", many, range(ROWS), "All rows."),
            tabulate("wide", "Wide", wide, [0], "18 wide."),
        ],
        "behind": {},
        "sources": [],
    }


def plain(text: str) -> str:
    """Without what breaking lines and marking code put in between."""
    return re.sub(r"[\s\u200b\u00ad`-]", "", unicodedata.normalize("NFKC", text))


def printed(paper: bytes, folder: Path, title: str) -> str:
    """The running text of a paper and its tables: without what stands on top and at the foot of
    its pages, and without figures, which stand wherever a page has room."""
    (folder / "paper.pdf").write_bytes(paper)
    command = ["pdftotext", "-raw", str(folder / "paper.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    lines = re.split(r"[\n\f]", text)
    around = re.compile(rf"\d+ / \d+|{re.escape(title)} .*")
    kept = "\n".join(line for line in lines if not around.fullmatch(line))
    return plain(re.sub(r"^Figure \d+: .*?Data: .*?\.csv\.$", "", kept, flags=re.M | re.S))


def sentences(said: content.Content) -> Iterator[str]:
    for name in ("answer", "methods", "limits"):
        yield from said[name]
    yield str(said["failures"])
    for own in said["chapters"].values():
        yield own["title"]
        yield own["intro"]
        yield from own["words"]
    for task in said["tasks"]:
        yield task["result"]
        yield task["also"]


def rows(said: content.Content) -> Iterator[list[str]]:
    for own in said["chapters"].values():
        for table in own["tables"]:
            yield [column["label"] for column in table["columns"]]
            yield from ([text for text, _ in row] for row in table["rows"])
    for task in said["tasks"]:
        yield from ([text for text, _ in row] for row in task["best"]["rows"])
    yield from ([fact["label"], fact["value"]] for fact in said["run"])


@pytest.fixture(scope="module")
def said(matrix: Path, results: Path) -> content.Content:
    made = content.build(load(results), matrix, results)
    chapters = made["chapters"] | {"across": made_up()}
    return made | {"chapters": chapters}


@pytest.fixture(scope="module")
def editions(
    said: content.Content, results: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    page = MARKUP.sub("", page_of.render(said, results / "figures"))
    paper = pdf.render(said, results / "figures")
    folder = tmp_path_factory.mktemp("paper")
    return {
        "page": plain(html.unescape(page)),
        "paper": printed(paper, folder, str(said["title"])),
    }


@needs_poppler
@pytest.mark.parametrize("edition", ["page", "paper"])
def test_every_sentence_and_every_row_is_in_both(
    edition: str, editions: dict[str, str], said: content.Content
) -> None:
    text = editions[edition]
    lost = [words for words in sentences(said) if plain(words) not in text]
    gone = [row for row in rows(said) if plain(re.sub(":$", "", "".join(row))) not in text]
    if edition == "paper":  # a colon stands between a fact's name and its value
        gone = [row for row in gone if plain(": ".join(row)) not in text]
    assert not lost and not gone


@needs_poppler
def test_the_scores_of_the_appendix_are_those_of_the_page(
    editions: dict[str, str], said: content.Content
) -> None:
    asked = 0
    for task in said["tasks"]:
        shown = {(r[0][0].strip("`"), r[1][0].strip("`")): r for r in task["full"]["rows"]}
        for grid in task["grids"]:
            for row in grid["rows"]:
                line = "".join("".join(pair) for pair in row["entries"])
                assert plain(row["remedy"] + line) in editions["paper"]
                for cell, (skill, below) in zip(grid["cells"], row["entries"], strict=True):
                    if below:
                        _, _, first, _, solved, tolerance, *_ = shown[cell, row["remedy"]]
                        assert first[0] == skill
                        k, n, share = re.fullmatch(r"(\d+)/(\d+), (.*)", below).groups()
                        assert (solved[0], tolerance[0]) == (f"{k} of {n}", share)
                        asked += 1
    assert asked > 20


@needs_poppler
def test_a_paper_has_its_parts_in_order(editions: dict[str, str]) -> None:
    heads = (
        "Abstract", "1Introduction", "2Methods", "3Results", "4Taskbytask", "5Limits",
        "References", "ATheremedies", "BThecells", "CLongtables",
        "DProvenance", "EAllscores",
    )  # fmt: skip
    places = [editions["paper"].find(head) for head in heads]
    assert -1 not in places and places == sorted(places)
    numbered = re.search(r"SeeTable\d+,Table\d+andTable\d+", editions["paper"])
    assert numbered, "tables are numbered and referred to"


def test_the_same_paper_twice(said: content.Content, results: Path) -> None:
    assert pdf.render(said, results / "figures") == pdf.render(said, results / "figures")


def test_a_page_holds_what_a_paper_leaves_out(said: content.Content) -> None:
    kept = pdf.paper(said)
    assert "runs" not in kept and all("full" not in task for task in kept["tasks"])
    many = {"across": made_up()}
    many["across"]["tables"][1]["rows"] *= 20
    cut = pdf.paper(said | {"chapters": many})["chapters"]["across"]["tables"]
    assert [table["late"] for table in cut] == [False, True, True]
    assert (len(cut[1]["rows"]), cut[1]["left"]) == (pdf.MOST, 20 * ROWS - pdf.MOST)


def test_figures_without_a_row_are_named_and_not_printed(
    said: content.Content, made: Callable[..., Path], tmp_path: Path
) -> None:
    lists = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none"]}
    figures = made(tmp_path, **lists) / "figures"
    with_it = pdf.render(said, figures)
    (figures / "overview.csv").write_bytes(b"a,b\n")
    assert len(pdf.render(said, figures)) < len(with_it)


@pytest.mark.parametrize("n", [1, 3, 8, 14, 18])
def test_every_word_fits_its_column(n: int) -> None:
    words = [f"−0.{i}5 [−0.31, −0.19]" for i in range(n)]
    heads = [f"Head number {i}" for i in range(n)]
    made = fit(heads, [words, ["`a_long_name_of+several_parts@x`", *words[1:]]])
    line = WIDE if made.wide else PAGE
    assert made.size in SIZES and sum(made.widths) <= 1.001
    assert all(width * line > 0.5 * made.size * len("[−0.31,") for width in made.widths)
    if n < 8:
        assert made.size == SIZES[0] and not made.wide
    assert fit(heads, []).widths


def test_words_break_where_the_layout_has_them_break() -> None:
    template = (places.HOME / "reports" / "templates" / "parts.typ").read_text()
    in_code, in_text = re.findall(r'after: "([^"]+)"', template)
    assert set(IN_CODE.pattern[5:-2]) == set(in_code) | set(r" \u2013-")
    assert set(BREAKS.pattern[5:-2]) == set(in_text) | set(r" \u2013-")


def test_nothing_that_fits_is_broken() -> None:
    made = fit(["A", "B"], [["1", "2"]])
    assert sum(made.widths) < 0.2, "small tables stay small"
