"""The last lines count what failed, diverged or is missing, each with its first reason."""

import pytest

from seqbench.records import STATUSES
from seqbench.tally import KINDS, LONGEST, MISSING, NOT_TRAINED, tally

ENDED = [
    ("ok", ""),
    ("failed", "cell.py, line 3: AttributeError: no x"),
    ("failed", "something else"),
    ("diverged", "the loss is not finite"),
    ("not_applicable", "It has no gate."),
    ("failed", NOT_TRAINED),
]


def rows(ended: list[tuple[str, str]]) -> list[dict[str, str]]:
    """Rows of one combination that ended so."""
    combination = {"task": "copy", "cell": "lstm", "remedy": "none"}
    return [combination | {"status": status, "reason": reason} for status, reason in ended]


def test_every_kind_is_counted_with_its_first_reason() -> None:
    assert str(tally(rows(ENDED))).splitlines() == [
        "1 ok, 1 diverged, 1 not_applicable, 2 failed, 1 missing",
        "  failed: copy / lstm / none: cell.py, line 3: AttributeError: no x",
        "  diverged: copy / lstm / none: the loss is not finite",
        f"  missing: copy / lstm / none: {NOT_TRAINED}",
    ]


def test_every_status_has_its_count() -> None:
    assert set(KINDS) == {*STATUSES, MISSING}


@pytest.mark.parametrize(
    ("ended", "good"),
    [
        ([], True),
        ([("ok", ""), ("diverged", "x"), ("not_applicable", "y")], True),
        ([("ok", ""), ("failed", "x")], False),
        ([("timeout", "x")], False),
        ([("failed", NOT_TRAINED)], False),
    ],
)
def test_good_is_a_run_that_has_all_results(ended: list[tuple[str, str]], good: bool) -> None:
    assert tally(rows(ended)).good is good


def test_a_long_reason_is_cut() -> None:
    line = str(tally(rows([("failed", "x" * 1000)]))).splitlines()[1]
    assert len(line) < LONGEST + 40 and line.endswith("...")
