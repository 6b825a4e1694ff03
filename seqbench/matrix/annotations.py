"""From the text of a knob's annotation to the type it names, without importing its module.

Known are int, float, bool, str, None, the bounded types of `seqbench.knobs`, `X | Y`,
`Literal[...]` and `tuple[...]`. Whatever else a variant may write is left to its constructor.
"""

import ast
from functools import cache
from typing import Literal, Union

from pydantic import ConfigDict, TypeAdapter

from seqbench.knobs import BOUNDED

_NAMES: dict[str, object] = {"bool": bool, "str": str, **BOUNDED}
_STRICT = ConfigDict(strict=True, allow_inf_nan=False)


class _Unknown(Exception):
    """The annotation has a part that is not known here."""


def _type(node: ast.expr) -> object:
    match node:
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.Constant(value=None):
            return None
        case ast.Constant(value=value) if value is ...:
            return ...
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return Union[_type(left), _type(right)]  # noqa: UP007
        case ast.Subscript(value=ast.Name(id="Literal"), slice=allowed):
            return Literal[ast.literal_eval(allowed)]
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=items)):
            return tuple[tuple(_type(item) for item in items)]  # type: ignore[misc]
        case ast.Subscript(value=ast.Name(id="tuple"), slice=item):
            return tuple[_type(item)]  # type: ignore[misc]
    raise _Unknown


@cache
def takes_lists(annotation: str) -> bool:
    """Whether a list may be one value of that type: there is a tuple in it, or it is not known."""
    try:
        _type(ast.parse(annotation, mode="eval").body)
    except (_Unknown, SyntaxError, ValueError):
        return True
    return "tuple[" in annotation


@cache
def adapter(annotation: str) -> TypeAdapter[object]:
    """What checks a value of that type strictly: no "3" for 3, no true for 1, nothing infinite."""
    try:
        named = _type(ast.parse(annotation, mode="eval").body)
    except (_Unknown, SyntaxError, ValueError):
        return TypeAdapter(object)
    return TypeAdapter(named, config=_STRICT)  # type: ignore[arg-type]
