"""Fifty hostile texts in every free field of a report: shown as they are, and nothing else."""

import base64
import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path

import pytest

from seqbench import records
from seqbench.report import content, facts
from seqbench.report.chapter import Content
from seqbench.report.editions import html, pdf
from seqbench.results import analyze, load
from tests.helpers.collected import collect
from tests.helpers.payloads import ALL
from tests.helpers.results import write_results

LISTS = {"tasks": ["adding", "copy"], "cells": ["rnn", "lstm"], "remedies": ["none", "clip_norm"],
         "seeds": range(10)}  # fmt: skip
HARMLESS = tuple(f"word {k}" for k in range(len(ALL)))
Row = dict[str, object]


class Parts(HTMLParser):
    """What a browser makes of a page: its kinds of elements, where they lead, its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.kinds: set[tuple[str, str]] = set()
        self.places: set[str | None] = set()
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.kinds |= {(tag, name) for name, _ in [("", None), *attrs]}
        self.places |= {value for name, value in attrs if name in ("href", "src", "xlink:href")}

    def handle_data(self, data: str) -> None:
        self.words += data


def said(folder: Path, texts: Sequence[str], known: str = "knobs machine") -> tuple[Content, Path]:
    """The report of a run that has these texts wherever a text may come from outside.

    known: the columns among these that are no errors' texts.
    """
    run, jobs = folder / "run", write_results(folder / "run", **LISTS)
    knobs = json.dumps({"task": {text: text for text in texts}})

    def failed(row: Row, text: str) -> Row:
        kept = {k: v for k, v in row.items() if not k.endswith(("_score", "_skill", "solved"))}
        kept |= {"status": "failed", "reason": text}
        return kept | ({"knobs": knobs} if "knobs" in known else {})

    for file, table, change in (
        ("trials/copy/lstm", "trials", failed),
        ("costs/adding/rnn", "costs", lambda row, text: row | ({"machine": text} if known else {})),
        ("reach/adding/rnn", "reach", lambda row, text: row | {"status": "failed", "reason": text}),
        ("cards", "cards", lambda row, text: row | {"reason": text}),
    ):
        rows = records.read(run / f"{file}.parquet", table).to_pylist()
        rows = [change(row, text) for row, text in zip(rows, cycle(texts), strict=False)]
        records.write(run / f"{file}.parquet", table, rows)
    collect(run, jobs, jobs)
    analyze(run)
    matrix = folder / "m.yaml"
    lists = "tasks: {adding: }\ncells: {rnn: }\nremedies: {none: }\n"
    matrix.write_text(f"name: Payloads\n{lists}" + "".join(f"# {text}\n" for text in texts))
    return content.build(load(run), matrix, run), run / "figures"


def bare(words: str) -> str:
    """Without what a line's end or a mark of code changes."""
    return re.sub(r"[\s\u200b\u00ad`-]", "", words)


def test_the_page_shows_them_and_is_made_of_the_same_parts(tmp_path: Path) -> None:
    pages = [
        html.render(*said(tmp_path / name, texts)) for name, texts in (("a", HARMLESS), ("b", ALL))
    ]
    harmless, hostile = map(Parts, pages)
    assert hostile.kinds <= harmless.kinds | {("wbr", ""), ("code", "")}
    assert hostile.places == harmless.places
    assert len(re.findall("<script", pages[1])) == len(re.findall("<script", pages[0]))
    shown = bare(hostile.words)
    assert [text for text in ALL if shown.count(bare(text)) < 3] == []  # matrix, reason, machine
    data = re.findall(r"H4sI[A-Za-z0-9+/=]+", pages[1])
    unpacked = "".join(gzip.decompress(base64.b64decode(part)).decode() for part in data)
    assert [
        text for text in ALL if json.dumps(text, ensure_ascii=False)[1:-1] not in unpacked
    ] == []


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_the_paper_shows_them(tmp_path: Path) -> None:
    (tmp_path / "page.pdf").write_bytes(pdf.render(*said(tmp_path, ALL)))
    command = ["pdftotext", "-raw", str(tmp_path / "page.pdf"), "-"]
    words = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert [text for text in ALL if bare(text) not in bare(words)] == []


def test_a_reason_names_no_place_of_this_machine(tmp_path: Path) -> None:
    homes = (str(tmp_path / "run"), str(facts.ROOT), str(Path.home()))
    told = json.dumps(said(tmp_path, [f"OSError: {home}/deep/file" for home in homes], "")[0])
    assert [home for home in homes if f"{home}/" in told] == []
    for shown in ("OSError: run/deep/file", "OSError: deep/file", "OSError: ~/deep/file"):
        assert shown in told
