"""The runs that can be compared with each other: everyone on the same tasks, with the same seeds.

    cell      every cell without a remedy                strata: tasks
    baseline  every remedy on the baseline               strata: tasks
    remedy    every remedy on all cells that have a loop strata: tasks x cells

Where something is missing (a remedy does not apply, a job failed), the level with the largest share
of holes is left out, again and again, until nothing is missing: averages over different tasks
cannot be compared. `none` always stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Floats
from seqbench.analysis.methods.strata import together
from seqbench.analysis.trials import Trials

ALL = "*"  # in place of a cell or a task: all of them together
CONTROL = "memoryless"  # the same network without its loop
KINDS = {
    "cell": ("cell", "task"),
    "baseline": ("remedy", "task"),
    "remedy": ("remedy", "task", "cell"),
}
KIND = "cell: cells without a remedy; baseline: remedies on the baseline; remedy: on all cells"
TASKS = "all, or telling: only tasks on which the gradient through time buys skill"

Levels = dict[str, list[object]]


class Runs(NamedTuple):
    """Test skill (names, strata, seeds) at the learning rates chosen on validation.

    redrawn: for intervals of means; its values are of no run (`seqbench.analysis.redrawn`).
    """

    kind: str
    tasks: str  # all or telling
    names: list[str]
    skill: Floats
    redrawn: Floats
    levels: Levels  # what is left of every factor

    def independent(self, values: Floats) -> list[Floats]:
        """Of (strata, seeds), the strata of what does not depend on each other (`by_draw`)."""
        tasks = self.levels["task"]
        return by_draw([task for task in tasks for _ in range(len(values) // len(tasks))], values)


def complete(
    frame: pd.DataFrame,
    factors: tuple[str, ...],
    value: str,
    keep: Mapping[str, str] = {},  # noqa: B006
) -> tuple[Levels, Floats]:
    """The largest part without holes that leaving out levels one by one comes to.

    keep: factor -> the level that is never left out.
    Returns: the levels left of each factor, sorted; the values, an axis per factor.
    """
    codes = [pd.factorize(frame[name], sort=True) for name in factors]
    array = np.full([len(found) for _, found in codes], np.nan)
    array[tuple(code for code, _ in codes)] = frame[value].to_numpy("float64")
    levels = [list(found) for _, found in codes]
    while np.isnan(array).any():
        holes = [
            (share, -axis, place)
            for axis in range(len(factors))
            for place, share in enumerate(_holes(array, axis))
            if levels[axis][place] != keep.get(factors[axis])
        ]
        if not holes:
            break
        _, axis, place = max(holes, key=lambda hole: (hole[0], hole[1], -hole[2]))
        array = np.delete(array, place, -axis)
        del levels[-axis][place]
    return dict(zip(factors, levels, strict=True)), array


def _holes(array: Floats, axis: int) -> list[float]:
    others = tuple(i for i in range(array.ndim) if i != axis)
    return [float(share) for share in np.isnan(array).mean(others)]


def with_loop(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the cell remembers: on one that does not, no remedy has anything to do."""
    control = [name for name in set(frame["cell"]) if order.cell_family(name) == "control"]
    return ~frame["cell"].isin(control)


def scopes(run: Trials, frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All rows of a table of the run, and those of the telling tasks."""
    yield "all", frame
    yield "telling", frame[run.tells(frame)]


def by_draw(tasks: Iterable[object], values: Iterable[Floats]) -> list[Floats]:
    """Strata of what is independent: by seed, of each task, whatever its label.

    A seed's draws are the same for every cell, and for `copy` as for `copy@hidden`, whose trials
    may even be the same ones.
    """
    groups: dict[str, list[Floats]] = {}
    for task, own in zip(tasks, values, strict=True):
        groups.setdefault(str(task).partition("@")[0], []).append(own)
    return together([*groups.values()])


def preferred(frame: pd.DataFrame) -> pd.DataFrame:
    """Of a derived table, the rows of the telling tasks; without any, of all."""
    telling = frame[frame["tasks"].eq("telling")]
    return telling if len(telling) else frame[frame["tasks"].eq("all")]


def gather(run: Trials) -> list[Runs]:
    """Of every kind and scope in which at least two can be compared, at the chosen rates."""
    found = []
    once = run.once["cell"].unique()
    for tasks, frame in scopes(run, run.alike):
        parts = {
            "cell": frame[frame["remedy"].eq("none")],
            "baseline": frame[frame["cell"].eq(run.baseline)],
            "remedy": frame[with_loop(frame) & frame["cell"].isin(once)],
        }
        for kind, part in parts.items():
            factors = (*KINDS[kind], "seed")
            (levels, skill), (_, redrawn) = (
                complete(part, factors, value, {"remedy": "none"})
                for value in ("test_skill", "redrawn_skill")
            )
            names = [str(name) for name in levels[factors[0]]]
            if skill.size and len(names) > 1:
                flat = (len(names), -1, skill.shape[-1])
                runs = skill.reshape(flat), redrawn.reshape(flat)
                found.append(Runs(kind, tasks, names, *runs, levels))
    return found


def table(
    rows: Sequence[tuple[object, ...]], columns: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """The rows, in the order given, as a table with typed columns."""
    types = {name: kind for name, (kind, _) in columns.items()}
    return pd.DataFrame(list(rows), columns=list(columns)).astype(types)
