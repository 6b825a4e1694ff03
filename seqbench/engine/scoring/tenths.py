"""A recorded test part cut into tenths: how far a score depends on which sequences are in it.

Drawn sequences are others for every seed, so they need none of this.
"""

from collections.abc import Iterator

from seqbench.engine.held_out import HeldOut
from seqbench.task import Batch, Task

PARTS = 10
LEAST = 2  # sequences of a part, or steps of a text


def tenths(task: Task, held: HeldOut) -> Iterator[HeldOut]:
    """Ten parts of about one size, in order, that together are all that is held out.

    Of a text they are stretches, each read from an empty state. Fewer parts where it is short, and
    none of what is drawn for every seed.
    """
    if held.rows is not None:
        return
    (whole,) = held.parts
    carries = task.reading.carries
    size = len(whole.y) if carries else len(whole)
    count = min(PARTS, size // LEAST)
    for k in range(count):
        part = slice(k * size // count, (k + 1) * size // count)
        yield HeldOut((_stretch(whole, part) if carries else whole.pick(part),))


def _stretch(text: Batch, part: slice) -> Batch:
    return text.map(lambda tensor: tensor[part])
