"""What a trial is: everything that can change its numbers, the code included."""

import json
from hashlib import sha256

import torch

from seqbench import opened, records, sources
from seqbench.engine.fused.sequence import toolchain
from seqbench.engine.setup import Setup
from seqbench.matrix.job import Job
from seqbench.remedy import Remedy
from seqbench.training import Use, used

Specification = dict[str, object]

FORMAT = 1  # of a store entry; a new number forgets all old entries


def specification(job: Job, setup: Setup, name: str, remedy: Remedy) -> Specification:
    """Everything that can change the numbers of a remedy's trials, the code included."""
    return {
        "read": opened.so_far(),  # by a synthetic task, a cell or a remedy, say
        "format": FORMAT,
        "task": repr(setup.task),
        "facts": {fact: getattr(setup.task, fact) for fact in records.TASK_FACTS},
        "network": repr(setup.network),
        "remedy": repr(remedy.parts),
        "settings": job.training.model_dump(exclude={*used(Use.APART)}),
        "data": setup.source.checksum,
        "code": sources.codes(*sources.of_trials(job.task, job.cell, [name])),
        "engine": "eager" if toolchain(setup.device.type) else "fused",
        "torch": torch.__version__,
        "device": setup.device.type,
    }


def fingerprint(common: Specification, seed: int, rate: float | None) -> str:
    """SHA-256 of a remedy's specification with a trial's seed and learning rate."""
    trial = common | {"seed": seed, "learning_rate": rate}
    return sha256(json.dumps(trial, sort_keys=True).encode()).hexdigest()
