"""A job is trained by one process at a time, whoever started it.

A driver that was killed leaves jobs that go on; those of the next driver wait for them, and then
find the trials in the store.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqbench.files import ensure_writable
from seqbench.jobs.log import Log
from seqbench.locks import only_one
from seqbench.matrix.job import Job


@contextmanager
def alone(folder: Path, kind: str, job: Job, log: Path | None) -> Iterator[None]:
    """Be the only process at this kind of work on this (task, cell) below the folder.

    The log begins anew, unless it has just said that this process waits.

    Raises:
        InputError: the folder or the log cannot be written.
    """
    ensure_writable(folder)
    lock = folder / ".locks" / kind / job.task / f"{job.cell}.lock"
    said = Log(job, log)
    with only_one(lock, said.say) as waited:
        if not waited:
            said.begin()
        yield
