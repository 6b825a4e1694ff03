"""A score opens its runs: curves, every trial, and the command that repeats it."""

from pathlib import Path

import pytest

from seqbench.results import load
from tests.helpers.browser import chromium
from tests.helpers.browser.actions import BOX, RUN, opened
from tests.helpers.browser.page import Page


def test_a_score_opens_its_runs_by_key_and_escape_comes_back(page: Page) -> None:
    page.run("document.querySelector('#table-adding').closest('details').open = true")
    page.run(f"document.querySelector(`{BOX} a[href='{RUN}']`).focus()")
    page.press("Enter")
    opened(page)
    assert page.run("location.hash") == RUN
    assert page.run("document.querySelectorAll('#run .plots svg:nth-child(1) .seed').length") == 9
    assert page.run("document.querySelectorAll('#run .plots svg:nth-child(2) .seed').length") == 9
    assert page.run("document.querySelectorAll('#run tbody tr').length") == 9
    page.press("Escape")
    page.until("!document.getElementById('run').open")
    assert page.run("document.activeElement.hash") == RUN
    page.until("location.hash === '#task-adding'")


def test_every_trial_has_its_curve_and_its_command(page: Page) -> None:
    page.run(f"location.hash = '{RUN}'")
    opened(page)
    first = page.run("document.querySelector('#run pre').textContent")
    page.run("document.querySelector('#run tbody tr:last-child input').click()")
    last = page.run("document.querySelector('#run pre').textContent")
    command = "python -m seqbench train --config matrix.yaml --task adding --cell rnn"
    assert str(first).startswith(f"{command} --remedy clip_norm --seed ")
    assert last == f"{command} --remedy clip_norm --seed 2 --learning-rate 0.5"
    assert page.run("document.querySelectorAll('#run .picked').length") == 2


def test_the_address_of_runs_opens_them(page: Page, file: Path) -> None:
    page.open("about:blank")
    page.open(f"{file.as_uri()}#run/adding/rnn/clip_norm%2Borthogonal")
    opened(page)
    title = page.run("document.getElementById('run-title').textContent")
    assert title == "rnn with clip_norm+orthogonal on adding"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("#run/adding/rnn/forget_bias", "Does not apply: the cell has no forget gate"),
        ("#run/adding/nobody/none", "No such runs are in this report."),
        ("#run/nowhere/rnn/none", "No such runs are in this report."),
    ],
)
def test_runs_that_are_not_there_say_so(page: Page, address: str, words: str) -> None:
    page.run(f"location.hash = '{address}'")
    page.until("document.querySelector('#run .notice')")
    assert page.run("document.querySelector('#run .notice').textContent") == words


def test_the_curves_are_those_of_the_tables(page: Page, file: Path) -> None:
    rows = load(file.parent / "results").curves.where(task="adding", cell="rnn", quantity="skill")
    own = rows[rows.remedy.eq("clip_norm") & rows.seed.eq(1) & rows.learning_rate.eq(0.1)]
    page.run(f"location.hash = '{RUN}'")
    opened(page)
    found = page.run(
        "unpack(document.querySelector('script.runs[data-task=adding]')).then((text) => {"
        "const data = JSON.parse(text); const trial = trials(data, 'rnn', 'clip_norm')"
        ".find((one) => one.seed === 1 && one.rate === 0.1);"
        "const curves = data.curves.skill;"
        "return [curves.steps[curves.of[trial.row]], curves.values[trial.row]]; })"
    )
    assert isinstance(found, list)
    assert found[0] == own.sort_values("step").step.tolist()
    assert found[1] == pytest.approx(own.sort_values("step").value.tolist(), rel=6e-3)


def test_a_browser_that_cannot_unpack_says_so(browser: chromium.Browser, file: Path) -> None:
    tab = Page(browser, file.parent)
    tab.call("Page.addScriptToEvaluateOnNewDocument", source="delete window.DecompressionStream")
    tab.open(f"{file.as_uri()}{RUN}")
    tab.until("document.querySelector('#run .notice')")
    words = tab.run("document.querySelector('#run .notice').textContent")
    assert str(words).startswith("This browser cannot unpack the runs")
    tab.close()
