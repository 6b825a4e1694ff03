"""The stages of a job: which trials choose, and which are scored.

    without search seeds    all candidates x seeds, which choose and are scored
    with search seeds       search    all candidates x search seeds, which choose
                            score     the chosen candidate of every remedy x seeds

The choice is that of `seqbench.criteria`: on validation scores, never on test scores. A search that
was killed comes to the same choice, as its finished trials are in the store.
"""

from collections.abc import Iterator, Sequence

from seqbench.criteria import RAN, Attempt, chosen
from seqbench.jobs.rows import Rows
from seqbench.jobs.staged import Staged
from seqbench.jobs.trials import Candidate
from seqbench.matrix.job import Job
from seqbench.tuning import BOTH, SCORE, SEARCH

NOTHING = "nothing of it was trained in the search, so no learning rate could be chosen"


def first(job: Job, candidates: Sequence[Candidate]) -> list[Staged]:
    """The trials of the only stage, or of the search."""
    seeds, stage = (job.search_seeds, SEARCH) if job.search_seeds else (job.seeds, BOTH)
    return [trial for one in candidates for trial in one.trials(seeds, stage)]


def many(job: Job, candidates: Sequence[Candidate]) -> int:
    """How many trials all stages have together."""
    fresh = len({one.name for one in candidates}) * len(job.seeds) if job.search_seeds else 0
    return len(first(job, candidates)) + fresh


def second(tables: Rows, candidates: Sequence[Candidate]) -> Iterator[Staged]:
    """The trials that are scored, chosen by the rows of the search; rows where nothing was."""
    if not tables.job.search_seeds:
        return
    for name in dict.fromkeys(one.name for one in candidates):
        rows = [row for row in tables.trials if row["remedy"] == name]
        if not any(row["status"] in RAN for row in rows):
            tables.not_chosen(name, NOTHING)
            continue
        best = chosen(map(Attempt.of, rows))
        one = next(c for c in candidates if (c.name, c.setting, c.rate) == (name, *best))
        yield from one.trials(tables.job.seeds, SCORE)
