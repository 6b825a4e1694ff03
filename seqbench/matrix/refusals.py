"""What is wrong with a matrix, in sentences: names and knobs against the variants' sources."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from seqbench import registry
from seqbench.errors import InputError
from seqbench.knobs import ORDINARY
from seqbench.matrix.annotations import adapter, takes_lists
from seqbench.tuning import Several

Knobs = dict[str, object]

_WORDS = {  # by pydantic's name of the error, where its own words would puzzle
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "predicate_failed": ORDINARY,
    "string_pattern_mismatch": "letters, digits and . _ / -",
    "too_short": "at least one",
    "tuple_type": "a list, e.g. [1, 2]",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def dotted(where: Sequence[str | int]) -> str:
    """("tasks", "adding", 0) -> "tasks.adding[0]"; keys that are no names are quoted."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{key or repr(key)}" for key in where]
    return "".join(parts).removeprefix(".") or "the file"


def shown(value: object) -> str:
    """A value as a person wrote it, cut to 60 characters."""
    words = "empty" if value is None or value in ((), {}) else repr(value)
    return words if len(words) <= 60 else words[:57] + "..."


def hint(name: str, known: Iterable[str], otherwise: str = "Remove it.") -> str:
    """Did you mean ...?"""
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]!r}?" if close else otherwise


def unknown_key(where: Sequence[str | int], key: str, known: Sequence[str]) -> InputError:
    """The refusal of a key that a section does not have."""
    return InputError(
        f"{dotted(where)} has no key {key!r}. Keys: {', '.join(known)}. {hint(key, known)}"
    )


def unknown_name(where: str, name: str, known: Iterable[str]) -> InputError:
    """The refusal of a name that a person asked for and the matrix does not have there."""
    listed = [*known]
    choose = "Choose one of them, or add it to the matrix." if listed else "Add it to the matrix."
    allowed = ", ".join(listed) or f"nothing, as the matrix has no {where}"
    return InputError(f"{where} has no {name!r}. Allowed: {allowed}. {hint(name, listed, choose)}")


def wrong_value(
    where: Sequence[str | int], value: object, details: Sequence[ErrorDetails]
) -> InputError:
    """The refusal of a value, from what pydantic says of it."""
    wants = [_allowed(detail) for detail in details]
    prefix = re.compile("(Input should be|Value error,|String should have) ")
    allowed = " or ".join(dict.fromkeys(prefix.sub("", want) for want in wants))
    return InputError(f"{dotted(where)} is {shown(value)}. Allowed: {allowed}. Change it.")


def _allowed(detail: ErrorDetails) -> str:
    for bound, words in _BOUNDS.items():
        if bound in detail.get("ctx", {}):
            limit = detail["ctx"][bound]
            return f"{words} {limit if isinstance(limit, int) else f'{limit:g}'}"
    return _WORDS.get(detail["type"]) or detail["msg"]


def first_of(file: str, problems: Sequence[InputError]) -> InputError:
    """The first problem, with the file, and how many more there are."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return InputError(f"{file}: {problems[0]}{more}")


def check(
    kind: str, name: str, knobs: Knobs, *, where: tuple[str, ...] = (), differs: bool = False
) -> tuple[Knobs, list[InputError]]:
    """The knobs of one entry of the matrix, converted, and what is wrong with the entry.

    where: its keys, if not kind and name. differs: its label tells apart more than knobs.
    """
    members = registry.parts(name) if kind == "remedies" else (name,)
    try:
        for member in members:
            registry.path(kind, member)
    except InputError as error:
        return knobs, [error]
    if len(members) == 1:
        return _check_knobs(kind, name, where or (f"{kind}.{name}",), knobs, differs)
    entry = f"{kind}.{name}"
    if len(set(members)) < len(members):
        return knobs, [InputError(f"{entry} has a part twice. Allowed: once each. Remove one.")]
    converted: Knobs = {}
    problems: list[InputError] = []
    for part, given in knobs.items():
        if part not in members:
            parts = ", ".join(members)
            problems.append(
                InputError(
                    f"{entry} has no part {part!r}. Parts: {parts}. "
                    f"Give the knobs of a composition by part, e.g. {{{members[0]}: {{...}}}}."
                )
            )
        elif given is not None and not isinstance(given, dict):
            problems.append(
                InputError(f"{entry}.{part} is {shown(given)}. Allowed: its knobs. Change it.")
            )
        else:
            converted[part], wrong = _check_knobs("remedies", part, (entry, part), given or {})
            problems += wrong
    return converted, problems


def _check_knobs(
    kind: str, name: str, where: tuple[str, ...], knobs: Knobs, differs: bool = False
) -> tuple[Knobs, list[InputError]]:
    try:
        known = registry.describe(kind, name).knobs
    except InputError:  # a file that does not parse: its jobs record that, the others go on
        return knobs, []
    converted: Knobs = {}
    problems = [] if differs else list(_mute_label(kind, name, dotted(where), knobs))
    for knob, value in knobs.items():
        if knob not in known:
            problems.append(registry.unknown_knob(dotted(where), knob, known))
            continue
        annotation, at = known[knob].annotation, (*where, knob)
        if kind == "remedies" and isinstance(value, tuple) and not takes_lists(annotation):
            converted[knob], wrong = _check_several(at, annotation, value)
            problems += wrong
            continue
        try:
            converted[knob] = adapter(annotation).validate_python(value)
        except ValidationError as error:
            problems.append(wrong_value(at, value, error.errors()))
    return converted, problems


def _check_several(
    where: tuple[str, ...], annotation: str, values: tuple[object, ...]
) -> tuple[Several, list[InputError]]:
    """Values of a remedy's knob that are all tried, each checked like a single one."""
    converted: list[object] = []
    problems: list[InputError] = []
    for place, value in enumerate(values):
        try:
            converted.append(adapter(annotation).validate_python(value))
        except ValidationError as error:
            problems.append(wrong_value((*where, place), value, error.errors()))
    if not values or len(set(converted)) < len(converted):
        problems.append(
            InputError(
                f"{dotted(where)} is {shown(values)}. Allowed: a value, or values to try that all "
                "differ. Change it."
            )
        )
    return Several(converted), problems


def _mute_label(kind: str, name: str, where: str, knobs: Knobs) -> Iterator[InputError]:
    """A label that changes nothing is a slip: adding@hs79 must not train the default."""
    label = name.partition("@")[2]
    if label and not registry.with_label(kind, name, knobs):
        variant = registry.describe(kind, name).knobs.get("variant")
        allowed = f"a value of variant ({variant.annotation}), or" if variant else "a label with"
        yield InputError(
            f"{where}: the label {label!r} changes nothing. Allowed: {allowed} knobs of its own"
            f"{', or values under train_on' if kind == 'tasks' else ''}. Correct the label or give "
            "some."
        )
