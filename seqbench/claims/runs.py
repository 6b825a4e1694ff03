"""From the tables of a run to the rows that a question asks for."""

from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np
import pandas as pd

from seqbench.analysis import choose, order
from seqbench.analysis.tidy import Tables
from seqbench.claims import deciding
from seqbench.claims import rows as selection
from seqbench.claims.claim import Question, Rows, merged

UNIT = [*choose.GROUP, "seed"]  # one run: a trial at the chosen rate, or all rates together
OVERRIDES = {"task": {"tasks", "where", "knobs"}, "cell": {"cells"}, "remedy": {"remedies"}}
SHOWN = 4  # names in a pointer
REDRAWN = {
    "test_skill": "redrawn_skill", "test_score": "redrawn_score", "signed_skill": "redrawn_signed",
    "score_per_weight": "redrawn_per_weight",
}  # fmt: skip


class NotRun(Exception):
    """No row of the run answers the question; the text says which rows that would be."""


class Seen(TypedDict):
    """The rows behind a finding: seeds of the smaller arm, trials, names in words and exactly."""

    seeds: int
    runs: int
    where: str
    behind: tuple[choose.Key, ...]


@dataclass(frozen=True)
class Runs:
    """The trials of a run, each with the measures that questions ask for."""

    tables: Tables

    @cached_property
    def tried(self) -> pd.DataFrame:
        """Every attempt at every learning rate."""
        return _measured(self.tables.searched, self.tables.costs)

    @cached_property
    def tuned(self) -> pd.DataFrame:
        """The attempts at the learning rate chosen on validation."""
        return _measured(self.tables.alike, self.tables.costs)

    @cached_property
    def known(self) -> selection.Known:
        """The names in the run."""
        trials = self.tables.trials
        past = trials["task"][order.needs_past(trials)]
        return selection.known(trials, frozenset(past))

    def of(self, question: Question, arm: str = "a") -> pd.DataFrame:
        """A row per run of one arm: task, cell, remedy, seed, lag, value, steps, updates, trials.

        redrawn: the value for intervals and tests over seeds (`seqbench.analysis.redrawn`).

        Raises:
            NotRun: there is none.
        """
        key = question.model_dump_json(), arm
        if key not in self._known:
            self._known[key] = self._of(question, merged(question, arm))
        return self._known[key]

    @cached_property
    def _known(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {}

    def _of(self, question: Question, rows: Rows) -> pd.DataFrame:
        frame = self._rows(rows, self.tuned if question.rates == "tuned" else self.tried)
        value = frame[question.measure].astype("float64")
        redrawn = frame[REDRAWN.get(question.measure, question.measure)].astype("float64")
        frame = frame.assign(value=value, redrawn=redrawn, trials=1)
        frame = frame[frame["value"].notna()]
        if rows.pick == "best" and len(frame):
            frame = _best(frame, ["cell"] if "cell" in _common(question) else [])
        if frame.empty:
            raise NotRun(f"no run of {selection.described(rows)}")
        if question.rates == "tuned":
            return frame
        return frame.groupby(UNIT, as_index=False).agg(
            lag=("lag", "first"), value=("value", "mean"), redrawn=("redrawn", "mean"),
            trials=("trials", "sum"),
            steps=("steps", "min"), updates=("updates", "first"),
            test_skill=("test_skill", "mean"), solved=("solved", "all"),
        )  # fmt: skip

    def _rows(self, rows: Rows, trials: pd.DataFrame) -> pd.DataFrame:
        names = self.known
        chosen = trials["task"].isin(names.of_tasks(rows))
        chosen &= trials["cell"].isin(names.of_cells(rows))
        frame = trials[chosen & trials["remedy"].isin(names.of_remedies(rows))]
        for column, wanted in rows.where.items():
            if column not in frame:  # results of an older version: nothing says so
                return frame.iloc[:0]
            met = [selection.meets(value, wanted) for value in frame[column]]
            frame = frame[np.array(met, dtype=bool)]
        return frame

    def seen(self, question: Question) -> Seen:
        """What a finding points to."""
        arms = [self.of(question, arm) for arm in deciding.find(question.name).arms]
        return {
            "seeds": min(frame["seed"].nunique() for frame in arms),
            "runs": sum(int(frame["trials"].sum()) for frame in arms),
            "where": _pointer(pd.concat(arms)),
            "behind": _behind(pd.concat(arms)),
        }


def pairs(question: Question, runs: Runs) -> pd.DataFrame:
    """Arm a beside arm b, a row per pair: value_a, value_b, difference, lag, seed.

    Paired is by seed, and by whatever of task, cell and remedy both arms have in common; over the
    rest the values are averaged.
    """
    keys = ["seed", *_common(question)]
    means = [
        runs.of(question, arm)
        .groupby(keys, as_index=False)
        .agg(value=("redrawn", "mean"), lag=("lag", "first"))
        for arm in ("a", "b")
    ]
    both = means[0].merge(means[1], on=keys, suffixes=("_a", "_b")).sort_values(keys)
    if both.empty:
        raise NotRun("no seed ran on both sides")
    return both.assign(difference=both["value_a"] - both["value_b"], lag=both["lag_a"])


def _common(question: Question) -> list[str]:
    given = {name for rows in question.arms.values() for name in rows.model_fields_set}
    if "pick" in given:  # which remedy it is differs from task to task
        given |= {"remedies"}
    return [column for column, fields in OVERRIDES.items() if not given & fields]


def _pointer(frame: pd.DataFrame) -> str:
    """`rnn` with `none` on `adding`, `copy`"""
    cells, remedies, tasks = (_cut(sorted(set(frame[c]))) for c in ("cell", "remedy", "task"))
    return f"{cells} with {remedies} on {tasks}"


def _behind(frame: pd.DataFrame) -> tuple[choose.Key, ...]:
    """Every (task, cell, remedy) once."""
    return tuple(frame[choose.GROUP].drop_duplicates().itertuples(index=False, name=None))


def _cut(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN + 1} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{name}`" for name in (names[: SHOWN - 1] if more else names)) + more


def _measured(tried: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    steps = tried["steps_to_solve"].astype("float64").fillna(np.inf)  # training ends there
    seconds = costs.drop_duplicates("fingerprint").set_index("fingerprint")["wall_seconds"]
    log = np.log(tried["fingerprint"].map(seconds).astype("float64").clip(lower=1e-9))
    score, chance, perfect = (
        tried[name].astype("float64") for name in ("test_score", "chance", "perfect")
    )
    signed = (score - chance) / (perfect - chance)  # 0 where nothing was scored
    moved = tried["redrawn_skill"] - tried["test_skill"]
    diverged = tried["status"].eq("diverged")
    made = tried.assign(
        diverged=diverged,
        steps=steps,
        log_seconds=log,
        signed_skill=signed,
        redrawn_signed=signed + moved,
        score_per_weight=score / tried["parameters"],
        redrawn_per_weight=tried["redrawn_score"] / tried["parameters"],
    )
    return made if "match" in made else made.assign(match="units")  # there was nothing else


def _best(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Of every task (and cell, where both arms have it) the one with the best validation score."""
    best = [choose.leaders(some)[0] for _, some in frame.groupby(["task", *by])]
    return frame[pd.MultiIndex.from_frame(frame[choose.GROUP]).isin(best)]
