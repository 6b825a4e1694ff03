"""The archive's format for labeled time series, `.ts`: a header of @-lines, then a series a line.

    @problemName GunPoint          # begins a comment
    @univariate true
    @classLabel true 1 2
    @data
    0.5,0.7,0.1:0.2,0.4,0.3:2      channels between colons, the class at the end

Source: dau2019, bagnall2018
"""

import numpy as np

from seqbench.data.formats.labeled import FLOAT, Labeled
from seqbench.data.guards import Blob, text

KEYS = {
    "problemname", "timestamps", "missing", "univariate", "dimensions", "equallength",
    "serieslength", "classlabel",
}  # fmt: skip
ALLOWED = "a .ts file of complete, labeled series"
MOST_CHANNELS, LONGEST = 100, 100_000


def parse(blob: Blob) -> Labeled:
    """Series (t, channels) and their classes, numbered as the header lists them.

    Raises:
        InputError: no such file; or a row that is not what its header promises.
    """
    header, rows, first = _apart(blob)
    classes = _classes(blob, header)
    channels = _channels(blob, header)
    sequences, labels = [], []
    for number, row in enumerate(rows, start=first):
        if not row.strip():
            continue
        *columns, label = row.strip().split(":")
        if label not in classes:
            raise blob.refused(f"line {number} ends in {label[:20]!r}", f"{', '.join(classes)}")
        if len(columns) != channels:
            has = f"line {number} has {len(columns)} channels"
            raise blob.refused(has, f"{channels}, as its header says")
        sequences.append(_series(blob, number, columns))
        labels.append(classes.index(label))
    if not sequences:
        raise blob.refused("has no series", ALLOWED)
    _check_lengths(blob, header, {len(s) for s in sequences})
    return Labeled(tuple(sequences), np.array(labels))


def _apart(blob: Blob) -> tuple[dict[str, list[str]], list[str], int]:
    """The header's words by key, the rows after it, and the number of the first one."""
    header: dict[str, list[str]] = {}
    lines = text(blob).removeprefix("\ufeff").split("\n")
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line.lower() == "@data":
            return header, lines[number:], number + 1
        if line and not line.startswith("#"):
            key, *words = line.split() if line.startswith("@") else [line]
            name = key[1:].lower()
            if not line.startswith("@") or name not in KEYS or name in header:
                raise blob.refused(
                    f"line {number} is {line[:40]!r}", f"@{', @'.join(sorted(KEYS))} once"
                )
            header[name] = words
    raise blob.refused("has no line @data", ALLOWED)


def _classes(blob: Blob, header: dict[str, list[str]]) -> list[str]:
    for key in ("timestamps", "missing"):
        if header.get(key, ["false"]) != ["false"]:
            raise blob.refused(f"has @{key} {' '.join(header[key])[:40]}", f"@{key} false")
    flag, *classes = header.get("classlabel") or [""]
    if flag != "true" or len(classes) < 2 or len({*classes}) != len(classes):
        raise blob.refused("names no two classes", "@classLabel true, and each class once")
    return classes


def _channels(blob: Blob, header: dict[str, list[str]]) -> int:
    match header.get("univariate"), header.get("dimensions", ["1"]):
        case ["true"], ["1"]:
            return 1
        case ["false"], [number] if number.isdecimal() and 1 <= int(number) <= MOST_CHANNELS:
            return int(number)
    raise blob.refused("does not say its channels", "@univariate, and @dimensions where false")


def _series(blob: Blob, number: int, columns: list[str]) -> FLOAT:
    try:
        found = [np.array(column.split(","), np.float64) for column in columns]
    except ValueError as error:
        raise blob.refused(f"line {number}: {error}", "numbers between commas") from error
    if len({len(column) for column in found}) > 1 or len(found[0]) > LONGEST:
        raise blob.refused(f"line {number} has channels of different lengths", "one length")
    series = np.column_stack(found)
    if not np.isfinite(series).all():
        raise blob.refused(f"line {number} has a number that is not finite", "finite numbers")
    return series


def _check_lengths(blob: Blob, header: dict[str, list[str]], lengths: set[int]) -> None:
    if header.get("equallength") != ["true"]:
        return
    promised = header.get("serieslength", [str(min(lengths))])
    if [str(length) for length in lengths] != promised:
        found = f"from {min(lengths)} to {max(lengths)}"
        raise blob.refused(f"has lengths {found}", f"one, @seriesLength {' '.join(promised)[:20]}")
