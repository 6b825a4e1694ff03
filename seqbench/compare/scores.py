"""Test skill of every (task, cell, remedy) in two runs, and whether the difference is noise.

Each run chooses its learning rate by its own validation. Where both runs have a seed, new minus old
is a paired difference (t interval, sign-flip test); without a common seed it is a difference of
means (Welch). Holm corrects over all combinations that were compared: those of the same settings
whose numbers are not the same to the last bit.
"""

from collections.abc import Hashable, Mapping
from typing import cast

import numpy as np
import pandas as pd
from scipy import stats

from seqbench.analysis.choose import GROUP, Key, firsts, places
from seqbench.analysis.methods.statistics import (
    ALPHA,
    Floats,
    Interval,
    can_show,
    holm,
    mean_interval,
    sign_flip,
)
from seqbench.analysis.redrawn import shifts
from seqbench.analysis.trials import TRIAL, Trials
from seqbench.compare import settings

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "verdict": ("str", "see VERDICTS"),
    "difference": ("float64", "test skill, new minus old"),
    "low": ("float64", "95 % interval"),
    "high": ("float64", "95 % interval"),
    "p": ("float64", "two-sided: sign-flip test of pairs, or Welch's t test"),
    "p_holm": ("float64", "p, corrected for all combinations that were compared (Holm)"),
    "pairs": ("Int64", "seeds that both runs have; 0: not paired"),
    "skill_old": ("float64", "mean test skill"),
    "skill_new": ("float64", "mean test skill"),
    "n_old": ("Int64", "seeds"),
    "n_new": ("Int64", "seeds"),
    "solved_old": ("Int64", "seeds that solved the task"),
    "solved_new": ("Int64", "seeds that solved the task"),
    "learning_rate_old": ("float64", "chosen on validation"),
    "learning_rate_new": ("float64", "chosen on validation"),
    "status_old": ("str", "ok if any trial ran; empty: not in this run"),
    "status_new": ("str", "ok if any trial ran; empty: not in this run"),
    "settings": ("str", "what was set in another way"),
}
VERDICTS = (  # the most important first
    "no longer runs", "worse", "better", "runs now", "other settings", "only in the old run",
    "only in the new run", "no difference shown", "too few seeds", "bit-identical", "no score",
)  # fmt: skip
NUMBERS = [
    "stopped_at", "steps_to_solve", "valid_score", "final_valid_score", "test_score", "parameters",
    "grad_norm_median", "grad_norm_max", "explosions", "altered", "events", "lost", "radius_start",
    "radius_end",
]  # fmt: skip

Differences = dict[Key, Floats]


def compare(old: Trials, new: Trials) -> tuple[pd.DataFrame, Differences]:
    """The table of COLUMNS, the most important first; and what its differences are means of."""
    sides = _side(old).add_suffix("_old"), _side(new).add_suffix("_new")
    frame = pd.concat(sides, axis=1).rename_axis(GROUP).sort_index()
    words = settings.differences(old.trials, new.trials)
    frame["settings"] = words.reindex(frame.index).fillna("")
    same = identical(old.trials, new.trials)
    found, differences = _differences(old.tuned, new.tuned)
    frame = frame.join(found)
    asked = (
        frame["p"].notna() & frame["settings"].eq("") & ~same.reindex(frame.index, fill_value=False)
    )
    frame["p_holm"] = holm(frame["p"].where(asked).to_numpy("float64"))
    many = int(asked.sum())
    frame["verdict"] = [
        _verdict(row, bool(same.get(key, False)), many)
        for key, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]
    frame = frame.reset_index().reindex(columns=list(COLUMNS))
    status = [f"status_{side}" for side in ("old", "new")]
    frame[status] = frame[status].fillna("")
    return by_importance(frame.astype({k: kind for k, (kind, _) in COLUMNS.items()})), differences


def _side(run: Trials) -> pd.DataFrame:
    """Of one run, by (task, cell, remedy): status, skill, n, solved, learning_rate."""
    made = run.tuned.groupby(GROUP).agg(
        skill=("test_skill", "mean"),
        n=("solved", "size"),
        solved=("solved", "sum"),
        learning_rate=("learning_rate", "first"),
    )
    status = firsts(run.trials)["status"]
    return status.mask(status.index.isin(made.index), "ok").to_frame().join(made)


