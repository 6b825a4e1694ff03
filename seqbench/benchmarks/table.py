"""The results as text for a terminal."""

from collections.abc import Iterator, Sequence

from seqbench.benchmarks.kernels import Growth, Result
from seqbench.benchmarks.pipeline import Skipped, Spent
from seqbench.benchmarks.targets import Target

WORK = {
    "pass": "forward and backward",
    "update": "a whole update",
    "networks": "forward and backward of many networks",
}


def race(result: Result) -> Iterator[str]:
    """One race: times and how many times as fast as the first of its lines."""
    case = result.case
    yield (
        f"\n{case.cell} H={case.hidden}, {WORK[case.work]} (T={case.steps}, B={case.batch}; ours: "
        f"{case.trials} trials)"
    )
    yield f"  {'us per step per trial':34}{'median':>9}{'quartiles':>18}{'x anchor':>10}"
    for timing in result.timings:
        us, ratio = timing.microseconds, timing.ratio
        quartiles = f"{us.lower:.1f} .. {us.upper:.1f}"
        yield f"  {timing.contender:34}{us.median:9.1f}{quartiles:>18}{ratio.median:10.2f}"
    for name, reason in result.skipped.items():
        yield f"  {name:34}skipped: {reason}"
    for name, differs in result.notes.items():
        yield f"  {name} computes something else: {differs}"


def growth(grown: Growth) -> Iterator[str]:
    """One size growing."""
    yield f"\n{grown.engine}, {grown.cases[0].cell}, {grown.size} growing, us per step per trial"
    for case, timing in zip(grown.cases, grown.timings, strict=True):
        yield f"  {getattr(case, grown.size):6}{timing.microseconds.median:10.1f}"
    yield f"  a doubling takes {grown.factor:.2f} times as long"


def memory(rows: Sequence[dict[str, object]]) -> Iterator[str]:
    """Peak memory of stacks."""
    yield "\npeak memory of a stack (lstm, H=32, T=100, B=32), MB"
    for row in rows:
        size = row.get("bytes")
        if isinstance(size, int):
            yield f"  {row['engine']!s:34}{row['trials']!s:>4} trials{size / 1e6:9.0f}"
        else:
            yield f"  {row['engine']!s:34}skipped: {row['skipped']}"


def pipeline(rows: Sequence[Spent | Skipped]) -> Iterator[str]:
    """What a run costs besides training."""
    yield f"\n{'besides training':40}{'seconds':>9}{'quartiles':>18}{'peak MB':>10}"
    for row in rows:
        if isinstance(row, Skipped):
            yield f"  {row.what:38}skipped: {row.skipped}"
            continue
        quartiles = f"{row.seconds.lower:.2f} .. {row.seconds.upper:.2f}" if row.rounds > 1 else ""
        size = row.peak_bytes / 1e6
        yield f"  {row.what:38}{row.seconds.median:9.2f}{quartiles:>18}{size:10.0f}"


def targets(rows: Sequence[Target]) -> Iterator[str]:
    """What we want beside what is."""
    yield f"\n{'target':70}{'goal':>8}{'measured':>10}"
    for row in rows:
        goal = f"{'<=' if row.most else '>='} {row.goal:g}"
        measured = "" if row.measured is None else f"{row.measured:.2f}"
        by = f" ({row.note})" if row.note and row.measured is not None else ""
        yield f"  {row.what:68}{goal:>8}{measured:>10}  {row.verdict}{by}"
