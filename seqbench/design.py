"""What a comparison is about: the cell that others are measured against, and the cells in focus.

A matrix says so with its keys `baseline` and `focus`, or it follows from its cells. Collecting
writes it beside the tables, so that whoever reads these needs no matrix.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from seqbench import registry
from seqbench.errors import InputError
from seqbench.files import read_verified, remake, write_sealed

TEXTBOOK = "rnn"  # the cell on which the textbook tells its story


class Design(NamedTuple):
    """The baseline (a cell; "" where there is none), and the cells of which the report speaks."""

    baseline: str
    focus: tuple[str, ...] = ()


def usual(cells: Iterable[str]) -> Design:
    """The design of a matrix that names none.

    The baseline is `rnn` where it is there, else the first cell that has a loop. In focus are the
    cells that are no part of seqbench: they are somebody's own, and what the run is for.
    """
    names = [*cells]
    looped = [name for name in names if remembers(name)]
    baseline = TEXTBOOK if TEXTBOOK in names else next(iter([*looped, *names]), "")
    ours = registry.ours("cells")
    return Design(baseline, tuple(name for name in names if name.partition("@")[0] not in ours))


def remembers(cell: str) -> bool:
    """Whether a cell has a loop, from the literals in its source."""
    try:
        return bool(registry.describe("cells", cell).facts.get("remembers"))
    except InputError:  # of a run elsewhere
        return True


def _file(results: Path) -> Path:
    return results / "tables" / "design.json"


def write(results: Path, design: Design) -> Path:
    """Write it beside the collected tables; returns the file."""
    file = _file(results)
    write_sealed(file, (json.dumps(design._asdict(), indent=1) + "\n").encode())
    return file


def read(results: Path) -> Design:
    """What `write` wrote.

    Raises:
        InputError: the file is absent or damaged.
    """
    file = _file(results)
    if not file.exists():
        raise InputError(
            f"{file}: does not exist. Allowed: a results folder that was collected. "
            f"{remake('collect')}"
        )
    text = read_verified(file, remake("collect"))
    try:
        known = json.loads(text)
        return Design(str(known["baseline"]), tuple(map(str, known["focus"])))
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(
            f"{file}: is no design ({error!r}). Allowed: what `collect` wrote. {remake('collect')}"
        ) from error
