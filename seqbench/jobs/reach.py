"""A search for the longest lag that a cell solves, under all its remedies at once.

In every round each remedy asks for one length; those that ask for the same one are trained as an
ordinary job of the task at that length. So trials are kept in the store as always: one that was
trained before, by a search or by a job, is not trained again, and a search that was killed repeats
its rounds in a moment and goes on.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from seqbench import manifest, opened, records
from seqbench.criteria import RAN, Attempt, chosen, enough
from seqbench.jobs import attempt
from seqbench.jobs.alone import alone
from seqbench.jobs.further import Growth
from seqbench.jobs.log import Log
from seqbench.jobs.rows import Row, Rows
from seqbench.jobs.search import following
from seqbench.matrix import Matrix, wanted
from seqbench.matrix.job import ReachJob
from seqbench.tally import Tally, tally
from seqbench.tuning import SEARCH

Outcomes = dict[str, dict[int, bool | None]]  # remedy -> length -> solved; None: nothing ran


def run_reach(
    matrix: Matrix, task: str, cell: str, *, device: str = "auto", log: Path | None = None
) -> Tally:
    """Look for the longest lag of one (task, cell) under every remedy and write what was found.

    Returns: how the trials at all lengths ended.

    Raises:
        InputError: the matrix has no such search, or the results folder cannot be written.
    """
    reach, folder = matrix.reach_job(task, cell), Path(matrix.results)
    asked = wanted.of_search(matrix, task, cell)
    with alone(folder, "reach", reach.job, log):
        path = folder / "reach" / task / f"{cell}.parquet"
        with opened.recorded(folder) as files:
            rows, unfinished = searched(reach, folder, device, log)
        records.write(path, "reach", sorted(rows, key=_place))
        manifest.write(folder, asked, [path], unfinished, files.sums())
    return tally(row for row in rows if row["factor"] == 1)


def searched(reach: ReachJob, folder: Path, device: str, log: Path | None) -> tuple[list[Row], str]:
    """The rows of a search: rounds of ordinary jobs until no remedy asks for another length.

    And why another attempt may do better, or "".
    """
    unfinished = ""
    outcomes: Outcomes = {name: {} for name in reach.job.remedies}
    rows: list[Row] = []
    while asked := lengths(reach, outcomes):
        for length, remedies in asked.items():
            job, growth = reach.at(length, remedies), Growth(reach.knob, length, reach.further)
            Log(job, log).say(f"{reach.knob} {length} under {', '.join(remedies)}")
            tables = attempt(job, folder, device, log, growth)
            unfinished = unfinished or tables.unfinished
            reached = list(reach_rows(tables, growth))
            rows += reached
            for name in remedies:
                outcomes[name][length] = outcome([row for row in reached if row["remedy"] == name])
    return rows, unfinished


def lengths(reach: ReachJob, outcomes: Outcomes) -> dict[int, list[str]]:
    """What each remedy asks for next, by length, the shortest first."""
    asked: dict[int, list[str]] = {}
    for name, tried in outcomes.items():
        length = following(tried, reach.start, reach.to, reach.resolution)
        if length is not None:
            asked.setdefault(length, []).append(name)
    return dict(sorted(asked.items()))


def outcome(rows: list[Row]) -> bool | None:
    """Whether a remedy solves a length, from its rows there; None: nothing ran."""
    mine = [row for row in rows if row["chosen"] and row["factor"] == 1]
    if not any(row["status"] in RAN for row in mine):
        return None
    return enough(sum(row["solved"] is True for row in mine), len(mine))


def reach_rows(tables: Rows, growth: Growth) -> Iterator[Row]:
    """The rows of the table `reach` from those of an ordinary job, further tests included."""
    scored = _scored(tables)
    for trial in tables.trials:
        row = {name: trial.get(name) for name in records.REACH if name in records.TRIALS}
        row |= {"length": growth.length, "factor": 1.0}
        row["chosen"] = scored(trial)
        yield row
        further = tables.further.get(str(trial.get("fingerprint")), {})
        for factor, name in growth.names().items():
            if name in further:
                tested = zip(("test_score", "test_skill", "solved"), further[name], strict=True)
                yield row | dict(tested) | {"factor": factor}


def _scored(tables: Rows) -> Callable[[Row], bool]:
    """Whether a row counts: of two stages not the search, else at what was chosen."""
    if tables.job.search_seeds:
        return lambda row: row.get("stage") != SEARCH
    best = {
        name: chosen(Attempt.of(row) for row in tables.trials if row["remedy"] == name)
        for name in tables.job.remedies
    }
    return lambda row: (row["setting"], row.get("learning_rate")) == best[str(row["remedy"])]


def _place(row: Mapping[str, object]) -> tuple[object, ...]:
    numbers = (row[name] for name in ("length", "learning_rate", "seed", "factor"))
    return (
        row["remedy"],
        row["setting"],
        *(-1 if number is None else number for number in numbers),
    )
