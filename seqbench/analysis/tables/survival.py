"""survival.csv: survival analysis of the updates until a task is solved.

A mean over the trials that solved it would leave out the worst; so the others are right-censored
(Kaplan and Meier). At the learning rate chosen on validation, a trial solves its task when its
validation score meets the pass mark. One that does not is censored where it ended; one that
diverged would never have solved it, so it is censored at the end of its budget. What is solved in
closed form takes no updates and is left out.

Updates on different tasks are not put together; the log-rank test over several tasks is stratified.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.methods import kaplan_meier
from seqbench.analysis.methods.kaplan_meier import Timed
from seqbench.analysis.methods.statistics import holm
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", "cell: cells without a remedy; baseline: remedies on the baseline"),
    "task": ("str", "name in the matrix; * all of them; *telling the telling ones"),
    "name": ("str", "cell or remedy"),
    "n": ("Int64", "trials: seeds, of all these tasks"),
    "solved": ("Int64", "of them, those whose validation score met the pass mark"),
    "median": ("float64", "updates until half of them were solved; empty: not within the budget"),
    "low": ("float64", "95 % interval of the median"),
    "high": ("float64", "95 % interval of the median; empty: not within the budget"),
    "versus": ("str", "what it is compared with: none, of cells the baseline"),
    "excess": (
        "float64",
        "trials solved minus those expected; above 0: sooner, or more of them",
    ),
    "p": ("float64", "log-rank test, over several tasks stratified; labels taken as independent"),
    "p_holm": ("float64", "the same, corrected for all that are compared on these tasks (Holm)"),
}
MADE_FROM = ("trials",)
APART = True
Groups = dict[str, dict[str, Timed]]  # by task, by name


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, task (or scope) and name, sorted by these."""
    frame = watched(tables.tuned)
    rows = [row for kind in ("cell", "baseline") for row in _rows(tables, kind, frame)]
    made = runs.table(rows, {name: COLUMNS[name] for name in list(COLUMNS)[:-1]})
    family = made.groupby(["kind", "task"])["p"]
    made["p_holm"] = family.transform(lambda p: holm(p)).astype("float64")
    return made.sort_values(["kind", "task", "name"], ignore_index=True)


def watched(tuned: pd.DataFrame) -> pd.DataFrame:
    """Tuned trials that were trained by updates, with `time` and `event`."""
    best = tuned[tuned["learning_rate"].notna() & tuned["updates"].notna()].copy()
    steps, stopped, budget = (
        best[name].astype("float64") for name in ("steps_to_solve", "stopped_at", "updates")
    )
    until = stopped.where(best["status"].ne("diverged"), budget).fillna(budget)
    best["event"] = steps.notna()
    best["time"] = steps.fillna(until)
    return best


def groups(frame: pd.DataFrame, kind: str, baseline: str) -> Groups:
    """Times and events of one kind: cells without a remedy, or remedies on the baseline."""
    name, rest = ("cell", "remedy") if kind == "cell" else ("remedy", "cell")
    part = frame[frame[rest].eq("none" if kind == "cell" else baseline)]
    by_task: Groups = {}
    for (task, member), rows in part.groupby(["task", name], sort=True):
        timed = (rows["time"].to_numpy("float64"), rows["event"].to_numpy(bool))
        by_task.setdefault(str(task), {})[str(member)] = timed
    return by_task


def _rows(run: Tables, kind: str, frame: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    of = groups(frame, kind, run.baseline)
    scopes = {task: [task] for task in of}
    scopes |= {"*": list(of), "*telling": [task for task in of if task in run.telling]}
    versus = run.baseline if kind == "cell" else "none"
    for scope, tasks in scopes.items():
        for name in sorted({name for task in tasks for name in of[task]}):
            timed = [of[task][name] for task in tasks if name in of[task]]
            n, solved = sum(len(e) for _, e in timed), sum(int(e.sum()) for _, e in timed)
            pairs = [
                (of[task][name], of[task][versus])
                for task in tasks
                if name != versus and {name, versus} <= of[task].keys()
            ]
            test = kaplan_meier.compared(pairs) if pairs else (np.nan, np.nan)
            middle = (np.nan,) * 3
            if scope in of:
                median = kaplan_meier.median(kaplan_meier.curve(*timed[0]))
                middle = tuple(np.nan if np.isinf(x) else x for x in median)  # type: ignore[assignment]
            yield (kind, scope, name, n, solved, *middle, versus if pairs else "", *test)
