"""What was set in another way in two runs, for every (task, cell, remedy) of both.

A score under other settings answers another question, so such a difference is named and shown,
and takes part in no test.
"""

import json
from collections.abc import Iterator

import pandas as pd

from seqbench.analysis.choose import GROUP
from seqbench.report.numbers import short
from seqbench.training import Use, used
from seqbench.tuning import SEARCH

GRID, VALUES, SEEDS = "learning rates", "values tried", "search seeds"
NONE = "none"  # also of an older run, which had neither
WORDS = {"train_n": "training set", "valid_n": "validation set", "test_n": "test set",
         "data_sha256": "recorded data", "parameters": "weights",
         "state_numbers": "numbers of the state"}  # fmt: skip
COLUMNS = [
    *used(Use.COLUMN), "state_numbers", "parameters", "knobs", "metric", "lag", "chance",
    "pass_mark", "perfect", "train_n", "valid_n", "test_n", "data_sha256",
]  # fmt: skip


def described(trials: pd.DataFrame) -> pd.DataFrame:
    """The settings of what ran, a row per (task, cell, remedy), everything as text."""
    ran = trials[trials["seed"].notna()]
    text = ran.groupby(GROUP)[COLUMNS].first().astype("string").fillna("")
    rates = ran.dropna(subset="learning_rate").drop_duplicates([*GROUP, "learning_rate"])
    rates = rates.sort_values("learning_rate").assign(text=lambda x: x["learning_rate"].map(short))
    grid = rates.groupby(GROUP)["text"].agg(", ".join)
    tuned = ran[ran["setting"].ne("")].drop_duplicates([*GROUP, "setting"]).sort_values("setting")
    values = tuned.groupby(GROUP)["setting"].agg("; ".join)
    searched = ran[ran["stage"].eq(SEARCH)].groupby(GROUP)["seed"].nunique()
    more: dict[str, tuple[pd.Series, str]]
    more = {GRID: (grid, ""), VALUES: (values, NONE), SEEDS: (searched, NONE)}
    for name, (found, otherwise) in more.items():
        text[name] = found.astype("str").reindex(text.index).fillna(otherwise)
    several = text[VALUES].ne(NONE)
    text.loc[several, "knobs"] = text.loc[several, "knobs"].map(_without_remedy)
    return text


def _without_remedy(knobs: str) -> str:
    """The knobs without those of the remedy, whose values are told apart."""
    given = json.loads(knobs or "{}")
    return json.dumps({kind: own for kind, own in given.items() if kind != "remedy"})


def differences(old: pd.DataFrame, new: pd.DataFrame) -> "pd.Series[str]":
    """By (task, cell, remedy) that ran in both: what differs, in words; "" where nothing does."""
    before, after = described(old), described(new)
    both = before.index.intersection(after.index).sort_values()
    known = [name for name in before if before[name].ne("").any() and after[name].ne("").any()]
    before, after = before.loc[both, known], after.loc[both, known]  # an older run says less
    words = pd.Series("", index=both, dtype="str")
    unlike = before.ne(after).any(axis=1)
    for key in both[unlike]:
        words[key] = "; ".join(_changed(before.loc[key].to_dict(), after.loc[key].to_dict()))
    return words


def _changed(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    for name, was in before.items():
        now = after[name]
        if was == now:
            continue
        if name == "knobs":
            a, b = _flat(json.loads(was or "{}")), _flat(json.loads(now or "{}"))
            for knob in sorted(k for k in {*a, *b} if a.get(k) != b.get(k)):
                yield f"{knob} {a.get(knob, 'default')} → {b.get(knob, 'default')}"
        elif name == "data_sha256":
            yield f"{WORDS[name]} {was[:8] or 'none'} → {now[:8] or 'none'}"
        else:
            yield f"{WORDS.get(name, name.replace('_', ' '))} {was or 'none'} → {now or 'none'}"


def _flat(knobs: dict[str, object], front: str = "") -> dict[str, object]:
    """{"task": {"length": 5}} -> {"task.length": 5}"""
    flat: dict[str, object] = {}
    for name, value in knobs.items():
        where = f"{front}{name}"
        flat |= _flat(value, f"{where}.") if isinstance(value, dict) else {where: value}
    return flat
