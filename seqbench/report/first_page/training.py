"""The sentences on how everything was trained, and on how that ended."""

import pandas as pd

from seqbench.analysis import order
from seqbench.analysis.tidy import Tables
from seqbench.report import facts
from seqbench.report.first_page import missing
from seqbench.report.numbers import listed, named, plural, short
from seqbench.tuning import SEARCH

MATCHED = {"parameters": ("parameters", "weights"), "state": ("state_numbers", "state numbers")}
SHORT_NAMES = {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam"}


def failures(tables: Tables) -> str:
    """What did not end well, in numbers; the provenance lists every case."""
    status = tables.trials["status"]
    n = {name: int(status.eq(name).sum()) for name in ("diverged", "failed", "timeout")}
    absent = int(status.eq("not_applicable").sum())
    if not len(status):
        return "No trial was found: nothing was run."
    lost = int(tables.trials["reason"][status.eq("failed")].map(missing.absent).ne("").sum())
    ran = [
        f"{n['diverged']} diverged (they count with their best weights before that, or as chance)",
        f"{n['failed']} failed" + (f" ({lost} for missing data)" if lost else ""),
        f"{n['timeout']} ran out of time",
    ]
    bad = listed([part for part in ran if part[0] != "0"])
    total = facts.trial_count(tables.trials)
    text = (
        f"Of {plural(total, 'trial')}, {bad}."
        if bad
        else f"{_all(total)} completed: none diverged, failed or ran out of time."
    )
    were = "was" if absent == 1 else "were"
    tail = (
        f" In addition, {plural(absent, 'combination')} of task, cell and remedy {were} not "
        "trained, because the remedy does not apply."
    )
    return text + (tail if absent else "")


def _all(trials: int) -> str:
    return "The only trial was" if trials == 1 else f"All {trials:,} trials were"


def setting(tables: Tables) -> str:
    """How every combination was trained; tasks that were trained alike are named together."""
    trials = tables.trials[tables.trials["seed"].notna()]
    if trials.empty:
        return "Nothing was trained."
    alike: dict[str, list[str]] = {}
    for task in order.tasks(trials):
        alike.setdefault(_trained(trials[trials["task"].eq(task)]), []).append(task)
    if len(alike) == 1:
        return f"Every combination was trained with {next(iter(alike))}."
    return " ".join(f"On {named(names)}: {how}." for how, names in alike.items())


def _trained(trials: pd.DataFrame) -> str:
    """Optimizer, budget, sizes, seeds and the grid of learning rates."""
    rates = [short(rate) for rate in sorted(trials["learning_rate"].dropna().unique())]
    grid = f" and learning rate{'s' if len(rates) > 1 else ''} {listed(rates, 99)}" if rates else ""
    return (
        f"{_values(trials, 'optimizer')}, at most {_values(trials, 'updates')} updates "
        f"(batch size {_values(trials, 'batch')}), {_units(trials)}, {_seeds(trials)}{grid}"
    )


def _seeds(trials: pd.DataFrame) -> str:
    """3 seeds; where a search chose, by how many, and how many are scored."""
    chose = trials["stage"].eq(SEARCH)
    scored, first = (trials["seed"][part].nunique() for part in (~chose, chose))
    if not first:
        return plural(scored, "seed")
    return f"{plural(first, 'search seed')} that chose, {plural(scored, 'fresh seed')} for scores"


def _units(trials: pd.DataFrame) -> str:
    """32 hidden units; where sizes were matched, their range and that of what was matched."""
    for match, (column, words) in MATCHED.items():
        own = trials[trials["match"].eq(match)]
        if len(own):
            ends = ((own[name].min(), own[name].max()) for name in ("hidden", column))
            units, sizes = (f"{low:,} to {high:,}" for low, high in ends)
            return (
                f"{units} hidden units, chosen so that each network has about as many {words} as "
                f"one with an `lstm` ({sizes})"
            )
    return f"{_values(trials, 'hidden')} hidden units"


def _values(trials: pd.DataFrame, column: str) -> str:
    """What occurs in a column: "32", "16 or 32"."""
    values = sorted(trials[column].dropna().unique())
    return " or ".join(SHORT_NAMES.get(v, v) if isinstance(v, str) else f"{v:,}" for v in values)
