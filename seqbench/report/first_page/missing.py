"""Data that were not there: which sets, which tasks wait for them, and the commands that help.

Training leaves the sentence of seqbench.errors.MissingData in the rows; it is read again here.
"""

import re
from collections.abc import Iterable

import pandas as pd

from seqbench.analysis import order
from seqbench.data import ledger
from seqbench.report.numbers import named, plural

ABSENT = re.compile(
    r"^(?P<name>[\w-]+): (?:its file \S+ is (?:neither in the cache nor in a mirror|not on this "
    r"machine|damaged)|this Python has no module)"
)
COMMAND = re.compile(r"[Rr]un `([^`]+)`")
FETCH = "python -m seqbench data fetch"
MIRROR = " --mirror DIR"
Missing = dict[str, object]


def absent(reason: str) -> str:
    """The data set that a reason says is missing or damaged; "" where it says something else."""
    found = ABSENT.match(reason)
    return found["name"] if found else ""


def of_task(summary: pd.DataFrame) -> str:
    """The sentence on a task of which nothing ran because its data are missing; "" otherwise."""
    names = {absent(reason) for reason in summary["reason"][summary["status"].eq("failed")]} - {""}
    if not names or summary["status"].eq("ok").any():
        return ""
    reasons = [reason for reason in summary["reason"] if absent(reason)]
    return f"Not run, because data are missing: {named(sorted(names))}. {_advice(reasons[:1])}"


def _advice(reasons: list[str]) -> str:
    lines = commands(reasons)
    return f"To fetch them, run `{lines[0]}`." if lines else ""


def commands(reasons: list[str]) -> list[str]:
    """The commands of many reasons, of the ledger's sets as one; mirrored ones apart."""
    lines = [found[1] for reason in reasons if (found := COMMAND.search(reason))]
    fetched = [line for line in lines if line.startswith(FETCH)]
    partly = {e.name for e in ledger.entries() if isinstance(e, ledger.Download) and _private(e)}
    told = _sets(line for line in fetched if MIRROR in line)
    hidden = [name for name in _sets(fetched) if name in {*partly, *told}]
    public = [name for name in _sets(fetched) if name not in hidden]
    whole = [f"{FETCH} {' '.join(public)}"] if public else []
    whole += [f"{FETCH} {' '.join(hidden)}{MIRROR}"] if hidden else []
    return [*whole, *dict.fromkeys(line for line in lines if line not in fetched)]


def _private(entry: ledger.Download) -> bool:
    """Whether some file of a set has no public address."""
    return any(entry.address(file) is None for file in entry.files)


def _sets(fetched: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(line.removeprefix(FETCH).split()[0] for line in fetched))


def gather(trials: pd.DataFrame) -> Missing:
    """All that is missing in a run; {} where nothing is."""
    failed = trials[trials["status"].eq("failed")]
    rows = failed.assign(name=failed["reason"].map(absent)) if len(failed) else failed
    rows = rows[rows["name"].ne("")] if len(rows) else rows
    if rows.empty:
        return {}
    waiting = order.tasks(rows)
    tasks = rows.groupby("name")["task"].unique()
    reasons = list(dict.fromkeys(rows.sort_values("name")["reason"]))
    lines = commands(reasons)
    what = f"{plural(len(waiting), 'task')} {'has' if len(waiting) == 1 else 'have'} no scores"
    sets = plural(len(tasks), "data set")
    return {
        "text": f"{what} because {sets} could not be read: they are missing or damaged. "
        + (
            "These commands fetch what can be fetched; then run the workflow again:"
            if lines
            else ""
        ),
        "command": "\n".join(lines),
        "rows": [[f"`{name}`", named_all(own)] for name, own in sorted(tasks.items())],
    }


def named_all(tasks: object) -> str:
    """All names: a person who fetches wants to know what for."""
    return ", ".join(f"`{task}`" for task in sorted(tasks))  # type: ignore[call-overload]
