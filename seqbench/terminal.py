"""Lines that fit the terminal: what is too long goes on below, indented; nothing is cut.

No color, so that a file or a pipe gets what a person sees.
"""

import re
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

NARROW = 8  # columns that a column of a table keeps
USUAL = 80  # columns, where the terminal does not say
LEAST = 40  # columns: narrower, words would stand one to a line
ROOM = 50  # columns that a statement asks for beside what precedes it


def width() -> int:
    """Columns of the terminal, or COLUMNS, or 80."""
    return max(LEAST, shutil.get_terminal_size((USUAL, 24)).columns)


def hung(first: str, words: str, rest: int | None = None) -> Iterator[str]:
    """`first` and words after it; what does not fit is indented by `rest`, or as far as `first`."""
    later = " " * (len(first) if rest is None else rest)
    yield from textwrap.wrap(
        words, width(), initial_indent=first, subsequent_indent=later, break_on_hyphens=False
    ) or [first.rstrip()]


def row(cells: str, words: str, rest: int) -> Iterator[str]:
    """A row of a table: its long last column beside the others, or below where that is narrow."""
    if width() - len(cells) >= ROOM:
        yield from hung(cells, words)
    else:
        yield cells.rstrip()
        yield from hung(" " * rest, words)


def labelled(label: str, words: object) -> Iterator[str]:
    """A fact: its name, and its words in a column beside."""
    yield from hung(f"{label:<11}", str(words))


def command(indent: str, *parts: str) -> Iterator[str]:
    """A command to copy: as many parts on a line as fit, the next line after a backslash."""
    line = indent + parts[0]
    for k, part in enumerate(parts[1:], 2):
        more = 2 * (k < len(parts))  # room for the backslash, unless this is the last part
        if len(line) + 1 + len(part) + more <= width():
            line += f" {part}"
        else:
            yield f"{line} \\"
            line = f"{indent}  {part}"
    yield line


def table(indent: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Aligned columns, two spaces apart; what is too wide goes on below in its column.

    The widest column gives way first, to no less than NARROW.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = width() - len(indent) - 2 * (len(widths) - 1)
    while sum(widths) > room and max(widths) > NARROW:
        widths[widths.index(max(widths))] -= 1
    for row in rows:
        cells = [_folded(text, wide) for text, wide in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            pairs = zip(parts, widths, strict=True)
            yield (indent + "  ".join(f"{part:<{wide}}" for part, wide in pairs)).rstrip()


def _folded(text: str, wide: int) -> list[str]:
    """Lines of at most so many letters: broken between words; a name, behind its _ + @ and /."""
    lines = [""]
    for word in re.findall(r"\S+\s*", text):
        whole = len(word.rstrip()) <= wide
        for part in [word] if whole else re.findall(r"[^_+@/]+[_+@/]*|[_+@/]+", word):
            for piece in [part] if whole else textwrap.wrap(part, wide, drop_whitespace=False):
                if len((lines[-1] + piece).rstrip()) > wide:
                    lines.append("")
                lines[-1] += piece
    return [line.rstrip() for line in lines]
