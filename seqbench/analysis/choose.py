"""The trials at the setting and learning rate chosen on validation, for every (task, cell, remedy).

Where there was a search, they are the trials that were scored with other seeds, and never its own;
else the choice is made here. The criterion is that of `seqbench.criteria`. What ran out of time
counts with its scores so far.
What ran without a score (a crash, a divergence before any finite validation) stays in: it counts as
chance (skill 0) and is marked `unscored`, so that a lost seed cannot make a mean look better. What
is worse than chance counts as chance, too: to answer always "blank" is not a third worse than to
guess, and means would rank how far below nothing something is.

Ranked are validation scores as they are (`rank`, larger is better), not their skill: that is
bounded by -1, and its chance level is the test part's.
"""

from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqbench.analysis.redrawn import shifts
from seqbench.criteria import RAN, Attempt, chosen, rank
from seqbench.tuning import SCORE, SEARCH

GROUP = ["task", "cell", "remedy"]
SKILLS = ["valid_skill", "final_valid_skill", "test_skill"]

Key = tuple[str, str, str]  # task, cell, remedy
Rows = NDArray[np.intp]


def places(frame: pd.DataFrame) -> dict[Key, Rows]:
    """Where the rows of every (task, cell, remedy) are, sorted by these."""
    rows = cast(dict[Key, Rows], frame.groupby(GROUP).indices)
    return {key: rows[key] for key in sorted(rows)}


def firsts(frame: pd.DataFrame) -> pd.DataFrame:
    """The first row of every (task, cell, remedy), which are the index."""
    return frame.drop_duplicates(GROUP).set_index(GROUP).sort_index()


def attempts(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials of every group in which anything ran, no score worse than chance.

    redrawn_skill, redrawn_score: of the test, for whatever has an interval or a test over seeds.
    """
    ran = trials["status"].isin(RAN)
    some = ran.groupby([trials[name] for name in GROUP]).transform("any")
    tried = trials[some & (trials["status"] != "not_applicable")].copy()
    scores = tried[[*SKILLS, "test_score"]].astype("float64")
    tried["unscored"] = ~np.isfinite(scores["test_skill"])
    tried[SKILLS] = scores[SKILLS].where(np.isfinite(scores[SKILLS]), 0.0).clip(lower=0.0)
    chance = tried["chance"].astype("float64")
    facts = tried[["valid_score", "chance", "perfect"]].to_numpy("float64").tolist()
    tried["rank"] = np.array([rank(*row) for row in facts], np.float64)
    tried["test_score"] = scores["test_score"].where(np.isfinite(scores["test_score"]), chance)
    moved, scale = shifts(tried), tried["perfect"].astype("float64") - chance
    tried["redrawn_skill"] = tried["test_skill"] + moved
    tried["redrawn_score"] = tried["test_score"] + np.where(moved, moved * scale, 0.0)
    tried["solved"] = tried["solved"].astype("boolean").fillna(False).astype(bool)
    return tried


def leaders(best: pd.DataFrame) -> list[Key]:
    """The (task, cell, remedy) of `tuned` trials by mean validation score, the best first.

    Meant for one task; test scores are not looked at; equals go by name.
    """
    means = best.groupby(GROUP)["rank"].mean().sort_index()
    return cast(list[Key], list(means.sort_values(ascending=False, kind="stable").index))


def searched(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials that choose: all but those that were scored after a search."""
    return trials[trials["stage"].ne(SCORE)]


def tuned(trials: pd.DataFrame) -> pd.DataFrame:
    """The attempts at what was chosen for each group (learning rate: empty in closed form)."""
    tried = attempts(trials)
    rates = [None if rate != rate else rate for rate in tried["learning_rate"].tolist()]
    scored = (~tried["unscored"]).tolist()
    settings, search = tried["setting"].tolist(), tried["stage"].eq(SEARCH).to_numpy(bool)
    staged = search | tried["stage"].eq(SCORE).to_numpy(bool)
    every = list(map(Attempt, rates, scored, tried["rank"].tolist(), settings))
    kept = np.zeros(len(tried), bool)
    for rows in places(tried).values():
        if staged[rows].any():
            kept[rows] = ~search[rows]
            continue
        choice = chosen(every[row] for row in rows)
        kept[rows] = [(settings[row], rates[row]) == choice for row in rows]
    return tried[kept].reset_index(drop=True)
