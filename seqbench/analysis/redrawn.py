"""Scores as if every seed had a test part of its own, so that seeds differ by its chance, too.

Drawn sequences are others for every seed. A recorded test part is the same for all, and what it
happens to hold moves all their scores at once: no spread over seeds shows it. So it is cut into as
many shares as there are seeds (tenths at most), the i-th seed is given the i-th, and moved by how
far its share is from the whole in the mean over the seeds of its group:

    x'_i = x_i + f (b_i - mean b),    b_k = mean over seeds of the score on share k

As in a two-way table, the mean stays what it is, and the variance of the x' over the number of
seeds is that of seeds and of sequences together (and a little more: what is of a seed on a share
counts in both). Shares are the same for everybody, so what two arms both find hard cancels in their
difference. f = sqrt((n - 1) / (k - 1)) where n seeds have but k shares.

Whoever is at chance or worse counts as chance on every share; who has no score is moved like the
other seeds of its group, whose mean so stays what it is. Source: searle1992
"""

import json

import numpy as np
import pandas as pd

from seqbench.analysis.methods.statistics import Floats

WORST = -1.0  # of skill, as in Task.skill
ARM = ["task", "cell", "remedy", "setting", "learning_rate", "stage"]


def shifts(tried: pd.DataFrame) -> Floats:
    """By how much the test skill of every row is moved; 0 where its sequences are its own.

    tried: attempts, with a test skill that is chance at least.
    """
    moved = np.zeros(len(tried))
    given = tried["test_tenths"].ne("")
    if not given.any():
        return moved
    recorded = given.groupby([tried["task"], tried["stage"]]).transform("any")
    for _, task in tried[recorded & tried["seed"].notna()].groupby(["task", "stage"]):
        place = task["seed"].rank(method="dense").astype(int) - 1
        seeds = int(place.max()) + 1
        by_row = pd.Series([*_skills(task)], index=task.index)
        for _, own in task.groupby(ARM, dropna=False):
            known = [skills for skills in by_row[own.index] if np.isfinite(skills).all()]
            if known:
                of_share = _of_shares(np.mean(known, axis=0), seeds)
                moved[tried.index.get_indexer(own.index)] = of_share[place[own.index]]
    return moved


def _skills(rows: pd.DataFrame) -> list[Floats]:
    """Of every row, by tenth."""
    facts = rows[["test_skill", "chance", "perfect"]].to_numpy("float64")
    found = []
    for text, (skill, chance, perfect) in zip(rows["test_tenths"], facts, strict=True):
        scores = np.array(json.loads(text or "[null]"), dtype="float64")  # null is NaN
        by_tenth = np.clip((scores - chance) / (perfect - chance), WORST, None)
        found.append(by_tenth if skill > 0 or not text else np.zeros(len(scores)))
    return found


def _of_shares(tenths: Floats, seeds: int) -> Floats:
    """How far the share of each of so many seeds is from the whole, wide enough for f."""
    shares = min(seeds, len(tenths))
    if shares < 2:  # noqa: PLR2004
        return np.zeros(seeds)
    means = np.array([part.mean() for part in np.array_split(tenths, shares)])
    of_seed = means[np.arange(seeds) % shares]
    return np.asarray((of_seed - of_seed.mean()) * np.sqrt((seeds - 1) / (shares - 1)))
