"""One update of one trial made again, among copies of itself: it must come out the same to the bit.

Proofs (`purity`) see a little noise, small sizes and few steps. This sees training itself: a few
times per stack, where one of its trials is taken out of its company for the length of an update.
Shapes stay, so the same operations run, and whatever differs has looked at other trials. And at
every validation, whether anything has drawn from a global random generator since training began.
"""

from copy import copy, deepcopy

import torch

from seqbench.axes import Tensors
from seqbench.engine.faults import Unclear
from seqbench.engine.loop import update
from seqbench.engine.optimizers import Optimizer
from seqbench.engine.purity.held import generators
from seqbench.engine.rules import RULES
from seqbench.engine.stack import Stack
from seqbench.errors import InputError
from seqbench.task import Batch, Task

STRIDE = 7919  # prime, so that each time another trial is taken


def due(stack: Stack, every: int) -> bool:
    """Whether the coming update is looked at: the last before validation 1, 2, 4, 8, ..."""
    number, left = divmod(stack.done + 1, every)
    return not left and number & (number - 1) == 0 and len(set(stack.trials)) > 1


def alone(stack: Stack, task: Task, batch: Batch, optimize: Optimizer) -> tuple[int, Tensors]:
    """A row, and its weights after this update, made among copies of itself."""
    rows = len(stack.trials)
    row = stack.done * STRIDE % rows
    single = copy(stack)
    single.traces = deepcopy(stack.traces)
    single.select([row] * rows)
    index = torch.full((rows,), row, device=stack.device)
    update(single, task, batch.map(lambda part: part.index_select(0, index)), optimize)
    return row, {name: weight[0] for name, weight in single.params.items()}


def compare(stack: Stack, task: Task, row: int, weights: Tensors) -> None:
    """Refuse a stack whose row has other weights than it had among its own.

    Raises:
        InputError: names the trial and what could be to blame.
    """
    if all(torch.equal(stack.params[name][row], weight) for name, weight in weights.items()):
        return
    trial = stack.trials[row]
    raise InputError(
        f"{type(task).__name__}, {stack.network.cell} or {trial.remedy}: update {stack.done} of "
        f"seed {trial.seed} at learning rate {trial.learning_rate:g} comes out another way beside "
        "other trials. Allowed: what its own rows say: the last two axes are the mathematics, any "
        "axis in front is trials. Reduce over the last two axes only, keep nothing between two "
        "calls, and let no `if`, item() or float() look at numbers."
    )


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
