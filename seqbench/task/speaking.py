"""Tasks whose network speaks: it runs freely, on its own outputs, and people see what comes."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from torch import Tensor

from seqbench.task import Batch, Task
from seqbench.task.pooled import Pooled


class Sample(NamedTuple):
    """A piece of what a network says, for people to look at; all of it can be written as JSON.

    Attributes:
        kind:    text; strokes: a list of (x, y, pen down) in 0..1; roll: a list of steps, each
                 the numbers of the notes that sound.
        said:    what the network says, of that kind.
        wanted:  the reference, of that kind; None: there is no single right answer.
        given:   what it was given, in words.
        image:   what it was given, as rows of gray (0 black, 1 white) or of (red, green, blue).
    """

    kind: Literal["text", "strokes", "roll"]
    said: str | list
    wanted: str | list | None = None
    given: str = ""
    image: list | None = None


@dataclass(frozen=True, kw_only=True)
class Speaking(Task):
    """Base of tasks with a showcase: a few sequences at which the network runs freely.

    Class attributes:
        generates:  tested by free running, too, and not in the showcase only.
        draws:      in a showcase outputs meet noise, so that a choice by the largest one (gumbel)
                    or by the sign (logistic) is drawn with the probability that they give it.
    """

    generates: ClassVar[bool] = False
    draws: ClassVar[Literal["", "gumbel", "logistic"]] = ""

    def feed(self, x: Tensor, output: Tensor) -> Tensor:
        """Free running: the next input x (..., B, I), with the last output (..., B, O) put in."""
        return x

    @abstractmethod
    def showcase(self) -> Batch:
        """A few sequences to run freely, so that people see what comes."""

    @abstractmethod
    def show(self, outputs: Tensor, batch: Batch) -> list[Sample]:
        """What one trial said in the showcase: (A, B, O) -> a sample for each sequence."""


@dataclass(frozen=True, kw_only=True)
class BeamSearched(Pooled, Speaking):
    """Base of tasks that also report the metric of what a beam search finds.

    Class attributes:
        beam:  hypotheses that are followed.
        end:   the symbol after the last one.
    """

    generates: ClassVar[bool] = True
    beam: ClassVar[int]
    end: ClassVar[int]
