"""The page of small made-up results, in a browser that the tests here share."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seqbench.analysis.tidy import write_csv
from seqbench.figures import learning_curves, overview
from seqbench.figures.drawing import style
from seqbench.files import write_sealed
from seqbench.report import content
from seqbench.report.editions import html
from seqbench.results import load
from tests.helpers.browser import chromium
from tests.helpers.browser.page import Page

Made = Callable[..., Path]


@pytest.fixture(scope="session")
def file(matrix: Path, made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of made-up results with two real drawings."""
    folder = tmp_path_factory.mktemp("page")
    results = made(
        folder / "results",
        tasks=("adding", "copy"),
        cells=("memoryless", "rnn", "lstm"),
        remedies=("none", "clip_norm", "truncate", "forget_bias", "clip_norm+orthogonal"),
    )
    tables = load(results)
    index = []
    for module in (overview, learning_curves):
        name = module.__name__.rpartition(".")[2]
        with style.applied():
            write_sealed(results / "figures" / f"{name}.svg", style.to_svg(module.draw(tables)))
        write_csv(results / "figures" / f"{name}.csv", module.data(tables))
        words = ("SECTION", "TITLE", "CAPTION", "ALT", "TABLE")
        index.append({"name": name} | {word.lower(): getattr(module, word) for word in words})
    write_sealed(results / "figures" / "index.json", json.dumps(index).encode())
    page = html.render(content.build(tables, matrix, results), results / "figures")
    (folder / "page.html").write_text(page, encoding="utf-8")
    return folder / "page.html"


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    if chromium.program() is None:
        pytest.skip("there is no Chromium")
    with chromium.running(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def page(browser: chromium.Browser, file: Path, tmp_path: Path) -> Iterator[Page]:
    """The page, opened from its file. Whatever a test does, nothing is fetched or complained of."""
    tab = Page(browser, tmp_path)
    tab.size(1440)
    tab.prefer("light")
    tab.open(file.as_uri())
    yield tab
    assert set(tab.requests()) <= {file.as_uri(), "about:blank"}
    assert tab.complaints() == []
    tab.close()
