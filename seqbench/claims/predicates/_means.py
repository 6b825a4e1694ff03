"""What predicates on means share: differences of pairs, and tests of a mean against a margin.

A pair is a seed on a task. What differs by its label alone (`adding` and `adding@equal`, `rnn` and
`rnn@loud`) has its draws in common and is averaged first, and so are then all cells and remedies on
a task: a seed's draws are the same for them. Pairs of several tasks are independent, with these
tasks as they are: where an effect differs from task to task, interval and test are wider than they
need be, and they say nothing of tasks that were not run. With n pairs a sign-flip test cannot go
below p = 2^(1 - n), so five pairs show nothing, whatever they are of.
"""

import numpy as np
from scipy import special

from seqbench.analysis import choose
from seqbench.analysis.methods.statistics import ALPHA, Floats, can_show, mean_interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, few
from seqbench.claims.runs import Runs, pairs

PAIRS = next(n for n in range(1, 100) if can_show(n))  # fewer can never be significant
SEEDS = 5  # fewer have no t interval worth the name
ORDERED = 4  # seeds: an order among fewer is easily one of chance, on however many tasks
UNITS = {
    "test_skill": "skill", "signed_skill": "skill", "valid_skill": "skill", "test_score": "score",
    "solved": "share of runs", "diverged": "share of runs", "events": "jumps per run",
    "explosions": "share of updates", "parameters": "weights",
    "score_per_weight": "score per weight", "log_seconds": "log seconds",
}  # fmt: skip


def differences(question: Question, runs: Runs) -> tuple[Floats, int]:
    """Of a minus b, one per pair, and how many seeds they are of.

    Raises:
        NotRun: no seed ran on both sides.
    """
    both = pairs(question, runs)
    keys = [name for name in ("seed", *choose.GROUP) if name in both]
    bases = {name: both[name].str.partition("@")[0] for name in ("task", "cell") if name in both}
    cases = both.assign(**bases).groupby(keys)["difference"].mean()
    means = cases.groupby(level=[name for name in ("seed", "task") if name in keys]).mean()
    return np.asarray(means, dtype=np.float64), int(both["seed"].nunique())


def one_sided(x: Floats, margin: float) -> tuple[float, float]:
    """p for "the mean is below the margin" and for "above"; 1 where there is one value only."""
    if x.size < 2:
        return 1.0, 1.0
    error = x.std(ddof=1) / np.sqrt(x.size)
    if error == 0:
        return float(x[0] >= margin), float(x[0] <= margin)
    below = float(special.stdtr(x.size - 1, (x.mean() - margin) / error))
    return below, 1 - below


def near(x: Floats, seeds: int, margin: float) -> Finding:
    """Two one-sided t tests (TOST) of |mean| < margin, and whether the opposite is shown."""
    interval = mean_interval(x)
    (below, above), (far_below, far_above) = one_sided(x, margin), one_sided(x, -margin)
    p_near, p_far = max(below, far_above), min(1.0, 2 * min(above, far_below))
    why = few(seeds, SEEDS, "seeds")
    if why or min(p_near, p_far) >= ALPHA:
        return Finding("inconclusive", *interval, p_near, why=why)
    shown = p_near < ALPHA
    return Finding("supported" if shown else "contradicted", *interval, p_near if shown else p_far)
