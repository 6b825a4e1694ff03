"""One update of one trial made again without the others: it must come out the same to the bit.

Proofs (`purity`) see a little noise, small sizes and few steps. This sees training itself: a few
times per stack, where one of its trials is taken out of its company for the length of an update.
Where it differs, it is put among copies of itself: shapes and places stay, so the same operations
run, and whatever still differs has looked at other trials. And at every validation, whether
anything has drawn from a global random generator since training began.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import torch

from seqbench.engine.faults import DIGITS, Apart, Faulty, Unclear
from seqbench.engine.loop import update
from seqbench.engine.optimizers import Optimizer, sgd
from seqbench.engine.purity.held import generators
from seqbench.engine.rules import RULES, impure
from seqbench.engine.stack import Stack
from seqbench.errors import InputError
from seqbench.remedy import Remedy
from seqbench.task import Batch, Task

STRIDE = 7919  # prime, so that each time another trial is taken


def due(stack: Stack, every: int) -> bool:
    """Whether the coming update is looked at: the last before validation 1, 2, 4, 8, ..."""
    number, left = divmod(stack.done + 1, every)
    return not left and number & (number - 1) == 0 and len(set(stack.trials)) > 1


def row_of(stack: Stack) -> int:
    """The row that is looked at."""
    return stack.done * STRIDE % len(stack.trials)


def update_and_compare(
    stack: Stack,
    row: int,
    task: Task,
    batch: Batch,
    optimize: Optimizer,
    updates: Callable[[Stack, Batch], None],
) -> None:
    """An update, after which one row must have the weights that it has without the others.

    Raises:
        Apart: it has not, though it has among as many copies of itself.
        Faulty: neither, but it has without remedies, though its gradients move every weight.
        InputError: neither, which may be the task, the cell or the remedy.
    """
    again, start = _Again(stack.twin(), row, task, batch, optimize), _weights(stack, row)
    alone = again.made([row])
    updates(stack, batch)
    if alone.row(0) == stack.row(row):
        return
    if again.alone().row(row) == stack.row(row):
        raise Apart([stack.trials[row].remedy], DIGITS, alone=True)
    end = _weights(stack, row)
    trial, every = stack.trials[row], range(len(stack.trials))
    bare = _weights(
        again._replace(optimize=sgd).made(every, [Remedy()] * len(every)), row
    )  # without momentum
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

    def made(self, rows: Sequence[int], remedies: Sequence[Remedy] | None = None) -> Stack:
        """Some rows after it, under these remedies (None: their own)."""
        made, rows = self.stack.twin(), [*rows] * (2 if len(rows) == 1 else 1)
        made.select(rows)
        if remedies is not None:
            pairs = zip(made.trials, remedies, strict=True)
            made.trials = [replace(trial, remedy=remedy) for trial, remedy in pairs]
        index = torch.tensor(rows, device=made.device)
        batch = self.batch.map(lambda part: part.index_select(0, index))
        update(made, self.task, batch, self.optimize)
        return made

    def alone(self, remedy: Remedy | None = None) -> Stack:
        """After it with copies of the row everywhere, under this remedy (None: as it was there)."""
        theirs = [remedy or trial.remedy for trial in self.stack.trials]
        return self.made([self.row] * len(theirs), theirs)

    def differs(self, remedy: Remedy) -> bool:
        """Whether, under this remedy, the row comes out otherwise among copies of itself."""
        every = range(len(self.stack.trials))
        beside = self.made(every, [remedy] * len(every))
        return self.alone(remedy).row(self.row) != beside.row(self.row)


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
