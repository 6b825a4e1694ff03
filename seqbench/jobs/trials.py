"""What a job trains: every remedy that suits, its settings and learning rates, times seeds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seqbench import registry, watchdog
from seqbench.cell import Cell
from seqbench.engine.setup import Setup
from seqbench.errors import Unwritable
from seqbench.jobs import hanging
from seqbench.jobs.fingerprint import Specification, fingerprint, specification
from seqbench.jobs.proofs import Proofs, objection, prove_import
from seqbench.jobs.reasons import reason
from seqbench.jobs.rows import Rows
from seqbench.jobs.staged import Staged
from seqbench.matrix.job import Job
from seqbench.remedy import Remedy
from seqbench.tuning import Setting, pairs, settings


@dataclass(frozen=True)
class Candidate:
    """A remedy in one setting, at one learning rate (None: closed form)."""

    name: str
    setting: str
    remedy: Remedy
    rate: float | None
    common: Specification  # of all its trials

    def trials(self, seeds: Iterable[int], stage: str) -> Iterator[Staged]:
        """Its trials, one per seed."""
        for seed in seeds:
            code = fingerprint(self.common, seed, self.rate)
            yield Staged(self.name, self.remedy, seed, self.rate, code, self.setting, stage)


def candidates_of(
    tables: Rows, job: Job, setup: Setup, cell: Cell, proofs: Proofs
) -> Iterator[Candidate]:
    """What is tried of every remedy; what does not suit, load or prove pure becomes a row.

    A remedy of which one setting does not is not trained in the others either, so that all that
    are have the same number of trials.
    """
    for name, knobs in job.remedies.items():
        label = f"{job.task}/{job.cell}/{name}"
        if end := watchdog.end_of(label):
            hanging.pass_over(tables, end, [name], setup.store.say)
            continue
        tried: list[tuple[Setting, Remedy]] = []
        words, found = "", None
        try:
            with watchdog.limit(hanging.patience(setup.settings), [label]):
                prove_import("remedies", name)
                for setting in settings(knobs):
                    words = f"{setting.words}: " if setting.words else ""
                    remedy = registry.load_remedy(name, setting.knobs)
                    tables.acts[name] = "+".join(remedy.acts_at)
                    found = objection(remedy, cell, setup.task) or _around(remedy, setup)
                    if found:
                        break
                    proofs.of_remedy(name, remedy)
                    tried.append((setting, remedy))
        except (Unwritable, KeyboardInterrupt):
            raise
        except BaseException as error:  # whatever the remedy's own code does
            tables.not_run(name, "failed", words + reason(error))
            continue
        if found:
            tables.not_run(name, "not_applicable", words + found)
            continue
        closed, rates = "solve" in remedy.acts_at, job.training.learning_rates
        common = {setting.words: specification(job, setup, name, made) for setting, made in tried}
        for (setting, made), rate in pairs(tried, rates, closed):
            yield Candidate(name, setting.words, made, rate, common[setting.words])


def _around(remedy: Remedy, setup: Setup) -> str | None:
    """The objection to what is around a cell, or to how its sequences are laid out."""
    alone = remedy.alone or "estimate" in remedy.acts_at  # of raw inputs it sees nothing
    if alone and not setup.network.alone:
        return "It is for a cell by itself; here layers, a mask or a front end are around it."
    if remedy.lookback > 1 and (setup.task.reading.variable or setup.task.reading.carries):
        return "It looks several steps back, where padding or another window may lie."
    return None
