"""Reading the page: colors, widths, places, folds, figures, without any network."""

from pathlib import Path

import pytest

from tests.helpers.browser import axe, chromium
from tests.helpers.browser.actions import RUN, laid_out, opened
from tests.helpers.browser.page import Page


def test_a_figure_gives_its_data_and_a_light_drawing(page: Page, file: Path) -> None:
    page.run("theme.click()")
    for label, name in (("CSV", "overview.csv"), ("SVG", "overview.svg")):
        buttons = "[...document.querySelectorAll('#figure-overview button')]"
        page.run(f"{buttons}.find((button) => button.textContent === '{label}').click()")
        page.downloaded(name)
    data = (file.parent / "results" / "figures" / "overview.csv").read_text()
    assert page.downloaded("overview.csv") == data
    drawing = page.downloaded("overview.svg")
    assert "var(" not in drawing and "#ffffff" in drawing and drawing.startswith("<svg xmlns")
    page.click("#figure-overview .numbers summary")
    page.until("document.querySelector('#figure-overview tbody tr')")
    shown = page.run("document.querySelectorAll('#figure-overview tbody tr').length")
    assert shown == data.count("\n") - 1


def test_the_button_and_the_system_choose_the_colors(page: Page) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    plate = "getComputedStyle(document.querySelector('.drawing')).backgroundColor"
    light = (page.run(paper), page.run(plate))
    page.prefer("dark")
    dark = (page.run(paper), page.run(plate))
    page.run("theme.click(); theme.click()")
    assert page.run("document.documentElement.dataset.theme") == "light"
    assert (page.run(paper), page.run(plate)) == light and not set(light) & set(dark)
    page.run("theme.click()")
    assert (page.run(paper), page.run(plate)) == dark


@pytest.mark.parametrize("width", [390, 768, 1440])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    page.size(width)
    laid_out(page)
    wide = "document.documentElement.scrollWidth"
    assert page.run(wide) == width
    page.run(f"location.hash = '{RUN}'")
    opened(page)
    assert page.run("document.querySelector('#run .body').scrollWidth") <= width


def test_the_navigation_marks_where_the_reader_is(page: Page) -> None:
    page.size(390)
    for section in ("tasks", "references", "answer"):
        page.run(f"document.getElementById('{section}').scrollIntoView()")
        link = f"document.querySelector('.top nav a[href=\"#{section}\"]')"
        page.until(f"{link}.ariaCurrent === 'true' || {link}.hasAttribute('aria-current')")
        seen = f"{link}.getBoundingClientRect()"
        assert page.run(f"{seen}.left >= 0 && {seen}.right <= innerWidth")


def test_a_link_into_a_folded_part_unfolds_it(page: Page) -> None:
    assert not page.run("document.querySelector('#table-copy').closest('details').open")
    page.run("location.hash = '#table-copy'")
    page.until("document.querySelector('#table-copy').closest('details').open")


def test_a_printed_page_shows_what_is_folded(page: Page) -> None:
    page.run("dispatchEvent(new Event('beforeprint'))")
    folded = "document.querySelectorAll('main details:not(.columns, .numbers, [open])').length"
    assert page.run(folded) == 0
    page.run("dispatchEvent(new Event('afterprint'))")
    assert page.run(folded) > 0


def test_the_page_opens_at_once(browser: chromium.Browser, file: Path, tmp_path: Path) -> None:
    tab = Page(browser, tmp_path)
    assert tab.quickest(file.as_uri()) < 2
    tab.close()


@pytest.mark.skipif(not axe.source().exists(), reason="there is no axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_there_are_no_grave_barriers(page: Page, scheme: str) -> None:
    page.prefer(scheme)
    laid_out(page)
    page.until("document.querySelectorAll('.numbers table').length > 1")
    assert axe.barriers(page) == []
    page.run(f"location.hash = '{RUN}'")
    opened(page)
    assert axe.barriers(page, "document.getElementById('run')") == []
