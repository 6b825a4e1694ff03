"""Indoor movement: strength of four radio signals while somebody walks, eight times a second.

Three pairs of rooms (groups), 104, 106 and 104 walks. Published are two ways to split: this is the
heterogeneous one, which tests in the third pair of rooms, where nobody walked in training.

Source: bacciu2014
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards
from seqbench.data.baselines.constants import majority
from seqbench.data.baselines.rules import nearest_in_time
from seqbench.data.formats.labeled import INT, Labeled, Parts, every

ANCHORS, WALKS, SHORTEST, LONGEST = 4, 314, 19, 129
GROUPS = {1: 104, 2: 106, 3: 104}
HELD = 4  # every so many-th train walk of each group and class validates


class Walks(NamedTuple):
    """Signals (t, 4), -1 to 1; whether the room is changed, (N,); and where that was, (N,)."""

    walks: Labeled
    groups: INT


@cache
def load() -> Walks:
    """All walks, in the order of their numbers.

    Raises:
        MissingData, InputError: they are not here, or damaged.
    """
    return parse(files.read("indoor_movement", "IndoorMovement.zip"))


def parse(blob: guards.Blob) -> Walks:
    """What the archive holds.

    Raises:
        InputError: it is damaged, or another set.
    """
    archive = guards.Archive(blob)
    targets = _column(archive, "dataset/MovementAAL_target.csv", (-1, 1))
    groups = _column(archive, "groups/MovementAAL_DatasetGroup.csv", tuple(GROUPS))
    walks = tuple(_walk(archive, number) for number in range(1, WALKS + 1))
    if dict(enumerate(np.bincount(groups)[1:].tolist(), start=1)) != GROUPS:
        raise blob.refused("has other groups", f"{GROUPS}")
    return Walks(Labeled(walks, (targets + 1) // 2), groups)


def _column(archive: guards.Archive, member: str, values: tuple[int, ...]) -> NDArray[np.int64]:
    blob = archive.read(member)
    numbers, found = guards.table(blob, 2, header=1).T
    if not np.array_equal(numbers, np.arange(1, WALKS + 1)):
        raise blob.refused("does not number its walks", f"1 to {WALKS} in order")
    if not np.isin(found, values).all():
        raise blob.refused("has another value", f"{values}")
    return found.astype(np.int64)


def _walk(archive: guards.Archive, number: int) -> NDArray[np.float64]:
    blob = archive.read(f"dataset/MovementAAL_RSS_{number}.csv")
    found = guards.table(blob, ANCHORS, header=1)
    if not SHORTEST <= len(found) <= LONGEST or np.abs(found).max() > 1:
        raise blob.refused("is no walk", f"{SHORTEST} to {LONGEST} steps of -1 to 1")
    return found


@cache
def parts() -> Parts:
    """Train and valid (every fourth walk of each group and class) of groups 1 and 2; test: 3."""
    walks, groups = load()
    known = groups < 3
    held = known & every(2 * groups + walks.labels, HELD)
    return walks.pick(known & ~held), walks.pick(held), walks.pick(~known)


@cache
def guess() -> float:
    """Accuracy on test of the best constant answer."""
    return majority(parts()[2].labels)


@cache
def neighbor() -> float:
    """Accuracy on test of the nearest train walk, each averaged over five parts of time."""
    return nearest_in_time(parts())
