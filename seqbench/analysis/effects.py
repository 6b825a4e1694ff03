"""effects.csv: what a remedy changes, and what a cell reaches, averaged over tasks.

A remedy's effect is the mean paired difference of test skill against `none` (same task, cell and
seed); a cell's is its mean test skill under `none`. Seeds of one (task, cell) are alike, so the
intervals resample whole (task, cell) clusters: they say how far the mean depends on which tasks
and cells were in the matrix.
"""

from collections.abc import Iterator

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.choose import Key, attempts
from seqbench.analysis.comparisons import Skills, paired_skills
from seqbench.analysis.statistics import cluster_interval

# name: (dtype, meaning)
COLUMNS = {
    "kind": ("str", "remedy: differences against none; cell: skill under none"),
    "tasks": ("str", "all, or past: only tasks whose answer lies in the past alone"),
    "cell": ("str", "name in the matrix; * for all cells together"),
    "remedy": ("str", "name in the matrix"),
    "n": ("Int64", "pairs (kind remedy) or trials (kind cell)"),
    "clusters": ("Int64", "distinct (task, cell) among them"),
    "effect": ("float64", "test skill: mean difference (kind remedy) or mean (kind cell)"),
    "low": ("float64", "95 % bootstrap interval over clusters"),
    "high": ("float64", "95 % bootstrap interval over clusters"),
    "diverged": ("float64", "share of trials that diverged, over all learning rates"),
    "diverged_difference": ("float64", "the same minus that of none on the same tasks and cells"),
    "explosions": ("float64", "share of updates with a gradient norm over ten medians, mean"),
    "explosions_difference": ("float64", "the same minus that of none"),
    "tolerance": ("float64", "share of (learning rate, seed) trials that are solved"),
    "tolerance_difference": ("float64", "the same minus that of none"),
}
RATES = ["diverged", "explosions", "tolerance"]
ALL = "*"


def aggregate(trials: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by kind, tasks, cell and remedy."""
    tried = attempts(trials)
    tried["diverged"] = tried["status"].eq("diverged")
    tried["tolerance"] = tried["solved"].astype(float)
    rates = tried.groupby(["task", "cell", "remedy"])[RATES].mean()
    skills = paired_skills(trials)
    past = set(trials["task"][order.needs_past(trials)])
    rows = [
        {"tasks": name} | row
        for name, chosen in (("all", set(trials["task"])), ("past", past))
        for row in _rows({k: v for k, v in skills.items() if k[0] in chosen}, rates)
    ]
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)
    return frame.sort_values(["kind", "tasks", "cell", "remedy"], ignore_index=True)


def _rows(skills: Skills, rates: pd.DataFrame) -> Iterator[dict[str, object]]:
    cells = sorted({cell for _, cell, _ in skills})
    for cell in cells:
        keys = [key for key in skills if key[1:] == (cell, "none")]
        if keys:
            yield {"kind": "cell", "cell": cell, "remedy": "none"} | _cell(skills, rates, keys)
    for remedy in sorted({key[2] for key in skills} - {"none"}):
        for cell in [ALL, *cells]:
            keys = [
                key
                for key in skills
                if key[2] == remedy and cell in (ALL, key[1]) and (*key[:2], "none") in skills
            ]
            if keys:
                names = {"kind": "remedy", "cell": cell, "remedy": remedy}
                yield names | _remedy(skills, rates, keys)


def _cell(skills: Skills, rates: pd.DataFrame, keys: list[Key]) -> dict[str, object]:
    interval = cluster_interval([skills[key] for key in keys])
    mean = rates.loc[keys].mean()
    return {
        "n": sum(len(skills[key]) for key in keys),
        "clusters": len(keys),
        **dict(zip(("effect", "low", "high"), interval, strict=True)),
        **{rate: mean[rate] for rate in RATES},
    }


def _remedy(skills: Skills, rates: pd.DataFrame, keys: list[Key]) -> dict[str, object]:
    partners = [(*key[:2], "none") for key in keys]
    both = zip(keys, partners, strict=True)
    differences = [(skills[key] - skills[partner]).dropna() for key, partner in both]
    interval = cluster_interval(differences)
    mean, without = rates.loc[keys].mean(), rates.loc[partners].mean()
    return {
        "n": sum(map(len, differences)),
        "clusters": sum(map(bool, map(len, differences))),
        **dict(zip(("effect", "low", "high"), interval, strict=True)),
        **{rate: mean[rate] for rate in RATES},
        **{f"{rate}_difference": mean[rate] - without[rate] for rate in RATES},
    }
