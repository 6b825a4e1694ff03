"""FxEmojis: 1011 icons of Firefox OS with their Unicode names, in lower case.

The pictures were rendered at 32 x 32 from the vector files of the repository; the names are those
of emoji-test.txt 15.0 where the icon is an emoji (885), else of the character. The split is the one
of the file: 789, 103 and 119 icons by a hash of the code point, no name in two parts.

Source: mozilla2015
"""

from functools import cache

import numpy as np

from seqbench.data.files import read
from seqbench.data.formats.captioned import Part, reduced
from seqbench.data.guards import Blob, arrays, text

SIDE = 16
LETTERS = " !()-018:abcdefghijklmnopqrstuvwxyz’“”"
LONGEST = 42  # characters of a name
COLUMNS = ["index", "codepoint", "category", "split", "caption", "caption_source", "svg_path"]
SPLIT = ("train", "valid", "test")


@cache
def parts() -> tuple[Part, ...]:
    """Train, valid and test.

    Raises:
        MissingData: a file is not on this machine.
        InputError: one is damaged, or not what it should be.
    """
    names, kinds = captions(read("fxemoji", "captions.tsv"))
    blob = read("fxemoji", "fxemoji_32.npz")
    pictures = reduced(arrays(blob).get("images", np.zeros(0)), SIDE, blob)
    if len(pictures) != len(names):
        raise blob.refused(f"holds {len(pictures)} pictures", f"one for each of {len(names)} names")
    where = [[i for i, kind in enumerate(kinds) if kind == part] for part in SPLIT]
    return tuple(Part(pictures[own], tuple(names[i] for i in own)) for own in where)


def captions(blob: Blob) -> tuple[list[str], list[str]]:
    """The name of every icon, and the part that it belongs to.

    Raises:
        InputError: another table, or names with letters or lengths that there should not be.
    """
    head, *lines = text(blob).rstrip("\n").split("\n")
    if head.split("\t") != COLUMNS:
        raise blob.refused(f"has the columns {head!r}", ", ".join(COLUMNS))
    names, kinds = [], []
    for number, line in enumerate(lines):
        fields = line.split("\t")
        if len(fields) != len(COLUMNS) or fields[0] != str(number):
            raise blob.refused(f"its line {number + 2} is {line!r}", f"{len(COLUMNS)} columns")
        name, kind = fields[4].lower(), fields[3]
        if not 0 < len(name) <= LONGEST or set(name) - set(LETTERS):
            raise blob.refused(f"names an icon {name!r}", f"1 to {LONGEST} of {LETTERS}")
        if kind not in SPLIT:
            raise blob.refused(f"has a part {kind!r}", ", ".join(SPLIT))
        names.append(name)
        kinds.append(kind)
    if set(kinds) != set(SPLIT):
        raise blob.refused("lacks a part", ", ".join(SPLIT))
    return names, kinds
