"""At chance: skill < margin, by a one-sided t test for each cell on each task."""

from seqbench.analysis import choose
from seqbench.analysis.methods.statistics import ALPHA, mean_interval
from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding, Verdict, few
from seqbench.claims.predicates._means import SEEDS, one_sided
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "the skill is within the tolerance of chance on every task"
COMPARES = "level"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether the skill of a exceeds chance by less than the margin, for each cell on each task.

    Below chance is no memory either. Reported is the one that it fits worst.
    """
    by = runs.of(question).groupby(choose.GROUP)["value"]
    tests = [(one_sided(x.to_numpy("float64"), margin), x, key) for key, x in by]
    (below, above), x, (task, cell, remedy) = max(tests, key=lambda one: (one[0][0], one[1].mean()))
    against = min(1.0, above * len(tests))  # one is enough, and it is the worst: Bonferroni
    why = few(int(by.size().min()), SEEDS, "seeds")
    verdict: Verdict = "inconclusive"
    if not why and min(below, against) < ALPHA:
        verdict = "supported" if below < ALPHA else "contradicted"
    p = against if verdict == "contradicted" else below
    if len(tests) > 1 and not why:
        why = f"it fits worst for `{cell}` with `{remedy}` on `{task}`"
    shown = Finding(verdict, *mean_interval(x), p, why=why, unit="skill")
    return shown._replace(**runs.seen(question))