def identical(old: pd.DataFrame, new: pd.DataFrame) -> "pd.Series[bool]":
    """By (task, cell, remedy): whether both runs have the same trials with the same numbers."""
    columns = [*TRIAL, "status", *NUMBERS]
    both = old[columns].merge(new[columns], on=TRIAL, how="outer", indicator=True)
    same = both["_merge"].eq("both") & both["status_x"].eq(both["status_y"])
    for name in NUMBERS:
        a = both[f"{name}_x"].to_numpy("float64", na_value=np.nan)
        b = both[f"{name}_y"].to_numpy("float64", na_value=np.nan)
        same &= (a == b) | (np.isnan(a) & np.isnan(b))
    return same.groupby([both[name] for name in GROUP]).all()


def _differences(old: pd.DataFrame, new: pd.DataFrame) -> tuple[pd.DataFrame, Differences]:
    keys = [*GROUP, "seed"]
    a, b = (run.groupby(keys)["redrawn_skill"].mean().reset_index() for run in (old, new))
    both = _paired(old, new).sort_values(keys)
    values = (both["redrawn_skill_new"] - both["redrawn_skill_old"]).to_numpy("float64")
    pairs: Differences = {key: values[rows] for key, rows in places(both).items()}
    found = {key: (len(d), *mean_interval(d), sign_flip(d)) for key, d in pairs.items()}
    before, after = places(a), places(b)
    for key in sorted((before.keys() & after.keys()) - pairs.keys()):
        x = a["redrawn_skill"].to_numpy("float64")[before[key]]
        y = b["redrawn_skill"].to_numpy("float64")[after[key]]
        found[key] = (0, *_welch(x, y))
        pairs[key] = np.array([y.mean() - x.mean()])
    columns = ["pairs", "difference", "low", "high", "p"]
    rows = [(*key, *values) for key, values in found.items()]
    return pd.DataFrame(rows, columns=[*GROUP, *columns]).set_index(GROUP), pairs


def _paired(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """The trials of seeds that both runs have, which alone are given shares of a test part."""
    keys = [*GROUP, "seed"]
    common = old[keys].merge(new[keys]).drop_duplicates()
    sides = [run.merge(common) for run in (old, new)]
    one, two = (
        side.assign(redrawn_skill=side["test_skill"] + shifts(side))
        .groupby(keys)["redrawn_skill"]
        .mean()
        .reset_index()
        for side in sides
    )
    return one.merge(two, on=keys, suffixes=("_old", "_new"))


def _welch(x: Floats, y: Floats) -> tuple[float, float, float, float]:
    """Difference of means, its interval and p; NaN where a side is one seed, or both constant."""
    difference = Interval(float(y.mean() - x.mean()), np.nan, np.nan)
    if min(x.size, y.size) < 2 or x.std() + y.std() == 0:
        return (*difference, np.nan)
    test = stats.ttest_ind(y, x, equal_var=False)
    around = test.confidence_interval(1 - ALPHA)
    return difference.mean, float(around.low), float(around.high), float(test.pvalue)


def _verdict(row: Mapping[Hashable, object], same: bool, many: int) -> str:
    was, now = row["status_old"], row["status_new"]
    if not isinstance(was, str) or not isinstance(now, str):
        return "only in the old run" if isinstance(was, str) else "only in the new run"
    if (was == "ok") != (now == "ok"):
        return "no longer runs" if was == "ok" else "runs now"
    if was != "ok":
        return "no score"
    if row["settings"]:
        return "other settings"
    if same:
        return "bit-identical"
    p, pairs, difference = (float(cast(float, row[k])) for k in ("p_holm", "pairs", "difference"))
    if np.isnan(p) or (pairs and not can_show(int(pairs), many)):
        return "too few seeds"
    if p >= ALPHA:
        return "no difference shown"
    return "better" if difference > 0 else "worse"


def by_importance(frame: pd.DataFrame) -> pd.DataFrame:
    """By verdict, then by the size of the difference; equals by name."""
    rank = frame["verdict"].map(VERDICTS.index)
    size = -frame["difference"].abs().fillna(-1.0)
    order = frame.assign(rank=rank, size=size).sort_values(["rank", "size", *GROUP])
    return frame.loc[order.index].reset_index(drop=True)
