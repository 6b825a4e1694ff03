"""Names and texts that look like markup are shown as they are, also by the page's script."""

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from seqbench.report import content
from seqbench.report.editions import html
from seqbench.results import load
from tests.helpers.browser import chromium
from tests.helpers.browser.page import Page

pytestmark = pytest.mark.skipif(chromium.program() is None, reason="there is no Chromium")

EVIL = "</script><img src=x onerror=document.title='evil'>`$&"


def test_markup_in_names_knobs_and_reasons_is_text(
    matrix: Path, made: Callable[..., Path], tmp_path: Path
) -> None:
    results = made(
        tmp_path / "results", tasks=["adding"], cells=["rnn"], remedies=["none", "clip_norm"]
    )
    tables = load(results)
    frames = {"trials": tables.trials, "costs": tables.costs}
    frames |= {name: tables.derived[name] for name in ("summary", "comparisons")}
    for frame in frames.values():
        frame["cell"] = EVIL
    tables.trials["knobs"] = json.dumps({"task": {EVIL: EVIL}})
    tables.trials.loc[0, ["status", "reason"]] = ["failed", EVIL]
    page = html.render(content.build(tables, matrix, results), results / "figures")
    file = tmp_path / "page.html"
    file.write_text(page, encoding="utf-8")
    with chromium.running(tmp_path / "profile") as browser:
        tab = Page(browser, tmp_path)
        tab.open(f"{file.as_uri()}#run/adding/{quote(EVIL, safe='')}/none")
        tab.until("document.querySelectorAll('#run tbody tr').length === 9")
        assert EVIL in str(tab.run("document.getElementById('run').textContent"))
        assert tab.run("document.querySelectorAll('img').length") == 0
        assert tab.run("document.title") != "evil"
        command = str(tab.run("document.querySelector('#run pre').textContent"))
        assert "--cell '" + EVIL.replace("'", "'\\''") + "'" in command
        assert tab.complaints() == [] and set(tab.requests()) == {file.as_uri()}
