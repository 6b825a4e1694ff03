"""What cells cannot do, by a published theorem or a proof of a few lines: `theorems.yaml`.

A theorem of finite precision or of all lengths does not forbid a score at one length: a network may
still be right there. So a trial that learned is told of as one.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from seqbench import registry
from seqbench.errors import InputError
from seqbench.matrix import strict

FILE = Path(__file__).parent / "theorems.yaml"
Values = Mapping[str, tuple[str, ...]]  # knob -> the values for which it holds


class Theorem(BaseModel):
    """One of them; keys as the file explains them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    statement: str
    conditions: str
    exact: bool
    layers: Literal["one", "any"]
    cells: dict[str, Values]
    tasks: dict[str, Values]
    sources: tuple[str, ...]
    proof: str

    def forbids(
        self,
        task: str,
        task_knobs: Mapping[str, object],
        cell: str,
        cell_knobs: Mapping[str, object],
    ) -> bool:
        """Whether it speaks of this cell and this task."""
        named = (("tasks", task, task_knobs, self.tasks), ("cells", cell, cell_knobs, self.cells))
        return all(_within(*one) for one in named)


@cache
def theorems() -> dict[str, Theorem]:
    """All of them by name, in the order in which they are told.

    Raises:
        InputError: the file is not as it should be.
    """
    return {name: _theorem(name, given) for name, given in strict.read(FILE).items()}


def _theorem(name: str, given: object) -> Theorem:
    try:
        return Theorem.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, (name, *first["loc"])))
        raise InputError(
            f"{FILE.name}: {where}: {first['msg']}. Allowed: the keys of the others. Mend it."
        ) from error


def _within(
    kind: str, name: str, knobs: Mapping[str, object], members: Mapping[str, Values]
) -> bool:
    stem = registry.base(kind, name)
    if stem not in members:
        return False
    given = registry.with_label(kind, name, knobs)
    said = registry.describe(kind, stem).knobs
    return all(
        str(given.get(knob, said[knob].default)) in values for knob, values in members[stem].items()
    )
