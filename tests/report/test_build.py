"""Both editions: built from whole, partial and empty results, alike to the byte."""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench.errors import InputError
from seqbench.report import build, content, prose
from seqbench.report.editions import html, pdf
from seqbench.results import analyze, load
from tests.helpers.collected import collect
from tests.helpers.results import write_results

Made = Callable[..., Path]


def built(matrix: Path, results: Path, folder: Path) -> tuple[str, bytes]:
    build(matrix, results, folder / "page")
    return (folder / "page.html").read_text(), (folder / "page.pdf").read_bytes()


@pytest.fixture(scope="module")
def page(matrix: Path, results: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(matrix, results, tmp_path_factory.mktemp("built"))[0]


def test_two_builds_are_byte_identical(
    matrix: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = built(matrix, results, tmp_path / "a")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.chdir(tmp_path)
    elsewhere = shutil.copytree(results, tmp_path / "elsewhere" / results.name)
    copy = Path(shutil.copy(matrix, elsewhere.parent))
    assert built(copy, elsewhere, tmp_path / "b") == first


def test_pdf_is_one(matrix: Path, results: Path, tmp_path: Path) -> None:
    _, paper = built(matrix, results, tmp_path)
    assert paper.startswith(b"%PDF-") and b"CreationDate" not in paper


def test_page_loads_nothing(page: str) -> None:
    loads = re.findall(r'<(?!a\b)[^>]+\s(?:src|href|xlink:href)="([^"]*)"', page)
    assert all(address.startswith(("#", "data:")) for address in loads)
    assert "@import" not in page and not re.search(r"url\((?!#)", page)
    assert re.findall(r'<a [^>]*href="(https?://[^"]+)"', page), "sources keep their links"


def test_policy_allows_exactly_the_script_of_the_page(page: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert html.policy(scripts[0]).replace("'", "&#39;") in page
    assert f"script-src &#39;sha256-{digest}&#39;" in page and "default-src &#39;none&#39;" in page


def test_ids_are_unique_and_drawings_keep_their_parts(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for name in ("overview", "gradient_flow"):
        assert f'xlink:href="#{name}-p1"' in page and f"url(#{name}-c)" in page
    assert "<!-- note -->" not in page and 'aria-label="alt of overview"' in page


def test_every_anchor_of_the_page_exists(page: str) -> None:
    targets = set(re.findall(r'<a [^>]*href="#([^"]+)"', page))
    targets = {name for name in targets if not name.startswith("run/")}  # the script opens these
    assert targets <= set(re.findall(r'\sid="([^"]+)"', page))


def test_both_editions_get_the_same_dictionary(
    matrix: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for edition in (html, pdf):
        true = edition.render

        def spy(said: dict[str, object], figures: Path, true: Callable[..., str] = true) -> str:
            seen.append(said)
            return true(said, figures)

        monkeypatch.setattr(edition, "render", spy)
    built(matrix, results, tmp_path)
    assert len(seen) == 2 and seen[0] is seen[1]


def test_every_sentence_is_on_the_page(matrix: Path, results: Path, page: str) -> None:
    said = content.build(load(results), matrix, results)
    for sentence in said["answer"]:
        assert str(html.rich(sentence)) in page


def test_page_names_no_place_of_this_machine(page: str, results: Path) -> None:
    for place in (str(results.parent), str(Path.home()) + "/", str(prose.HOME)):
        assert place not in page


def test_empty_tables_say_so(matrix: Path, tmp_path: Path) -> None:
    collect(tmp_path / "r", [])
    analyze(tmp_path / "r")
    page, _ = built(matrix, tmp_path / "r", tmp_path)
    assert "Nothing was run" in page and "not run" in page


def test_one_trial(matrix: Path, tmp_path: Path, made: Made) -> None:
    lists = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none"], "seeds": [0]}
    page, _ = built(matrix, made(tmp_path / "r", **lists, learning_rates=[0.1]), tmp_path)
    assert not re.search(r"\b(nan|NaT)\b|<NA>", page)


def test_a_job_without_a_file_is_a_hole_with_its_reason(matrix: Path, tmp_path: Path) -> None:
    results = tmp_path / "r"
    jobs = write_results(results, tasks=["adding"], cells=["rnn"], remedies=["none"])
    collect(results, [*jobs, ("adding", "lstm")])
    analyze(results)
    page, _ = built(matrix, results, tmp_path)
    assert "not trained: run the same command again" in page


def test_results_that_were_not_analyzed_are_refused(matrix: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Run `python -m seqbench collect --config FILE`"):
        build(matrix, tmp_path, tmp_path / "page")
    assert not (tmp_path / "page.html").exists()


HOSTILE = (
    "<script>alert(1)</script>",
    "</script>",
    '#import "@preview/x:0.1.0"',
    "$x$ *b* _i_",
    "`",
)


def test_hostile_text_is_shown_and_never_run(matrix: Path, tmp_path: Path, made: Made) -> None:
    results = made(tmp_path / "r", tasks=["adding"], cells=["rnn"], remedies=["none", "clip_norm"])
    tables = load(results)
    for i, words in enumerate(HOSTILE):
        tables.trials.loc[i, ["status", "reason"]] = ["failed", words]
    tables.costs["machine"] = HOSTILE[0]
    said = content.build(tables, matrix, results)
    said["answer"] = [*HOSTILE]
    page = html.render(said, results / "figures")
    body = page.partition("<body>")[2]
    assert body.count("<script>") == 1 and "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert pdf.render(said, results / "figures").startswith(b"%PDF-")
    assert json.dumps(said, allow_nan=False)
