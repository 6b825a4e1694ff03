"""Trials that hung in a process before this one: records with the status timeout.

A trial that hung is not tried again until `timeout_minutes` is raised (or its code changes), unlike
one that was merely slow, which goes on at the next run.
"""

from collections.abc import Iterable

from seqbench import records, registry, watchdog
from seqbench.engine.setup import Setup
from seqbench.engine.trial import Trial
from seqbench.matrix.job import Job
from seqbench.watchdog import Hang

GRACE = 10.0  # minutes that a test, a validation or an update may take when the time is over


def record_hung(job: Job, setup: Setup, trials: Iterable[Trial]) -> None:
    """Keep a record of each of these trials that hung.

    Where the line that hung is in the file of a remedy, only its trials are to blame; where it is
    not, all trials of the stack are.
    """
    for hang in watchdog.hung():
        stack = [trial for trial in trials if trial.fingerprint in hang.names]
        files = {file for file, _ in hang.frames}
        guilty = [trial for trial in stack if files & _files("remedies", trial.name)]
        for trial in guilty or stack:
            why = f"{reason(job, hang)} Give it more time under `timeout_minutes`, or mend it."
            setup.store.say(f"{trial.name}, seed {trial.seed}: {why}")
            setup.store.keep_result(trial.fingerprint, _record(why, setup.settings.timeout_minutes))


def reason(job: Job, hang: Hang) -> str:
    """Where it hung, in a sentence: the innermost line of the user's own, else of all."""
    own = _files("tasks", job.task) | _files("cells", job.cell)
    own |= {file for name in job.remedies for file in _files("remedies", name)}
    return hang.reason(own)


def _files(kind: str, name: str) -> set[str]:
    return {str(registry.path(kind, part)) for part in registry.parts(name)}


def _record(reason: str, minutes: float) -> dict[str, object]:
    """A record without any number."""
    trial = dict.fromkeys(records.OUTCOME) | {"status": "timeout", "reason": reason}
    nothing: dict[str, object] = {"curves": [], "flow": [], "samples": [], "further": {}}
    cost = dict.fromkeys(records.COST) | {"engine": ""}
    return {"trial": trial, "cost": cost, "hung": minutes} | nothing
