"""Whether a task keeps its promises: asked once per job, before anything trains.

A fault of the data would else be booked to the cell: a number that is missing reads "diverged", a
label out of range an index error, and values of shape (A, n) are spread over all outputs.
"""

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral, Real

import numpy as np
import torch
from torch import Generator

from seqbench.engine.batches import broken, check
from seqbench.engine.streams import stream
from seqbench.task import Batch, Splits, Task
from seqbench.task.reading import Reading

MANY = 32  # sequences of two streams: so many are not alike by chance
FEW, DRAWS = 4, 12  # sequences that are drawn twice, from so many streams


def facts(task: Task) -> None:
    """What a task says of itself in numbers.

    Raises:
        InputError: a count that is none, a level that is not finite, or levels out of order; or
            what it says in place of a Reading, a skill, or whether a score is a solution.
    """
    for name, least in (("inputs", 1), ("outputs", 1), ("lag", 0)):
        value = getattr(task, name)
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise broken(task, f"{name} is {value!r}", f"a whole number, at least {least}")
    for name in ("chance", "pass_mark", "perfect"):
        value = getattr(task, name)
        if not isinstance(value, Real) or not math.isfinite(value):
            raise broken(task, f"{name} is {value!r}", "a finite number")
    if not isinstance(task.reading, Reading):
        raise broken(task, f"reading is {task.reading!r}", "a Reading")
    skill = 0 if task.chance == task.perfect else task.skill(task.pass_mark)
    if not isinstance(skill, Real):
        raise broken(task, f"skill() gives {skill!r}", "a number")
    if (solved := task.solved(math.nan)) not in (True, False):
        raise broken(task, f"solved() gives {solved!r}", "True or False")
    if not 0 < skill <= 1:
        raise broken(
            task,
            f"chance is {task.chance:.6g}, pass_mark {task.pass_mark:.6g}, perfect {task.perfect}",
            "a pass mark that is better than chance, and not better than perfect",
        )


def splits(task: Task) -> Splits | None:
    """The recorded data of a task; None: it is synthetic.

    Raises:
        InputError: a part is no batch as `batches` wants it, or another one at the second call.
        MissingData: the data are not on this machine.
    """
    with _own_streams(task, "splits()"):
        found, again = task.splits(), task.splits()  # what is read once is not read again
    if found is None:
        return None
    if not isinstance(found, Splits):
        raise broken(task, f"splits() gives {type(found).__name__}", "Splits(train, valid, test)")
    for name, part in found._asdict().items():
        check(task, part, f"splits().{name}")
        if not _equal(part, getattr(again, name)):
            what = f"splits().{name} has other sequences, or another order, at each call"
            raise broken(task, what, "the same data each time: whatever is drawn has a fixed seed")
    return found


def sample(task: Task, n: int, generator: Generator, like: Batch | None = None) -> Batch:
    """n fresh sequences.

    Raises:
        InputError: they are no batch as `batches` wants it, not n, not as long as those of `like`,
            or not drawn from the stream alone.
    """
    with _own_streams(task, "sample()"):
        drawn = task.sample(n, generator)
    fresh(task, drawn, "sample()", n, like)
    return drawn


def fresh(task: Task, drawn: Batch, where: str, n: int, like: Batch | None = None) -> None:
    """That n sequences are as `batches` wants them, and as long as those of `like`.

    Raises:
        InputError: they are not.
    """
    check(task, drawn, where, n)
    if like is not None and _parts(drawn) != _parts(like):
        what = f"{where} gives {_parts(drawn)}, and {_parts(like)} at another call"
        raise broken(task, what, "the same steps and the same tensors at each")


def forms(found: Batch) -> list[tuple[object, object]]:
    """Shape and type of every tensor; quick enough to be asked at every update."""
    parts = vars(found).values()
    return [(getattr(part, "shape", None), getattr(part, "dtype", None)) for part in parts]


def weighed(found: Batch) -> bool:
    """Whether no weight is negative, infinite or not a number; a few microseconds.

    A device is not asked: its answer would hold up every update.
    """
    parts = [part for part in (found.mask, found.scored) if part is not None and part.is_cpu]
    return all(low >= 0 and high < math.inf for low, high in map(torch.aminmax, parts))


def seeded(task: Task) -> None:
    """That a stream decides what is drawn, whichever it is.

    Raises:
        InputError: one stream gave different sequences, or two streams the same.
    """
    one, other = (sample(task, MANY, stream(seed, "contract")) for seed in (1, 2))
    same(task, one, sample(task, MANY, stream(1, "contract")))
    for step in range(DRAWS):
        same(task, *(sample(task, FEW, stream(step % 3, "contract", step)) for _ in range(2)))
    if _equal(one, other):
        raise broken(
            task,
            "sample() draws the same sequences from streams of different seeds, so training "
            "would see those of the test",
            "whatever is drawn comes from `stream`, e.g. torch.rand(n, generator=stream)",
        )


def same(task: Task, one: Batch, again: Batch) -> None:
    """That a stream gave the same sequences twice.

    Raises:
        InputError: it did not.
    """
    if not _equal(one, again):
        raise broken(
            task,
            "sample() draws other sequences from a stream of the same seed",
            "whatever is drawn comes from `stream`, e.g. torch.rand(n, generator=stream)",
        )


def _parts(found: Batch) -> dict[str, int]:
    """The tensors of a batch, and how many steps each has."""
    return {name: len(part) for name, part in vars(found).items() if part is not None}


def _equal(one: Batch, other: Batch) -> bool:
    ours, theirs = ({k: v for k, v in vars(z).items() if v is not None} for z in (one, other))
    return ours.keys() == theirs.keys() and all(torch.equal(ours[k], theirs[k]) for k in ours)


@contextmanager
def _own_streams(task: Task, where: str) -> Iterator[None]:
    """Refuse what draws from the random numbers that a whole process shares."""
    before = _shared()
    yield
    after = _shared()
    for library, state in before.items():
        if state != after[library]:
            what = f"{where} draws from the random numbers of {library} that all share"
            raise broken(task, what, "a generator of its own: `stream`, or one with a fixed seed")


def _shared() -> dict[str, object]:
    numpy = np.random.get_state(legacy=False)["state"]
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": (numpy["key"].tobytes(), numpy["pos"]),
        "random": random.getstate(),
    }
