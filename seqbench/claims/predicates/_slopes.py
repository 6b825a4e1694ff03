"""What predicates on growth with the lag share: a least-squares slope per seed."""

import numpy as np
import pandas as pd

from seqbench.analysis.methods.statistics import Floats


def slopes(seeds: pd.Series, x: Floats, y: Floats) -> Floats:
    """The least-squares slope of every seed that has more than one x. (seeds,)"""
    frame = pd.DataFrame({"seed": seeds.to_numpy(), "x": x, "y": y})
    some = [one for _, one in frame.groupby("seed") if one["x"].nunique() > 1]
    return np.array([np.polyfit(one["x"], one["y"], 1)[0] for one in some], dtype=np.float64)
