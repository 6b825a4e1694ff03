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
from torch import Generator, Tensor

from seqbench.engine.streams import stream
from seqbench.errors import InputError
from seqbench.task import Batch, Regression, Splits, Task

MANY = 32  # sequences of two streams: so many are not alike by chance


def facts(task: Task) -> None:
    """What a task says of itself in numbers.

    Raises:
        InputError: a count that is none, a level that is not finite, or levels out of order.
    """
    for name, least in (("inputs", 1), ("outputs", 1), ("lag", 0)):
        value = getattr(task, name)
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise _broken(task, f"{name} is {value!r}", f"a whole number, at least {least}")
    for name in ("chance", "pass_mark", "perfect"):
        value = getattr(task, name)
        if not isinstance(value, Real) or not math.isfinite(value):
            raise _broken(task, f"{name} is {value!r}", "a finite number")
    if not task.chance != task.perfect or not 0 < task.skill(task.pass_mark) <= 1:
        raise _broken(
            task,
            f"chance is {task.chance:.6g}, pass_mark {task.pass_mark:.6g}, perfect {task.perfect}",
            "a pass mark that is better than chance, and not better than perfect",
        )


def splits(task: Task) -> Splits | None:
    """The recorded data of a task; None: it is synthetic.

    Raises:
        InputError: a part is no batch as `batch` wants it.
        MissingData: the data are not on this machine.
    """
    with _own_streams(task, "splits()"):
        found = task.splits()
    if found is None:
        return None
    if not isinstance(found, Splits):
        raise _broken(task, f"splits() gives {type(found).__name__}", "Splits(train, valid, test)")
    for name, part in found._asdict().items():
        batch(task, part, f"splits().{name}")
    return found


def sample(task: Task, n: int, generator: Generator, like: Batch | None = None) -> Batch:
    """n fresh sequences.

    Raises:
        InputError: they are no batch as `batch` wants it, n of them and as long as those of `like`,
            or were not drawn from the stream alone.
    """
    with _own_streams(task, "sample()"):
        drawn = task.sample(n, generator)
    batch(task, drawn, "sample()", n)
    if like is not None and _parts(drawn) != _parts(like):
        what = f"sample() gives {_parts(drawn)} at one call, and {_parts(like)} at another"
        raise _broken(task, what, "the same steps and the same tensors at each")
    return drawn


def seeded(task: Task) -> None:
    """That a stream decides what is drawn.

    Raises:
        InputError: one stream gave different sequences, or two streams the same.
    """
    one, again, other = (sample(task, MANY, stream(seed, "contract")) for seed in (1, 1, 2))
    if not _equal(one, again):
        raise _broken(
            task,
            "sample() draws other sequences from a stream of the same seed",
            "whatever is drawn comes from `stream`, e.g. torch.rand(n, generator=stream)",
        )
    if _equal(one, other):
        raise _broken(
            task,
            "sample() draws the same sequences from streams of different seeds, so training "
            "would see those of the test",
            "whatever is drawn comes from `stream`, e.g. torch.rand(n, generator=stream)",
        )


def batch(task: Task, found: Batch, where: str, n: int | None = None) -> None:
    """That sequences and answers have the shapes, types and values that `Batch` promises.

    n: how many sequences there should be; None: at least one.

    Raises:
        InputError: names the tensor and, of a value, its place.
    """
    if not isinstance(found, Batch) or not isinstance(found.x, Tensor):
        raise _broken(task, f"{where} gives {type(found).__name__}", "a Batch of tensors")
    T, count = found.x.shape[:2] if found.x.ndim == 3 else (0, 0)
    n = count if n is None else n
    if not T or not n or found.x.shape != (T, n, task.inputs) or found.x.dtype != torch.float32:
        wanted = f"float32 of shape (T, {n or 'n'}, {task.inputs}): steps, sequences, inputs"
        raise _broken(task, f"{where}: x is {_form(found.x)}", wanted)
    if task.lag >= T:
        raise _broken(task, f"lag is {task.lag}, and {where} has {T} steps", "less than the steps")
    _values(task, where, "x", found.x)
    _answers(task, where, found, 1 if task.asked == "last" else T, n)
    _weights(task, where, found, n)
    _valid(task, where, found)
    try:
        if task.reading.front:
            task.reading.front.check(found.x)
    except InputError as unknown:
        raise InputError(f"{type(task).__name__}: {where}: {unknown}") from unknown


