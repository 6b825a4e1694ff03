"""What a trial is: everything that can change its numbers, the code included."""

from dataclasses import asdict

import torch

from seqbench import records, sources
from seqbench.engine.fused.build import available
from seqbench.engine.setup import Setup
from seqbench.matrix import Job
from seqbench.remedy import Remedy

FORMAT = 1  # of a store entry; a new number forgets all old entries
# of a matrix's section train; `match` has become a number of hidden units
NO_SETTINGS = {"learning_rates", "stack", "timeout_minutes", "match"}


def specification(job: Job, setup: Setup, name: str, remedy: Remedy) -> dict[str, object]:
    """Everything that can change the numbers of a remedy's trials, the code included."""
    groups = sources.of_trials(job.task, job.cell, [name])
    return {
        "format": FORMAT,
        "task": [type(setup.task).__name__, asdict(setup.task)],
        "facts": {fact: getattr(setup.task, fact) for fact in records.TASK_FACTS},
        "cell": [type(setup.cell).__name__, asdict(setup.cell)],
        "remedy": [[type(part).__name__, asdict(part)] for part in remedy.parts],
        "settings": job.training.model_dump(exclude=NO_SETTINGS),
        "data": setup.source.checksum,
        "code": sorted({(file.name, sources.code(file)) for group in groups for file in group}),
        "engine": "fused" if available() else "eager",
        "torch": torch.__version__,
        "device": setup.device.type,
    }
