"""Both editions from results that nobody wishes for: failed, torn, tiny, constant; and from all."""

import html
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seqbench import records, registry
from seqbench.figures import draw_all
from seqbench.report import build
from seqbench.results import analyze, load
from tests.helpers.collected import collect
from tests.helpers.results import write_results

Made = Callable[..., Path]
Rows = list[dict[str, object]]
NOT_PRINTED = re.compile(r"\b(nan|NaN|NaT|None(?!\.)|inf)\b|<NA>")
SOME = {"tasks": ["adding", "digits"], "cells": ["rnn", "lstm", "jordan"],
        "remedies": ["none", "clip_norm", "forget_bias"], "seeds": [0, 1]}  # fmt: skip


def built(matrix: Path, results: Path, jobs: list[tuple[str, str]], drawn: bool = False) -> str:
    """Everything after training; the words of the page. drawn: with the real figures."""
    collect(results, jobs)
    analyze(results)
    if drawn:
        draw_all(results)
    build(matrix, results, results / "page")
    assert (results / "page.pdf").read_bytes().startswith(b"%PDF-")
    page = (results / "page.html").read_text()
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", "", page, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", " ", body))
    told = text.partition("The matrix,")[0]  # cards may speak of None
    assert not NOT_PRINTED.search(told), NOT_PRINTED.search(told)
    return " ".join(text.split())


def changed(folder: Path, task: str, cell: str, change: Callable[[Rows], Rows]) -> None:
    """Edit the rows of one job as if training had written others."""
    path = folder / "trials" / task / f"{cell}.parquet"
    records.write(path, "trials", change(records.read(path, "trials").to_pylist()))


def failed(rows: Rows) -> Rows:
    kept = [name for name in records.TRIALS if not name.endswith(("_score", "_skill", "solved"))]
    reason = {"status": "failed", "reason": "cells.py, line 1: ValueError: as if."}
    return [{name: row[name] for name in kept} | reason for row in rows]


def test_everything_failed(matrix: Path, tmp_path: Path) -> None:
    jobs = write_results(tmp_path, **SOME)
    for task, cell in jobs:
        changed(tmp_path, task, cell, failed)
    text = built(matrix, tmp_path, jobs, drawn=True)
    assert "as if." in text and "Nothing was run, so nothing can be concluded." in text


def test_one_cell_failed_and_one_job_is_missing(matrix: Path, tmp_path: Path) -> None:
    jobs = write_results(tmp_path, **SOME)
    for task in ("adding", "digits"):
        changed(tmp_path, task, "lstm", failed)
    for table in records.TABLES:
        (tmp_path / table / "digits" / "jordan.parquet").unlink()
    text = built(matrix, tmp_path, jobs)
    assert "as if." in text and "not trained: run the same command again" in text


def test_a_third_of_the_results_is_gone(matrix: Path, tmp_path: Path) -> None:
    jobs = write_results(tmp_path, **SOME | {"seeds": range(4)})
    random = np.random.default_rng(0)
    for task, cell in jobs:
        changed(tmp_path, task, cell, lambda rows: [r for r in rows if random.random() > 0.35])
    built(matrix, tmp_path, jobs, drawn=True)


def test_one_trial(matrix: Path, tmp_path: Path) -> None:
    lists = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none"]}
    jobs = write_results(tmp_path, **lists, seeds=[0], learning_rates=[0.1])
    text = built(matrix, tmp_path, jobs)
    assert "no effect of a remedy can be claimed" in text


def test_nothing_at_all(matrix: Path, tmp_path: Path) -> None:
    text = built(matrix, tmp_path, [])
    assert "Nothing was run: the tables are empty." in text


def test_scores_that_are_all_the_same(matrix: Path, tmp_path: Path) -> None:
    jobs = write_results(tmp_path, **SOME | {"seeds": range(6)})

    def constant(rows: Rows) -> Rows:
        scored = [name for name in records.TRIALS if name.endswith(("_skill", "_score"))]
        return [row | dict.fromkeys(scored, 0.25) for row in rows]

    for task, cell in jobs:
        changed(tmp_path, task, cell, constant)
    built(matrix, tmp_path, jobs)
    verdicts = load(tmp_path).comparisons["verdict"]
    assert len(verdicts) and not verdicts.isin(["better", "worse"]).any()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, matrix: Path) -> Path:
    """Every cell under every remedy, on a task."""
    folder = tmp_path_factory.mktemp("whole")
    cells, remedies = registry.names("cells"), registry.names("remedies")
    lists = {"tasks": ["adding"], "cells": cells, "remedies": remedies}
    jobs = write_results(folder, **lists, seeds=[0, 1], learning_rates=[0.1])
    collect(folder, jobs)
    analyze(folder)
    began = time.process_time()
    draw_all(folder)
    build(matrix, folder, folder / "page")
    assert time.process_time() - began < 120
    return folder


def test_every_cell_under_every_remedy(whole: Path) -> None:
    page = (whole / "page.html").read_text()
    for kind in ("cells", "remedies"):
        assert all(f">{name}</code>" in page for name in registry.names(kind))
    assert (whole / "page.html").stat().st_size < 15e6
    assert (whole / "page.pdf").stat().st_size < 15e6


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
def test_no_word_leaves_its_page_or_lies_on_another(whole: Path) -> None:
    command = ["pdftotext", "-bbox", str(whole / "page.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    word = re.compile(
        r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)<'
    )
    for number, page in enumerate(text.split("<page ")[1:], 1):
        width = float(re.findall(r'width="([\d.]+)"', page)[0])
        found = [(*map(float, match[:4]), match[4]) for match in word.findall(page)]
        beyond = [w for w in found if w[0] < 28 or w[2] > width - 28]
        assert not beyond, f"page {number}: {beyond[:3]}"
        lines: dict[float, list[tuple]] = {}
        for box in found:
            lines.setdefault(round(box[3], 1), []).append(box)
        for line in lines.values():
            line.sort()
            spoken = [box for box in line if len(box[4]) > 1]  # formulas stack their signs
            for left, right in zip(spoken, spoken[1:], strict=False):
                assert right[0] > left[2] - 2, f"page {number}: {left[4]} over {right[4]}"


def test_a_cell_under_labels_alone(matrix: Path, tmp_path: Path) -> None:
    cells = {"cells": ["rnn@loud", "rnn@quiet"], "remedies": ["none", "clip_norm"]}
    jobs = write_results(tmp_path, **(SOME | cells))
    assert "rnn@quiet" in built(matrix, tmp_path, jobs, drawn=True)
