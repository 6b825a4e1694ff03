"""How every trial is trained: each training setting is declared here, once.

A setting is a field of `Training`: its type, its default, what it means. The rest follows from it:

    where it stands    under `train`, `train_on.TASK` and `reach.TASK.train` of a matrix, with its
                       check, its refusal in words and its line in the schema
    in the results     a column of the table of trials, if its annotation says COLUMN
    in a fingerprint   part of what a trial is, unless its annotation says APART

So a new setting is one field here, and the line of code that reads it.
"""

from enum import Enum
from typing import Annotated, Literal

from annotated_types import Ge, Le, Lt, MaxLen, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from seqbench.knobs import TINY, Ordinary, Positive, Size


def _distinct(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(values)) < len(values):
        raise ValueError("values that all differ")
    return values


class Use(Enum):
    """What a setting is used for, apart from training."""

    COLUMN = "a column of the table of trials"
    APART = "no trial's numbers depend on it: no part of a fingerprint"


Distinct = AfterValidator(_distinct)
Share = Annotated[float, Ge(0), Lt(1), Ordinary]
Rates = Annotated[tuple[Positive, ...], MinLen(1), MaxLen(1000), Distinct]
Units = Annotated[int, Ge(1), Le(10_000)]  # U of an lstm is 1.6 GB
Layers = Annotated[int, Ge(1), Le(100)]
Many = Annotated[int, Ge(1), Le(100_000)]  # sequences, or trials
Long = Annotated[int, Ge(1), Le(1_000_000_000)]  # updates, or steps of a text
Minutes = Annotated[float, Ge(TINY), Le(1_000_000)]  # two years


class Section(BaseModel):
    """A part of a matrix file: strict types, finite numbers, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Training(Section):
    """How every trial is trained."""

    engine: Literal["auto", "eager"] = Field(
        "auto", description="auto: fused kernels where they can be; eager: step by step"
    )
    learning_rates: Annotated[Rates, Use.APART] = Field(
        (0.003, 0.01), description="each is tried; validation chooses"
    )
    hidden: Annotated[Units, Use.COLUMN] = Field(32, description="hidden units H")
    closed_form_hidden: Annotated[Units | None, Use.APART] = Field(
        None,
        description="H under remedies that solve the readout in closed form, which train nothing "
        "else (a reservoir wants many units, of which few weights are trained); null: hidden",
    )
    match: Annotated[Literal["units", "parameters", "state"], Use.COLUMN, Use.APART] = Field(
        "units",
        description="units: H as it is; parameters: H such that the network has about as many "
        "weights as an lstm of `hidden` units would have in its place; state: the same with the "
        "numbers that are carried from one step to the next",
    )
    batch: Annotated[Many, Use.COLUMN] = Field(32, description="sequences per update B")
    updates: Annotated[Long, Use.COLUMN] = Field(600, description="update budget")
    optimizer: Annotated[Literal["sgd", "rmsprop", "adam"], Use.COLUMN] = Field(
        "adam", description="update rule: sgd, rmsprop or adam"
    )
    momentum: Share = Field(0.0, description="share of the last step kept by sgd or rmsprop")
    layers: Annotated[Layers, Use.COLUMN] = Field(
        1, description="cells on top of each other, H units each"
    )
    bidirectional: Annotated[bool, Use.COLUMN] = Field(
        False, description="half of the units read backwards"
    )
    dropout: Annotated[Share, Use.COLUMN] = Field(
        0.0, description="share of what a layer hands upwards that is dropped in training"
    )
    evaluate_every: Long = Field(50, description="updates between two validations")
    patience: Long | None = Field(None, description="validations without a new best; null: all")
    valid_sequences: Many = Field(256, description="sequences per validation, synthetic tasks")
    test_sequences: Many = Field(512, description="sequences of the test, synthetic tasks")
    valid_at_most: Long | None = Field(None, description="recorded sequences (of a text: steps)")
    test_at_most: Long | None = Field(None, description="the same for the test; null: all")
    solve_batches: Size = Field(50, description="batches that a closed-form readout sees")
    stack: Annotated[Many, Use.APART] = Field(128, description="most trials trained together")
    timeout_minutes: Annotated[Minutes, Use.APART] = Field(
        60.0, description="limit of a stack's training"
    )


def used(use: Use) -> tuple[str, ...]:
    """The settings of that use, in their order."""
    return tuple(name for name, field in Training.model_fields.items() if use in field.metadata)
