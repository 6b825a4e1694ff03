"""A file of series as the archive writes it."""

from seqbench.data.formats import labeled
from seqbench.data.guards import Blob

HEADER = """# a comment: with colons, 1,2
@problemName Small
@timeStamps false
@missing false
@univariate false
@dimensions 2
@equalLength false
@classLabel true left right
@data
"""
ROWS = ["1,2,3:4,5,6:right", "7,8:9,0:left"]


def ts(header: str = HEADER, rows: list[str] = ROWS) -> Blob:
    return Blob("set: its file", (header + "\n".join(rows) + "\n").encode())


def contents(part: labeled.Labeled) -> set[bytes]:
    """The sequences, to compare."""
    return {sequence.tobytes() for sequence in part.sequences}
