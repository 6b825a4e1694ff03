"""Does a stack fit into memory? Asked before it starts, and answered by a rehearsal.

What a training takes depends on the cell, the remedy, the engine and on how the system's allocator
packs it all, so nobody guesses: a few rows of the stack are trained for three updates, and the
growth of the process is multiplied. Where even a crude bound fits, nothing is rehearsed.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from math import inf
from pathlib import Path

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from seqbench.engine.finish import PROBE_SEQUENCES
from seqbench.engine.machine import memory
from seqbench.engine.machine.store import Store
from seqbench.engine.scoring.evaluate import CHUNK
from seqbench.engine.setup import Setup
from seqbench.engine.train import run
from seqbench.engine.trial import Trial

FREE = 0.8  # share of what is available that a stack may take
SAFETY = 8  # times what is counted is more than any training takes
BRIEF = {"updates": 3, "evaluate_every": 2, "timeout_minutes": inf}  # a validation after 2 updates
ROWS = 4  # one row in so many is rehearsed, and so many at least


def too_wide(setup: Setup, trials: list[Trial]) -> str | None:
    """Why these trials had better not be one stack, in a clause; None if they may.

    Two rows are the least that a stack has, so two trials always may.
    """
    room = _room(setup.device)
    if room is None or len(trials) <= 2 or bound(setup, trials) <= room:
        return None
    need = predicted(setup, trials)
    room = _room(setup.device) or room  # now with what stacks before this one had left lying
    if need <= room:
        return None
    return (
        f"{len(trials)} trials together would take about {need / 1e6:.0f} MB of memory, and "
        f"{room / 1e6:.0f} MB may be taken"
    )


def _room(device: torch.device) -> int | None:
    """Bytes that one stack may take; None where the system does not say."""
    free = memory.available(device)
    return None if free is None else int(FREE * free / memory.sharers())


def bound(setup: Setup, trials: list[Trial]) -> int:
    """More bytes than these trials take, by one step of one of them.

    Training holds what every step keeps for the backward pass, testing the states of two chunks.
    """
    cell, sizes, settings = setup.network, setup.sizes, setup.settings
    leaves = {k: torch.zeros(s, requires_grad=True) for k, s in cell.shapes(sizes).items()}
    x = torch.zeros(max(settings.batch, PROBE_SEQUENCES), sizes["I"])
    kept: dict[int, Tensor] = {}

    def keep(part: Tensor) -> Tensor:
        kept[part.untyped_storage().data_ptr()] = part.detach()
        return part.detach()

    with saved_tensors_hooks(keep, lambda part: part):
        state = sum(part.nbytes for part in cell.step(leaves, cell.start(x, leaves), x))
    step = SAFETY * (state + sum(part.untyped_storage().nbytes() for part in kept.values()))
    step += SAFETY * state * (2 * CHUNK // len(x))
    if "solve" in trials[0].remedy.acts_at:
        step *= settings.solve_batches
    if setup.task.asked == "every":  # logits, what the loss makes of them, and their gradients
        step += SAFETY * 4 * sizes["O"] * max(CHUNK, len(x))
    weights = SAFETY * sum(part.nbytes for part in leaves.values())
    if any("estimate" in trial.remedy.acts_at for trial in trials):  # of each weight on each number
        weights += SAFETY * state * sum(part.numel() for part in leaves.values())
    return len(trials) * (setup.source.steps * step + weights)


def predicted(setup: Setup, trials: list[Trial]) -> int:
    """Peak bytes of training these trials as one stack, by a rehearsal with some of them."""
    some = trials[: max(ROWS, len(trials) // ROWS)]
    growth = grown(setup.device, lambda: run(_rehearsal(setup), some))
    return growth * len(trials) // len(some)


class _Nowhere(Store):
    """Keeps nothing and has nothing."""

    def _read(self, key: str, suffix: str) -> None:
        return None

    def _write(self, key: str, suffix: str, content: bytes) -> None:
        return None


def _rehearsal(setup: Setup) -> Setup:
    """The same training, cut short, whose results nobody keeps."""
    window = setup.task.reading.window or 0
    return replace(
        setup,  # two chunks of sequences, or windows: while one comes, the other is still there
        source=setup.source.at_most(2 * CHUNK, 2 * window * setup.settings.batch),
        settings=setup.settings.model_copy(update=BRIEF),
        store=_Nowhere(Path(os.devnull), lambda words: None),
        watch=lambda stack: None,
        further=(),
        parallel=None,
    )


def grown(device: torch.device, work: Callable[[], object]) -> int:
    """Bytes by which this process, or its part of the accelerator's memory, grows at most."""
    memory.release()
    memory.forget(device)
    before = memory.used(device)
    work()
    growth = memory.peak(device) - before
    memory.release()
    return growth
