"""effects.csv: what a remedy changes, and what a cell reaches, averaged over tasks.

A remedy's effect is the mean paired difference of test skill against `none` (same task, cell and
seed); a cell's is its mean test skill under `none`. Seeds of one (task, cell) are alike, so the
intervals low and high are over whole (task, cell) clusters: they say how far the mean depends on
which tasks and cells were in the matrix; seeds_low and seeds_high, how far it depends on chance.
All cells on a task have a seed's sequences in common, so a pair is of all of them together.
What the report calls best is chosen by `valid`, never by test skill. Every name in the matrix is a
task of its own, so one with several labels weighs as much as several, but a seed on all its labels
is one pair; clusters that share a task are alike, so intervals over them are still too narrow where
there are many cells and few tasks.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from seqbench.analysis import runs
from seqbench.analysis.choose import GROUP, Key, places
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import Floats, cluster_interval, sign_flip
from seqbench.analysis.methods.strata import pooled
from seqbench.analysis.tables.comparisons import Pairs, judge, paired, skills
from seqbench.analysis.tidy import Tables
from seqbench.analysis.trials import Trials

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", "remedy: differences against none; cell: skill under none"),
    "tasks": ("str", runs.TASKS),
    "cell": ("str", "name in the matrix; * for all cells together"),
    "remedy": ("str", "name in the matrix"),
    "n": ("Int64", "kind remedy: pairs, one for a seed on a task; kind cell: trials"),
    "clusters": ("Int64", "distinct (task, cell) among them"),
    "effect": ("float64", "test skill: mean difference (kind remedy) or mean (kind cell)"),
    "low": ("float64", "95 % t interval over clusters"),
    "high": ("float64", "95 % t interval over clusters"),
    "seeds_low": ("float64", "95 % t interval over seeds, with these tasks and cells as they are"),
    "seeds_high": ("float64", "95 % t interval over seeds, with these tasks and cells as they are"),
    "p": ("float64", "kind remedy: two-sided sign-flip test of the pairs"),
    "p_holm": ("float64", "p, corrected for all remedies on the same cells (Holm)"),
    "verdict": ("str", "better, worse, no difference shown, too few seeds; of a cell: empty"),
    "valid": ("float64", "the same mean of validation skill, by which the report chooses"),
    "diverged": ("float64", "share of trials that diverged, over all learning rates"),
    "diverged_difference": ("float64", "the same minus that of none on the same tasks and cells"),
    "explosions": ("float64", "share of updates whose gradient norm exceeds ten medians, mean"),
    "explosions_difference": ("float64", "the same minus that of none"),
    "tolerance": ("float64", "share of (learning rate, seed) trials that are solved"),
    "tolerance_difference": ("float64", "the same minus that of none"),
}
MADE_FROM = ("trials",)
APART = True
RATES = ["diverged", "explosions", "tolerance"]


class Known(NamedTuple):
    """Of every (task, cell, remedy): skill by seed, differences to none, and RATES."""

    twins: frozenset[Key]  # the same trials as another label of the cell: not pooled over cells
    skills: Pairs
    pairs: Pairs
    valid_skills: Pairs
    valid_pairs: Pairs
    rates: Floats  # (RATES, places)
    places: dict[Key, int]


def make(tables: Tables) -> pd.DataFrame:
    """A row per kind, scope, cell and remedy, sorted by these."""
    return aggregate(tables)


def aggregate(run: Trials) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by kind, tasks, cell and remedy."""
    tried = run.searched
    tried = tried.assign(
        diverged=tried["status"].eq("diverged"), tolerance=tried["solved"].astype(float)
    )
    rates = tried.groupby(GROUP)[RATES].mean()
    skill, valid = skills(run.alike), skills(run.alike, "valid_skill")
    known = Known(
        run.twins,
        _by_group(skill),
        paired(skill),
        _by_group(valid),
        paired(valid),
        rates.to_numpy(np.float64).T.copy(),
        {key: place for place, key in enumerate(places(rates.reset_index()))},
    )
    rows = [
        {"tasks": name} | row
        for name, tasks in (("all", set(run.trials["task"])), ("telling", run.telling))
        for row in _rows(known, [key for key in known.skills if key[0] in tasks])
    ]
    frame = typed(pd.DataFrame(rows, columns=list(COLUMNS)), COLUMNS)
    judge(frame, ["kind", "tasks", "cell"], "effect", run.reference_arms)
    frame["verdict"] = frame["verdict"].where(frame["kind"].eq("remedy"), "")
    return frame.sort_values(["kind", "tasks", "cell", "remedy"], ignore_index=True)


