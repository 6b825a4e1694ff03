"""summary.csv: one row per (task, cell, remedy), those without a score included, with the reason.

Test scores are those at the setting and learning rate chosen on validation; tolerance, divergence
and what the gradients did are over everything that was tried, each with the seeds that chose.
"""

import numpy as np
import pandas as pd

from seqbench.analysis.choose import GROUP, firsts, places
from seqbench.analysis.columns import typed
from seqbench.analysis.methods.statistics import Interval, mean_interval, wilson
from seqbench.analysis.tidy import Tables
from seqbench.analysis.trials import Trials
from seqbench.criteria import RAN
from seqbench.tuning import SEARCH

# name: (dtype, meaning)
COLUMNS = {
    "task": ("str", "name in the matrix"),
    "cell": ("str", "name in the matrix"),
    "remedy": ("str", "name in the matrix"),
    "status": ("str", "ok if any trial ran; else not_applicable, failed or timeout"),
    "reason": ("str", "why there is no score, or the first thing that went wrong"),
    "setting": ("str", "values of its knobs, chosen on validation; empty where none is tuned"),
    "learning_rate": ("float64", "chosen on validation; empty for closed form"),
    "settings": ("Int64", "pairs of a learning rate and values of knobs that were tried"),
    "search_seeds": ("Int64", "seeds that chose and are not scored; 0: the scored ones chose"),
    "edge": (
        "str",
        "upper or lower, where the chosen learning rate is that end of those of the setting",
    ),
    "n": ("Int64", "seeds that are scored, at what was chosen"),
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
    "improving": (
        "float64",
        "share of the seeds whose last validation, at the end of the budget, was their best",
    ),
    "tolerance": ("float64", "share of all (learning rate, seed) trials that are solved"),
    "tolerance_n": ("Int64", "number of (learning rate, seed) trials"),
    "diverged": ("Int64", "trials that diverged, over all learning rates; their scores count"),
    "unscored": ("Int64", "trials without a score, over all learning rates; counted as chance"),
    "explosions": (
        "float64",
        "share of updates whose gradient norm exceeds ten medians, mean over trials that trained",
    ),
    "events": ("float64", "upward jumps of the step or the loss per trial, mean likewise"),
    "lost": ("float64", "of these, the ones after which the loss did not come back, mean likewise"),
    "grad_norm_max": ("float64", "largest gradient norm before the remedy changed it"),
    "altered": (
        "float64",
        "share of updates whose gradient norm the remedy changed, mean likewise",
    ),
    "final_drop": ("float64", "best minus last validation skill, mean: collapse"),
    "state_numbers": ("Int64", "numbers carried from one step to the next, for one sequence"),
    "parameters": ("Int64", "weights of cell and readout"),
    "trained": ("Int64", "of these, weights that training changes"),
    "memory_bytes": ("Int64", "the least that training takes (of trials.parquet, likewise)"),
    "wall_seconds": ("float64", "time per trial, mean"),
    "acts_at": ("str", "verbs of the remedy, joined by +"),
    "lag": ("Int64", "steps back to the farthest input that the answer needs"),
    "past_only": ("boolean", "the input of the step that is asked does not help"),
    "io_shape": ("str", "one_to_one, one_to_many, many_to_one, many_to_many"),
    "updates": ("Int64", "update budget"),
    "optimizer": ("str", "sgd, rmsprop or adam"),
    "hidden": ("Int64", "hidden units"),
}
MADE_FROM = ("trials", "costs")
FACTS = [
    "metric", "chance", "pass_mark", "larger_is_better", "state_numbers", "parameters", "trained",
    "memory_bytes", "acts_at", "lag", "past_only", "io_shape", "updates", "optimizer", "hidden",
]  # fmt: skip


def make(tables: Tables) -> pd.DataFrame:
    """A row per (task, cell, remedy), sorted by these."""
    return summarize(tables, tables.costs)


