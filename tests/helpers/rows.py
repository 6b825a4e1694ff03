"""Made-up rows of the table of trials."""

import numpy as np
import pandas as pd
import pyarrow as pa

from seqbench import records
from seqbench.analysis.tables import comparisons, effects, summary
from seqbench.analysis.tidy import to_frame
from seqbench.analysis.trials import Trials

COSTS = to_frame(records.schema("costs").empty_table())


def trial(
    seed: int,
    rate: float,
    valid: float | None,
    test: float | None,
    remedy: str = "none",
    status: str = "ok",
    **more: object,
) -> dict[str, object]:
    """One made-up row: chance 0.2, perfect 1, solved from a test skill of 0.9."""
    scores = {} if test is None else {"test_score": 0.2 + 0.8 * test, "solved": test >= 0.9}
    scores |= {} if valid is None else {"valid_score": 0.2 + 0.8 * valid}
    facts = {
        "chance": 0.2,
        "pass_mark": 0.92,
        "perfect": 1.0,
        "larger_is_better": True,
        "lag": 9,
        "past_only": True,
    }
    return (
        {"task": "copy", "cell": "rnn", "remedy": remedy, "io_shape": "many_to_many"}
        | {"acts_at": "" if remedy == "none" else "transform", "metric": "accuracy"}
        | {"seed": seed, "learning_rate": rate, "status": status, "explosions": 0.1}
        | {"setting": "", "stage": "both"}
        | {"valid_skill": valid, "final_valid_skill": valid, "test_skill": test}
        | facts
        | scores
        | more
    )


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return to_frame(pa.Table.from_pylist(list(rows), schema=records.schema("trials")))


def arms(
    skills: dict[tuple[str, str], float], seeds: int = 3, task: str = "copy", by: str = "adam"
) -> pd.DataFrame:
    """Trials of these (cell, remedy) by their skill; a seed adds a hundredth to the test skill."""
    return table(
        *[
            trial(s, 0.1, skill, skill + s / 100, remedy, cell=cell, task=task, optimizer=by)
            for (cell, remedy), skill in skills.items()
            for s in range(seeds)
        ]
    )


def one(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


def pairs(n: int, shift: float) -> pd.DataFrame:
    """n seeds without and with a remedy that adds about `shift`."""
    wobble = np.random.default_rng(0).normal(0, 0.02, n)
    return table(
        *[trial(s, 0.1, 0.5, 0.3 + 0.05 * s) for s in range(n)],
        *[
            trial(s, 0.1, 0.5, 0.3 + 0.05 * s + shift + wobble[s], remedy="clip_norm")
            for s in range(n)
        ],
    )


def summarize(trials: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """summary.csv of these trials."""
    return summary.summarize(Trials(trials), costs)


def compare(trials: pd.DataFrame) -> pd.DataFrame:
    """comparisons.csv of these trials."""
    return comparisons.compare(Trials(trials))


def aggregate(trials: pd.DataFrame) -> pd.DataFrame:
    """effects.csv of these trials."""
    return effects.aggregate(Trials(trials))
