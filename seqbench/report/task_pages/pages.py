"""What the report says task by task: the card, the facts, the result, the networks, the scores."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.report import bibliography
from seqbench.report.cards import cards
from seqbench.report.facts import Fact
from seqbench.report.first_page import missing, sentences
from seqbench.report.numbers import NOTHING, count, metric, short
from seqbench.report.task_pages import measures, scores, showcase
from seqbench.report.task_pages.measures import Measured

FOLDED = 3000  # scores; of more, only those that a reader unfolds become part of the page
PRINTED = 5000  # scores; more of them would be dozens of pages that nobody reads

Page = dict[str, object]


def gather(tables: Tables) -> list[Page]:
    """A page per task, in reading order."""
    more = measures.gather(tables)
    return [_page(tables, name, more) for name in order.tasks(tables.trials)]


def folded(tables: Tables) -> bool:
    """Whether there are too many scores to show them unfolded."""
    return len(tables.summary) > FOLDED


def unprinted(tables: Tables, results: str) -> str:
    """Where the scores are that the paper leaves out; "" where it has them all."""
    n = len(tables.summary)
    where = f"`{results}/tables/summary.csv`"
    return f"All {n:,} scores are in {where} and on the page." if n > PRINTED else ""


def _page(tables: Tables, name: str, more: Measured) -> Page:
    entries, leader = bibliography.entries(), measures.leader(tables, name)
    summary = tables.summary[tables.summary.task.eq(name)]
    ranked = scores.ranked(summary, tables.comparisons, name)
    absent = missing.of_task(summary)
    values = {key[1:]: own for key, own in more.items() if key[0] == name}
    best = values.get((leader.cell, leader.remedy), {}) if leader else {}
    return cards.make("tasks", name, tables.trials, entries) | {
        "facts": [] if absent else _facts(summary.iloc[0]),
        "result": absent or sentences.task_result(summary, leader),
        "absent": bool(absent),
        "also": measures.sentence(leader, best),
        "showcase": showcase.gather(tables, name, entries),
        "best": scores.best(ranked, leader.ranks if leader else {}),
        "full": scores.full(ranked, values),
        "grids": scores.grids(ranked) if len(tables.summary) <= PRINTED and not absent else [],
    }


def _facts(one: pd.Series) -> list[Fact]:
    """What a task says of itself; a run in which nothing of it ended does not know it."""
    better = "at least " if pd.notna(one.larger_is_better) and one.larger_is_better else "at most "
    mark = short(one.pass_mark)
    return [
        {"label": "Shape", "value": one.io_shape.replace("_", " ") or NOTHING},
        {"label": "Lag, steps", "value": count(one.lag)},
        {"label": "Metric", "value": metric(one.metric)},
        {"label": "Chance", "value": short(one.chance)},
        {"label": "Pass mark", "value": mark if mark == NOTHING else better + mark},
    ]
