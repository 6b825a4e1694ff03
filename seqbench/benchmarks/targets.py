"""What we want to reach, beside what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

from seqbench.benchmarks import flash, floor, jax_scan
from seqbench.benchmarks.grid import Work
from seqbench.benchmarks.kernels import Growth, Result
from seqbench.benchmarks.pipeline import Skipped, Spent

PEEPHOLE = "torchrecurrent.PeepholeLSTM"
TORCH = "torch.nn.LSTM"
OVER_JAX = {16: (4.0, 6.0), 32: (2.5, 4.0), 64: (2.4, 4.0)}  # units: one at a time, by vmap
NOT_HERE = "not measured here"


@dataclass(frozen=True)
class Target:
    """One promise. `goal` is a least value, or where `most` a largest one."""

    what: str
    goal: float
    most: bool
    measured: float | None
    note: str = ""

    @property
    def verdict(self) -> str:
        """met, not met, or why it was not measured."""
        if self.measured is None:
            return self.note or NOT_HERE
        reached = self.measured <= self.goal if self.most else self.measured >= self.goal
        return "met" if reached else "not met"


def listed(
    results: Sequence[Result],
    growths: Sequence[Growth],
    spent: Sequence[Spent | Skipped],
    on_gpu: bool,
) -> list[Target]:
    """All targets, of this machine's kind."""
    if on_gpu:
        kernels = [
            _faster(results, "lstm", 32, "pass", TORCH, 50.0),
            _faster(results, "lstm", 32, "pass", flash.NAME, 1.0),
        ]
    else:
        kernels = [
            *(_faster(results, "lstm", 32, work, TORCH, 2.0) for work in ("update", "pass")),
            *(_faster(results, "lstm", 64, work, TORCH, 1.5) for work in ("update", "pass")),
            *(
                _faster(results, cell, 32, "pass", anchor, 15.0)
                for cell, anchor in (
                    ("lstm_peephole", PEEPHOLE),
                    ("invented", PEEPHOLE),
                    ("lem", "torchrecurrent.LEM"),
                )
            ),
            _above_floor(results, 64),
            *(
                _faster(results, "lstm", hidden, "networks", anchor, goal)
                for hidden, goals in OVER_JAX.items()
                for anchor, goal in zip((jax_scan.ONE, jax_scan.MANY), goals, strict=True)
            ),
        ]
    return [*kernels, *map(_grown, growths), *_workflow(spent)]


def _race(results: Sequence[Result], cell: str, hidden: int, work: Work) -> Result | None:
    for result in results:
        case = result.case
        if (case.cell, case.hidden, case.work) == (cell, hidden, work):
            return result
    return None


def _faster(
    results: Sequence[Result], cell: str, hidden: int, work: Work, anchor: str, goal: float
) -> Target:
    """How many times as fast as somebody else our fastest is."""
    what = f"{cell} H={hidden}, {work}: speed over {anchor}"
    result = _race(results, cell, hidden, work)
    other = result.timing(anchor) if result else None
    if result is None or result.best is None or other is None:
        return Target(what, goal, False, None, result.skipped.get(anchor, "") if result else "")
    ratio = result.best.ratio.median / other.ratio.median
    return Target(what, goal, False, ratio, result.best.contender)


def _above_floor(results: Sequence[Result], hidden: int) -> Target:
    what = f"lstm H={hidden}, pass: time over the arithmetic floor"
    result = _race(results, "lstm", hidden, "pass")
    least = result.timing(floor.NAME) if result else None
    if result is None or result.best is None or least is None:
        return Target(what, 2.0, True, None)
    over = least.ratio.median / result.best.ratio.median
    return Target(what, 2.0, True, over, result.best.contender)


def _grown(growth: Growth) -> Target:
    """Twice the trials or steps may cost twice the time; twice the units four times."""
    goal = 4.0 if growth.size == "hidden" else 2.0
    return Target(f"{growth.size} x2: time of {growth.engine}", goal, True, growth.factor)


def _workflow(spent: Sequence[Spent | Skipped]) -> list[Target]:
    by_jobs = {
        int(row.what.split()[1]): row.seconds.median
        for row in spent
        if isinstance(row, Spent) and row.what.startswith("plan ")
    }
    reading = [row for row in spent if isinstance(row, Spent) and " trials" in row.what]
    share = None
    if len(by_jobs) > 1:
        few, many = min(by_jobs), max(by_jobs)
        share = (by_jobs[many] / many) / (by_jobs[few] / few)
    whole = sum(row.seconds.median for row in reading) if reading else None
    peak = max(row.peak_bytes for row in reading) / 1e9 if reading else None
    return [
        Target("planning per job, with most jobs over with fewest", 1.0, True, share),
        Target("report from 50,000 trials, seconds", 60.0, True, whole),
        Target("report from 50,000 trials, GB", 2.0, True, peak),
        Target("default matrix on two cores, minutes", 10.0, True, None),
    ]
