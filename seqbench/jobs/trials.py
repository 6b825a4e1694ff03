"""The trials of a job: every remedy that suits, times learning rates, times seeds."""

from collections.abc import Iterator

from seqbench import registry, watchdog
from seqbench.cell import Cell
from seqbench.engine.setup import Setup
from seqbench.engine.trial import Trial
from seqbench.errors import Unwritable
from seqbench.jobs import hanging
from seqbench.jobs.fingerprint import fingerprint, specification
from seqbench.jobs.proofs import Proofs, objection, prove_import
from seqbench.jobs.reasons import reason
from seqbench.jobs.rows import Rows
from seqbench.matrix.job import Job
from seqbench.remedy import Remedy


def trials_of(tables: Rows, job: Job, setup: Setup, cell: Cell, proofs: Proofs) -> Iterator[Trial]:
    """The trials of a job; what does not suit, load or prove to be pure becomes a row instead."""
    for name, knobs in job.remedies.items():
        label = f"{job.task}/{job.cell}/{name}"
        if end := watchdog.end_of(label):
            hanging.pass_over(tables, end, [name], setup.store.say)
            continue
        try:
            with watchdog.limit(hanging.patience(setup.settings), [label]):
                prove_import("remedies", name)
                remedy = registry.load_remedy(name, knobs)
                tables.acts[name] = "+".join(remedy.acts_at)
                found = objection(remedy, cell, setup.task) or _around(remedy, setup)
                if not found:
                    proofs.of_remedy(name, remedy)
        except (Unwritable, KeyboardInterrupt):
            raise
        except BaseException as error:  # whatever the remedy's own code does
            tables.not_run(name, "failed", reason(error))
            continue
        if found:
            tables.not_run(name, "not_applicable", found)
            continue
        common = specification(job, setup, name, remedy)
        closed = "solve" in remedy.acts_at
        for rate in [None] if closed else job.training.learning_rates:
            for seed in job.seeds:
                yield Trial(name, remedy, seed, rate, fingerprint(common, seed, rate))


def _around(remedy: Remedy, setup: Setup) -> str | None:
    """The objection to what is around a cell, or to how its sequences are laid out."""
    if remedy.alone and not setup.network.alone:
        return "It is for a cell by itself; here layers, a mask or a front end are around it."
    if remedy.lookback > 1 and (setup.task.reading.variable or setup.task.reading.carries):
        return "It looks several steps back, where padding or another window may lie."
    return None
