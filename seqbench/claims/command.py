"""What `python -m seqbench claims` prints: the ledger, its verdicts in a run, or one claim."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench.claims.claim import EVIDENCE, PREDICATES, TIERS, Claim, Question, Rows, merged
from seqbench.claims.reader import find, ledger

if TYPE_CHECKING:
    import pandas as pd

    from seqbench.claims.runs import Runs

NARROW = 80  # columns, where the terminal does not say


def as_json(results: Path | None, name: str | None) -> str:
    """Everything of the claims: as they stand in the ledger, with the verdicts of a run."""
    verdicts = {} if results is None else _verdicts(results)
    chosen = [find(name)] if name else ledger().values()
    found = [
        claim.model_dump(exclude_unset=True) | {"found": verdicts[claim.id]}
        if verdicts
        else claim.model_dump(exclude_unset=True)
        for claim in chosen
    ]
    return json.dumps(found, indent=2)


def listing() -> list[str]:
    """The ledger itself, a line per claim: id, tier, evidence, statement."""
    return [
        _fit(f"{claim.id:4} {claim.tier}  {claim.evidence:12} {claim.statement}")
        for claim in ledger().values()
    ]


def table(results: Path) -> list[str]:
    """The verdicts of a run, a line per claim: id, verdict, effect [interval], seeds, statement."""
    lines = [f"{'id':4} {'verdict':12} {'effect [95 %]':24} {'n':>3}  statement"]
    for name, found in _verdicts(results).items():
        verdict = str(found["verdict"]) + ("*" if found["analogue"] else "")
        n = found["seeds"] or "-"
        lines.append(
            _fit(f"{name:4} {verdict:13} {_effect(found):23} {n:>3}  {found['statement']}")
        )
    return [*lines, "* an analogue of the published setting, which is scaled down"]


def one(name: str, results: Path | None, config: Path | None) -> list[str]:
    """One claim in full; of a run with its verdict, the rows behind it and how to train them."""
    claim = find(name)
    lines = [f"{claim.id}: {claim.statement}", ""]
    lines += list(_facts(claim))
    if results is None or config is None:
        return lines
    from seqbench.analysis import tidy
    from seqbench.claims.runs import Runs

    found = _verdicts(results)[name]
    lines += ["", f"verdict    {found['verdict']}{'  (analogue of)' if found['analogue'] else ''}"]
    if found["effect"] is not None:
        lines.append(f"effect     {_effect(found)} ({found['unit']}, against {found['threshold']})")
    if found["p"] is not None:
        lines.append(f"p          {found['p']:.2g} (Holm: {found['p_holm']:.2g})")
    lines += _wrapped("why", found["why"])
    runs = Runs(tidy.load(results))
    for question in claim.predicate:
        lines += ["", f"{question.name}: {PREDICATES[question.name][1]}"]
        lines += _rows(question, runs, config)
    return lines


def _facts(claim: Claim) -> Iterator[str]:
    source, setting = claim.source, claim.setting.model_dump(exclude_none=True)
    yield f"source     {source.key} ({source.version}: {source.place})"
    yield f"evidence   {claim.evidence}: {EVIDENCE[claim.evidence]}"
    yield from _wrapped("setting", ", ".join(f"{k} {_plain(v)}" for k, v in setting.items() if v))
    yield f"reported   {claim.reported.number or 'no number'}"
    yield f"tolerance  {claim.tolerance:g}"
    yield from _wrapped("scaled", claim.scaled_down or "no: the published setting, or any")
    yield f"cost       {claim.tier}: {TIERS[claim.tier]}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(own)}" for name, own in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _wrapped(label: str, words: object) -> list[str]:
    text = textwrap.wrap(str(words), _width() - 11)
    return [f"{label if not i else '':11}{line}" for i, line in enumerate(text)]


def _rows(question: Question, runs: Runs, config: Path) -> Iterator[str]:
    from seqbench.claims.runs import NotRun

    shown: set[tuple[str, str]] = set()
    for arm in PREDICATES[question.name][0]:
        try:
            found = runs.of(question, arm)
        except NotRun as absent:
            yield f"  {arm}  {absent}"
            continue
        for (task, cell, remedy), some in found.groupby(["task", "cell", "remedy"]):
            values = ", ".join(f"{value:.3g}" for value in some["value"])
            yield f"  {arm}  {task} {cell} {remedy}: {question.measure} {values}"
        for task, cell in sorted(set(zip(found["task"], found["cell"], strict=True)) - shown):
            shown.add((task, cell))
            yield f"     python -m seqbench train --config {config} --task {task} --cell {cell}"
    if question.name == "longest_lag":
        rows: list[Rows] = [merged(question, arm) for arm in ("a", "b")]
        names = sorted({name for each in rows for name in each.cells or ()})
        yield f"     python -m seqbench reach --config {config} --task ... --cell {'/'.join(names)}"
    if question.name == "analytic":
        yield f"     python -m seqbench measure --config {config}"


def _verdicts(results: Path) -> dict[str, dict[str, object]]:
    """The rows of claims.csv by id; what is empty is None."""
    from seqbench.analysis import claims, tidy

    frame: pd.DataFrame = tidy.read_csv(results / "tables" / "claims.csv", claims.COLUMNS)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {str(row["claim"]): {str(key): value for key, value in row.items()} for row in rows}


def _effect(found: dict[str, object]) -> str:
    """+0.123 [0.1, 0.2]; nothing where nothing was found."""
    effect, low, high = (found[name] for name in ("effect", "low", "high"))
    if effect is None:
        return "-"
    bounds = ["?" if bound is None else f"{bound:.2g}" for bound in (low, high)]
    return f"{effect:.2g}" + (f" [{', '.join(bounds)}]" if low is not None else "")


def _width() -> int:
    return max(NARROW, shutil.get_terminal_size((NARROW, 24)).columns)


def _fit(line: str) -> str:
    """A line cut to the width of the terminal."""
    width = _width()
    return line if len(line) <= width else line[: width - 3].rstrip() + "..."
