"""The types that a knob (a dataclass field of a cell, remedy or task) may have.

A bound is part of the type, so the matrix can refuse a bad value before anything is imported,
and a constructor refuses the same value in the same way. Every number has a largest size and, but
for 0, a smallest: what lies beyond fits into no memory, or is 0 or infinite in float32.
"""

from dataclasses import fields
from numbers import Real
from typing import Annotated, get_args, get_type_hints

from annotated_types import Ge, Gt, Le, Lt, Predicate

from seqbench.errors import InputError

LARGEST = 1_000_000  # of a count
TINY, HUGE = 1e-30, 1e30  # of a number


def is_ordinary(value: float) -> bool:
    """Whether a number is 0, or not so small that float32 would make it 0."""
    return value == 0 or abs(value) >= TINY


Ordinary = Predicate(is_ordinary)
ORDINARY = f"0, or at least {TINY} in size"
Integer = Annotated[int, Ge(-LARGEST), Le(LARGEST)]
Size = Annotated[int, Ge(1), Le(LARGEST)]
Several = Annotated[int, Ge(2), Le(LARGEST)]
Count = Annotated[int, Ge(0), Le(LARGEST)]
Number = Annotated[float, Ge(-HUGE), Le(HUGE), Ordinary]
Positive = Annotated[float, Ge(TINY), Le(HUGE)]
NonNegative = Annotated[float, Ge(0), Le(HUGE), Ordinary]
Fraction = Annotated[float, Ge(0), Le(1), Ordinary]

BOUNDED = {
    "int": Integer,
    "float": Number,
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
        value, hint = getattr(variant, field.name), hints[field.name]
        for bound in get_args(BOUNDED.get(getattr(hint, "__name__", ""), hint))[1:]:
            if allowed := _broken(bound, value):
                raise InputError(
                    f"{type(variant).__name__}: {field.name} is {value!r}. "
                    f"Allowed: {allowed}. Change the value."
                )


def _broken(bound: object, value: float) -> str:
    """What a bound allows, where a value breaks it; else an empty text."""
    if isinstance(bound, Ge | Gt | Le | Lt | Predicate) and not isinstance(value, Real):
        return "one number"
    if bound is Ordinary:
        return "" if is_ordinary(value) else ORDINARY
    if type(bound) not in _BOUNDS:
        return ""
    attribute, words, holds = _BOUNDS[type(bound)]
    limit = getattr(bound, attribute)
    return "" if holds(value, limit) else f"{words} {limit}"
