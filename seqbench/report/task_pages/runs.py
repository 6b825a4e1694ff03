"""Every trial behind a score, packed into the page: a reader opens a score and sees its seeds.

One piece per task, unpacked by the page's script when it is first asked for: columns as JSON,
gzip, base64. Numbers keep four digits; a curve keeps as many points as a page of 50,000 trials can
carry, and of gradient norms the largest between two of them.
"""

import base64
import gzip
import json
import shlex
from collections.abc import Mapping

import numpy as np
import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.report import facts
from seqbench.report.first_page.training import SHORT_NAMES
from seqbench.report.numbers import count, exists, metric, plural, short
from seqbench.report.task_pages.curves import Curves, gather_curves, rounded
from seqbench.training import Use, used
from seqbench.tuning import SCORE, SEARCH

TRIAL = ["cell", "remedy", "setting", "learning_rate", "seed"]
POINTS = 1_500_000  # of all curves in the page together, two curves per trial
MOST, LEAST = 100, 4  # of one curve; of fewer, none is drawn
STAGES = {SEARCH: "search: it chooses, and is not scored", SCORE: "score: chosen by the search"}
TRAIN = "python -m seqbench train"
NUMBERS = {  # name in the page: column of trials
    "seed": "seed",
    "valid": "valid_score",
    "test": "test_score",
    "skill": "test_skill",
    "solved": "steps_to_solve",
    "updates": "stopped_at",
    "norm": "grad_norm_max",
}
NAMES = {"cell": "cell", "remedy": "remedy", "status": "status", "reason": "reason"}

Column = list[int] | list[float | None]
Packed = dict[str, str]


def points(trials: int) -> int:
    """How many points of a curve are kept; 0 where the page could not carry them."""
    each = min(MOST, POINTS // (2 * max(1, trials)))
    return each if each >= LEAST else 0


def gather(tables: Tables, matrix: str, results: str) -> Packed:
    """Packed trials by task. matrix, results: the files, as the report may name them."""
    each = points(facts.trial_count(tables.trials))
    chosen = tables.tuned[["task", *TRIAL]].drop_duplicates()
    command = f"{TRAIN} --config {shlex.quote(matrix)}"
    return {
        task: pack(
            {
                "task": task,
                "command": command,
                "logs": f"{results}/logs/{task}",
                "points": each,
            }
            | _task(tables, task, chosen[chosen["task"].eq(task)], each)
        )
        for task in order.tasks(tables.trials)
    }


def pack(data: Mapping[str, object]) -> str:
    """JSON, gzip, base64: letters, digits, + and / alone, so nothing in it can be markup."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return packed(text.encode())


def packed(data: bytes) -> str:
    """gzip and base64, the same bytes for the same data."""
    small = gzip.compress(data, 6, mtime=0)  # level 9: 6 % smaller in eight times as long
    return base64.b64encode(small).decode()


def _task(tables: Tables, task: str, chosen: pd.DataFrame, each: int) -> dict[str, object]:
    own = tables.trials[tables.trials["task"].eq(task)]
    own = own.sort_values(TRIAL, kind="stable").reset_index(drop=True)
    best = own[TRIAL].merge(chosen.assign(chosen=1), on=TRIAL, how="left")["chosen"]
    curves: dict[str, Curves] = gather_curves(tables.curves, task, own[TRIAL], each)
    return {
        "facts": _facts(own.iloc[0]),
        "mark": _mark(own.iloc[0]),
        "names": {name: sorted(own[column].unique()) for name, column in NAMES.items()},
        "columns": {name: _codes(own[column]) for name, column in NAMES.items()}
        | {name: rounded(own[column], 4) for name, column in NUMBERS.items()}
        | {"rate": _exact(own["learning_rate"]), "chosen": best.fillna(0).astype(int).tolist()},
        "settings": _settings(own),
        "curves": curves,
    }


def _codes(column: pd.Series) -> Column:
    """For every row, the place of its text among the sorted ones."""
    return pd.Categorical(column, categories=sorted(column.unique())).codes.tolist()


def _exact(rates: pd.Series) -> list[float | None]:
    """As a command has to name them."""
    return [None if np.isnan(rate) else rate for rate in rates.astype("float64").tolist()]


def _facts(one: pd.Series) -> list[facts.Fact]:
    return [
        {"label": "Metric", "value": metric(one["metric"])},
        {"label": "Chance", "value": short(one["chance"])},
        {"label": "Pass mark", "value": short(one["pass_mark"])},
    ]


def _mark(one: pd.Series) -> float | None:
    """The skill at the pass mark."""
    chance, perfect, mark = (float(one[name]) for name in ("chance", "perfect", "pass_mark"))
    skill = (mark - chance) / (perfect - chance) if perfect != chance else np.nan
    return round(skill, 4) if np.isfinite(skill) else None


TOLD = ("hidden", "match", "batch", "updates", "optimizer", "layers", "bidirectional", "dropout")
OTHERS = tuple(name for name in used(Use.COLUMN) if name not in TOLD)  # told by their names
SIZES = ("state_numbers", "parameters")
SETTING = (*TOLD, *OTHERS, *SIZES, "train_n", "valid_n", "test_n", "knobs", "stage")


def _settings(own: pd.DataFrame) -> dict[str, object]:
    """How trials were trained: every distinct way once, and which of them each row has."""
    groups = own.groupby(list(SETTING), dropna=False, sort=False)
    first = own.loc[~groups.ngroup().duplicated(), list(SETTING)]
    ways = [_setting(row) for _, row in first.iterrows()]
    return {"ways": ways, "of": groups.ngroup().tolist()}


def _setting(row: pd.Series) -> list[facts.Fact]:
    both = pd.notna(row["bidirectional"]) and row["bidirectional"]
    training = "drawn anew" if pd.isna(row["train_n"]) else count(row["train_n"])
    values = {
        "Optimizer": SHORT_NAMES.get(row["optimizer"], row["optimizer"]),
        "Updates at most": count(row["updates"]),
        "Batch size": count(row["batch"]),
        "Hidden units": f"{count(row['hidden'])}{_layers(row['layers'])}"
        + (", both directions" if both else ""),
        "Dropout": short(row["dropout"]),
        **{name.replace("_", " ").capitalize(): str(row[name]) for name in OTHERS},
        "State numbers": count(row["state_numbers"]),
        "Weights": count(row["parameters"]),
        "Sequences": f"training {training}, validation {count(row['valid_n'])}, test "
        f"{count(row['test_n'])}",
        "Knobs": knobs(row["knobs"]),
        **({"Stage": STAGES[row["stage"]]} if row["stage"] in STAGES else {}),
    }
    return [{"label": label, "value": value} for label, value in values.items()]


def _layers(n: object) -> str:
    return f" in {plural(int(n), 'layer')}" if exists(n) else ""


def knobs(text: str) -> str:
    """What the matrix set apart from the defaults: "length = 50 (task)"."""
    given = json.loads(text or "{}")
    words = [
        f"{name} = {value} ({owner})"
        for owner, own in given.items()
        for name, value in (own.items() if isinstance(own, dict) else [])
    ]
    return ", ".join(words) or "all at their defaults"
