"""The rows of a job's tables."""

import json
from collections.abc import Iterable

from seqbench import records
from seqbench.engine.setup import Setup
from seqbench.jobs.parallel import columns
from seqbench.jobs.reasons import private
from seqbench.jobs.staged import Staged
from seqbench.matrix.job import Job
from seqbench.tally import Tally, tally
from seqbench.task import Task
from seqbench.training import Use, used
from seqbench.tuning import SCORE, SEARCH, settings

Row = dict[str, object]


class Rows:
    """The rows of the tables of one job.

    `interrupted` says what memory, disk or data kept from being trained; `read` has the files that
    were read, with their SHA-256.
    """

    def __init__(self, job: Job):
        self.job = job
        self.acts: dict[str, str] = {}
        self.common: Row = {
            "task": job.task,
            "cell": job.cell,
            **{name: getattr(job.training, name) for name in used(Use.COLUMN)},
        }
        if job.training.match != "units":
            self.common["hidden"] = None  # until `sized`
        self.units: dict[str, int] = {}  # by remedy
        self.states: dict[str, int] = {}  # by remedy
        self.trials: list[Row] = []
        self.curves: list[Row] = []
        self.flow: list[Row] = []
        self.samples: list[Row] = []
        self.costs: list[Row] = []
        self.further: dict[str, dict[str, list]] = {}  # by fingerprint and name of the test
        self.interrupted = ""
        self.slow = ""

    @property
    def unfinished(self) -> str:
        """Why another attempt may do better, or ""; what was slow goes on, unlike what hung."""
        return self.interrupted or self.slow

    @property
    def tally(self) -> Tally:
        """How the trials ended."""
        return tally(self.trials)

    def known(self, task: Task) -> None:
        """The facts of a task, for every row."""
        self.common |= {fact: getattr(task, fact) for fact in records.TASK_FACTS}

    def sized(self, remedies: Iterable[str], units: int) -> None:
        """How many hidden units it turned out to be under some remedies."""
        self.units |= dict.fromkeys(remedies, units)

    def carries(self, remedies: Iterable[str], numbers: int) -> None:
        """How many numbers their networks carry from step to step."""
        self.states |= dict.fromkeys(remedies, numbers)

    def describe(self, setup: Setup) -> None:
        """What the task says of itself, for every row."""
        self.known(setup.task)
        self.common["data_sha256"] = setup.source.checksum
        self.common |= setup.source.amounts

    def _row(self, name: str, setting: str = "") -> Row:
        own = self.job.remedies[name]
        knobs = {
            "task": self.job.task_knobs,
            "cell": self.job.cell_knobs,
            "remedy": next((one.knobs for one in settings(own) if one.words == setting), own),
        }
        given = {kind: values for kind, values in knobs.items() if values}
        return self.common | {
            "hidden": self.units.get(name, self.common["hidden"]),
            "state_numbers": self.states.get(name),
            "remedy": name,
            "setting": setting,
            "acts_at": self.acts.get(name),
            "knobs": json.dumps(given, sort_keys=True),
        }

    def not_run(self, name: str, status: str, reason: str) -> None:
        """A remedy of which nothing was run."""
        self.trials.append(self._row(name) | {"status": status, "reason": private(reason)})

    def not_chosen(self, name: str, reason: str) -> None:
        """A remedy of which the search left nothing to be scored: a row per seed."""
        ended = {"stage": SCORE, "status": "failed", "reason": private(reason)}
        self.trials += [self._row(name) | ended | {"seed": seed} for seed in self.job.seeds]

    def broke_off(self, reason: str) -> None:
        """Remedies that have no rows when the job breaks off, or those of their search alone."""
        stages: dict[str, set[object]] = {name: set() for name in self.job.remedies}
        for row in self.trials:
            stages[str(row["remedy"])].add(row.get("stage"))
        for name, known in stages.items():
            if not known:
                self.not_run(name, "failed", reason)
            elif known == {SEARCH}:
                self.not_chosen(name, reason)

    def _identity(self, trial: Staged) -> Row:
        return {
            "task": self.job.task,
            "cell": self.job.cell,
            "remedy": trial.name,
            "setting": trial.setting,
            "seed": trial.seed,
            "learning_rate": trial.learning_rate,
            "fingerprint": trial.fingerprint,
        }

    def trial_failed(self, trial: Staged, reason: str) -> None:
        """A trial that ended in an error of its own."""
        row = self._row(trial.name, trial.setting) | self._identity(trial)
        ended = {"stage": trial.stage, "status": "failed", "reason": private(reason)}
        self.trials.append(row | ended)

    def trial_ended(self, trial: Staged, kept: dict) -> None:
        """A trial that has a record, whatever its status."""
        identity = self._identity(trial)
        row = self._row(trial.name, trial.setting) | identity | {"stage": trial.stage}
        row |= columns(kept["parallel"]) if self.job.parallel else {}
        self.trials.append(row | kept["trial"])
        if kept["trial"]["status"] == "timeout" and kept["hung"] is None:
            self.slow = str(kept["trial"]["reason"])
        for step, split, quantity, value in kept["curves"]:
            point = {"step": step, "split": split, "quantity": quantity, "value": value}
            self.curves.append(identity | point)
        for step, norms in kept["flow"]:
            self.flow += [
                identity | {"step": step, "lag": k, "norm": v} for k, v in enumerate(norms)
            ]
        self.further[trial.fingerprint] = kept["further"]
        for item, sample in enumerate(kept["samples"]):
            self.samples.append(identity | {"item": item, "sample": sample})
        self.costs.append(identity | kept["cost"])
