"""Learning curves as the page carries them: thinned, rounded, steps that many share kept once."""

from typing import TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seqbench.analysis.tidy import Long

QUANTITIES = {"skill": ("valid", "skill"), "norm": ("train", "grad_norm_max")}
DIGITS = 3  # of a curve: a screen shows no more

Numbers = list[float | None]
Places = NDArray[np.intp]


class Curves(TypedDict):
    """Of every trial the number of its steps (-1: it has no curve), and its values."""

    steps: list[list[int]]
    of: list[int]
    values: list[Numbers]


def rounded(column: pd.Series | NDArray[np.float64], digits: int) -> Numbers:
    """To so many significant digits; what is no finite number is None."""
    values = np.asarray(pd.Series(column).astype("float64"))
    finite = np.isfinite(values) & (values != 0)
    safe = np.where(finite, values, 1.0)
    places = digits - 1 - np.floor(np.log10(np.abs(safe))).astype(int)
    up, down = 10.0 ** np.clip(places, 0, 300), 10.0 ** np.clip(-places, 0, 300)
    found = np.where(finite, np.round(safe * up / down) * down / up, 0.0)
    whole = [int(x) if x.is_integer() and abs(x) < 1e15 else x for x in found.tolist()]
    kept = np.isfinite(values).tolist()
    return [x if known else None for x, known in zip(whole, kept, strict=True)]


def thinned(trial: Places, most: int) -> Places:
    """Which rows of sorted curves stay: at most so many of each, evenly, the last among them."""
    start = np.flatnonzero(np.r_[True, trial[1:] != trial[:-1]])
    length = np.diff(np.r_[start, len(trial)])
    within, of = np.arange(len(trial)) - np.repeat(start, length), np.repeat(length, length)
    share = (within + 1) * np.minimum(most, of) // of
    return np.flatnonzero(share != within * np.minimum(most, of) // of)


def gather_curves(long: Long, task: str, trials: pd.DataFrame, most: int) -> dict[str, Curves]:
    """The curves of a task. trials: what tells them apart, in the order of the page."""
    if not most:
        return {}
    keys = [str(name) for name in trials]
    numbered = trials.assign(trial=np.arange(len(trials)))
    columns = [*keys, "split", "quantity", "step", "value"]
    wanted = {quantity for _, quantity in QUANTITIES.values()}
    rows = long.where(columns, task=task, quantity=wanted)
    rows = rows.merge(numbered, on=keys).sort_values(["trial", "step"], kind="stable")
    return {
        name: _curves(
            rows[rows["split"].eq(split) & rows["quantity"].eq(quantity)],
            len(trials),
            most,
            largest=name == "norm",
        )
        for name, (split, quantity) in QUANTITIES.items()
    }


def _curves(rows: pd.DataFrame, trials: int, most: int, largest: bool) -> Curves:
    """largest: a value stands for all since the last that is kept, so that no peak is lost."""
    found: Curves = {"steps": [], "of": [-1] * trials, "values": [[] for _ in range(trials)]}
    if rows.empty:
        return found
    trial = rows["trial"].to_numpy(np.intp)
    kept = thinned(trial, most)
    every = rows["value"].to_numpy("float64")
    some = np.fmax.reduceat(every, np.r_[0, kept[:-1] + 1]) if largest else every[kept]
    values, steps = rounded(some, DIGITS), rows.step.to_numpy("int64")[kept].tolist()
    owner = trial[kept]
    begin = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]).tolist()
    known: dict[tuple[int, ...], int] = {}
    for low, high in zip(begin, [*begin[1:], len(owner)], strict=True):
        grid, mine = tuple(steps[low:high]), int(owner[low])
        found["of"][mine] = known.setdefault(grid, len(known))
        found["values"][mine] = values[low:high]
    found["steps"] = [list(grid) for grid in known]
    return found
