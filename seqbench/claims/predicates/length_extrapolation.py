"""Length extrapolation: the share solved at `value` times the training length > share.

By Wilson's interval and its score test, of the trials that solve their training length.
"""

import pandas as pd

from seqbench.analysis.methods.statistics import wilson
from seqbench.analysis.tables.longest import trained
from seqbench.claims.claim import Question, merged
from seqbench.claims.finding import Finding, Verdict, decided, few
from seqbench.claims.predicates._searches import searched
from seqbench.claims.predicates._shares import RUNS, score_test
from seqbench.claims.rows import described
from seqbench.claims.runs import NotRun, Runs

ARMS = ("a",)
WORDS = "more than a share of what is solved is solved on longer sequences"
COMPARES = "level"
TABLE = "reach"
NEEDS = ("value",)


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether more than `share` of what solves its length solves `value` times that length."""
    assert question.value is not None
    rows, table = merged(question, "a"), runs.tables.derived.get("extrapolation", pd.DataFrame())
    if table.empty:
        raise NotRun("no section reach with further lengths in the matrix")
    table = searched(table, rows)
    tested = table[table["factor"].eq(question.value)]
    solved, n = int(tested["solved"].sum()), int(tested["n"].sum())
    if not n:
        raise NotRun(f"nothing solved, to be tested at {question.value:g} times the length")
    interval, bound = wilson(solved, n), question.share + margin
    p = score_test(solved, n, bound)
    trials = searched(trained(runs.tables.reach), rows)
    seeds = int(trials[trials["solved"].fillna(False).astype(bool)]["seed"].nunique())
    why = few(seeds, RUNS, "seeds that solve a length")
    verdict: Verdict = "inconclusive" if why else decided(interval, p, bound)
    unit = f"share solved at {question.value:g} times the length"
    where = f"table extrapolation: {described(rows)}"
    return Finding(verdict, *interval, p, seeds=seeds, runs=n, unit=unit, why=why, where=where)
