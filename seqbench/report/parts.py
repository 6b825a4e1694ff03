"""Chapters that compare over tasks: a part per optimizer, never one for both."""

from collections.abc import Callable

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.analysis.trials import UNDER as UNDER
from seqbench.report.chapter import Chapter, chapter
from seqbench.report.numbers import named


def telling(part: Tables) -> str:
    """The tasks that count: the 2 telling tasks (`adding`, `copy`)."""
    names = [name for name in order.tasks(part.trials) if name in part.telling]
    if not names and part.trials["task"].nunique() == 1:
        return f"the task {named(order.tasks(part.trials))}, which is not telling"
    if not names:
        return f"the tasks ({named(order.tasks(part.trials))}), none of which is telling"
    tasks = "the one telling task" if len(names) == 1 else f"the {len(names)} telling tasks"
    return f"{tasks} ({named(names)})"


def some(part: Tables, many: int) -> str:
    """As many of them: 1 of the 2 telling tasks (`adding`, `copy`); all: as `telling`."""
    return telling(part) if many == len(part.telling) else f"{many} of {telling(part)}"


def by_optimizer(tables: Tables, gather: Callable[[Tables], Chapter]) -> Chapter:
    """What `gather` says of every part, one by one; tables bear the optimizer's name."""
    if len(tables.parts) == 1:
        return gather(tables)
    words: list[str] = []
    tabled = []
    sources: list[str] = []
    for name, part in reversed(tables.parts.items()):  # as figures are: what learns most, first
        own = gather(part)
        if own["words"]:
            words.append(f"Trained by {UNDER[name]}, on {telling(part)}:")
        words += own["words"]
        for table in own["tables"]:
            table["name"] += f"_{name}"
            table["title"] += f" ({UNDER[name]})"
            tabled.append(table)
        sources += own["sources"]
    return chapter(words, tabled, sources=dict.fromkeys(sources))
