"""The result of a task: what has the best validation score, and its test score in every metric."""

import pandas as pd

from seqbench.analysis.leaders import Leader
from seqbench.analysis.methods.statistics import Interval
from seqbench.analysis.other_metrics import Values
from seqbench.report.numbers import interval, listed, plural, valued


def best(summary: pd.DataFrame, leader: Leader | None) -> str:
    """What has the best validation score, and how many combinations solve the task.

    summary: the rows of that task.
    """
    ran = summary[summary["status"].eq("ok")]
    if ran.empty or leader is None:
        return "Not run: no combination has a score."
    row = ran[ran["cell"].eq(leader.cell) & ran["remedy"].eq(leader.remedy)].iloc[0]
    skill = Interval(row["skill"], row["skill_low"], row["skill_high"])
    ties = f" (shared with {plural(leader.ties, 'other')})" if leader.ties else ""
    always = int(ran["solved"].eq(ran["n"]).sum())
    values = f" ({row['setting']})" if row["setting"] else ""
    aside = ""
    if leader.aside:
        cell, remedy = leader.aside
        aside = (
            " Reference arms and networks of another size are left aside; of these, "
            f"`{cell}` with `{remedy}` validates better."
        )
    return (
        f"`{leader.cell}` with `{leader.remedy}`{values} has the best validation score{ties}. Its "
        f"test skill is {interval(skill)}, and it solves the task with {int(row['solved'])} of "
        f"{plural(int(row['n']), 'seed')}. Of {plural(len(ran), 'combination')} of cell and "
        f"remedy, {always} {'solves' if always == 1 else 'solve'} it with every seed.{aside}"
    )


def in_every_metric(leader: Leader | None, others: Values) -> str:
    """The test score of the best combination and its other metrics; "" where it has no others."""
    if leader is None or not others:
        return ""
    score = valued(leader.trials["metric"].iloc[0], leader.score)
    return (
        f"In the test, `{leader.cell}` with `{leader.remedy}` reaches {score}; in other metrics, "
        f"{listed([valued(name, value) for name, value in others.items()])}."
    )
