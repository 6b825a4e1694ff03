"""What `python -m seqbench claims` prints: the ledger, its verdicts in a run, or one claim."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seqbench import terminal
from seqbench.claims import deciding
from seqbench.claims.claim import CHECKED, EVIDENCE, ONE_WAY, TIERS, Claim, Question, Rows, merged
from seqbench.claims.reader import find, ledger

if TYPE_CHECKING:
    from seqbench.claims.runs import Runs

INDENT = 5  # of what goes on below a row: as wide as the ids


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
    """The ledger itself, a row per claim: id, tier, evidence, statement."""
    rows = [("id", "cost", "evidence", "statement")]
    rows += [(claim.id, claim.tier, claim.evidence, claim.statement) for claim in ledger().values()]
    lines = [
        line
        for name, tier, evidence, words in rows
        for line in terminal.row(f"{name:4} {tier:4} {evidence:12} ", words, INDENT)
    ]
    for label, legend in (("cost: ", TIERS), ("evidence: ", EVIDENCE)):
        words = "; ".join(f"{key} = {meaning}" for key, meaning in legend.items())
        lines += terminal.hung(label, words)
    return lines


def table(results: Path) -> list[str]:
    """The verdicts of a run, a row per claim: id, verdict, effect [interval], seeds, statement."""
    rows = list(
        terminal.row(
            f"{'id':4} {'verdict':14} {'effect [95 %]':23} {'n':>3}  ", "statement", INDENT
        )
    )
    for name, found in _verdicts(results).items():
        verdict = str(found["verdict"]) + "*" * (bool(found["analogue"]) + bool(found["one_way"]))
        n = found["seeds"] or "-"
        cells = f"{name:4} {verdict:14} {_effect(found):23} {n:>3}  "
        rows += terminal.row(cells, str(found["statement"]), INDENT)
    return [
        *rows,
        *terminal.hung("*  ", "an analogue of the published setting, which is scaled down"),
        *terminal.hung("** ", ONE_WAY),
    ]


def one(name: str, results: Path | None, config: Path | None) -> list[str]:
    """One claim in full; of a run with its verdict, the rows behind it and how to train them."""
    claim = find(name)
    said = [*terminal.hung(f"{claim.id}: ", claim.statement, 0), "", *_facts(claim)]
    if results is None or config is None:
        return said
    from seqbench import analysis
    from seqbench.claims.runs import Runs

    found = _verdicts(results)[name]
    verdict = f"{found['verdict']}{_how(found)}"
    said += ["", *terminal.labelled("verdict", verdict)]
    if found["effect"] is not None:
        against = f"{_effect(found)} ({found['unit']}, against {found['threshold']})"
        said += terminal.labelled("effect", against)
    if found["p"] is not None:
        said += terminal.labelled("p", f"{found['p']:.2g} (Holm: {found['p_holm']:.2g})")
    if found["why"]:
        said += terminal.labelled("why", found["why"])
    runs = Runs(analysis.load(results))
    for question in claim.questions:
        said += ["", *terminal.hung(f"{question.name}: ", deciding.find(question.name).words, 2)]
        said += _rows(question, runs, config)
    return said


def _how(found: dict[str, object]) -> str:
    """What the setting lets a verdict be."""
    said = found["one_way"] or ("analogue of" if found["analogue"] else "")
    return f" ({said})" if said else ""


def _facts(claim: Claim) -> Iterator[str]:
    source, setting = claim.source, claim.setting.model_dump(exclude_none=True)
    yield from terminal.labelled("source", f"{source.key} ({source.version}: {source.place})")
    yield from terminal.labelled("evidence", f"{claim.evidence}: {EVIDENCE[claim.evidence]}")
    checked = claim.verified.model_dump().items()
    yield from terminal.labelled("checked", "; ".join(f"{k}: {CHECKED[v]}" for k, v in checked))
    yield from terminal.labelled(
        "setting", ", ".join(f"{k} {_plain(v)}" for k, v in setting.items() if v)
    )
    yield from terminal.labelled("reported", claim.reported.number or "no number")
    yield from terminal.labelled("tolerance", f"{claim.tolerance:g}")
    yield from terminal.labelled("scaled", claim.scaled_down or "no: the published setting, or any")
    yield from terminal.labelled("cost", f"{claim.tier}: {TIERS[claim.tier]}")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(own)}" for name, own in value.items())
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _rows(question: Question, runs: Runs, config: Path) -> Iterator[str]:
    from seqbench.claims.runs import NotRun

    shown: set[tuple[str, str]] = set()
    predicate = deciding.find(question.name)
    for arm in predicate.arms:
        try:
            found = runs.of(question, arm)
        except NotRun as absent:
            yield from terminal.hung(f"  {arm}  ", str(absent))
            continue
        for (task, cell, remedy), some in found.groupby(["task", "cell", "remedy"]):
            values = ", ".join(f"{value:.3g}" for value in some["value"])
            yield from terminal.hung(
                f"  {arm}  ", f"{task} {cell} {remedy}: {question.measure} {values}", 7
            )
        for task, cell in sorted(set(zip(found["task"], found["cell"], strict=True)) - shown):
            shown.add((task, cell))
            yield from _command("train", config, f"--task {task}", f"--cell {cell}")
    if predicate.table == "reach":
        rows: list[Rows] = [merged(question, arm) for arm in predicate.arms]
        names = sorted({name for each in rows for name in each.cells or ()})
        yield from _command("reach", config, "--task ...", f"--cell {'/'.join(names)}")
    if predicate.table == "theorems":
        yield from _command("initialization", config)


def _command(name: str, config: Path, *options: str) -> Iterator[str]:
    parts = f"python -m seqbench {name}", f"--config {config}", *options
    yield from terminal.command(" " * INDENT, *parts)


def _verdicts(results: Path) -> dict[str, dict[str, object]]:
    """The rows of claims.csv by id; what is empty is None."""
    from seqbench.claims.table import read

    frame = read(results)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return {str(row["claim"]): {str(key): value for key, value in row.items()} for row in rows}


def _effect(found: dict[str, object]) -> str:
    """+0.123 [0.1, 0.2]; nothing where nothing was found."""
    effect, low, high = (found[name] for name in ("effect", "low", "high"))
    if effect is None:
        return "-"
    bounds = ["?" if bound is None else f"{bound:.2g}" for bound in (low, high)]
    return f"{effect:.2g}" + (f" [{', '.join(bounds)}]" if low is not None else "")
