"""What hung in a process before this one, or ended it, is passed over.

A trial that hung has a record with the status timeout, and is not tried again until
`timeout_minutes` is raised (or its code changes), unlike one that was merely slow, which goes on at
the next run. What hung before its trials are known has rows, and the next run does not plan it
again either; where its job is trained again for another reason, it has to be ended once more.

Of trials that ended a process nobody knows whose fault it was: they are trained remedy by remedy,
and those of the remedy that ends another process fail.
"""

import signal
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from seqbench import records, registry, watchdog
from seqbench.engine.setup import Setup
from seqbench.engine.trial import Trial
from seqbench.jobs.rows import Rows
from seqbench.matrix.job import Job
from seqbench.training import Training
from seqbench.watchdog import Death, Hang

LEAST = 10.0  # minutes
SHARE = 1 / 6  # of `timeout_minutes`


def patience(settings: Training) -> float:
    """Minutes that an update, a piece of a test or of a solve, a proof or the data may take."""
    return max(LEAST, SHARE * settings.timeout_minutes)


def record_hung(job: Job, setup: Setup, trials: Iterable[Trial]) -> None:
    """Keep a record of each of these trials that hung.

    Where the line that hung is in the file of a remedy, only its trials are to blame; where it is
    not, all trials of the stack are.
    """
    for hang in (end for end in watchdog.ends() if isinstance(end, Hang)):
        stack = [trial for trial in trials if trial.fingerprint in hang.names]
        files = {file for file, _ in hang.frames}
        guilty = [trial for trial in stack if files & _files("remedies", trial.name)]
        for trial in guilty or stack:
            why = f"{reason(job, hang)} Give it more time under `timeout_minutes`, or mend it."
            setup.store.say(f"{trial.name}, seed {trial.seed}: {why}")
            setup.store.keep_result(trial.fingerprint, _record(why, setup.settings.timeout_minutes))


def deadly(tables: Rows, trials: Iterable[Trial]) -> dict[str, str]:
    """Why trials fail that ended two processes, by fingerprint."""
    found = {}
    for trial in trials:
        end = watchdog.end_of(trial.fingerprint)
        if isinstance(end, Death):
            found[trial.fingerprint] = _said(tables, end, [trial.name])
    return found


def parts(stack: Sequence[Trial]) -> list[list[Trial]]:
    """The stack, or its trials remedy by remedy where one of them ended a process."""
    if any(watchdog.deaths_of(trial.fingerprint) for trial in stack):
        return [list(group) for _, group in groupby(stack, key=lambda trial: trial.name)]
    return [[*stack]] if stack else []


def pass_over(
    tables: Rows, end: Hang | Death, names: Sequence[str], say: Callable[[str], None]
) -> None:
    """Rows for remedies of which nothing is run, as a proof or what all need hung, or died."""
    say(why := _said(tables, end, names))
    for name in names:
        tables.not_run(name, end.status, why)


def _said(tables: Rows, end: Hang | Death, names: Sequence[str]) -> str:
    """The reason; and where the system may have ended the process, that it is worth another try."""
    job, why = tables.job, reason(tables.job, end)
    if isinstance(end, Death):
        if not end.frames:  # nobody knows who it was
            remedy = "" if job.digest in end.names else f" or {names[0]}"
            why = f"{job.task}, {job.cell}{remedy}: {why}"
        if end.code == -signal.SIGKILL:  # by a system without memory, or by a person
            tables.interrupted = why
    return why


def reason(job: Job, end: Hang | Death) -> str:
    """Where it ended, in a sentence: the innermost line of the user's own, else of all."""
    own = _files("tasks", job.task) | _files("cells", job.cell)
    own |= {file for name in job.remedies for file in _files("remedies", name)}
    return end.reason(own)


def _files(kind: str, name: str) -> set[str]:
    return {str(registry.path(kind, part)) for part in registry.parts(name)}


def _record(reason: str, minutes: float) -> dict[str, object]:
    """A record without any number."""
    trial = dict.fromkeys(records.OUTCOME) | {"status": "timeout", "reason": reason}
    nothing: dict[str, object] = {"curves": [], "flow": [], "samples": []}
    nothing |= {"further": {}, "parallel": {}}
    cost = dict.fromkeys(records.COST) | {"engine": ""}
    return {"trial": trial, "cost": cost, "hung": minutes} | nothing
