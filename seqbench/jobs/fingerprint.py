"""What a trial is: everything that can change its numbers, the code included."""

from dataclasses import asdict

import torch

from seqbench import records, registry
from seqbench.engine.fused.build import available
from seqbench.engine.setup import Setup
from seqbench.matrix import Job
from seqbench.remedy import Remedy

FORMAT = 1  # of a store entry; a new number forgets all old entries
# of a matrix's section train; `match` has become a number of hidden units
NO_SETTINGS = {"learning_rates", "stack", "timeout_minutes", "match"}
WITHOUT_NUMBERS = ("store", "memory", "rehearsal")  # modules that no trial's numbers depend on


def specification(job: Job, setup: Setup, name: str, remedy: Remedy) -> dict[str, object]:
    """Everything that can change the numbers of a remedy's trials, the code included."""
    home = registry.HOME
    files = [
        *registry.sources("cells", job.cell),
        *registry.sources("tasks", job.task),
        *registry.readers(job.task),
        *(file for part in registry.parts(name) for file in registry.sources("remedies", part)),
        *(home / f"{module}.py" for module in ("axes", "cell", "front", "remedy", "task")),
        *(home / "networks").glob("*.py"),
        *(path for path in (home / "engine").rglob("*.py") if path.stem not in WITHOUT_NUMBERS),
    ]
    return {
        "format": FORMAT,
        "task": [type(setup.task).__name__, asdict(setup.task)],
        "facts": {fact: getattr(setup.task, fact) for fact in records.TASK_FACTS},
        "network": repr(setup.network),
        "remedy": [[type(part).__name__, asdict(part)] for part in remedy.parts],
        "settings": job.training.model_dump(exclude=NO_SETTINGS),
        "data": setup.source.checksum,
        "code": sorted({(path.name, registry.code(path)) for path in files}),
        "engine": "fused" if available() else "eager",
        "torch": torch.__version__,
        "device": setup.device.type,
    }
