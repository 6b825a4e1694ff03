"""How every trial is trained: the section `train` of a matrix. Every default is written here."""

from typing import Annotated, Literal

from annotated_types import Ge, Lt, MinLen
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from seqbench.knobs import Positive, Size


def _distinct(values: tuple[float, ...]) -> tuple[float, ...]:
    if len(set(values)) < len(values):
        raise ValueError("values that all differ")
    return values


Distinct = AfterValidator(_distinct)
Momentum = Annotated[float, Ge(0), Lt(1)]
Dropout = Annotated[float, Ge(0), Lt(1)]
Rates = Annotated[tuple[Positive, ...], MinLen(1), Distinct]


class Section(BaseModel):
    """A part of a matrix file: strict types, finite numbers, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Training(Section):
    """How every trial is trained."""

    engine: Literal["auto", "eager"] = Field(
        "auto", description="auto: fused kernels where they can be; eager: step by step"
    )
    optimizer: Literal["sgd", "rmsprop", "adam"] = Field("adam", description="update rule")
    learning_rates: Rates = Field((0.003, 0.01), description="each is tried; validation chooses")
    momentum: Momentum = Field(0.0, description="share of the last step kept by sgd")
    hidden: Size = Field(32, description="hidden units H")
    match: Literal["units", "parameters"] = Field(
        "units",
        description="units: H as it is; parameters: H such that the network has about as many "
        "weights as an lstm of `hidden` units would have in its place",
    )
    layers: Size = Field(1, description="cells on top of each other, H units each")
    bidirectional: bool = Field(False, description="half of the units read backwards")
    dropout: Dropout = Field(0.0, description="share of what a layer hands upwards that is 0")
    batch: Size = Field(32, description="sequences per update B")
    updates: Size = Field(600, description="update budget")
    evaluate_every: Size = Field(50, description="updates between two validations")
    patience: Size | None = Field(None, description="validations without a new best; null: all")
    valid_sequences: Size = Field(256, description="sequences per validation, synthetic tasks")
    test_sequences: Size = Field(512, description="sequences of the test, synthetic tasks")
    valid_at_most: Size | None = Field(None, description="recorded sequences (of a text: steps)")
    test_at_most: Size | None = Field(None, description="the same for the test; null: all")
    solve_batches: Size = Field(50, description="batches that a closed-form readout sees")
    stack: Size = Field(128, description="most trials trained together")
    timeout_minutes: Positive = Field(60.0, description="limit of a stack's training")
