"""Where every number comes from: matrix, versions, checksums, holes, and how to reproduce one."""

import platform
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from seqbench import __version__
from seqbench.analysis import order
from seqbench.analysis.leaders import leader
from seqbench.analysis.tidy import Tables
from seqbench.report import facts, speed
from seqbench.report.first_page import missing
from seqbench.report.numbers import count, listed, number, short
from seqbench.report.table import Column, Table, quantity, tabulate, word
from seqbench.tuning import SCORE

PACKAGES = (
    "seqbench", "torch", "numpy", "pandas", "scipy", "pyarrow", "snakemake", "matplotlib",
    "seaborn", "typst",
)  # fmt: skip
TRAIN = "python -m seqbench train"
SEVERITY = ("failed", "timeout", "diverged", "not_applicable")
ENDINGS = ("ok", *SEVERITY)
GROUPS = 300  # rows of what has no score
MOST = 6  # trials named in one row


class Hole(NamedTuple):
    """What has no score, or not an ordinary one, for the same reason."""

    status: str
    remedies: str
    cells: str
    tasks: str
    rows: str
    reason: str


HOLES: list[Column[Hole]] = [
    Column("Status", "how it ended", lambda hole: word(hole.status)),
    Column("Remedy", "the remedies concerned", lambda hole: word(hole.remedies)),
    Column("Cell", "the cells", lambda hole: word(hole.cells)),
    Column("Task", "the tasks", lambda hole: word(hole.tasks)),
    Column("Rows", "of the table of trials: seeds and learning rates",
           lambda hole: word(hole.rows)),
    Column("Reason", "the message that was recorded", lambda hole: word(hole.reason)),
]  # fmt: skip
CHECKSUMS: list[Column[tuple[str, str]]] = [
    Column("Task", "name in the matrix", lambda pair: word(pair[0])),
    Column("SHA-256", "checksum of the data that were read", lambda pair: word(pair[1])),
]  # fmt: skip
STATUSES: list[Column[tuple[str, int]]] = [
    Column("Status", "how trials ended", lambda pair: word(pair[0])),
    Column("Rows", "of the table of trials", lambda pair: quantity(pair[1], count)),
]  # fmt: skip


def versions(costs: pd.DataFrame) -> list[facts.Fact]:
    """Of what made the report; torch, hardware and engines as the trials recorded them."""
    used = {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}
    trained = sorted(set(costs.torch) - {""})
    if trained:
        used["torch"] = listed(trained)
    used |= {"hardware": facts.machines(costs), "trials trained by": speed.engines(costs)}
    return [{"label": name, "value": value} for name, value in used.items()]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return __version__ if package == "seqbench" else "not installed as a package"


def checksums(trials: pd.DataFrame) -> Table:
    """Task and SHA-256 of every recorded data set."""
    pairs = trials.loc[trials.data_sha256.ne(""), ["task", "data_sha256"]].drop_duplicates()
    rows = pairs.sort_values("task").itertuples(index=False, name=None)
    return tabulate("checksums", "Recorded data", CHECKSUMS, rows)


def statuses(trials: pd.DataFrame) -> Table:
    """How many rows ended in which way."""
    counts = trials.status.value_counts()
    rows = [(name.replace("_", " "), int(counts[name])) for name in ENDINGS if name in counts]
    return tabulate("statuses", "How trials ended", STATUSES, rows)


def holes(trials: pd.DataFrame) -> list[Hole]:
    """Everything that has no score, or not an ordinary one, with its reason; the worst first.

    What ended alike, for the same reason, stands in one row. Trials that diverged differ in the
    step only, so they bear the first reason.
    """
    bad = trials[trials.status.ne("ok")].copy()
    if bad.empty:
        return []
    tasks, cells = set(trials.task), set(trials.cell)
    bad["words"] = bad.reason.where(bad.status.ne("diverged"), "")
    pairs = bad.groupby(["status", "words", "cell", "remedy"])
    bad["tasks"] = pairs.task.transform(lambda s: _all_or(s, tasks, "tasks"))
    triples = bad.groupby(["status", "words", "tasks", "remedy"])
    bad["cells"] = triples.cell.transform(lambda s: _all_or(s, cells, "cells"))
    groups = bad.groupby(["status", "words", "tasks", "cells"])
    ranked = sorted(groups, key=lambda pair: (SEVERITY.index(pair[0][0]), -len(pair[1])))
    left = f"{len(ranked) - GROUPS:,} more groups, in the table of trials"
    more = [Hole("", "", "", "", "", left)] if len(ranked) > GROUPS else []
    return [_hole(group) for _, group in ranked[:GROUPS]] + more


