"""How far the headline is from flipping: its answer comes first, then what changes it."""

import pytest

from seqbench.report.chapters import robust
from tests.helpers.aloud import read_aloud
from tests.helpers.bare import bare, with_rows
from tests.helpers.rows import arms

ALL = {
    "question": "remedy", "name": "omega", "versus": "none", "change": "all", "tasks": 2, "n": 20,
    "difference": 0.2, "low": 0.1, "high": 0.3, "p": 0.012, "flips": False,
}  # fmt: skip


def said(*changes: dict[str, object], **whole: object) -> str:
    rows = [ALL | whole, *(ALL | change for change in changes)]
    tables = with_rows(bare(arms({("rnn", "none"): 0.5})), "flips", *rows)
    (text,) = robust.gather(tables)["words"]
    read_aloud(text)
    return text


@pytest.mark.parametrize(
    ("known", "answer"),
    [
        ({}, "? Yes: on all telling tasks, the difference of test skill is +0.20 [+0.10, +0.30] "
         "(p = 0.012, corrected for all that it was chosen from)."),
        ({"difference": -0.2}, "? No, on the contrary: on all telling tasks"),
        ({"p": 0.06}, "? Not shown: on all telling tasks"),
        ({"p": 0.00001}, "(p < 0.0001, corrected for all that it was chosen from)"),
    ],
)  # fmt: skip
def test_the_question_is_answered(known: dict[str, object], answer: str) -> None:
    assert answer in said(**known)


def test_what_changes_the_answer_is_named() -> None:
    same = {"change": "without copy", "flips": False}
    other = {"change": "without adding", "flips": True, "p": 0.4, "difference": 0.05}
    assert said(same, same).endswith("are the same in all 2 variations.")
    assert said(same, other).endswith("in 1 of 2 variations: without `adding` (+0.05, p = 0.4).")
    assert said().endswith("With one task alone, nothing can be left out.")