def _by_group(skill: "pd.Series[float]") -> Pairs:
    values = skill.to_numpy(np.float64)
    return {key: np.asarray(values[rows]) for key, rows in places(skill.reset_index()).items()}


def _rows(known: Known, keys: list[Key]) -> Iterator[dict[str, object]]:
    """A row per cell without a remedy, then per remedy on all cells and on each."""
    asked: dict[tuple[str, str], list[Key]] = {}
    ran = set(keys)
    for key in keys:
        if key[2] == "none" or _plain(key) in ran:
            for cell in (key[1], runs.ALL) if key not in known.twins else (key[1],):
                asked.setdefault((cell, key[2]), []).append(key)
    for (cell, remedy), some in asked.items():
        if remedy != "none":
            yield {"kind": "remedy", "cell": cell, "remedy": remedy} | _remedy(known, some)
        elif cell != runs.ALL:
            yield {"kind": "cell", "cell": cell, "remedy": remedy} | _cell(known, some)


def _plain(key: Key) -> Key:
    return (*key[:2], "none")


def _mean_rates(known: Known, keys: list[Key]) -> dict[str, float]:
    """Of RATES, where they are known."""
    rates = known.rates[:, [known.places[key] for key in keys]]
    there = ~np.isnan(rates)
    sums, counts = np.where(there, rates, 0.0).sum(1), there.sum(1)
    means = np.divide(sums, counts, out=np.full(len(RATES), np.nan), where=counts > 0)
    return dict(zip(RATES, means.tolist(), strict=True))


def _cell(known: Known, keys: list[Key]) -> dict[str, object]:
    skills = [known.skills[key] for key in keys]
    return {
        "n": sum(map(len, skills)),
        "clusters": len(keys),
        **_intervals(skills, runs.by_draw([task for task, *_ in keys], skills), most=1),
        "valid": np.concatenate([known.valid_skills[key] for key in keys]).mean(),
        **_mean_rates(known, keys),
    }


def _intervals(values: list[Floats], strata: list[Floats], most: float) -> dict[str, float]:
    """Mean, over clusters and over seeds; nothing is larger than `most`, either way.

    strata: the same values, what is of one seed together.
    """
    clusters, seeds = cluster_interval(values), pooled(strata)
    limits = {"low": clusters.low, "high": clusters.high}
    limits |= {"seeds_low": seeds.low, "seeds_high": seeds.high}
    return {"effect": seeds.mean} | {k: float(np.clip(x, -most, most)) for k, x in limits.items()}


def _remedy(known: Known, keys: list[Key]) -> dict[str, object]:
    paired = [key for key in keys if key in known.pairs]
    differences = [known.pairs[key] for key in paired]
    strata = runs.by_draw([task for task, *_ in paired], differences)
    valid = [known.valid_pairs[key] for key in keys if key in known.valid_pairs]
    mean, without = (_mean_rates(known, some) for some in (keys, [_plain(key) for key in keys]))
    return {
        "n": sum(map(len, strata)),
        "clusters": len(differences),
        **_intervals(differences, strata, most=2),
        "p": sign_flip(np.concatenate(strata)) if strata else np.nan,
        "valid": np.concatenate(valid).mean() if valid else np.nan,
        **mean,
        **{f"{rate}_difference": mean[rate] - without[rate] for rate in RATES},
    }
