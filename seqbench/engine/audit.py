"""One update of one trial made again, among copies of itself: it must come out the same to the bit.

Proofs (`purity`) see a little noise, small sizes and few steps. This sees training itself: a few
times per stack, where one of its trials is taken out of its company for the length of an update.
Shapes stay, so the same operations run, and whatever differs has looked at other trials. And at
every validation, whether anything has drawn from a global random generator since training began.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from seqbench.engine.faults import Faulty, Unclear
from seqbench.engine.loop import update
from seqbench.engine.optimizers import Optimizer, sgd
from seqbench.engine.purity.held import generators
from seqbench.engine.rules import RULES, impure
from seqbench.engine.stack import Stack
from seqbench.engine.updates import Updates
from seqbench.errors import InputError
from seqbench.remedy import Remedy
from seqbench.task import Batch, Task

STRIDE = 7919  # prime, so that each time another trial is taken


def due(stack: Stack, every: int) -> bool:
    """Whether the coming update is looked at: the last before validation 1, 2, 4, 8, ..."""
    number, left = divmod(stack.done + 1, every)
    return not left and number & (number - 1) == 0 and len(set(stack.trials)) > 1


def update_and_compare(
    stack: Stack, task: Task, batch: Batch, optimize: Optimizer, updates: Updates
) -> None:
    """An update, after which one row must have the weights that it has among copies of itself.

    Raises:
        Faulty: it does not, and it does without remedies, though its gradients move every weight.
        InputError: it does not, which may be the task, the cell or the remedy.
    """
    row = stack.done * STRIDE % len(stack.trials)
    again, start = _Again(stack.twin(), row, task, batch, optimize), _weights(stack, row)
    alone = again.made([row] * len(stack.trials))
    updates(stack, batch)
    if _weights(alone, 0) == (end := _weights(stack, row)):
        return
    trial, every = stack.trials[row], range(len(stack.trials))
    bare = _weights(again._replace(optimize=sgd).made(every, Remedy()), row)  # without momentum
    moves = all(b != s for s, e, b in zip(start, end, bare, strict=True) if e != s)
    if moves and not again.differs(Remedy()):
        guilty = next(filter(again.differs, trial.remedy.parts), trial.remedy)
        part = guilty.parts[-1]  # of several the one that acts last
        raise Faulty(guilty, impure("company", part, part.acts_at[-1]))
    _, allowed, advice = RULES["company"]
    raise InputError(
        f"{type(task).__name__}, {stack.network.cell} or {trial.remedy}: update {stack.done} of "
        f"seed {trial.seed} at learning rate {trial.learning_rate:g} comes out another way beside "
        f"other trials. Allowed: {allowed}. {advice} Keep nothing between two calls."
    )


class _Again(NamedTuple):
    """An update that can be made again, and the row that is looked at."""

    stack: Stack  # before it
    row: int
    task: Task
    batch: Batch
    optimize: Optimizer

    def made(self, rows: Sequence[int], remedy: Remedy | None = None) -> Stack:
        """Some rows after it, all under this remedy (None: their own)."""
        made = self.stack.twin()
        if remedy is not None:
            made.trials = [replace(trial, remedy=remedy) for trial in made.trials]
        made.select([*rows])
        index = torch.tensor(rows, device=made.device)
        batch = self.batch.map(lambda part: part.index_select(0, index))
        update(made, self.task, batch, self.optimize)
        return made

    def differs(self, remedy: Remedy) -> bool:
        """Whether, under this remedy, the row has other weights among copies of itself."""
        every = range(len(self.stack.trials))
        alone, beside = self.made([self.row] * len(every), remedy), self.made(every, remedy)
        return _weights(alone, 0) != _weights(beside, self.row)


def _weights(stack: Stack, row: int) -> list[bytes]:
    return [weight[row].numpy().tobytes() for weight in stack.params.values()]


def prove_undrawn(stack: Stack, task: Task, before: tuple[object, ...]) -> None:
    """Refuse a stack in whose training a global random generator has moved.

    before: the states of these generators when it began.

    Raises:
        Unclear: names the trials' variants.
    """
    if generators() == before:
        return
    wrong, allowed, advice = RULES["draws"]
    remedies = " or ".join(dict.fromkeys(trial.name for trial in stack.trials))
    raise Unclear(
        f"{type(task).__name__}, {stack.network.cell} or {remedies}: by update {stack.done} "
        f"{wrong}. Allowed: {allowed}. {advice}"
    )
