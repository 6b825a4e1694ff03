"""The sequences of an update: by (seed, step), as long as the task's own or shorter."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import torch
from torch import Tensor

from seqbench.engine import contracts
from seqbench.engine.faults import blamed
from seqbench.engine.rules import impure
from seqbench.engine.spans import Span
from seqbench.engine.stack import Stack
from seqbench.engine.streams import CPU, stream
from seqbench.remedy import Remedy
from seqbench.task import Batch, Task

FEW = 4  # sequences that a length is tried with


def drawn(task: Task, n: int, seed: int, step: int, device: torch.device) -> Batch:
    """n fresh sequences of one seed for one update: x (T, n, I)"""
    home = CPU if task.on_host else device
    with home if home.type != "cpu" else nullcontext():
        return task.sample(n, stream(seed, "data", step, home))


def stacked(batches: Sequence[Batch], rows: Tensor) -> Batch:
    """One row for each number of a batch in `rows`, on its device: x (S, T, n, I)"""
    parts = {
        name: torch.stack([getattr(batch, name) for batch in batches])
        .to(rows.device, non_blocking=True)
        .index_select(0, rows)
        for name, part in vars(batches[0]).items()
        if part is not None
    }
    return Batch(**parts)


def fed(stack: Stack, span: Span, task: Task, batch: Batch) -> tuple[Task, Batch]:
    """What these rows of a stack read in an update: the task, and their batch x (n, T, B, I).

    Where their remedy wants shorter sequences, these are drawn from the same streams.

    Raises:
        Faulty: the remedy raises, or wants what is no length.
    """
    whole = vars(task).get("length")
    if not span.remedy.feeds_apart or whole is None:
        return task, batch.map(span.take)
    if (short := at_length(task, _wanted(span.remedy, whole, stack.done))) == task:
        return task, batch.map(span.take)
    seeds = span.rows(stack.seeds)
    distinct = sorted({*seeds})
    batches = [drawn(short, len(batch), seed, stack.done, stack.device) for seed in distinct]
    rows = torch.tensor([distinct.index(seed) for seed in seeds], device=stack.device)
    return short, stacked(batches, rows)


def _wanted(remedy: Remedy, whole: int, step: int) -> int:
    for part in remedy.parts:
        with blamed(part):
            length = part.shorter(whole, step)
            if isinstance(length, bool) or not isinstance(length, int) or not 0 < length <= whole:
                more = f"a length of {length!r} in place of 1 to {whole}"
                raise impure("shape", part, "shorter", more=more)
        whole = length
    return whole


@cache
def at_length(task: Task, length: int) -> Task:
    """The task with the least knob `length`, from this one on, at which it can be drawn.

    A task may refuse what is very short, and its inputs and outputs must stay as many.
    """
    for some in range(length, vars(task)["length"]):
        try:
            short = replace(task, length=some)  # type: ignore[call-arg]
            contracts.sample(short, FEW, stream(0, "length"))
        except Exception:  # whatever it says to what is too short
            continue
        if _form(short) == _form(task):
            return short
    return task


def _form(task: Task) -> tuple[object, ...]:
    return task.inputs, task.outputs, task.asked, task.reading
