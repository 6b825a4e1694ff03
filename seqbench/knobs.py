"""The types that a knob (a dataclass field of a cell, remedy or task) may have.

A bound is part of the type, so the matrix can refuse a bad value before anything is imported,
and a constructor refuses the same value in the same way.
"""

from dataclasses import fields
from typing import Annotated, get_args, get_type_hints

from annotated_types import Ge, Gt, Le, Lt

from seqbench.errors import InputError

Size = Annotated[int, Ge(1)]
Several = Annotated[int, Ge(2)]
Count = Annotated[int, Ge(0)]
Positive = Annotated[float, Gt(0)]
NonNegative = Annotated[float, Ge(0)]
Fraction = Annotated[float, Ge(0), Le(1)]

BOUNDED = {
    "Size": Size,
    "Several": Several,
    "Count": Count,
    "Positive": Positive,
    "NonNegative": NonNegative,
    "Fraction": Fraction,
}

_BOUNDS = {
    Ge: ("ge", "at least", lambda value, bound: value >= bound),
    Gt: ("gt", "more than", lambda value, bound: value > bound),
    Le: ("le", "at most", lambda value, bound: value <= bound),
    Lt: ("lt", "less than", lambda value, bound: value < bound),
}


def check(variant: object) -> None:
    """Refuse a dataclass instance with a knob outside its bounds.

    Raises:
        InputError: names the class, the knob, the value and the bound.
    """
    hints = get_type_hints(type(variant), include_extras=True)
    for field in fields(variant):  # type: ignore[arg-type]
        value = getattr(variant, field.name)
        for bound in get_args(hints[field.name])[1:]:
            if type(bound) not in _BOUNDS:
                continue
            attribute, words, holds = _BOUNDS[type(bound)]
            if not holds(value, limit := getattr(bound, attribute)):
                raise InputError(
                    f"{type(variant).__name__}: {field.name} is {value!r}. "
                    f"Allowed: {words} {limit}. Change the value."
                )
