"""Questions that predicates are asked, on constructed data."""

from collections.abc import Sequence

import pandas as pd

from seqbench.claims import deciding
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from tests.helpers.claims import noisy, rows, runs

HERE = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none"]}
ARMS = {"a": {"remedies": ["clip_norm"]}, "b": {"remedies": ["none"]}}


def question(name: str, **more: object) -> Question:
    arms = {} if name in ONE_ARM else {"arms": ARMS}
    text = {"name": name, "rows": HERE, **arms, **more}
    return Question.model_validate_json(pd.io.json.ujson_dumps(text))


ONE_ARM = ("at_chance", "value_within", "threshold", "growth_of_steps", "length_extrapolation")


def ask(
    name: str, a: list[float], b: Sequence[float] = (), margin: float = 0.0, **more: object
) -> Finding:
    remedy = "none" if name in ONE_ARM else "clip_norm"
    found = runs(rows(a, remedy=remedy), rows(b, remedy="none") if b else [])
    return deciding.find(name).decide(question(name, **more), margin, found)


GOOD, BAD = noisy(0.95, 10, spread=0.01), noisy(0.2, 10, 1)


def steps(
    values: list[float | None], remedy: str = "none", **more: object
) -> list[dict[str, object]]:
    return [
        row | {"steps_to_solve": value, "solved": value is not None}
        for row, value in zip(rows([1.0] * len(values), remedy=remedy, **more), values, strict=True)
    ]
