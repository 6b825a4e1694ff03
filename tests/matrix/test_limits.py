"""Every number of a matrix has limits, so that absurd ones are refused before anything is built."""

import json
from collections.abc import Iterator
from typing import get_args

import pytest
from annotated_types import Ge, Gt, Le, Lt

from seqbench import knobs, matrix, registry
from seqbench.errors import InputError
from seqbench.matrix import annotations
from tests.helpers.matrices import Read, changed, refusal

LOW, HIGH = {"minimum", "exclusiveMinimum"}, {"maximum", "exclusiveMaximum"}
ABSURD = [10**40, -(10**40), 1e31, -1e31, 1e-320, 1e-31, 5e-324, [1e-320], (1e31,)]
COUNTS = ("Size", "Several", "Count", "int")


def numbers(schema: object, place: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Every part of a schema that is a number, with its place."""
    if isinstance(schema, dict):
        if schema.get("type") in ("integer", "number"):
            yield place, schema
        for key, inner in schema.items():
            yield from numbers(inner, f"{place}/{key}")
    elif isinstance(schema, list):
        for i, inner in enumerate(schema):
            yield from numbers(inner, f"{place}/{i}")


def test_every_number_of_the_schema_has_both_limits() -> None:
    found = dict(numbers(json.loads(matrix.json_schema())))
    assert len(found) > 20
    assert not [place for place, n in found.items() if not (LOW & n.keys() and HIGH & n.keys())]


def test_every_knob_type_has_both_limits() -> None:
    for name, kind in knobs.BOUNDED.items():
        bounds = {type(bound) for bound in get_args(kind)[1:]}
        assert bounds & {Ge, Gt} and bounds & {Le, Lt}, name


@pytest.mark.parametrize("kind", matrix.KINDS)
def test_no_knob_of_ours_takes_an_absurd_number(kind: str) -> None:
    for name in registry.names(kind):
        for knob, said in registry.describe(kind, name).knobs.items():
            adapter = annotations.adapter(said.annotation)
            many = [10**6 + 1, 10**12] if said.annotation in COUNTS else []
            for value in (*ABSURD, *many):
                with pytest.raises(ValueError, match="validation error"):
                    adapter.validate_python(value)
                    pytest.fail(f"{kind}.{name}.{knob} takes {value}")


WRONG = [
    (("train", "valid_sequences"), 10**12, "is 1000000000000. Allowed: at most 100000."),
    (("train", "layers"), 10**6, "train.layers is 1000000. Allowed: at most 100."),
    (("train", "hidden"), 10**6, "train.hidden is 1000000. Allowed: at most 10000."),
    (("train", "momentum"), 1e-320, "Allowed: 0, or at least 1e-30 in size."),
    (("train", "learning_rates"), [1e-320], "learning_rates[0] is 1e-320. Allowed: at least 1e-30"),
    (("train", "timeout_minutes"), 1e30, "Allowed: at most 1e+06."),
    (("remedies", "clip_norm"), {"limit": 1e-320}, "limit is 1e-320. Allowed: at least 1e-30."),
    (("remedies", "forget_bias"), {"value": -1e40}, "value is -1e+40. Allowed: at least -1e+30."),
    (("tasks", "adding"), {"length": 10**9}, "length is 1000000000. Allowed: at most 1000000."),
]


@pytest.mark.parametrize(("where", "value", "words"), WRONG)
def test_absurd_numbers_are_refused(
    read: Read, where: tuple[str, ...], value: object, words: str
) -> None:
    assert words in refusal(read, changed(*where, to=value))


@pytest.mark.parametrize(
    ("name", "knob", "value"),
    [("clip_norm", "limit", 1e-320), ("zoneout", "hidden", 1e-320), ("forget_bias", "value", 1e31)],
)
def test_a_constructor_refuses_the_same(name: str, knob: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"{knob} is .*\. Allowed: .*\. Change the value\."):
        registry.load_remedy(name, {knob: value})
