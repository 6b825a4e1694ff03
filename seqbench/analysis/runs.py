"""The runs that can be compared with each other: everyone on the same tasks, with the same seeds.

    cell     every cell without a remedy                    strata: tasks
    plain    every remedy on the plain recurrent network    strata: tasks
    remedy   every remedy on all cells that have a loop     strata: tasks x cells

Where something is missing (a remedy does not apply, a job failed), the level with the largest share
of holes is left out, again and again, until nothing is missing: averages over different tasks
cannot be compared. `none` always stays.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Floats

PLAIN = "rnn"  # the cell on which the textbook tells its story
CONTROL = "memoryless"  # the same network without its loop
KINDS = {
    "cell": ("cell", "task"),
    "plain": ("remedy", "task"),
    "remedy": ("remedy", "task", "cell"),
}
KIND = "cell: cells without a remedy; plain: remedies on the plain network; remedy: on all cells"
TASKS = "all, or past: only tasks whose answer lies in the past alone"

Levels = dict[str, list[object]]


class Runs(NamedTuple):
    """Test skill (names, strata, seeds) at the learning rates chosen on validation."""

    kind: str
    tasks: str  # all or past
    names: list[str]
    skill: Floats
    levels: Levels  # what is left of every factor


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


def scopes(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """All rows, and those of the tasks whose answer lies in the past."""
    yield "all", frame
    yield "past", frame[order.needs_past(frame)]


def preferred(frame: pd.DataFrame) -> pd.DataFrame:
    """Of a derived table, the rows of tasks whose answer lies in the past; without any, of all."""
    past = frame[frame["tasks"].eq("past")]
    return past if len(past) else frame[frame["tasks"].eq("all")]


def gather(tuned: pd.DataFrame) -> list[Runs]:
    """Of every kind and scope in which at least two can be compared. tuned: `Trials.tuned`."""
    found = []
    for tasks, frame in scopes(tuned):
        parts = {
            "cell": frame[frame["remedy"].eq("none")],
            "plain": frame[frame["cell"].eq(PLAIN)],
            "remedy": frame[with_loop(frame)],
        }
        for kind, part in parts.items():
            factors = (*KINDS[kind], "seed")
            levels, skill = complete(part, factors, "test_skill", {"remedy": "none"})
            names = [str(name) for name in levels[factors[0]]]
            if skill.size and len(names) > 1:
                flat = skill.reshape(len(names), -1, skill.shape[-1])
                found.append(Runs(kind, tasks, names, flat, levels))
    return found


def table(
    rows: Sequence[tuple[object, ...]], columns: Mapping[str, tuple[str, str]]
) -> pd.DataFrame:
    """The rows, in the order given, as a table with typed columns."""
    types = {name: kind for name, (kind, _) in columns.items()}
    return pd.DataFrame(list(rows), columns=list(columns)).astype(types)
