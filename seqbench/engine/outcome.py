"""What a trial leaves behind when it ends."""

from typing import NamedTuple, TypedDict

import torch

from seqbench.engine.events import Events, events
from seqbench.engine.machine.device import describe, machine, peak_bytes
from seqbench.engine.probes import finite, summary
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Quantities, Trace
from seqbench.task import Task


class Ending(TypedDict):
    """A trial's record in the store."""

    trial: dict[str, object]
    curves: list[list[object]]
    flow: list[list[object]]
    cost: dict[str, object]
    samples: list[str]  # what it says when it runs freely, each as JSON
    further: dict[str, list[object]]  # the tests at other lengths, by name, each a Longer
    parallel: dict[str, list[object]]  # what else is measured, by the name of who does it
    hung: float | None  # after how many minutes it was ended, as it did not end by itself


def _skill(task: Task, score: float | None) -> float | None:
    return None if score is None else task.skill(score)


class Outcome(NamedTuple):
    """How a trial ended: one of the statuses of seqbench.records, and why, where it is not ok."""

    status: str
    reason: str | None


def _events(updates: Quantities, status: str) -> Events:
    """Whoever has diverged did so by one more event at least, and is lost."""
    found = events(updates)
    if status != "diverged":
        return found
    return Events(max(found.events, 1), max(found.lost, 1))


def record(
    stack: Stack, task: Task, row: int, test_score: float, end: float | None, outcome: Outcome
) -> Ending:
    """The record of one row; columns as in seqbench.records. `end`: its spectral radius.

    Numbers that are not finite are None: JSON has no word for them. Without a finite validation
    score there are no weights to test.
    """
    trace = stack.traces[row]
    best, valid = trace.best_score, trace.curve("valid", "score")
    test = None if best is None else finite(test_score)
    if best is None and outcome.status == "ok":
        outcome = Outcome("diverged", "no validation score is finite, so it has no score.")
    met = [point.step for point in valid if point.value is not None and task.solved(point.value)]
    final = valid[-1].value
    broke, frozen = int(stack.tensors.broke_at[row]), bool(stack.tensors.frozen[row])
    seen = stack.done if frozen else broke or stack.done  # a spike is among ordinary updates
    trial: dict[str, object] = {
        "status": outcome.status,
        "reason": outcome.reason,
        "stopped_at": seen if outcome.status == "ok" else broke or stack.done,
        "steps_to_solve": met[0] if met else None,
        "solved": test is not None and task.solved(test),
        "valid_score": best,
        "final_valid_score": final,
        "test_score": test,
        "valid_skill": _skill(task, best),
        "final_valid_skill": _skill(task, final),
        "test_skill": _skill(task, test),
        "parameters": sum(p[0].numel() for p in stack.params.values()),
        "radius_start": finite(trace.radius),
        "radius_end": finite(end),
        **summary(updates := stack.history.of(row, seen)),
        **_events(updates, outcome.status)._asdict(),
    }
    return {
        "trial": trial,
        "curves": [list(point) for point in trace.curves],
        "samples": [],
        "further": {},
        "parallel": {},
        "hung": None,
        "flow": [[done, [finite(v) for v in by_lag]] for done, by_lag in trace.flow],
        "cost": _cost(stack, trace),
    }


def _cost(stack: Stack, trace: Trace) -> dict[str, object]:
    """What a trial took, and on what."""
    wall, processor = trace.seconds
    return {
        "wall_seconds": wall,
        "cpu_seconds": processor,
        "peak_bytes": peak_bytes(),
        "stack": stack.width,
        "engine": "+".join(sorted(trace.engines)),
        "device": describe(stack.device),
        "machine": machine(),
        "torch": torch.__version__,
    }
