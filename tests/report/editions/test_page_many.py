"""The page of 50,000 trials: small enough to send, and open at once."""

import dataclasses
import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seqbench.analysis.tidy import Long, Tables
from seqbench.report import content, facts
from seqbench.report.editions import html
from seqbench.report.task_pages import runs
from seqbench.results import load
from tests.helpers.browser import chromium
from tests.helpers.browser.page import Page

CELLS, REMEDIES = 8, 7  # copies of each, told apart by a label after @
TRIALS = 50_000


def labeled(frame: pd.DataFrame) -> pd.DataFrame:
    """Every row once for every pair of copies of its cell and its remedy."""
    copies = []
    for cell in range(CELLS):
        for remedy in range(REMEDIES):
            copy = frame.copy()
            for name, number in (("cell", cell), ("remedy", remedy)):
                if name in copy and number:
                    copy[name] = copy[name] + f"@{number}"
            copies.append(copy)
    return pd.concat(copies, ignore_index=True)


def shaken(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Other digits in every copy: equal ones would pack too well."""
    random = np.random.default_rng(0)
    for name in columns:
        frame[name] = frame[name].astype("float64") * random.normal(1, 0.02, len(frame))
    return frame


def many(small: Tables, folder: Path) -> Tables:
    """The same tables with many more trials; what the page does not read is left as it was."""
    rows = small.curves.where().assign(fingerprint="")
    schema = pq.read_schema(small.curves.path)
    large = shaken(labeled(rows)[schema.names], "value")
    table = pa.Table.from_pandas(large, schema=schema, preserve_index=False)
    pq.write_table(table, folder / "curves.parquet", row_group_size=100_000)
    derived = {name: labeled(small.derived[name]) for name in ("summary", "comparisons")}
    return dataclasses.replace(
        small,
        trials=shaken(labeled(small.trials), "test_skill", "test_score", "valid_score"),
        costs=labeled(small.costs),
        curves=Long(folder / "curves.parquet"),
        derived=small.derived | derived,
    )


class Built(NamedTuple):
    """A page, the processor time it took in seconds, and the peak memory in bytes."""

    file: Path
    seconds: float
    peak: int


def build(results: Path, matrix: Path, folder: Path) -> Built:
    tables = many(load(results), folder)
    assert facts.trial_count(tables.trials) >= 0.95 * TRIALS
    start = time.process_time()
    said = content.build(tables, matrix, results)
    page = html.render(said, results / "figures")
    seconds = time.process_time() - start
    (folder / "page.html").write_text(page, encoding="utf-8")
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return Built(folder / "page.html", seconds, 1024 * int(peak[1]) if peak else 0)


@pytest.fixture(scope="module")
def built(
    matrix: Path, made: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Built:
    """In a process of its own, whose memory nothing else has used."""
    folder = tmp_path_factory.mktemp("many")
    tasks = ("adding", "copy", "temporal_order", "digits", "sunspots", "pydoc", "spelling", "ett")
    results = made(
        folder / "results",
        tasks=tasks,
        cells=("rnn", "gru", "lstm"),
        remedies=("none", "clip_norm", "orthogonal", "truncate"),
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(build, results, matrix, folder).result()


def test_the_page_of_many_trials_is_small_and_soon_there(built: Built) -> None:
    assert built.file.stat().st_size < 15e6
    assert built.seconds < 60
    assert built.peak < 2e9


@pytest.mark.skipif(chromium.program() is None, reason="there is no Chromium")
def test_the_page_of_many_trials_opens_at_once(built: Built, tmp_path: Path) -> None:
    with chromium.running(tmp_path / "profile") as browser:
        tab = Page(browser, tmp_path)
        assert tab.quickest(built.file.as_uri()) < 2
        tab.open("about:blank")
        tab.open(f"{built.file.as_uri()}#run/copy/rnn%401/clip_norm%403")
        tab.until("document.querySelectorAll('#run .seed').length === 18")
        assert tab.complaints() == []


def test_curves_are_thinned_by_what_a_page_can_carry() -> None:
    assert runs.points(1) == runs.MOST
    assert 2 * TRIALS * runs.points(TRIALS) <= runs.POINTS
    assert runs.points(10**7) == 0


def test_every_task_has_its_runs_once(built: Built) -> None:
    page = built.file.read_text(encoding="utf-8")
    packed = re.findall(r'<script type="application/gzip" class="runs" data-task="(\w+)">', page)
    assert len(packed) == len(set(packed)) == 8