def _hole(group: pd.DataFrame) -> Hole:
    one = group.iloc[0]
    reason = str(one.reason)
    remedies = ", ".join(order.remedies(group))
    status = "data missing" if missing.absent(reason) else str(one.status).replace("_", " ")
    rows = ": ".join(filter(None, [count(len(group)), _trials(group)]))
    return Hole(status, remedies, one.cells, one.tasks, rows, reason)


def _all_or(some: pd.Series, every: set[str], what: str) -> str:
    """The names; "all tasks" where all are meant, "all tasks but x" where one is not."""
    names, left = sorted(set(some)), sorted(every - set(some))
    if len(names) > 2 and len(left) < 2:
        return f"all {what}" + "".join(f" but {name}" for name in left)
    return ", ".join(names)


def _trials(group: pd.DataFrame) -> str:
    """Which seeds and learning rates: "seed 2, rate 0.5"; a long list is cut."""
    pairs = group[["seed", "learning_rate"]].drop_duplicates().dropna(subset="seed")
    words = [
        f"seed {int(seed)}" + (f", rate {short(rate)}" if pd.notna(rate) else "")
        for seed, rate in pairs.itertuples(index=False)
    ]
    more = [f"{len(words) - MOST + 1} more"] if len(words) > MOST else words[MOST - 1 :]
    return "; ".join([*words[: MOST - 1], *more])


def reproduce(tables: Tables, matrix: str, results: str) -> dict[str, str]:
    """The best of the first task by validation, the rows it is the mean of, how to make them."""
    leaders = (leader(tables, task) for task in order.tasks(tables.trials))
    best = next(filter(None, leaders), None)
    if best is None:
        return {"text": "There is no number yet.", "command": "snakemake"}
    first, summary = best.trials.iloc[0], tables.summary
    pair = summary.task.eq(first.task) & summary.cell.eq(first.cell)
    row = summary[pair & summary.remedy.eq(first.remedy)].iloc[0]
    rate = f', setting = "{row.setting}"' if row.setting else ""
    rate += f", learning_rate = {short(row.learning_rate)}" if pd.notna(row.learning_rate) else ""
    rate += f", stage = {SCORE}" if row.search_seeds else ""
    these = "these trials, and those that chose," if row.search_seeds else "exactly these trials"
    return {
        "text": (
            f"For example, skill {number(row.skill)} of `{row.cell}` with `{row.remedy}` on "
            f"`{row.task}` is the mean of test_skill over the {count(row.n)} rows of "
            f"`{results}/tables/trials.csv` with task = {row.task}, cell = {row.cell}, remedy = "
            f"{row.remedy}{rate}. This command trains {these} again, changes no "
            "results, and says whether every number is the recorded one:"
        ),
        "command": f"{TRAIN} --config {matrix} --task {row.task} --cell {row.cell} "
        f"--remedy {row.remedy}{_option(row.learning_rate)}",
    }


def _option(rate: float) -> str:
    """The learning rate as the command line takes it; nothing for a closed form."""
    return f" --learning-rate {float(rate)!r}" if pd.notna(rate) else ""


def gather(tables: Tables, matrix_path: Path, results: Path) -> dict[str, object]:
    """The whole page."""
    name = facts.shown(matrix_path)
    return {
        "matrix_name": name,
        "matrix": facts.scrub(matrix_path.read_text(encoding="utf-8"), results),
        "versions": versions(tables.costs),
        "speed": speed.measured(facts.ROOT / "reports" / "benchmarks"),
        "checksums": checksums(tables.trials),
        "statuses": statuses(tables.trials),
        "holes": tabulate(
            "holes",
            "What failed, ran out of time, diverged or does not apply, and why",
            HOLES,
            holes(tables.trials),
            "A combination of task, cell and remedy that does not apply has one row in the table "
            "of trials.",
        ),
        "reproduce": reproduce(tables, name, facts.shown(results)),
    }
