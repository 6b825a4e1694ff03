"""comparisons.csv: every remedy against `none`, same cell, same task, paired by seed.

The same seed means the same initial weights and the same batches, so a difference of two trials
is a paired difference; each side plays at its own learning rate, chosen on validation. One question
is asked of every (task, cell): which of the remedies help it? So Holm corrects within it.
"""

import pandas as pd

from seqbench.analysis.choose import GROUP, Key, attempts, groups, tuned
from seqbench.analysis.statistics import ALPHA, can_show, holm, mean_interval, sign_flip

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
    "verdict": ("str", "better, worse, no difference shown, too few seeds; empty: no comparison"),
    "reason": ("str", "why there is no comparison"),
}

Skills = dict[Key, "pd.Series[float]"]


def paired_skills(trials: pd.DataFrame) -> Skills:
    """Test skill by seed, for every (task, cell, remedy) at its chosen learning rate."""
    return {
        key: group.groupby("seed")["test_skill"].mean()
        for key, group in groups(tuned(trials)).items()
    }


def compare(trials: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell and remedy."""
    skills = paired_skills(trials)
    tolerance = attempts(trials).groupby(GROUP)["solved"].mean()
    rows = [
        dict(zip(GROUP, key, strict=True)) | _row(key, skills, tolerance, group)
        for key, group in groups(trials).items()
        if key[2] != "none"
    ]
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)
    family = frame.groupby(["task", "cell"])["p"]
    frame["p_holm"] = family.transform(lambda p: holm(p))
    asked = frame.assign(many=family.transform("count"))[["n", "many", "difference", "p_holm"]]
    frame["verdict"] = [_verdict(*row) for row in asked.to_numpy()]
    return frame


def _row(
    key: Key, skills: Skills, tolerance: "pd.Series[float]", group: pd.DataFrame
) -> dict[str, object]:
    partner = (*key[:2], "none")
    if key not in skills:
        return {"n": 0, "reason": group["reason"].iloc[0] or group["status"].iloc[0]}
    if partner not in skills:
        return {"n": 0, "reason": "there is no trial without a remedy to compare with"}
    pairs = pd.concat([skills[key], skills[partner]], axis=1, join="inner")
    if pairs.empty:
        return {"n": 0, "reason": "no seed ran on both sides"}
    differences = pairs.iloc[:, 0] - pairs.iloc[:, 1]
    interval = mean_interval(differences)
    return {
        "n": len(pairs),
        "difference": interval.mean,
        "difference_low": interval.low,
        "difference_high": interval.high,
        "p": sign_flip(differences),
        "tolerance_difference": tolerance[key] - tolerance[partner],
        "reason": "",
    }


def _verdict(n: int, many: int, difference: float, p_holm: float) -> str:
    if not n:
        return ""
    if not can_show(int(n), int(many)):
        return "too few seeds"
    if p_holm >= ALPHA:
        return "no difference shown"
    return "better" if difference > 0 else "worse"
