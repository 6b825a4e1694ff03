"""A large run does not make a page that no browser opens, nor a paper that nobody reads."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.image import AxesImage

from seqbench.figures import score_map
from seqbench.figures.drawing import style
from seqbench.report import build, content, provenance
from seqbench.report.editions import html, pdf
from seqbench.report.task_pages import pages
from seqbench.results import load


def rows_of(page: str) -> int:
    return page.count("<tr>")


@pytest.fixture
def page_of(
    matrix: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], tuple[str, content.Content]]:
    def made(folded: int) -> tuple[str, content.Content]:
        monkeypatch.setattr(pages, "FOLDED", folded)
        said = content.build(load(results), matrix, results)
        return html.render(said, results / "figures"), said

    return made


def test_a_page_of_many_scores_unfolds_them_on_demand(
    page_of: Callable[[int], tuple[str, content.Content]],
) -> None:
    whole, said = page_of(10**6)
    folded, _ = page_of(1)
    held = re.findall(r'<script type="application/json" class="rows">(.*?)</script>', folded)
    every = [row for task in said["tasks"] for row in task["full"]["rows"]]
    found = [row for text in held for row in json.loads(text)]
    assert rows_of(whole) - rows_of(folded) == len(every) == len(found) > 0
    texts = [[entry if isinstance(entry, str) else entry[0] for entry in row] for row in found]
    assert texts == [[entry[0] for entry in row] for row in every]
    assert "application/json" not in whole


def test_rows_that_wait_cannot_end_their_element() -> None:
    text = html.packed(
        [[["</script><script>alert(1)</script>", None], ["`x`", "x"], ["1", 0.123456]]]
    )
    assert "<" not in text
    assert json.loads(text)[0][1:] == [["`x`", "x"], ["1", 0.1235]]


def test_a_paper_of_many_scores_names_their_file(
    matrix: Path, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(matrix, results, tmp_path / "whole")
    monkeypatch.setattr(pages, "PRINTED", 1)
    build(matrix, results, tmp_path / "short")
    said = content.build(load(results), matrix, results)
    assert "tables/summary.csv" in str(said["unprinted"])
    whole, short = ((tmp_path / f"{name}.pdf").stat().st_size for name in ("whole", "short"))
    assert short < whole
    assert pdf.render(said, results / "figures").startswith(b"%PDF-")


def test_a_reason_per_trial_does_not_become_a_row_per_trial(results: Path) -> None:
    trials = load(results).trials
    many = pd.concat([trials.head(1)] * (provenance.GROUPS + 50), ignore_index=True)
    many["status"], many["reason"] = "failed", [f"reason {i}" for i in many.index]
    rows = provenance.holes(many)
    assert len(rows) == provenance.GROUPS + 1
    assert rows[-1][-1].startswith("50 more groups")


def test_a_map_of_many_fields_is_a_picture_per_task(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(score_map, "FIELDS", 1)
    tables = load(results)
    with style.applied():
        figure = score_map.draw(tables)
        style.to_svg(figure)
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == tables.summary.task.nunique()
    assert all(len(axes.findobj(AxesImage)) == 1 and not axes.texts for axes in panels)
