"""Recurrent dropout with one mask per sequence (variational dropout)

    h_t -> m * h_t / (1 - p)     where it is handed on; m: 0 with probability p, else 1

m is drawn once per pass for every unit of every sequence, and held over all steps.
Gradient: a dropped unit passes none back at any step, so every pass trains a smaller loop; nothing
is dropped at testing, and nothing on the way to the readout.
Not a new mask at every step, which would erase any memory after some steps; not the dropout of
Semeniuta et al. (2016), which drops what is written into the memory; not dropped weights. Not to
be composed with `leaky`, `skip` or `zoneout`, which hand h on without weights: on that way every
step multiplies a unit that is kept by 1 / (1 - p).
Source: gal2016
"""

from dataclasses import dataclass

from seqbench.axes import State
from seqbench.cell import Cell
from seqbench.errors import InputError
from seqbench.knobs import Fraction
from seqbench.remedy import At, Remedy
from seqbench.remedy.objections import needs_past
from seqbench.task import Task


@dataclass(frozen=True, kw_only=True)
class RecurrentDropout(Remedy):
    """Knobs:
    rate:  p, the share of units that a pass does without.
    """

    rate: Fraction = 0.25

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rate == 1:
            raise InputError(
                "RecurrentDropout: rate is 1. Allowed: at least 0, less than 1. Change the value."
            )

    def suits(self, cell: Cell, task: Task) -> str | None:
        # A unit that hands itself on without weights would grow by 1 / (1 - p) at every step.
        return needs_past(cell, task, by_weights=True)

    def carry(self, past: State, new: State, left: int, at: At) -> State:
        if not at.training:
            return new
        kept = at.noise.held(*new[0].shape[-2:]) >= self.rate
        factor = kept.to(new[0]) / (1 - self.rate)
        parts = zip(at.cell.state, new, strict=True)
        return tuple(z * factor if part in at.cell.hiddens else z for part, z in parts)
