"""What a run costs besides training: starting Python and torch, planning, reading, drawing.

Everything runs in a copy of the project, so that no run at work is met and nothing is left behind.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from seqbench import matrix, registry
from seqbench.benchmarks import stopwatch
from seqbench.benchmarks.measure import Spread, spread

HOME = registry.HOME.parent
MADE_UP_BY = ("tests/__init__.py", "tests/helpers")  # what writes results that nobody trained
PARTS = ("Snakefile", "profiles", "reports", "seqbench", "workflow", *MADE_UP_BY)
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.html", "*.pdf", "results", ".*")
REPEATS = 3
JOBS, QUICK_JOBS = (100, 1000, 10_000), (100,)
TRIALS = 50_000
SINGLE = ("only", "reach")  # keys of a matrix that name its tasks
JOB = ("copy", "lstm")  # of the default matrix, whose first update is waited for
MADE_UP = """
import sys
from pathlib import Path
from seqbench import matrix
from tests.helpers.results import write_results
m = matrix.read(Path(sys.argv[1]))
write_results(Path(m.results), tasks=[*m.tasks], cells=[*m.cells], remedies=[*m.remedies],
              seeds=m.seeds, learning_rates=m.train.learning_rates)
"""


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds by the clock, of the processor, and its largest memory."""

    what: str
    seconds: Spread
    cpu_seconds: float
    peak_bytes: int
    rounds: int = 1


@dataclass(frozen=True)
class Skipped:
    """What was not measured, and why."""

    what: str
    skipped: str


@contextmanager
def workshop() -> Iterator[Path]:
    """A copy of the project, without results."""
    with tempfile.TemporaryDirectory(prefix="seqbench-") as name:
        for part in PARTS:
            target = Path(name) / part
            target.parent.mkdir(exist_ok=True)
            if (HOME / part).is_dir():
                shutil.copytree(HOME / part, target, ignore=NOT_COPIED)
            else:
                shutil.copy2(HOME / part, target)
        yield Path(name)


def spend(what: str, folder: Path, *words: str, rounds: int = 1) -> Spent | Skipped:
    """Run `python WORDS` in a folder; medians where it runs several times."""
    runs = []
    for _ in range(rounds):
        runs.append(one := timed(folder, words))
        if problem := one["problem"]:
            return Skipped(what, str(problem).replace(str(folder), "."))
    times, used, peaks = ([float(one[key]) for one in runs] for key in ("seconds", "cpu", "peak"))
    return Spent(what, spread(times), spread(used).median, round(max(peaks)), rounds)


def timed(folder: Path, words: Sequence[str]) -> dict[str, float | str]:
    """What `python WORDS` took, as the stopwatch says."""
    command = [sys.executable, stopwatch.__file__, sys.executable, *words]
    ended = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        check=True,
    )
    return dict(json.loads(ended.stdout))


def reduced(folder: Path, jobs: int) -> Path:
    """The matrix of everything, with as many tasks, under other labels, as make so many jobs."""
    whole = yaml.safe_load((folder / "workflow/config/full.yaml").read_text())
    tasks, count = list(whole["tasks"]), max(1, round(jobs / len(whole["cells"])))
    kept = {name: whole["tasks"][name] for name in tasks[:count]}
    again = {f"adding@n{n}": {"length": 100 + n} for n in range(count - len(kept))}
    whole["tasks"] = kept | again
    whole["train_on"] = {k: v for k, v in whole["train_on"].items() if k in kept}
    return written(folder / f"jobs{jobs}.yaml", whole)


def many_trials(folder: Path, trials: int) -> Path:
    """The default matrix with as many seeds and tasks as make about that many trials."""
    whole = yaml.safe_load((folder / "workflow/config/default.yaml").read_text())
    whole.pop("search_seeds", None)  # every seed does all that there is to do
    cells, remedies, tasks = (len(whole[key]) for key in ("cells", "remedies", "tasks"))
    of_task = cells * remedies * len(whole["train"]["learning_rates"])
    seeds = -(-trials // (tasks * of_task))
    whole["seeds"] = list(range(1, 1 + seeds))
    kept = [*whole["tasks"]][: max(1, round(trials / (seeds * of_task)))]
    whole["tasks"] = {name: whole["tasks"][name] for name in kept}
    whole["train_on"] = {k: v for k, v in whole["train_on"].items() if k in kept}
    return written(folder / "trials.yaml", whole)


def written(path: Path, whole: dict[str, object]) -> Path:
    """Without what a matrix says of tasks that may be gone, and without searches."""
    general = {key: value for key, value in whole.items() if key not in SINGLE}
    path.write_text(yaml.safe_dump(general | {"results": "out", "report": "report"}))
    return path


def starting(folder: Path, rounds: int) -> Iterator[Spent | Skipped]:
    """Python, torch, the list, and a job until its first update."""
    spend("", folder, "-c", "import seqbench.jobs")  # once, so that compiled files are there
    yield spend("start Python", folder, "-c", "pass", rounds=rounds)
    yield spend("import torch", folder, "-c", "import torch", rounds=rounds)
    yield spend("list everything", folder, "-m", "seqbench", "list", rounds=rounds)
    script, path = "seqbench.benchmarks.first_update", "workflow/config/default.yaml"
    words = ("-m", script, path, *JOB)
    yield spend("a job until its first update", folder, *words, rounds=rounds)


def planning(folder: Path, sizes: tuple[int, ...]) -> Iterator[Spent | Skipped]:
    """Dry runs of the workflow."""
    for jobs in sizes:
        path = reduced(folder, jobs)
        count = len(matrix.read(path).jobs())
        words = ("-m", "snakemake", "-n", "--quiet", "all", "--configfile", path.name)
        yield spend(f"plan {count} jobs", folder, *words)


def reading(folder: Path, trials: int) -> Iterator[Spent | Skipped]:
    """From the results of many trials (made up) to the report."""
    path = many_trials(folder, trials)
    made = spend("", folder, "-c", MADE_UP, path.name)
    read = matrix.read(path)
    count = sum(read.trials(task) for task, _ in read.jobs())
    if isinstance(made, Skipped):
        yield Skipped(f"report of {count} trials", made.skipped)
        return
    for step in ("collect", "analyze", "draw", "report"):
        call = f"main([{step!r}, '--config', {path.name!r}])"  # 1: some made-up trial failed
        words = ("-c", f"from seqbench.__main__ import main\nassert {call} < 2")
        yield spend(f"{step}, {count} trials", folder, *words)


def measured(quick: bool) -> list[Spent | Skipped]:
    """All of it; the slow parts are left out where one is in a hurry."""
    missing = [part for part in PARTS if not (HOME / part).exists()]
    if missing:
        return [Skipped("everything", f"{missing[0]} is missing: only a checkout has it")]
    with workshop() as folder:
        rows = [
            *starting(folder, 1 if quick else REPEATS),
            *planning(folder, QUICK_JOBS if quick else JOBS),
        ]
        return rows if quick else [*rows, *reading(folder, TRIALS)]
