"""How fast this version trains beside others, as `make bench` found it on some machines."""

import json
from pathlib import Path

import pandas as pd

from seqbench.report.numbers import listed, percent, short

FORMAT = 1  # of the files that are understood here
Rows = list[list[str]]


def engines(costs: pd.DataFrame) -> str:
    """Shares of the trials by what trained them; "" where nothing was trained."""
    found = costs.engine[costs.engine.ne("")].value_counts(normalize=True)
    return listed([f"{str(k).replace('+', ' and ')} {percent(p)}" for k, p in found.items()])


def measured(folder: Path) -> list[dict[str, str | Rows]]:
    """Every machine's targets: what was wanted, what was found."""
    found: list[dict[str, str | Rows]] = []
    for path in sorted(folder.glob("*.json")):
        bench = json.loads(path.read_text(encoding="utf-8"))
        if bench.get("format") == FORMAT and not bench["quick"]:
            machine = bench["machine"]
            where = f"{machine['processor']} ({machine['device']}), {bench['date']}"
            found.append({"where": where, "rows": [_row(one) for one in bench["targets"]]})
    return found


def _row(target: dict) -> list[str]:
    sign = "at most" if target["most"] else "at least"
    value = "" if target["measured"] is None else short(target["measured"])
    by = target["note"].removeprefix("seqbench ") if value else ""
    return [target["what"], f"{sign} {short(target['goal'])}", value, by, target["verdict"]]
