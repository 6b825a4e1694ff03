"""Which learning rate speaks for a (task, cell, remedy): the best on validation, never on test.

Ties go to the smaller one. What ran out of time counts with its scores so far. What ran without a
score (a crash, a divergence before any finite validation) stays in: it counts as chance (skill 0)
and is marked `unscored`, so that a lost seed cannot make a mean look better; but a learning rate is
chosen only where no other has fewer such trials.

Ranked are validation scores as they are (`rank`, larger is better), not their skill: that is
bounded by -1, and its chance level is the test part's.
"""

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

GROUP = ["task", "cell", "remedy"]
SKILLS = ["valid_skill", "final_valid_skill", "test_skill"]
RAN = ("ok", "diverged", "timeout")

Key = tuple[str, str, str]  # task, cell, remedy
Rows = NDArray[np.intp]


def places(frame: pd.DataFrame) -> dict[Key, Rows]:
    """Where the rows of every (task, cell, remedy) are, sorted by these."""
    found = cast(dict[Key, Rows], frame.groupby(GROUP).indices)
    return {key: found[key] for key in sorted(found)}


def firsts(frame: pd.DataFrame) -> pd.DataFrame:
    """The first row of every (task, cell, remedy), which are the index."""
    return frame.drop_duplicates(GROUP).set_index(GROUP).sort_index()


def attempts(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of every group in which anything ran, with missing scores filled with chance."""
    ran = trials["status"].isin(RAN)
    some = ran.groupby([trials[name] for name in GROUP]).transform("any")
    tried = trials[some & (trials["status"] != "not_applicable")].copy()
    scores = tried[[*SKILLS, "test_score"]].astype("float64")
    tried["unscored"] = ~np.isfinite(scores["test_skill"])
    tried[SKILLS] = scores[SKILLS].where(np.isfinite(scores[SKILLS]), 0.0)
    chance = tried["chance"].astype("float64")
    valid = tried["valid_score"].astype("float64")
    upwards = np.where(tried["perfect"] >= tried["chance"], 1.0, -1.0)
    tried["rank"] = upwards * valid.where(np.isfinite(valid), chance)
    tried["test_score"] = scores["test_score"].where(np.isfinite(scores["test_score"]), chance)
    tried["solved"] = tried["solved"].astype("boolean").fillna(False).astype(bool)
    return tried


def leaders(best: pd.DataFrame) -> list[Key]:
    """The (task, cell, remedy) of `tuned` trials by mean validation score, the best first.

    Meant for one task; test scores are not looked at; equals go by name.
    """
    means = best.groupby(GROUP)["rank"].mean().sort_index()
    return cast(list[Key], list(means.sort_values(ascending=False, kind="stable").index))


def tuned(trials: pd.DataFrame) -> pd.DataFrame:
    """The attempts at each group's chosen learning rate (empty in closed form: the only one)."""
    tried = attempts(trials)
    rates = tried.groupby([*GROUP, "learning_rate"], dropna=False)[["unscored", "rank"]]
    ranked = rates.mean().reset_index().sort_values("learning_rate")
    ranked = ranked.sort_values("rank", ascending=False, kind="stable")
    ranked = ranked.sort_values("unscored", kind="stable")
    best = ranked.drop_duplicates(GROUP)[[*GROUP, "learning_rate"]]
    return tried.merge(best, on=[*GROUP, "learning_rate"], how="inner")
