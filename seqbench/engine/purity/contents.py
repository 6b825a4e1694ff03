"""What is in a value, and in all that it leads to, in a form that can be compared later."""

import ctypes
import functools
import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from multiprocessing.sharedctypes import SynchronizedBase
from types import BuiltinFunctionType, FunctionType, GeneratorType, ModuleType

import numpy as np
import torch
from torch import Generator, Tensor, nn

PLAIN = bool | int | float | complex | str | bytes | torch.dtype | torch.device | None
MOST = 100_000  # values that are looked at; what lies behind them is not

# whose objects are opened, as `copy` would; of others (loggers, compilers) caches change by use
OPENED = {
    *("builtins", "collections", "_collections", "itertools", "functools", "types", "array"),
    *("queue", "datetime", "random", "_thread", "threading"),
    *("_io", "mmap", "weakref", "_weakrefset", "seqbench"),
}
ALSO = (
    *(dict, list, tuple, set, frozenset, nn.Module, np.generic),
    *(np.random.Generator, np.random.RandomState, np.random.BitGenerator),
    *(ctypes.Array, ctypes.Structure, ctypes.Union, ctypes._SimpleCData),
    *(SynchronizedBase, ContextVar),
)
CACHES = {"dispatch_cache", "_clear_cache"}  # of functools.singledispatch, filled by use


def contents(*values: object, own: Iterable[str] = ()) -> list[object]:
    """Everything in some values, each object once.

    own: the packages whose modules and classes are opened as well.
    """
    return _walked(values, {*own})[0]


def modules(*values: object, own: set[str]) -> list[ModuleType]:
    """The modules of some packages that some values lead to."""
    found = _walked(values, own)[1]
    return [part for part in found if type(part) is ModuleType and _owner(part) in own]


def package(name: str) -> str:
    """Whose module this is: what may be installed by itself, or one of our own rooms."""
    return ".".join(name.split(".")[: 2 if name.startswith("seqbench.") else 1])


def _walked(values: Iterable[object], own: set[str]) -> tuple[list[object], list[object]]:
    """A line for every value, and what was opened, which lives on: its `id` names no other."""
    lines: list[object] = []
    opened: list[object] = []
    seen: dict[int, int] = {}
    left = [*values][::-1]
    while left and len(lines) < MOST:
        value = left.pop()
        if _tried(isinstance, value, PLAIN):
            lines.append(_tried(repr, value))
        elif id(value) in seen:
            lines.append(seen[id(value)])
        else:
            seen[id(value)] = len(opened)
            opened.append(value)
            parts = _tried(_parts, value, own) or []
            lines.append((_tried(_kind, value), len(parts)))
            left += parts[::-1]
    return lines, opened


def _kind(value: object) -> str:
    """The name of a class or a function; of anything else that of its type."""
    named = isinstance(value, type | FunctionType | BuiltinFunctionType)
    return str(getattr(value if named else type(value), "__qualname__", ""))


def _tried(ask, *given):  # type: ignore[no-untyped-def]
    """What somebody's object answers; None: it raises."""
    try:
        return ask(*given)
    except Exception:
        return None


def _parts(value: object, own: set[str]) -> list[object]:
    """What a value leads to."""
    if isinstance(value, ModuleType | type):
        return _names(value) if _owner(value) in own else []
    if isinstance(value, FunctionType):
        return _function(value, own)
    if isinstance(value, Tensor | np.ndarray):
        return _numbers(value)
    if isinstance(value, Generator):
        return [value.get_state()]
    kind = type(value)
    known = kind.__module__.partition(".")[0] in OPENED or _owner(kind) in own
    return [*_items(value), kind] if known or isinstance(value, ALSO) else []


def _items(value: object) -> list[object]:
    """What lies in an object, and its attributes."""
    attributes = getattr(value, "__dict__", None)
    if isinstance(value, Mapping):
        return [[*pair] for pair in value.items()] + [attributes]
    if isinstance(value, list | tuple):
        return [*value, attributes]
    if isinstance(value, set | frozenset):
        return [*sorted(value, key=repr), attributes]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, property):
        return [value.fget, value.fset]
    if isinstance(value, GeneratorType):
        frame = value.gi_frame  # None: it has ended
        return [frame.f_lasti, frame.f_locals] if frame else []
    if isinstance(value, ContextVar):
        return [value.get(None)]
    recipe = _tried(value.__reduce_ex__, 4)  # a name, or what makes it again and with what
    if isinstance(recipe, tuple):
        recipe = [*recipe[:3], *([*items] for items in recipe[3:4] if items is not None)]
    memory = _tried(memoryview, value)  # None: it lends none
    return [recipe, attributes, None if memory is None else hash(memory.tobytes())]


def _numbers(value: Tensor | np.ndarray) -> list[object]:
    """Type, shape and bytes of an array; of a sparse one its parts."""
    if isinstance(value, Tensor):
        if value.layout is not torch.strided:
            return [value.__reduce_ex__(4)]
        flat = value.detach().resolve_conj().resolve_neg().cpu().contiguous().view(-1)
        data = flat.view(torch.uint8).numpy().tobytes()
        return [value.dtype, [*value.shape], hash(data), vars(value)]
    opaque = value.dtype.hasobject or value.dtype.names  # pointers, or gaps between numbers
    values = value.tolist() if opaque else hash(value.tobytes())
    return [str(value.dtype), [*value.shape], values]


def _owner(value: object) -> str:
    return package(value.__name__ if isinstance(value, ModuleType) else value.__module__)


def _names(place: ModuleType | type) -> list[object]:
    """What is in a module or a class of the variant's own, which also leads to its module."""
    hidden = "__", "_value2member_map_"  # which enum.Flag fills by use
    found = [[k, v] for k, v in [*vars(place).items()] if not k.startswith(hidden)]
    return [*found, *_home(place)]


def _home(value: object) -> list[object]:
    return [sys.modules[name]] if (name := getattr(value, "__module__", "")) in sys.modules else []


def _function(value: FunctionType, own: set[str]) -> list[object]:
    caches = CACHES if value.__globals__ is vars(functools) else ()
    pairs = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
    cells = [_tried(getattr, cell, "cell_contents") for k, cell in pairs if k not in caches]
    home = _home(value) if _owner(value) in own else []
    attributes = [[k, v] for k, v in vars(value).items() if k not in caches]
    return [attributes, value.__defaults__, value.__kwdefaults__, cells, home]
