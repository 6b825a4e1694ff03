"""Reference arms: what a task gives without learning through time, and what that learning adds.

    no loop          a cell without memory, on the same task
    untrained loop   `freeze_recurrent`: the recurrent weights stay as they began (what leads into
                     them is still trained)
    gradient cut     `truncate` with the horizon 1: no gradient passes from one step to another

A remedy that changes where the loop begins changes these, too, so it needs reference arms of its
own: `chrono+truncate` with the horizon 1 is that of `chrono`. What the gradient through time buys
a cell is the test skill of its best arm that has a reference, above that of the best reference arm
of any kind, seed by seed; both are chosen by mean validation score. Where it buys nothing, a score
says nothing of vanishing gradients: such tasks are not telling, and no headline mean counts them.
A readout in closed form is neither side: no gradient passes through its loop.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd

from seqbench import registry
from seqbench.analysis import order
from seqbench.analysis.methods.statistics import Floats, mean_interval
from seqbench.analysis.methods.strata import pooled, together
from seqbench.criteria import enough

FROZEN, CUT = "freeze_recurrent", "truncate"
NEEDED = ["task", "cell", "remedy", "seed", "rank", "redrawn_skill", "solved", "acts_at"]
SLIGHT = 0.05  # skill; what is less is nothing, as no score below chance counts
# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix, of one with a loop"),
    "n": ("Int64", "seeds that both sides have"),
    "trained": ("str", "the arm with the best validation score, of those that have a reference"),
    "skill": ("float64", "its test skill, mean over seeds"),
    "reference": ("str", "the reference arm with the best validation score: a remedy, or a cell"),
    "reference_skill": ("float64", "its test skill, mean over seeds"),
    "bought": ("float64", "what the gradient through time buys: the first minus the second"),
    "bought_low": ("float64", "95 % t interval over pairs"),
    "bought_high": ("float64", "95 % t interval over pairs"),
    "solved_without": ("boolean", "the reference arm solves the task, with 80 % of its seeds"),
}

Place = tuple[str, str]  # task, cell


class Gain(NamedTuple):
    """What the gradient through time buys a cell on a task."""

    trained: str
    reference: str
    skill: float
    reference_skill: float
    differences: Floats  # by seed
    solved_without: bool


def remedies(trials: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """The remedies that are reference arms, each with the parts of the arm it is the reference of.

    Those of `none` have no part left. Of knobs with several values, one is not enough.
    """
    known: dict[str, set[str]] = {}
    for name, text in trials[["remedy", "knobs"]].drop_duplicates().itertuples(index=False):
        known.setdefault(str(name), set()).add(text or "")  # no text: it did not run
    found = {}
    for name, texts in known.items():
        given = [json.loads(text).get("remedy", {}) for text in sorted(texts - {""})] or [{}]
        rest = {part for knobs in given for part in kept(name, knobs)}
        if rest < {*registry.parts(name)}:
            found[name] = tuple(part for part in registry.parts(name) if part in rest)
    return found


def kept(name: str, knobs: Mapping[str, object]) -> tuple[str, ...]:
    """The parts of a remedy that make it no reference arm; knobs: by part if there are several."""
    parts = registry.parts(name)
    given = knobs if len(parts) > 1 else {name: knobs}
    return tuple(part for part in parts if not _refers(part, given.get(part)))


def _refers(part: str, knobs: object) -> bool:
    base = part.partition("@")[0]
    cut = isinstance(knobs, Mapping) and knobs.get("horizon") in (1, (1,), [1])
    return base == FROZEN or (base == CUT and cut)


def gains(trials: pd.DataFrame, tuned: pd.DataFrame) -> dict[Place, Gain]:
    """Of every (task, cell with a loop) that has a reference arm; tuned: as `Trials.tuned`."""
    tuned, arms = tuned.loc[~tuned["acts_at"].str.contains("solve"), NEEDED], remedies(trials)
    control = tuned["cell"].map(order.cell_family).eq("control")
    loopless = control & tuned["remedy"].eq("none")
    arm = tuned["remedy"].isin(arms)
    of_task = {str(task): some for task, some in tuned[loopless].groupby("task")}
    there = arm.groupby([tuned["task"], tuned["cell"]]).transform("any")
    some = tuned[~control & (there | tuned["task"].isin(of_task))]
    found = {}
    for (task, cell), own in some.groupby(["task", "cell"]):
        without = own[arm[own.index]]
        matched = {"none", *("+".join(arms[name]) for name in order.distinct(without["remedy"]))}
        trained = own[own["remedy"].isin(matched)]
        if task in of_task:
            other = of_task[str(task)]
            without = pd.concat([without, other.assign(remedy=other["cell"])])
        if len(trained):
            found[str(task), str(cell)] = _gain(trained, without)
    return found


def _best(arms: pd.DataFrame) -> str:
    means = arms.groupby("remedy")["rank"].mean().sort_index()
    return str(means.idxmax())


def _gain(trained: pd.DataFrame, without: pd.DataFrame) -> Gain:
    first, second = _best(trained), _best(without)
    one, two = (
        arms[arms["remedy"].eq(name)].set_index("seed")
        for arms, name in ((trained, first), (without, second))
    )
    differences = (one["redrawn_skill"] - two["redrawn_skill"]).dropna().to_numpy("float64")
    alone = enough(float(two["solved"].sum()), len(two))
    skills = float(one["redrawn_skill"].mean()), float(two["redrawn_skill"].mean())
    return Gain(first, second, *skills, differences, alone)


def table(gains: Mapping[Place, Gain]) -> pd.DataFrame:
    """The table of COLUMNS, a row per task and cell."""
    rows = [
        (*place, len(one.differences), one.trained, one.skill, one.reference, one.reference_skill)
        + (*mean_interval(one.differences), one.solved_without)
        for place, one in gains.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def means(bought: pd.DataFrame) -> dict[str, float]:
    """What is bought on every task that has a row, mean over cells."""
    of_task = bought.astype({"bought": "float64"}).groupby("task")["bought"].mean()
    return {str(task): float(gain) for task, gain in of_task.items()}


def telling(trials: pd.DataFrame, gains: Mapping[Place, Gain]) -> frozenset[str]:
    """The tasks whose answer lies in the past, and on which the gradient through time buys skill.

    It does if the mean over cells is SLIGHT or more and its interval over seeds lies above 0; of
    one seed, the mean decides. Where a task has no reference arm, its answer in the past is all
    that is known of it.
    """
    past = set(trials.loc[order.needs_past(trials), "task"])
    by_task: dict[str, list[Floats]] = {}
    for (task, _), gain in gains.items():
        by_task.setdefault(task, []).append(gain.differences)
    return frozenset(task for task in past if task not in by_task or _buys(by_task[task]))


def _buys(cells: Iterable[Floats]) -> bool:
    there = [differences for differences in cells if len(differences)]
    mean, low, _ = pooled(together([there]))
    return bool(mean >= SLIGHT and not low <= 0)
