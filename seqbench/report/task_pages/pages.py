"""What the report says task by task: the card, the facts, the result, the networks, the scores."""

import pandas as pd

from seqbench.analysis import order, other_metrics
from seqbench.analysis.choose import Key
from seqbench.analysis.leaders import leader
from seqbench.analysis.other_metrics import Values
from seqbench.analysis.tidy import Tables
from seqbench.report import bibliography
from seqbench.report.cards import cards
from seqbench.report.facts import Fact
from seqbench.report.first_page import missing
from seqbench.report.numbers import NOTHING, count, metric, short
from seqbench.report.task_pages import result, scores, showcase

FOLDED = 3000  # scores; of more, only those that a reader unfolds become part of the page
PRINTED = 5000  # scores; more of them would be dozens of pages that nobody reads

Page = dict[str, object]


def gather(tables: Tables) -> list[Page]:
    """A page per task, in reading order."""
    more = other_metrics.gather(tables)
    return [_page(tables, name, more) for name in order.tasks(tables.trials)]


def folded(tables: Tables) -> bool:
    """Whether there are too many scores to show them unfolded."""
    return len(tables.summary) > FOLDED


def unprinted(tables: Tables, results: str) -> str:
    """Where the scores are that the paper leaves out; "" where it has them all."""
    n = len(tables.summary)
    where = f"`{results}/tables/summary.csv`"
    return f"All {n:,} scores are in {where} and on the page." if n > PRINTED else ""


def _page(tables: Tables, name: str, more: dict[Key, Values]) -> Page:
    entries, best = bibliography.entries(), leader(tables, name)
    summary = tables.summary[tables.summary.task.eq(name)]
    ranked = scores.ranked(summary, tables.comparisons, name)
    absent = missing.of_task(summary)
    values = {key[1:]: own for key, own in more.items() if key[0] == name}
    others = values.get((best.cell, best.remedy), {}) if best else {}
    return cards.make("tasks", name, tables.trials, entries) | {
        "facts": [] if absent else _facts(summary.iloc[0]),
        "result": absent or result.best(summary, best),
        "absent": bool(absent),
        "also": result.in_every_metric(best, others),
        "showcase": showcase.gather(tables, name, entries),
        "best": scores.best(ranked, best),
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
