"""A chapter is one file: it is found, and stands in the page and in the paper under one title."""

import html
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench.report import chapters, content, frame
from seqbench.report.editions import html as page_of
from seqbench.results import load

CHAPTER = '''"""The chapter of a test: what it counts."""

from seqbench.analysis.tidy import Tables
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.table import Column, named, quantity, tabulate

ORDER = 45
TITLE = "How many trials a cell has"
SHORT = "Counted"
INTRO = "Trials are counted, whatever came of them."


def gather(tables: Tables) -> Chapter:
    """The chapter of these tables."""
    counts = tables.trials.cell.value_counts()
    columns = [
        Column[str]("Cell", "name in the matrix", named),
        Column("Trials", "rows of the table of trials", lambda name: quantity(counts[name], str)),
    ]
    table = tabulate("counted", "Trials of every cell", columns, sorted(counts.index))
    return chapter([f"There are {len(tables.trials)} trials."], [table])
'''
FIGURE = '''"""The figure of a test."""

import pandas as pd
from matplotlib.figure import Figure
from seqbench.analysis.tidy import Tables

ORDER = 46
SECTION = "counted"
TITLE = "Trials as a line"
CAPTION = "One line. It is level."
ALT = "A level line."
TABLE = "trials"


def data(tables: Tables) -> pd.DataFrame:
    """cell, n."""
    return tables.trials.cell.value_counts().rename("n").reset_index()


def draw(tables: Tables) -> Figure:
    """A level line."""
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1], [1, 1])
    return figure
'''
WORDS = (
    "How many trials a cell has", "Trials are counted, whatever came of them.",
    "There are 18 trials.", "Trials of every cell", "Trials as a line",
)  # fmt: skip


def test_a_file_is_a_chapter_of_page_and_paper(
    project: Path, run: Callable[..., subprocess.CompletedProcess[str]], made: Callable[..., Path]
) -> None:
    (project / "seqbench" / "report" / "chapters" / "counted.py").write_text(CHAPTER)
    (project / "seqbench" / "figures" / "counting.py").write_text(FIGURE)
    made(project / "results", tasks=("adding",), cells=("rnn", "lstm"), remedies=("none",))
    matrix = "workflow/config/default.yaml"
    for command, code in (("draw", 0), ("report", 1)):  # most of this matrix is missing
        ended = run("seqbench", command, "--config", matrix)
        assert ended.returncode == code, ended.stderr
    page = html.unescape((project / "reports" / "seqbench.html").read_text())
    places = [page.find(f'<section id="{name}">') for name in ("across", "counted", "tuning")]
    assert -1 not in places and places == sorted(places)
    assert '<a href="#counted">Counted</a>' in page
    assert not [words for words in WORDS if words not in page]
    if shutil.which("pdftotext"):
        command = ["pdftotext", str(project / "reports" / "seqbench.pdf"), "-"]
        printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        paper = " ".join(printed.split())
        assert not [words for words in WORDS if words not in paper]


@pytest.mark.parametrize("name", chapters.names())
def test_a_chapter_says_what_it_is(name: str) -> None:
    module = chapters.load(name)
    assert module.TITLE and module.SHORT and len(module.SHORT) < 12
    assert not module.INTRO or module.INTRO.endswith(".")
    assert name not in frame.SECTIONS, "a section of the frame has this name"


def test_titles_orders_and_short_names_are_told_apart() -> None:
    modules = [chapters.load(name) for name in chapters.names()]
    titles = [module.TITLE for module in modules] + [s["title"] for s in frame.SECTIONS.values()]
    assert len(titles) == len(set(titles))
    assert len({module.ORDER for module in modules}) == len(modules)


def test_a_chapter_of_nothing_is_left_out(matrix: Path, results: Path) -> None:
    said = content.build(load(results), matrix, results)
    assert "published" in chapters.names()
    assert "published" not in said["chapters"]
    page = page_of.render(said, results / "figures")
    assert not re.search('id="published"|href="#published"', page)
