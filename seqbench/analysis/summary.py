"""summary.csv: one row per (task, cell, remedy), holes included with their reason.

Test scores are those of the learning rate chosen on validation; tolerance, divergence and what the
gradients did are over every learning rate tried.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP, RAN, attempts, groups, tuned
from seqbench.analysis.statistics import mean_interval, wilson

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "status": ("str", "ok if any trial ran; else not_applicable, failed or timeout"),
    "reason": ("str", "why there is no score, or the first thing that went wrong"),
    "learning_rate": ("float64", "chosen on validation; empty for closed form"),
    "n": ("Int64", "seeds at the chosen learning rate"),
    "skill": ("float64", "test skill (0 chance, 1 perfect), mean over seeds"),
    "skill_low": ("float64", "95 % t interval over seeds"),
    "skill_high": ("float64", "95 % t interval over seeds"),
    "score": ("float64", "test score in the unit of the metric, mean over seeds"),
    "score_low": ("float64", "95 % t interval over seeds"),
    "score_high": ("float64", "95 % t interval over seeds"),
    "metric": ("str", "name of the score"),
    "chance": ("float64", "score of the best predictor that does not see the input"),
    "pass_mark": ("float64", "score at which the task counts as solved"),
    "larger_is_better": ("boolean", "direction of the score"),
    "solved": ("Int64", "seeds that met the pass mark on test, at the chosen learning rate"),
    "solved_low": ("float64", "95 % Wilson interval of solved / n"),
    "solved_high": ("float64", "95 % Wilson interval of solved / n"),
    "steps_to_solve": ("float64", "updates until solved, median of the solved seeds"),
    "tolerance": ("float64", "share of all (learning rate, seed) trials that are solved"),
    "tolerance_n": ("Int64", "number of (learning rate, seed) trials"),
    "diverged": ("Int64", "trials that diverged, over all learning rates; their scores count"),
    "unscored": ("Int64", "trials without a score, over all learning rates; counted as chance"),
    "explosions": (
        "float64",
        "share of updates with a gradient norm over ten medians, mean over trials that trained",
    ),
    "spikes": ("float64", "share of updates with a loss over twice the first, mean likewise"),
    "grad_norm_max": ("float64", "largest gradient norm before the remedy changed it"),
    "altered": (
        "float64",
        "share of updates whose gradient norm the remedy changed, mean likewise",
    ),
    "final_drop": ("float64", "best minus last validation skill, mean: collapse"),
    "parameters": ("Int64", "weights of cell and readout"),
    "wall_seconds": ("float64", "time per trial, mean"),
    "acts_at": ("str", "verbs of the remedy, joined by +"),
    "lag": ("Int64", "steps back to the farthest input that the answer needs"),
    "past_only": ("boolean", "the input of the step that is asked does not help"),
    "io_shape": ("str", "one_to_one, one_to_many, many_to_one, many_to_many"),
    "updates": ("Int64", "update budget"),
    "optimizer": ("str", "sgd, rmsprop or adam"),
    "hidden": ("Int64", "hidden units"),
}
FACTS = [
    "metric", "chance", "pass_mark", "larger_is_better", "parameters", "acts_at", "lag",
    "past_only", "io_shape", "updates", "optimizer", "hidden",
]  # fmt: skip


def summarize(trials: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell and remedy."""
    every, best = groups(attempts(trials)), groups(tuned(trials))
    wall = costs.groupby(GROUP)["wall_seconds"].mean()
    rows = []
    for key, group in groups(trials).items():
        row: dict[str, object] = {**dict(zip(GROUP, key, strict=True)), **_status(group)}
        row |= {name: group[name].iloc[0] for name in FACTS}
        if key in every:
            row |= _scores(best[key]) | _behavior(every[key])
            row["wall_seconds"] = wall.get(key, np.nan)
        rows.append(row)
    types = {name: kind for name, (kind, _) in COLUMNS.items()}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def _status(group: pd.DataFrame) -> dict[str, str]:
    ran = group["status"].isin(RAN).any()
    status = "ok" if ran else group["status"].iloc[0]
    reasons = group["reason"][group["reason"] != ""]
    return {"status": status, "reason": reasons.iloc[0] if len(reasons) else ""}


def _scores(best: pd.DataFrame) -> dict[str, float]:
    n, k = len(best), int(best["solved"].sum())
    skill, score = mean_interval(best["test_skill"]), mean_interval(best["test_score"])
    share = wilson(k, n)
    steps = best["steps_to_solve"][best["solved"]].astype("float64")
    return {
        "learning_rate": best["learning_rate"].iloc[0],
        "n": n,
        "skill": skill.mean,
        "skill_low": skill.low,
        "skill_high": skill.high,
        "score": score.mean,
        "score_low": score.low,
        "score_high": score.high,
        "solved": k,
        "solved_low": share.low,
        "solved_high": share.high,
        "steps_to_solve": steps.median(),
    }


def _behavior(tried: pd.DataFrame) -> dict[str, float]:
    return {
        "tolerance": tried["solved"].mean(),
        "tolerance_n": len(tried),
        "diverged": int((tried["status"] == "diverged").sum()),
        "unscored": int(tried["unscored"].sum()),
        "explosions": tried["explosions"].mean(),
        "spikes": tried["spikes"].mean(),
        "grad_norm_max": tried["grad_norm_max"].max(),
        "altered": tried["altered"].mean(),
        "final_drop": (tried["valid_skill"] - tried["final_valid_skill"]).mean(),
    }