def summarize(run: Trials, costs: pd.DataFrame) -> pd.DataFrame:
    """The table described by COLUMNS, sorted by task, cell and remedy."""
    parts: list[pd.DataFrame | pd.Series] = [
        _status(run.trials),
        _scores(run.tuned),
        _tuning(run.searched),
        _edges(run.searched, run.tuned),
        _behavior(run.searched, costs),
    ]
    frame = firsts(run.trials)[FACTS].join(parts).fillna({"edge": "", "setting": ""})
    return typed(frame.reset_index(), COLUMNS)


def _status(trials: pd.DataFrame) -> pd.DataFrame:
    first = firsts(trials)["status"]
    ran = firsts(trials[trials["status"].isin(RAN)]).index
    reason = firsts(trials[trials["reason"] != ""])["reason"].reindex(first.index).fillna("")
    return pd.DataFrame({"status": first.mask(first.index.isin(ran), "ok"), "reason": reason})


def _scores(best: pd.DataFrame) -> pd.DataFrame:
    """What was reached at the chosen learning rate."""
    steps = best["steps_to_solve"].where(best["solved"]).astype("float64")
    frame = (
        best.assign(steps=steps)
        .groupby(GROUP)
        .agg(
            setting=("setting", "first"),
            learning_rate=("learning_rate", "first"),
            n=("solved", "size"),
            solved=("solved", "sum"),
            steps_to_solve=("steps", "median"),
        )
    )
    rows = places(best).values()
    for name in ("skill", "score"):
        values = best[f"redrawn_{name}"].to_numpy("float64")
        _put(frame, name, [mean_interval(values[some]) for some in rows])
    _put(frame, "share", [wilson(k, n) for k, n in frame[["solved", "n"]].to_numpy()])
    return frame.rename(columns={"share_low": "solved_low", "share_high": "solved_high"})


def _tuning(tried: pd.DataFrame) -> pd.DataFrame:
    """How much was tried to choose."""
    known = tried[tried["seed"].notna()]
    each = known.drop_duplicates([*GROUP, "setting", "learning_rate"]).groupby(GROUP).size()
    seeds = known[known["stage"].eq(SEARCH)].groupby(GROUP)["seed"].nunique()
    return pd.DataFrame({"settings": each, "search_seeds": seeds.reindex(each.index, fill_value=0)})


def _edges(tried: pd.DataFrame, best: pd.DataFrame) -> pd.DataFrame:
    """Where the chosen learning rate lies in its grid, and who was still getting better."""
    chosen = best[[*GROUP, "setting"]].drop_duplicates(GROUP)
    own = tried.merge(chosen, on=[*GROUP, "setting"])
    grid = own.groupby(GROUP)["learning_rate"].agg(["min", "max"])
    rate = best.groupby(GROUP)["learning_rate"].first()
    grid = grid.reindex(rate.index)
    several = grid["min"] < grid["max"]
    edge = pd.Series("", index=rate.index, dtype="str")
    edge = edge.mask(several & rate.eq(grid["max"]), "upper")
    edge = edge.mask(several & rate.eq(grid["min"]), "lower")
    whole = best["stopped_at"].eq(best["updates"]) & best["valid_score"].notna()
    last = whole & best["valid_score"].eq(best["final_valid_score"])
    improving = last.astype("float64").groupby([best[name] for name in GROUP]).mean()
    return pd.DataFrame({"edge": edge, "improving": improving})


def _put(frame: pd.DataFrame, name: str, intervals: list[Interval]) -> None:
    """Add an interval per row as the columns name, name_low and name_high."""
    columns = [name, f"{name}_low", f"{name}_high"]
    frame[columns] = np.array(intervals, dtype=float).reshape(-1, 3)


def _behavior(tried: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """What happened in training, over all learning rates."""
    by = tried.assign(
        diverged=tried["status"] == "diverged",
        final_drop=tried["valid_skill"] - tried["final_valid_skill"],
    ).groupby(GROUP)
    means = by[["explosions", "events", "lost", "altered", "final_drop"]].mean()
    others = by.agg(
        tolerance=("solved", "mean"),
        tolerance_n=("solved", "size"),
        diverged=("diverged", "sum"),
        unscored=("unscored", "sum"),
        grad_norm_max=("grad_norm_max", "max"),
    )
    return others.join([means, costs.groupby(GROUP)["wall_seconds"].mean()], how="left")
