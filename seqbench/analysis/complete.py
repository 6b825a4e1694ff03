"""The rows of a job compared with what the matrix asks for: none too many, none too few.

What was trained for a remedy, a seed or a learning rate that the matrix does not have is left out;
what the matrix asks for and no file holds becomes a row with status `failed`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyarrow import compute

from seqbench import records
from seqbench.tally import NOT_TRAINED

Job = tuple[str, str]  # task, cell
Key = tuple[str, int | None, float | None]  # remedy, seed, learning rate

TASK_FACTS = (*records.TASK_FACTS, "data_sha256")
IDENTITY = ("remedy", "seed", "learning_rate")


@dataclass(frozen=True)
class Wanted:
    """What the matrix asks of a job: every remedy x seed x learning rate."""

    remedies: Sequence[str]
    seeds: Sequence[int]
    rates: Sequence[float]

    def of(self, table: pa.Table) -> pa.Table:
        """The rows of a table that belong to it.

        In closed form there is no learning rate, and where nothing was run no seed either.
        """
        known: tuple[Sequence[object], ...] = (
            self.remedies,
            (*self.seeds, None),
            (*self.rates, None),
        )
        mask = True
        for name, values in zip(IDENTITY, known, strict=True):
            allowed = pa.array(values, table.schema.field(name).type)
            mask = compute.and_(mask, compute.is_in(table[name], allowed))
        return table.filter(mask)

    def trials(self, remedy: str, closed_form: bool) -> set[Key]:
        """The trials of a remedy."""
        rates = (None,) if closed_form else self.rates
        return {(remedy, seed, rate) for seed in self.seeds for rate in rates}


@dataclass
class Facts:
    """What finished jobs say of tasks and remedies, for the rows of those that are not trained."""

    acts_at: dict[str, str] = field(default_factory=dict)  # by remedy
    of_task: dict[str, dict[str, object]] = field(default_factory=dict)

    def learn(self, trials: pa.Table) -> None:
        """Remember what the rows of a job say."""
        for row in trials.select(["task", "remedy", "acts_at", *TASK_FACTS]).to_pylist():
            if row["acts_at"] is not None:
                self.acts_at[row["remedy"]] = row["acts_at"]
            if row["metric"]:
                self.of_task[row["task"]] = {name: row[name] for name in TASK_FACTS}

    def rows(self, job: Job, missing: Iterable[Key]) -> pa.Table:
        """A row for every trial that is not trained."""
        task, cell = job
        ended = {"status": "failed", "reason": NOT_TRAINED}
        known = {"task": task, "cell": cell} | self.of_task.get(task, {}) | ended
        rows = [
            known | {"acts_at": self.acts_at.get(key[0])} | dict(zip(IDENTITY, key, strict=True))
            for key in missing
        ]
        return pa.Table.from_pylist(rows, schema=records.schema("trials"))

    def missing(self, trials: pa.Table, wanted: Wanted) -> set[Key]:
        """The trials that the matrix asks for and the rows do not have.

        A remedy of which nothing was run (it does not apply, say) has one row for all its trials.
        """
        there, lacking = set(keys(trials)), set[Key]()
        for remedy in wanted.remedies:
            if (remedy, None, None) not in there:
                closed_form = "solve" in (self.acts_at.get(remedy) or "").split("+")
                lacking |= wanted.trials(remedy, closed_form) - there
        return lacking


def keys(table: pa.Table) -> list[Key]:
    """Remedy, seed and learning rate of every row."""
    return list(zip(*(table[name].to_pylist() for name in IDENTITY), strict=True))
