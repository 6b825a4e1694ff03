"""Two sections of a matrix: `only`, what meets a task, and `reach`, what grows until it fails."""

from typing import Annotated

from annotated_types import Gt, Le, MinLen
from pydantic import BeforeValidator, Field, WithJsonSchema

from seqbench.knobs import Size
from seqbench.matrix.refusals import Knobs
from seqbench.training import Distinct, Section, Training


def _filled(knobs: object) -> object:
    return {} if knobs is None else knobs


Settings = Annotated[Knobs, BeforeValidator(_filled), WithJsonSchema({"type": ["object", "null"]})]
Names = Annotated[tuple[str, ...], MinLen(1), Distinct]
Factors = Annotated[tuple[Annotated[float, Gt(1), Le(1000)], ...], Distinct]
Resolution = Annotated[float, Gt(1), Le(1000)]


class Only(Section):
    """The cells and remedies that meet a task, where that is not all of them."""

    cells: Names | None = Field(None, description="names of the matrix; null: all")
    remedies: Names | None = Field(None, description="the same")


class Reach(Section):
    """A search for the longest lag that is solved: one knob of a task grows until it is not.

    From `from`, the knob doubles until fewer than 80 % of the seeds solve the task, or until `to`;
    then the gap between the last length solved and the first one not solved is halved, in the
    logarithm, until their ratio is below `resolution`.
    """

    knob: str = Field("length", description="the knob of the task that grows")
    start: Size = Field(alias="from", description="its first value")
    to: Size = Field(description="its largest value")
    resolution: Resolution = Field(1.25, description="ratio of unsolved to solved that is enough")
    cells: Names | None = Field(None, description="names of the matrix; null: all of the task")
    remedies: Names | None = Field(None, description="the same")
    further: Factors = Field((), description="tested, too, at so many times the trained length")
    knobs: Settings = Field({}, description="other knobs of the task; else as under tasks")
    train: Training = Field(
        Training(), description="other values of train; else as under train_on and train"
    )
