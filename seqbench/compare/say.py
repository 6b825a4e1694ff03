"""The comparison in words for a terminal, the most important first."""

import json
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from seqbench import terminal
from seqbench.compare import Comparison
from seqbench.compare.others import surroundings
from seqbench.compare.scores import VERDICTS
from seqbench.report.numbers import NOTHING, exists, listed, plural, short, signed

MOST = 20  # rows of a section; the files have all
SHOWN = ("no longer runs", "worse", "better", "runs now")
FASTER = 1.1  # ratios of times nearer to 1 are not printed


def lines(comparison: Comparison) -> Iterator[str]:
    """The lines, without line ends, none wider than the terminal."""
    for line in _lines(comparison):
        indent = line[: len(line) - len(line.lstrip())]
        yield from [line] if len(line) <= terminal.width() else terminal.hung(indent, line.strip())


def _lines(comparison: Comparison) -> Iterator[str]:
    for side, run in (("old", comparison.old), ("new", comparison.new)):
        seal = "" if run.sealed else "; no checksums, so an edit would not be noticed"
        yield f"{side}: {run.name} ({plural(len(run.trials), 'trial')}{seal})"
    yield ""
    yield from _headline(comparison.scores)
    yield from _table(
        "Claims whose verdict changed",
        ["claim", "old", "new"],
        comparison.claims[["claim", "old", "new"]].astype("str").to_numpy(),
    )
    yield from _scores(comparison.scores)
    yield from _pooled(comparison.pooled)
    yield from _settings(comparison.scores)
    yield from _pairs("Verdicts of remedies against none that changed", comparison.verdicts)
    yield from _pairs("Longest lags solved (T*) that changed", comparison.longest)
    yield from _times(comparison)
    for side in ("old", "new"):
        yield from _only(comparison.scores, side)


def _headline(scores: pd.DataFrame) -> Iterator[str]:
    counts = scores["verdict"].value_counts()
    same, total = int(counts.get("bit-identical", 0)), len(scores)
    ran = total - int(counts.get("no score", 0))
    if same == ran and total:
        yield f"Bit-identical: all {plural(ran, 'combination')} with a score have the same numbers."
        return
    yield f"{plural(total, 'combination')} of task, cell and remedy:"
    for name in VERDICTS:
        if name in counts:
            yield f"  {counts[name]:>6,}  {name}"
    asked = scores[
        scores["verdict"].isin(("worse", "better", "no difference shown", "too few seeds"))
    ]
    outside = int(((asked["low"] > 0) | (asked["high"] < 0)).sum())
    with_interval = int(asked["low"].notna().sum())
    if with_interval:
        yield (
            f"Of {plural(with_interval, '95 % interval')} of a difference, {outside} "
            f"{'excludes' if outside == 1 else 'exclude'} 0; if nothing had changed, about "
            f"{short(0.05 * with_interval)} would."
        )


def _scores(scores: pd.DataFrame) -> Iterator[str]:
    heads = ["task", "cell", "remedy", "verdict", "old", "new", "difference", "p, Holm"]
    shown = scores[scores["verdict"].isin(SHOWN)]
    yield from _table(
        "Significant changes, and what runs in one of the runs only",
        heads,
        [_score(row) for row in _rows(shown)],
    )
    unsure = scores[scores["verdict"].isin(("no difference shown", "too few seeds"))]
    outside = unsure[(unsure["low"] > 0) | (unsure["high"] < 0)]
    yield from _table(
        "Not significant, but the interval excludes 0",
        heads,
        [_score(row) for row in _rows(outside)],
    )


def _rows(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _score(row: dict[str, object]) -> list[str]:
    sides = [
        short(row[f"skill_{side}"]) if exists(row[f"skill_{side}"]) else str(row[f"status_{side}"])
        for side in ("old", "new")
    ]
    names = [str(row[name]) for name in ("task", "cell", "remedy", "verdict")]
    return [*names, *sides, _interval(row), short(row["p_holm"])]


def _interval(row: dict[str, object]) -> str:
    if not exists(row["low"]):
        return signed(row["difference"])
    return f"{signed(row['difference'])} [{signed(row['low'])}, {signed(row['high'])}]"


def _pooled(pooled: pd.DataFrame) -> Iterator[str]:
    heads = ["over", "name", "verdict", "difference", "n", "p, Holm"]
    sure = pooled["verdict"].isin(("worse", "better"))
    shown = pooled[sure | pooled["over"].eq("all")]
    yield from _table(
        "Pooled over combinations",
        heads,
        [
            [str(r["over"]), str(r["name"]), str(r["verdict"]), _interval(r), str(r["n"])]
            + [short(r["p_holm"])]
            for r in _rows(shown)
        ],
    )


def _settings(scores: pd.DataFrame) -> Iterator[str]:
    """Alike changes are named once, with the tasks they hold for."""
    other = scores[scores["settings"].ne("")]
    rows = [
        [
            words,
            listed(sorted(set(own["task"])), 4),
            str(len(own)),
            signed(own["difference"].mean()),
        ]
        for words, own in other.groupby("settings", sort=False)
    ]
    heads = ["settings", "tasks", "combinations", "mean difference"]
    yield from _table("Different settings, so not tested", heads, rows)


def _pairs(title: str, frame: pd.DataFrame) -> Iterator[str]:
    names = [str(name) for name in frame]
    yield from _table(title, names, frame[names].astype("str").to_numpy())


def _times(comparison: Comparison) -> Iterator[str]:
    before, after = surroundings(comparison.old), surroundings(comparison.new)
    for name in before:
        if before[name] != after[name]:
            was, now = (listed(side[name]) or NOTHING for side in (before, after))
            yield ""
            yield f"Different {name}: {was} → {now}. Times and last digits may differ."
    times = comparison.times
    far = (times["ratio"] > FASTER) | (times["ratio"] < 1 / FASTER)
    shown = times[far | times["over"].eq("all")]
    yield from _table(
        "Processor time of the trials that both runs have",
        ["over", "name", "trials", "old, s", "new, s", "ratio"],
        [
            [str(r["over"]), str(r["name"]), str(r["trials"]), short(r["seconds_old"])]
            + [short(r["seconds_new"]), short(r["ratio"])]
            for r in _rows(shown)
        ],
    )


def _only(scores: pd.DataFrame, side: str) -> Iterator[str]:
    own = scores[scores["verdict"].eq(f"only in the {side} run")]
    other = scores[scores[f"status_{'new' if side == 'old' else 'old'}"].ne("")]
    if own.empty:
        return
    whole = [
        f"{kind} {name}"
        for kind in ("task", "cell", "remedy")
        for name in sorted(set(own[kind]) - set(other[kind]))
    ]
    yield ""
    yield f"Only in the {side} run: {plural(len(own), 'combination')}" + (
        f", among them every one of {listed(whole, 8)}." if whole else "."
    )


def _table(title: str, heads: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A title and aligned columns; nothing where there are no rows."""
    lines = [list(map(str, row)) for row in rows]
    if not lines:
        return
    yield ""
    yield title
    yield from terminal.table("  ", [list(heads), *lines[:MOST]])
    if len(lines) > MOST:
        yield f"  ... {len(lines) - MOST:,} more; --csv or --json FILE has all"


def to_json(comparison: Comparison) -> str:
    """All tables as JSON, a list of rows each."""
    tables = {k: json.loads(t.to_json(orient="records")) for k, t in comparison.tables().items()}
    runs = {"old": comparison.old.name, "new": comparison.new.name}
    return json.dumps(runs | tables, indent=1, ensure_ascii=False) + "\n"
