"""What else is measured of the weights that were tested, for whoever asks for it.

Each trial by itself, whatever its company, as numbers of float64 on the CPU, and apart from the
modes of its stack: so what is measured is a function of the trial.
"""

from collections.abc import Callable
from typing import NamedTuple

from torch.utils._python_dispatch import _disable_current_modes

from seqbench import watchdog
from seqbench.axes import Tensors
from seqbench.engine.stack import Stack
from seqbench.remedy import Remedy


class Parallel(NamedTuple):
    """Who measures.

    Attributes:
        name:     by which the numbers are kept beside the trial's own, so it says what code does.
        wants:    whether the trials of a remedy are measured.
        measure:  from the weights of one trial as the equation sees them, (1, ...) each; None:
                  no validation was finite, so none were tested.
    """

    name: str
    wants: Callable[[Remedy], bool]
    measure: Callable[[Tensors | None], list[object]]


def measured(
    stack: Stack, best: Tensors, rows: list[int], asked: Parallel
) -> dict[int, dict[str, list[object]]]:
    """By row, what was measured by its name; of rows that are not wanted nothing.

    best: the weights of these rows, in their order.
    """
    found: dict[int, dict[str, list[object]]] = {}
    for span, forward in stack.forwards("test", best, rows):
        for place, row in enumerate(span.rows(rows)):
            if row in found or not asked.wants(stack.trials[row].remedy):
                continue
            watchdog.beat()
            scored = stack.traces[row].best_score is not None
            with _disable_current_modes():
                weights = _alone(forward.weights, place) if scored else None
                found[row] = {asked.name: asked.measure(weights)}
    return found


def _alone(weights: Tensors, row: int) -> Tensors:
    return {
        name: part[row : row + 1].detach().cpu().double().clone() for name, part in weights.items()
    }
