"""How fast this version trains beside others, as `make bench` found it on some machines."""

import json
from pathlib import Path

import pandas as pd

from seqbench.report.numbers import NOTHING, listed, percent, short
from seqbench.report.table import Column, Table, tabulate, word

FORMAT = 1  # of the files that are understood here


def engines(costs: pd.DataFrame) -> str:
    """Shares of the trials by what trained them."""
    shares = costs.engine[costs.engine.ne("")].value_counts(normalize=True)
    words = [f"{str(name).replace('+', ' + ')} {percent(p)}" for name, p in shares.items()]
    return listed(words) or NOTHING


def measured(folder: Path) -> list[Table]:
    """Every machine's targets: what was wanted, what was measured."""
    tables = []
    for path in sorted(folder.glob("*.json")):
        bench = json.loads(path.read_text(encoding="utf-8"))
        if bench.get("format") == FORMAT and not bench["quick"]:
            machine = bench["machine"]
            where = f"{machine['processor']} ({machine['device']}), {bench['date']}"
            note = f"{where}; measured by `make bench`, not in this run."
            name = f"speed-{path.stem}"
            tables.append(tabulate(name, "Speed beside others", COLUMNS, bench["targets"], note))
    return tables


def _goal(target: dict) -> str:
    return f"{'at most' if target['most'] else 'at least'} {short(target['goal'])}"


def _known(target: dict, text: str) -> str:
    return "" if target["measured"] is None else text


COLUMNS: list[Column[dict]] = [
    Column("Target", "what is compared", lambda target: word(target["what"])),
    Column("Goal", "the ratio wanted", lambda target: word(_goal(target))),
    Column("Measured", "the ratio found",
           lambda target: word(_known(target, short(target["measured"])))),
    Column("By", "how it was trained",
           lambda target: word(_known(target, target["note"].removeprefix("seqbench ")))),
    Column("Verdict", "whether the goal is met", lambda target: word(target["verdict"])),
]  # fmt: skip
