"""What no memory at all scores, computed from the tasks themselves.

A1  adding: always saying 1 has the mean squared error 1/6            (1 = the target's mean)
A2  copy: certain of every blank, uniform over 8 symbols, costs 10 ln 8 / (T + 20) nats a step
A3  adding as a half: always saying .5 is right in 64 % by the rule err^2 <= .04
"""

from collections.abc import Iterator

import torch

from seqbench import registry
from seqbench.claims.theorems.case import Case
from seqbench.engine.streams import stream

MANY = 1_000_000  # sequences: the mean squared error is then known to +- .0002
BAI = 0.1767  # the constant's error as bai2018 prints it
TABLE = {100: 0.1733, 200: 0.0945, 300: 0.0650, 500: 0.0400, 1000: 0.0204, 2000: 0.0103}


def adding_by_a_constant() -> Iterator[Case]:
    """A1: in two steps, because only the two marked values count."""
    task = registry.load_task("adding", {"length": 2})
    y = task.sample(MANY, stream(1, "A1")).y
    error = float((y - 1).square().mean())
    yield Case("A1", "mean squared error of always saying 1", error, 1 / 6 - 1e-3, 1 / 6 + 1e-3)
    yield Case("A1", "chance level of the task", task.chance, 1 / 6 - 1e-9, 1 / 6 + 1e-9)
    yield Case("A1", "distance of the .1767 that was published", abs(error - BAI), 5e-3)


def copy_without_memory() -> Iterator[Case]:
    """A2: the task's own loss of the best answers that never saw the symbols."""
    for length, published in TABLE.items():
        task = registry.load_task("copy", {"length": length})
        batch = task.sample(2, stream(1, "A2"))
        steps = batch.x.shape[-3]
        outputs = torch.full((steps, 2, task.outputs), -50.0)
        outputs[..., 0] = 50.0
        outputs[-10:, :, 0], outputs[-10:, :, 1:] = -50.0, 0.0
        loss = float(task.loss(outputs, batch))
        words = f"loss per step of the best answers without memory, T = {length}"
        yield Case("A2", words, loss, published - 5e-5, published + 5e-5)


def adding_by_half() -> Iterator[Case]:
    """A3: so a share of right answers says nothing until chance is taken off."""
    task = registry.load_task("adding@pascanu13", {"length": 20})
    batch = task.sample(100_000, stream(1, "A3"))
    right = float(1 - task.score(torch.full_like(batch.y, 0.5), batch))
    yield Case("A3", "share of right answers of always saying .5", right, 0.635, 0.645)
    known = 1 - task.chance
    yield Case("A3", "the same by the task's chance level", known, 0.64 - 1e-9, 0.64 + 1e-9)
