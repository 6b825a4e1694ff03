"""One update of one trial made again, among copies of itself: it must come out the same to the bit.

Proofs (`purity`) see a little noise, small sizes and few steps. This sees training itself: a few
times per stack, where one of its trials is taken out of its company for the length of an update.
Shapes stay, so the same operations run, and whatever differs has looked at other trials. And at
every validation, whether anything has drawn from a global random generator since training began.
"""

from copy import copy

import torch

from seqbench.engine.faults import Faulty, Unclear
from seqbench.engine.loop import update
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.purity.held import generators
from seqbench.engine.rules import RULES, impure
from seqbench.engine.stack import Stack
from seqbench.engine.updates import Updates
from seqbench.errors import InputError
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
        Faulty: the rows of one remedy do not, and those of another one do.
        InputError: no remedy's do.
    """
    before, row = copy(stack), stack.done * STRIDE % len(stack.trials)
    alone = _alone(before, row, task, batch, optimize)
    updates(stack, batch)
    if alone == _weights(stack, row):
        return
    rows = {trial.remedy: row for row, trial in enumerate(stack.trials)}
    guilty = [
        remedy
        for remedy, row in rows.items()
        if _alone(before, row, task, batch, optimize) != _weights(stack, row)
    ]
    if len(guilty) < len(rows) and all(remedy.parts for remedy in guilty):
        part = guilty[0].parts[-1]  # of several the one that acts last
        raise Faulty(guilty[0], impure("company", part, part.acts_at[-1]))
    trial, (_, allowed, advice) = stack.trials[row], RULES["company"]
    raise InputError(
        f"{type(task).__name__}, {stack.network.cell} or {trial.remedy}: update {stack.done} of "
        f"seed {trial.seed} at learning rate {trial.learning_rate:g} comes out another way beside "
        f"other trials. Allowed: {allowed}. {advice} Keep nothing between two calls."
    )


def _alone(stack: Stack, row: int, task: Task, batch: Batch, optimize: Optimizer) -> list[bytes]:
    """The weights of a row after this update, made among copies of itself."""
    rows, single = len(stack.trials), stack.twin()
    single.select([row] * rows)
    index = torch.full((rows,), row, device=stack.device)
    update(single, task, batch.map(lambda part: part.index_select(0, index)), optimize)
    return _weights(single, 0)


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
