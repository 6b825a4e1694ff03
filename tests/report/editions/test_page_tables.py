"""Tables sort, filter, hide columns and leave the page as files."""

from tests.helpers.browser.actions import BOX, column, head
from tests.helpers.browser.page import Page


def test_a_head_sorts_both_ways_and_holes_stay_last(page: Page) -> None:
    page.run(f"{head('Skill')}.click()")
    up = [float(key) for key in column(page, 2) if key]
    assert up == sorted(up) and column(page, 2)[-1] == ""
    assert page.run(f"{head('Skill')}.parentNode.ariaSort") == "ascending"
    page.run(f"{head('Skill')}.click()")
    assert [float(key) for key in column(page, 2) if key] == up[::-1]
    assert column(page, 2)[-1] == "" and len(set(up)) > 3


def test_words_filter_the_rows(page: Page) -> None:
    every = column(page, 0)
    page.run(
        f"(() => {{ const box = document.querySelector('{BOX} input[type=search]');"
        "box.value = 'LSTM clip'; box.dispatchEvent(new Event('input')); })()"
    )
    assert set(column(page, 0)) == {"lstm"}
    assert all("clip" in name for name in column(page, 1))
    shown = page.run(f"document.querySelector('{BOX} .shown').textContent")
    assert shown == f"{len(column(page, 0))} of {len(every)} rows"


def test_a_hidden_column_is_left_out_of_downloads(page: Page) -> None:
    page.run(f"document.querySelector('{BOX} .columns').open = true")
    page.click(f"{BOX} .columns li:nth-child(3) input")
    assert page.run(f"{head('Skill')}.parentNode.hidden")
    page.click(f"{BOX} .csv")
    lines = page.downloaded("adding.csv").splitlines()
    assert lines[0].startswith('"Cell","Remedy","Score"') and '"Skill"' not in lines[0]
    assert len(lines) == 1 + len(column(page, 0))


def test_latex_is_a_tabular_of_what_is_shown(page: Page) -> None:
    page.click(f"{BOX} .latex")
    text = page.downloaded("adding.tex")
    assert text.startswith("\\begin{tabular}{ll") and text.endswith("\\end{tabular}\n")
    assert "\\texttt{clip\\_norm}" in text and "\\%" in text and "\u2212" not in text
    rows = [line for line in text.splitlines() if line.endswith("\\\\")]
    assert len({line.count("&") - line.count("\\&") for line in rows}) == 1
    assert len(rows) == 1 + len(column(page, 0))


def test_a_formula_is_no_formula_in_the_csv(page: Page) -> None:
    assert page.run("quoted('=cmd()')") == '"\'=cmd()"'
    assert page.run("quoted('\u22120.5')") == '"-0.5"'
