"""Made-up trials for one question at a time."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from seqbench import records
from seqbench.analysis.tidy import Long, Tables, to_frame
from seqbench.claims.runs import Runs

FACTS = {
    "learning_rate": 0.1, "fingerprint": "", "hidden": 16, "batch": 16, "updates": 1000,
    "optimizer": "sgd", "io_shape": "many_to_one", "lag": 30, "past_only": True,
    "metric": "accuracy", "larger_is_better": True, "chance": 0.0, "pass_mark": 0.9,
    "perfect": 1.0, "status": "ok", "reason": "", "acts_at": "", "events": 0,
    "explosions": 0.0, "parameters": 100, "match": "units",
}  # fmt: skip


def rows(
    skills: Sequence[float], *, task: str = "adding", cell: str = "rnn", remedy: str = "none",
    knobs: dict[str, object] | None = None, **more: object,
) -> list[dict[str, object]]:  # fmt: skip
    """A trial per seed with these test skills; solved from .9 on."""
    given = json.dumps({"task": {}, "cell": {}, "remedy": {}} | (knobs or {}))
    named = {"task": task, "cell": cell, "remedy": remedy, "knobs": given}
    return [
        FACTS | named | {"seed": seed, "solved": skill >= 0.9, "acts_at": remedy}
        | {f"{kind}_{unit}": skill for kind in ("test", "valid") for unit in ("skill", "score")}
        | {"final_valid_skill": skill, "steps_to_solve": 500 if skill >= 0.9 else None}
        | more
        for seed, skill in enumerate(skills, 1)
    ]  # fmt: skip


def frame(table: str, found: Sequence[dict[str, object]]) -> pd.DataFrame:
    """As `tidy` reads it; columns that are not given are empty."""
    schema = records.schema(table)
    full = [{name: row.get(name) for name in schema.names} for row in found]
    return to_frame(pa.Table.from_pylist(full, schema=schema))


def runs(*parts: list[dict[str, object]], **tables: pd.DataFrame) -> Runs:
    """The runs of these trials."""
    names = ("costs", *records.OTHERS)
    whole = {name: to_frame(records.schema(name).empty_table()) for name in names}
    whole |= {"trials": frame("trials", [row for part in parts for row in part]), "derived": {}}
    long = Long(Path("nowhere"))
    made = Tables(curves=long, flow=long, samples=long, **(whole | tables))
    return Runs(made)


def noisy(mean: float, n: int, seed: int = 0, spread: float = 0.02) -> list[float]:
    """n numbers around a mean."""
    return list(mean + spread * np.random.default_rng(seed).standard_normal(n))