def _answers(task: Task, where: str, found: Batch, A: int, n: int) -> None:
    y, classes = found.y, f"int64 of shape ({A}, {n})"
    values = f"float32 of shape ({A}, {n}, {task.outputs})"
    allowed = values if isinstance(task, Regression) else f"{classes}, or {values}"
    if y.shape == (A, n, task.outputs) and y.dtype == torch.float32:
        _values(task, where, "y", y)
    elif isinstance(task, Regression) or y.shape != (A, n) or y.dtype != torch.int64:
        raise _broken(task, f"{where}: y is {_form(y)}", f"{allowed}: answers, sequences")
    else:
        wrong = (y < 0) | (y >= task.outputs)
        _none(task, where, "y", y, wrong, f"classes from 0 to {task.outputs - 1}")


def _weights(task: Task, where: str, found: Batch, n: int) -> None:
    for name, part in (("mask", found.mask), ("scored", found.scored)):
        if part is None:
            continue
        if part.shape != found.y.shape[:2] or not part.is_floating_point():
            wanted = f"float32 of shape {tuple(found.y.shape[:2])}: answers, sequences"
            raise _broken(task, f"{where}: {name} is {_form(part)}", wanted)
        wrong = ~part.isfinite() | (part < 0)
        _none(task, where, name, part, wrong, "finite weights of at least 0")
        empty = (part.sum(0) == 0).nonzero()
        if len(empty) and (name == "mask" or len(empty) == n):
            what = f"{where}: {name} is 0 for all answers of sequence {int(empty[0])}"
            raise _broken(task, what, "at least one answer that counts")


def _valid(task: Task, where: str, found: Batch) -> None:
    valid, shape = found.valid, tuple(found.x.shape[:2])
    if (valid is not None) != task.reading.variable:
        what = f"{where}: valid is {'missing' if valid is None else 'given'}"
        raise _broken(task, what, "given where reading says variable=True, and only there")
    if valid is None:
        return
    if valid.shape != shape or not valid.is_floating_point():
        raise _broken(task, f"{where}: valid is {_form(valid)}", f"float32 of shape {shape}")
    _none(task, where, "valid", valid, (valid != 0) & (valid != 1), "0 or 1")
    begins = (valid.diff(dim=0, prepend=valid.new_zeros(1, len(found))) == 1).sum(0)
    if len(odd := (begins != 1).nonzero()):
        what = f"{where}: valid of sequence {int(odd[0])} is 1 in {int(begins[odd[0]])} pieces"
        raise _broken(task, what, "one piece, with padding before or behind it")


def _values(task: Task, where: str, name: str, part: Tensor) -> None:
    if not all(bound.isfinite() for bound in part.aminmax()):  # one pass, and no copy
        _none(task, where, name, part, ~part.isfinite(), "finite numbers")


def _none(task: Task, where: str, name: str, part: Tensor, wrong: Tensor, allowed: str) -> None:
    """Refuse the first wrong value."""
    if not wrong.any():
        return
    place = wrong.nonzero()[0].tolist()
    axes = ("answer" if len(wrong) < 2 or name in ("y", "mask") else "step", "sequence", "column")
    named = ", ".join(f"{axis} {i}" for axis, i in zip(axes, place, strict=False))
    what = f"{where}: {name}{place} is {part[tuple(place)].item():g} ({named}, counted from 0)"
    raise _broken(task, what, allowed)


def _broken(task: Task, what: str, allowed: str) -> InputError:
    name = type(task).__name__
    return InputError(f"{name}: {what}. Allowed: {allowed}. Correct the task, or its data.")


def _form(part: object) -> str:
    """Type and shape of a tensor, in words."""
    if not isinstance(part, Tensor):
        return type(part).__name__
    return f"{str(part.dtype).removeprefix('torch.')} of shape {tuple(part.shape)}"


def _parts(found: Batch) -> dict[str, int]:
    """The tensors of a batch, and how many steps each has."""
    return {name: len(part) for name, part in vars(found).items() if part is not None}


def _equal(one: Batch, other: Batch) -> bool:
    parts = ((part, getattr(other, name)) for name, part in vars(one).items() if part is not None)
    return all(torch.equal(*pair) for pair in parts)


@contextmanager
def _own_streams(task: Task, where: str) -> Iterator[None]:
    """Refuse what draws from the random numbers that a whole process shares."""
    before = _shared()
    yield
    after = _shared()
    for library, state in before.items():
        if state != after[library]:
            what = f"{where} draws from the random numbers of {library} that all share"
            raise _broken(task, what, "a generator of its own: `stream`, or one with a fixed seed")


def _shared() -> dict[str, object]:
    numpy = np.random.get_state(legacy=False)["state"]
    return {
        "torch": torch.get_rng_state().numpy().tobytes(),
        "numpy": (numpy["key"].tobytes(), numpy["pos"]),
        "random": random.getstate(),
    }
