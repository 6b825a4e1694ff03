"""What every batch of a task promises: shapes, types and values, each refused with its place."""

import torch
from torch import Tensor

from seqbench.errors import InputError
from seqbench.task import Batch, Classification, Regression, Task


def check(task: Task, found: Batch, where: str, n: int | None = None) -> None:
    """That sequences and answers have the shapes, types and values that `Batch` promises.

    n: how many sequences there should be; None: at least one.

    Raises:
        InputError: names the tensor and, of a value, its place.
    """
    if not isinstance(found, Batch) or not isinstance(found.x, Tensor):
        raise broken(task, f"{where} gives {type(found).__name__}", "a Batch of tensors")
    T, count = found.x.shape[:2] if found.x.ndim == 3 else (0, 0)
    n = count if n is None else n
    if not T or not n or found.x.shape != (T, n, task.inputs) or found.x.dtype != torch.float32:
        wanted = f"float32 of shape (T, {n or 'n'}, {task.inputs}): steps, sequences, inputs"
        raise broken(task, f"{where}: x is {_form(found.x)}", wanted)
    if task.reading.carries and task.asked != "every":
        what = f"{where} is read in windows, and asked is {task.asked!r}"
        raise broken(task, what, "windows where every step is asked")
    if task.reading.carries and n > 1:
        raise broken(task, f"{where} has {n} sequences", "one, as it is read in windows")
    if task.lag >= T:
        raise broken(task, f"lag is {task.lag}, and {where} has {T} steps", "less than the steps")
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
    y, allowed = found.y, []
    if not isinstance(task, Regression):
        allowed.append(f"int64 of shape {(A, n)}")
    if not isinstance(task, Classification):
        allowed.append(f"float32 of shape {(A, n, task.outputs)}")
    if _form(y) not in allowed:
        wanted = f"{' or '.join(allowed)}: answers, sequences"
        raise broken(task, f"{where}: y is {_form(y)}", wanted)
    if y.is_floating_point():
        _values(task, where, "y", y)
    else:
        wrong = (y < 0) | (y >= task.outputs)
        _none(task, where, "y", y, wrong, f"classes from 0 to {task.outputs - 1}")


def _weights(task: Task, where: str, found: Batch, n: int) -> None:
    for name, part in (("mask", found.mask), ("scored", found.scored)):
        if part is None:
            continue
        _floats(task, where, name, part, found.y.shape[:2])
        wrong = ~part.isfinite() | (part < 0)
        _none(task, where, name, part, wrong, "finite weights of at least 0")
        empty = (part.sum(0) == 0).nonzero()
        if len(empty) and (name == "mask" or len(empty) == n):
            what = f"{where}: {name} is 0 for all answers of sequence {int(empty[0])}"
            raise broken(task, what, "at least one answer that counts")


def answered(task: Task, found: Batch, where: str) -> None:
    """That an answer counts in some of the sequences, or in the first steps of a text.

    Raises:
        InputError: none does.
    """
    weights = found.mask if found.scored is None else found.scored
    if weights is not None and not weights.any():
        raise broken(task, f"{where}: none of its answers counts", "more, so that one does")


def _valid(task: Task, where: str, found: Batch) -> None:
    valid = found.valid
    if (valid is not None) != task.reading.variable:
        what = f"{where}: valid is {'missing' if valid is None else 'given'}"
        raise broken(task, what, "given where reading says variable=True, and only there")
    if valid is None:
        return
    _floats(task, where, "valid", valid, found.x.shape[:2])
    _none(task, where, "valid", valid, (valid != 0) & (valid != 1), "0 or 1")
    begins = (valid.diff(dim=0, prepend=valid.new_zeros(1, len(found))) == 1).sum(0)
    if len(odd := (begins != 1).nonzero()):
        what = f"{where}: valid of sequence {int(odd[0])} is 1 in {int(begins[odd[0]])} pieces"
        raise broken(task, what, "one piece, with padding before or behind it")


def _floats(task: Task, where: str, name: str, part: object, shape: torch.Size) -> None:
    if _form(part) != (wanted := f"float32 of shape {tuple(shape)}"):
        raise broken(task, f"{where}: {name} is {_form(part)}", wanted)


def _values(task: Task, where: str, name: str, part: Tensor) -> None:
    if not all(bound.isfinite() for bound in part.aminmax()):  # one pass, and no copy
        _none(task, where, name, part, ~part.isfinite(), "finite numbers")


def _none(task: Task, where: str, name: str, part: Tensor, wrong: Tensor, allowed: str) -> None:
    """Refuse the first wrong value."""
    if not wrong.any():
        return
    place = wrong.nonzero()[0].tolist()
    axes = ("step" if name in ("x", "valid") else "answer", "sequence", "column")
    named = ", ".join(f"{axis} {i}" for axis, i in zip(axes, place, strict=False))
    what = f"{where}: {name}{place} is {part[tuple(place)].item():g} ({named}, counted from 0)"
    raise broken(task, what, allowed)


def broken(task: Task, what: str, allowed: str) -> InputError:
    """The refusal of a promise that a task does not keep."""
    name = type(task).__name__
    return InputError(f"{name}: {what}. Allowed: {allowed}. Correct the task, or its data.")


def _form(part: object) -> str:
    """Type and shape of a tensor, in words."""
    if not isinstance(part, Tensor):
        return type(part).__name__
    return f"{str(part.dtype).removeprefix('torch.')} of shape {tuple(part.shape)}"
