"""What a trial leaves behind when it ends."""

from typing import TypedDict

import torch

from seqbench.axes import Tensors
from seqbench.engine.device import describe, machine, peak_bytes
from seqbench.engine.probes import finite, radius, summary
from seqbench.engine.stack import Stack
from seqbench.task import Task


class Ending(TypedDict):
    """A trial's record in the store."""

    trial: dict[str, object]
    curves: list[list[object]]
    flow: list[list[object]]
    cost: dict[str, object]


def _skill(task: Task, score: float | None) -> float | None:
    return None if score is None else task.skill(score)


def _row(tensors: Tensors, row: int) -> Tensors:
    return {k: v[row] for k, v in tensors.items()}


def record(
    stack: Stack, task: Task, row: int, test_score: float, reason: tuple[str, str] | None
) -> Ending:
    """The record of one row; columns as in seqbench.records.

    `reason` is (status, sentence) where the trial did not end in good order. Numbers that are not
    finite are None: JSON has no word for them.
    """
    test, best = finite(test_score), stack.best_score[row]
    valid = [(p[0], p[3]) for p in stack.curves[row] if p[1:3] == ("valid", "score")]
    met = [done for done, score in valid if score is not None and task.solved(score)]
    final = valid[-1][1]
    end = radius(stack.cell, _row(stack.params, row))
    history = torch.stack(stack.history)[:, row].cpu() if stack.history else torch.empty(0, 3)
    trial: dict[str, object] = {
        "status": reason[0] if reason else "ok",
        "reason": reason[1] if reason else None,
        "stopped_at": stack.done,
        "steps_to_solve": met[0] if met else None,
        "solved": test is not None and task.solved(test),
        "valid_score": best,
        "final_valid_score": final,
        "test_score": test,
        "valid_skill": _skill(task, best),
        "final_valid_skill": _skill(task, final),
        "test_skill": _skill(task, test),
        "parameters": sum(p[0].numel() for p in stack.params.values()),
        "radius_start": finite(stack.radius[row]),
        "radius_end": finite(end),
        **summary(history),
    }
    wall, processor = stack.seconds[row]
    return {
        "trial": trial,
        "curves": [list(point) for point in stack.curves[row]],
        "flow": [[done, [finite(v) for v in by_lag]] for done, by_lag in stack.flow[row]],
        "cost": {
            "wall_seconds": wall,
            "cpu_seconds": processor,
            "peak_bytes": peak_bytes(),
            "stack": len(stack.trials),
            "engine": "eager",
            "device": describe(stack.device),
            "machine": machine(),
            "torch": torch.__version__,
        },
    }
