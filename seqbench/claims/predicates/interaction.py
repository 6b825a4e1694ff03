"""Interaction with the lag: slope of a - b over log2(lag) > margin, by sign flips of seeds."""

import numpy as np

from seqbench.analysis.methods.statistics import mean_interval, sign_flip
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._means import PAIRS
from seqbench.claims.predicates._slopes import slopes
from seqbench.claims.runs import Runs, pairs

ARMS = ("a", "b")
WORDS = "a minus b grows with the lag by more than the tolerance"
COMPARES = "order"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether a minus b grows by more than the margin whenever the lag doubles."""
    both = pairs(question, runs)
    lag, difference = (both[name].to_numpy("float64") for name in ("lag", "difference"))
    growth = slopes(both["seed"], np.log2(lag), difference)
    interval, p = mean_interval(growth), sign_flip(growth - margin)
    why = few(growth.size, PAIRS, "seeds with several lags")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, margin)
    unit = "difference of skill per doubling of the lag"
    return Finding(verdict, *interval, p, unit=unit, why=why, **runs.seen(question))
