"""Walks: split by their rooms, else refused."""

import zipfile

import numpy as np

from seqbench.data.guards import Blob
from seqbench.data.sets import indoor_movement
from tests.helpers.archive import contents
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses, zipped


@mirrored
def test_walks_are_split_by_their_rooms() -> None:
    walks, groups = indoor_movement.load()
    assert len(walks.sequences) == 314 and sum(map(len, walks.sequences)) == 13_197
    assert walks.labels.sum() == 158
    train, valid, test = indoor_movement.parts()
    assert [len(p.labels) for p in (train, valid, test)] == [158, 52, 104]
    third = {s.tobytes() for s, g in zip(walks.sequences, groups, strict=True) if g == 3}
    assert contents(test) == third and len(third) == 104
    assert not contents(train) & contents(valid) and not third & (contents(train) | contents(valid))
    with zipfile.ZipFile(MIRROR / "indoor_movement" / "IndoorMovement.zip") as archive:
        lines = archive.read("dataset/MovementAAL_RSS_314.csv").decode().splitlines()[1:]
        target = archive.read("dataset/MovementAAL_target.csv").decode().split()[-1]
    np.testing.assert_array_equal(walks.sequences[-1], [eval(f"[{line}]") for line in lines])
    assert (target == "314,1") == (walks.labels[-1] == 1)


def walks_of(change: dict[str, bytes]) -> Blob:
    step = b"#a, b, c, d\n" + b"0.1,0.2,0.3,-0.4\n" * 20
    numbers = range(1, 315)
    rooms = b"".join(b"%d,%d\n" % (n, 1 + (n > 104) + (n > 210)) for n in numbers)
    targets = b"".join(b"%d,%d\n" % (n, 1 if n % 2 else -1) for n in numbers)
    members = {f"dataset/MovementAAL_RSS_{n}.csv": step for n in numbers}
    members["dataset/MovementAAL_target.csv"] = b"#\xc2\xa0"[:1] + b"id, class\n" + targets
    members["groups/MovementAAL_DatasetGroup.csv"] = b"#id, group\n" + rooms
    return zipped(members | change)


def test_indoor_movement_refuses() -> None:
    assert indoor_movement.parse(walks_of({})).groups.sum() == 104 + 2 * 106 + 3 * 104
    walk, target = "dataset/MovementAAL_RSS_7.csv", "dataset/MovementAAL_target.csv"
    for change, problem in (
        ({walk: b"#a, b, c, d\n0.1,0.2,0.3,0.4\n"}, "is no walk"),
        ({walk: b"#a, b, c, d\n" + b"0.1,0.2,0.3,4\n" * 30}, "is no walk"),
        ({walk: b"#a, b, c\n" + b"0.1,0.2,0.3\n" * 30}, "3 columns"),
        ({target: b"#id, class\n1,1\n"}, "does not number its walks"),
        ({target: b"#i, c\n" + b"".join(b"%d,2\n" % n for n in range(1, 315))}, "another value"),
    ):
        refuses(indoor_movement.parse, walks_of(change), problem)
    refuses(indoor_movement.parse, zipped({"x.csv": b"1"}), "has no member")
