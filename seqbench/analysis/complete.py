"""The rows of a job compared with what the matrix asks for: none too many, none too few.

What was trained for a remedy, a setting, a seed or a learning rate that the matrix does not have is
left out; what the matrix asks for and no file holds becomes a row with status `failed`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa
from pyarrow import compute

from seqbench import records
from seqbench.tally import NOT_TRAINED
from seqbench.tuning import BOTH, SCORE, SEARCH, pairs

Job = tuple[str, str]  # task, cell
TASK_FACTS = (*records.TASK_FACTS, "data_sha256")


class Key(NamedTuple):
    """What tells two rows of a job apart."""

    remedy: str
    setting: str = ""
    seed: int | None = None
    learning_rate: float | None = None
    stage: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What the matrix asks of a job.

    Attributes:
        remedies:      the settings of each that are tried, in words.
        seeds:         that are scored.
        rates:         learning rates.
        search_seeds:  that choose; none: `seeds` do.
    """

    remedies: Mapping[str, Sequence[str]]
    seeds: Sequence[int]
    rates: Sequence[float]
    search_seeds: Sequence[int] = ()

    def of(self, table: pa.Table) -> pa.Table:
        """The rows of a table that belong to it.

        In closed form there is no learning rate, and where nothing was run no seed either.
        """
        mask = _among(table["seed"], (*self.search_seeds, *self.seeds, None))
        if "stage" in table.column_names:
            some = _among(table["stage"], (None,))
            for stage, seeds in self._stages.items():
                own = compute.and_(_among(table["stage"], (stage,)), _among(table["seed"], seeds))
                some = compute.or_(some, own)
            mask = compute.and_(mask, some)
        some = False
        for remedy, settings in self.remedies.items():
            for setting, rates in self._tried(settings).items():
                own = compute.equal(table["remedy"], remedy)
                own = compute.and_(own, compute.equal(table["setting"], setting))
                own = compute.and_(own, _among(table["learning_rate"], (*rates, None)))
                some = compute.or_(some, own)
        return table.filter(compute.and_(mask, some))

    @property
    def _stages(self) -> dict[str, Sequence[int]]:
        """The seeds of every stage, the one that chooses first."""
        if self.search_seeds:
            return {SEARCH: self.search_seeds, SCORE: self.seeds}
        return {BOTH: self.seeds}

    def _tried(self, settings: Sequence[str]) -> dict[str, list[float]]:
        """The learning rates of every setting; "": also of rows in which nothing was trained."""
        rates: dict[str, list[float]] = {"": [], **{setting: [] for setting in settings}}
        for setting, rate in pairs(settings, self.rates, closed_form=False):
            rates[setting] += [rate] if rate is not None else []
        return rates

    def first(self, remedy: str, closed_form: bool) -> set[Key]:
        """The trials of a remedy that choose."""
        tried = pairs(self.remedies[remedy], self.rates, closed_form)
        stage, seeds = next(iter(self._stages.items()))
        return {Key(remedy, *own, stage) for own in _times(tried, seeds)}

    def second(self, remedy: str, there: Iterable[Key]) -> set[Key]:
        """The trials of a remedy that are scored and are not there, at what the others have.

        there: of rows that belong to it.
        """
        if not self.search_seeds:
            return set()
        known = {key.seed: key for key in there if key.remedy == remedy and key.stage == SCORE}
        one = next(iter(known.values()), Key(remedy, stage=SCORE))
        return {one._replace(seed=seed) for seed in self.seeds if seed not in known}


def _times(
    tried: Iterable[tuple[str, float | None]], seeds: Sequence[int]
) -> Iterable[tuple[str, int, float | None]]:
    return ((setting, seed, rate) for setting, rate in tried for seed in seeds)


def _among(column: pa.ChunkedArray, values: Iterable[object]) -> pa.ChunkedArray:
    return compute.is_in(column, pa.array([*values], column.type))


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
            known | {"acts_at": self.acts_at.get(key.remedy)} | key._asdict() for key in missing
        ]
        return pa.Table.from_pylist(rows, schema=records.schema("trials"))

    def missing(self, trials: pa.Table, wanted: Wanted) -> set[Key]:
        """The trials that the matrix asks for and the rows do not have.

        A remedy of which nothing was run (it does not apply, say) has one row for all its trials.
        """
        there, lacking = set(keys(wanted.of(trials))), set[Key]()
        whole = {key.remedy for key in there if key.seed is None and key.learning_rate is None}
        for remedy in wanted.remedies:
            if remedy not in whole:
                closed_form = "solve" in (self.acts_at.get(remedy) or "").split("+")
                lacking |= wanted.first(remedy, closed_form) - there
                lacking |= wanted.second(remedy, there)
        return lacking


def keys(table: pa.Table) -> list[Key]:
    """What tells every row apart."""
    return [Key(**row) for row in table.select([*Key._fields]).to_pylist()]
