"""A sentence of the report, read aloud: does it sound right, whatever the numbers in it?"""

import re

WRONG = {
    "a number that is none": r"\bnan\b|\binf\b|\bNone\b|<NA>|–",
    "one of many": r"(?<![\d.,\[−+])\b1 (?!is\b|was\b|has\b)[a-z]+s\b",
    "many of one": r"(?<![\d.,])\b(?:0|[2-9]|\d\d+) (?:task|run|trial|pair|cell|seed|step|update|"
    r"comparison|combination|remedy|other|setting|value|tree)\b(?! of)",
    "one are": r"(?<![\d.,])\b1 (?:are|have|raise|lie)\b",
    "a gap": r"  | [,.;:)]|\( |,,|\.\.|\(\)|\[\]|``|\band and\b|, and\.|: \.",
}


def read_aloud(text: str) -> None:
    """Asserts that nothing is wrong with it."""
    for what, pattern in WRONG.items():
        plain = re.sub(r"`[^`]*`", "`x`", text) if what != "a gap" else text
        assert not (found := re.search(pattern, plain)), f"{what} ({found[0]!r}): {text}"
    assert text[0].isupper() or text[0] in "`0123456789", text
    assert text.endswith((".", ".)")) and text.count("`") % 2 == 0, text
    for opened, closed in ("()", "[]"):
        assert text.count(opened) == text.count(closed), text
