"""What tests of the report's page do again and again."""

from tests.helpers.browser.page import Page

WHOLE = ".plate, .task, .card { content-visibility: visible !important }"
BOX = "#table-adding"
RUN = "#run/adding/rnn/clip_norm"


def column(page: Page, place: int, box: str = BOX) -> list[str]:
    """The entries of a column that are shown."""
    rows = f"[...document.querySelectorAll('{box} tbody tr')].filter((row) => !row.hidden)"
    found = page.run(f"{rows}.map((row) => row.cells[{place}].dataset.key ?? '')")
    assert isinstance(found, list)
    return found


def head(name: str, box: str = BOX) -> str:
    """A script for the button in a column's head."""
    heads = f"[...document.querySelectorAll('{box} th')]"
    return f"{heads}.find((head) => head.textContent === '{name}').firstChild"


def opened(page: Page) -> None:
    page.until("document.getElementById('run').open && document.querySelector('#run .seed')")


def laid_out(page: Page) -> None:
    """Everything unfolded, and laid out also where nobody looks."""
    page.run(
        f"document.head.append(make('style', {{textContent: '{WHOLE}'}}));"
        "for (const box of document.querySelectorAll('main details')) box.open = true; true"
    )
