"""comparisons.csv: every remedy against `none`, same cell, same task, paired by seed.

The same seed means the same initial weights and the same batches, so a difference of two trials
is a paired difference; each side plays at its own learning rate, chosen on validation. One question
is asked of every (task, cell): which of the remedies help it? So Holm corrects within it. A remedy
that never did anything is no question: its trials are those of `none`, and it has no p. Nor is a
reference arm a remedy; and what has networks of another size is not compared at all.
"""

from collections.abc import Collection
from typing import cast

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP, Key, firsts, places
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import (
    ALPHA,
    Floats,
    can_show,
    holm,
    mean_interval,
    sign_flip,
)
from seqbench.analysis.tidy import Tables
from seqbench.analysis.trials import Trials

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix, compared with none"),
    "n": ("Int64", "pairs: seeds that both sides have"),
    "difference": ("float64", "test skill, remedy minus none, mean over pairs"),
    "difference_low": ("float64", "95 % t interval over pairs"),
    "difference_high": ("float64", "95 % t interval over pairs"),
    "p": ("float64", "two-sided sign-flip test"),
    "p_holm": ("float64", "p, corrected for all remedies on the same task and cell (Holm)"),
    "tolerance_difference": ("float64", "tolerance, remedy minus none"),
    "verdict": (
        "str",
        "better, worse, no difference shown, too few seeds; same runs: the remedy never did "
        "anything; reference arm: it is no remedy; empty: no comparison",
    ),
    "reason": ("str", "why there is no comparison"),
}
MADE_FROM = ("trials",)

SAME, REFERENCE = "same runs", "reference arm"
ASKED = ("better", "worse", "no difference shown", "too few seeds")  # of remedies that act

Pairs = dict[Key, Floats]


def skills(tuned: pd.DataFrame, of: str = "redrawn_skill") -> "pd.Series[float]":
    """Skill by task, cell, remedy and seed, at the chosen learning rates (`Trials.tuned`)."""
    return tuned.groupby([*GROUP, "seed"])[of].mean()


def paired(skill: "pd.Series[float]") -> Pairs:
    """Remedy minus none, a number per seed that both have, for every (task, cell, remedy)."""
    tried = skill.rename("with").reset_index()
    keys = ["task", "cell", "seed"]
    plain = tried[tried["remedy"] == "none"][[*keys, "with"]].rename(columns={"with": "without"})
    both = tried[tried["remedy"] != "none"].merge(plain, on=keys).sort_values([*GROUP, "seed"])
    differences = (both["with"] - both["without"]).to_numpy("float64")
    return {key: differences[rows] for key, rows in places(both).items()}


def make(tables: Tables) -> pd.DataFrame:
    """A row per (task, cell, remedy but `none`), sorted by these."""
    return compare(tables)


def compare(run: Trials) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell and remedy."""
    pairs, ran = paired(skills(run.alike)), set(places(run.tuned))
    tolerance = cast(dict[Key, float], run.searched.groupby(GROUP)["solved"].mean().to_dict())
    first = firsts(run.trials)
    why = first["reason"].where(first["reason"] != "", first["status"])
    rows = [
        dict(zip(GROUP, key, strict=True)) | _row(key, pairs, ran, tolerance, reason, run.unlike)
        for key, reason in cast(dict[Key, str], why.to_dict()).items()
        if key[2] != "none"
    ]
    frame = typed(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)
    same = [key in run.idle for key in frame[GROUP].itertuples(index=False, name=None)]
    frame.loc[same, "p"] = np.nan
    judge(frame, ["task", "cell"], "difference", run.reference_arms)
    frame.loc[same, "verdict"] = SAME
    return frame


def judge(frame: pd.DataFrame, family: list[str], change: str, arms: Collection[str]) -> None:
    """Add p_holm and verdict to a table of remedies; reference arms are in no family.

    family: the columns whose equal values make one. change: the column of differences.
    """
    arm = frame["remedy"].isin(arms)
    asked = frame["p"].mask(arm).groupby([frame[name] for name in family])
    frame["p_holm"] = asked.transform(lambda p: holm(p)).astype("float64")
    rows = frame.assign(many=asked.transform("count"))[["n", "many", change, "p_holm"]]
    verdicts = [verdict(*row) for row in rows.to_numpy("float64")]
    there = frame["n"].gt(0) & arm
    frame["verdict"] = pd.Series(verdicts, index=frame.index, dtype="str").mask(there, REFERENCE)


def _row(
    key: Key,
    pairs: Pairs,
    ran: set[Key],
    tolerance: dict[Key, float],
    reason: str,
    unlike: dict[Key, str],
) -> dict[str, object]:
    partner = (*key[:2], "none")
    if key not in ran:
        return {"n": 0, "reason": reason}
    if partner not in ran:
        return {"n": 0, "reason": "there is no trial without a remedy to compare with"}
    if key not in pairs:
        return {"n": 0, "reason": unlike.get(key, "no seed ran on both sides")}
    interval = mean_interval(pairs[key])
    return {
        "n": len(pairs[key]),
        "difference": interval.mean,
        "difference_low": interval.low,
        "difference_high": interval.high,
        "p": sign_flip(pairs[key]),
        "tolerance_difference": tolerance[key] - tolerance[partner],
        "reason": "",
    }


def verdict(n: float, many: float, difference: float, p_holm: float) -> str:
    """What n pairs say, of as many comparisons at once; "" of none."""
    if not n:
        return ""
    if not can_show(int(n), int(many)):
        return "too few seeds"
    if p_holm >= ALPHA:
        return "no difference shown"
    return "better" if difference > 0 else "worse"
