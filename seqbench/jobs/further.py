"""The tests of a trial on its task made longer.

They see the sequences that a network trained at that length is tested on: the same stream, and at
k times the length the first 1 / k of them, but no fewer than 100, so that the cost of
such a test is about that of the ordinary one and a mark of 99 % can be met.
"""

from dataclasses import dataclass
from math import ceil

import torch

from seqbench import registry
from seqbench.cell import Cell
from seqbench.engine.further import Further
from seqbench.engine.source import Source
from seqbench.errors import InputError
from seqbench.matrix.job import Job
from seqbench.networks.network import build

FEWEST = 100  # sequences


@dataclass(frozen=True)
class Growth:
    """A knob of the task, its value in training, and the multiples of it that are tested."""

    knob: str
    length: int
    factors: tuple[float, ...]

    def lengths(self) -> list[int]:
        """The values of the knob, each once."""
        return sorted({round(factor * self.length) for factor in self.factors})

    def name(self, length: int) -> str:
        """What the test at that length is kept as."""
        return f"{self.knob}={length}"

    def names(self) -> dict[float, str]:
        """Multiple -> what the test is kept as."""
        return {factor: self.name(round(factor * self.length)) for factor in self.factors}


def further_tests(
    job: Job, cell: Cell, device: torch.device, growth: Growth
) -> tuple[Further, ...]:
    """The further tests of a job.

    Raises:
        InputError: the longer task has other inputs or outputs, which the weights do not fit.
    """
    settings, usual = job.training, registry.load_task(job.task, job.task_knobs)
    tests = []
    for length in growth.lengths():
        task = registry.load_task(job.task, {**job.task_knobs, growth.knob: length})
        if (task.inputs, task.outputs) != (usual.inputs, usual.outputs):
            raise InputError(
                f"reach.{job.task}: further: {growth.knob} {length} has other inputs or outputs "
                f"than {growth.length}. Allowed: knobs that leave them as they are. Leave further "
                "out, or choose another knob."
            )
        wanted = settings.test_sequences
        count = min(wanted, max(FEWEST, ceil(wanted * growth.length / length)))
        most = settings.test_at_most
        source = Source(task, settings.batch, 1, count, device, test_at_most=most)
        network = build(cell, task, settings)
        tests.append(Further(growth.name(length), network, task, source))
    return tuple(tests)
