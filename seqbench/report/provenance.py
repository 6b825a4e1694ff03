"""Where every number comes from: matrix, versions, checksums, holes, and how to make one again."""

import platform
from importlib import metadata
from pathlib import Path

import pandas as pd

from seqbench import __version__
from seqbench.analysis.tidy import Tables
from seqbench.report import facts
from seqbench.report.numbers import NOTHING, count, listed, number, short

PACKAGES = (
    "seqbench", "torch", "numpy", "pandas", "scipy", "pyarrow", "snakemake", "matplotlib",
    "seaborn", "typst",
)  # fmt: skip
TRAIN = "python -m seqbench train"
Rows = list[list[str]]


def versions(costs: pd.DataFrame) -> list[facts.Fact]:
    """Of what made the report; torch as the trials recorded it."""
    found = {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}
    trained = sorted(set(costs.torch) - {""})
    if trained:
        found["torch"] = listed(trained)
    return [{"label": name, "value": value} for name, value in found.items()]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return __version__ if package == "seqbench" else "not installed as a package"


def checksums(trials: pd.DataFrame) -> Rows:
    """Task and SHA-256 of every recorded data set."""
    pairs = trials.loc[trials.data_sha256.ne(""), ["task", "data_sha256"]].drop_duplicates()
    return [[task, digest] for task, digest in pairs.sort_values("task").itertuples(index=False)]


def statuses(trials: pd.DataFrame) -> Rows:
    """How many rows ended in which way."""
    counts = trials.status.value_counts().sort_index()
    return [[str(name), count(int(n))] for name, n in counts.items()]


def holes(trials: pd.DataFrame) -> Rows:
    """Everything that has no score, or not an ordinary one, with its reason.

    Trials that diverged differ in the step only: one row per combination, with the first reason.
    """
    bad = trials[trials.status.ne("ok")].copy()
    bad["words"] = bad.reason.where(bad.status.ne("diverged"), "")
    rows = []
    for (status, cell, remedy, _), group in bad.groupby(["status", "cell", "remedy", "words"]):
        tasks = listed(sorted(set(group.task)), most=99)
        reason = facts.scrub(str(group.reason.iloc[0]))
        names = [str(status), str(cell), str(remedy), tasks]
        rows.append([*names, count(len(group)), _trials(group), reason])
    return rows


def _trials(group: pd.DataFrame) -> str:
    """Which seeds and learning rates: "seed 2, rate 0.5"."""
    pairs = group[["seed", "learning_rate"]].drop_duplicates().dropna(subset="seed")
    words = [
        f"seed {int(seed)}" + (f", rate {short(rate)}" if pd.notna(rate) else "")
        for seed, rate in pairs.itertuples(index=False)
    ]
    return "; ".join(words) or NOTHING


def reproduce(tables: Tables, matrix: str, results: str) -> dict[str, str]:
    """One number of this report, the rows it is the mean of, and the command that makes them."""
    ran = tables.summary[tables.summary.status.eq("ok")]
    if ran.empty:
        return {"text": "There is no number yet.", "command": "snakemake"}
    row = ran.sort_values(["skill", "task", "cell", "remedy"], ascending=[False, *[True] * 3]).iloc[
        0
    ]
    rate = f", learning_rate = {short(row.learning_rate)}" if pd.notna(row.learning_rate) else ""
    return {
        "text": (
            f"For example, skill {number(row.skill)} of `{row.cell}` with `{row.remedy}` on "
            f"`{row.task}` is the mean of test_skill over the {count(row.n)} rows of "
            f"`{results}/tables/trials.csv` with task = {row.task}, cell = {row.cell}, remedy = "
            f"{row.remedy}{rate}. This command trains that job again and writes "
            f"`{results}/trials/{row.task}/{row.cell}.parquet`:"
        ),
        "command": f"{TRAIN} --config {matrix} --task {row.task} --cell {row.cell}",
    }


def gather(tables: Tables, matrix_path: Path, results: Path) -> dict[str, object]:
    """The whole page."""
    try:
        matrix = facts.scrub(matrix_path.read_text(encoding="utf-8"))
    except OSError:
        matrix = "The matrix file cannot be read."
    name = facts.shown(matrix_path)
    return {
        "matrix_name": name,
        "matrix": matrix,
        "versions": versions(tables.costs),
        "machines": facts.machines(tables.costs),
        "checksums": checksums(tables.trials),
        "statuses": statuses(tables.trials),
        "holes": holes(tables.trials),
        "reproduce": reproduce(tables, name, facts.shown(results)),
    }
