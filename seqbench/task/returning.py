"""Tasks whose answers come back: what is asked at a step is the input of a later one."""

from dataclasses import dataclass

from torch import Tensor

from seqbench.knobs import Size
from seqbench.task import Regression, Task
from seqbench.task.speaking import Speaking


@dataclass(frozen=True, kw_only=True)
class Forecast(Regression):
    """Base of tasks that ask for the input of so many steps later.

    Knobs:
        ahead:  how many.
    """

    ahead: Size = 1


def returns(task: Task) -> int:
    """After how many steps an answer is the input; 0: it never is."""
    if isinstance(task, Forecast):
        return task.ahead
    return int(isinstance(task, Speaking) and type(task).feed is not Speaking.feed)


def returned(task: Task, x: Tensor, said: Tensor) -> Tensor:
    """The input x (..., B, I) with an answer of `returns` steps before, (..., B, O), put in."""
    return task.feed(x, said) if isinstance(task, Speaking) else said
