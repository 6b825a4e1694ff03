"""flips.csv: how far the headline is from flipping: what it is on other sets of telling tasks.

    task     one task is left out at a time
    setting  only the tasks of one label (`adding@hidden`, `copy@hidden`): the same question with
             other units, another budget or another grid, where a matrix asks it again

Two questions are asked of the tasks of every optimizer: does the best remedy help the baseline, and
is the best cell without a remedy better than the baseline? Both were chosen by validation on all
tasks, so p is corrected for all that it was chosen from (Bonferroni): of many that do nothing, the
best on validation is easily better on the test of the same seeds. An answer flips if its sign or
its significance is another than on all of them.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from seqbench.analysis import leaders, runs
from seqbench.analysis.methods.statistics import ALPHA, Floats, sign_flip
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.tables.comparisons import paired, skills
from seqbench.analysis.tidy import Tables

# name: (dtype, meaning)
COLUMNS = {
    "question": ("str", "remedy: the best one on the baseline; cell: the best one, against it"),
    "name": ("str", "of that remedy or cell"),
    "versus": ("str", "none, or the baseline"),
    "change": ("str", "all; without TASK; only @LABEL"),
    "tasks": ("Int64", "telling tasks that are left"),
    "n": ("Int64", "pairs, one for a seed on a task, whatever its labels"),
    "difference": ("float64", "test skill, mean over pairs"),
    "low": ("float64", "95 % t interval over seeds, within tasks"),
    "high": ("float64", "95 % t interval over seeds, within tasks"),
    "p": ("float64", "two-sided sign-flip test, times how many it was chosen from (Bonferroni)"),
    "flips": ("boolean", "sign or significance differ from those on all tasks"),
}
MADE_FROM = ("trials", "effects")
APART = True

ByTask = Mapping[str, Floats]  # differences, one per seed


def make(tables: Tables) -> pd.DataFrame:
    """A row per question and set of tasks; all of them first."""
    rows: list[tuple[object, ...]] = []
    remedies = leaders.ranked_remedies(tables)
    if remedies:
        question = ("remedy", remedies[0], "none")
        rows += _rows(question, _of_remedy(tables, remedies[0]), len(remedies))
    cells, baseline = leaders.ranked_cells(tables), tables.baseline
    if cells and cells[0] != baseline:
        many = len({*cells} - {baseline})
        rows += _rows(("cell", cells[0], baseline), _of_cell(tables, cells[0]), many)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_remedy(tables: Tables, remedy: str) -> ByTask:
    own = tables.alike[tables.alike["cell"].eq(tables.baseline) & tables.tells(tables.alike)]
    pairs = paired(skills(own))
    return {task: d for (task, _, name), d in pairs.items() if name == remedy}


def _of_cell(tables: Tables, cell: str) -> ByTask:
    own = tables.tuned[tables.tuned["remedy"].eq("none") & tables.tells(tables.tuned)]
    skill = own.pivot_table(index=["task", "seed"], columns="cell", values="redrawn_skill")
    if tables.baseline not in skill:
        return {}
    change = (skill[cell] - skill[tables.baseline]).dropna()
    return {str(task): d.to_numpy("float64") for task, d in change.groupby("task")}


def _sets(tasks: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The changes by name, each with the tasks that are left."""
    yield "all", tasks
    if len(tasks) > 1:
        for task in tasks:
            yield f"without {task}", [name for name in tasks if name != task]
    labels = dict.fromkeys(name.partition("@")[2] for name in tasks)
    if len(labels) > 1:
        for label in labels:
            yield f"only @{label}", [name for name in tasks if name.partition("@")[2] == label]


def _rows(question: tuple[str, str, str], pairs: ByTask, many: int) -> Iterator[tuple[object, ...]]:
    """many: how many the one that is asked about was chosen from."""
    first = None
    for change, tasks in _sets(sorted(pairs)) if pairs else ():
        values = runs.by_draw(tasks, [pairs[task] for task in tasks])
        together = np.concatenate(values)
        p, interval = min(1.0, many * sign_flip(together)), pooled(values)
        side = (bool(interval.mean > 0), bool(p < ALPHA))
        first = first or side
        yield (*question, change, len(tasks), len(together), *interval, p, side != first)
