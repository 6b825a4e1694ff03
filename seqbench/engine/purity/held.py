"""What a variant holds between two calls: its own values, and those of its classes and modules."""

import random
import sys
from collections.abc import Mapping
from functools import cache, cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np
import torch
from torch import Generator, Tensor, nn

from seqbench.engine.rules import impure, kinds

PLAIN = bool | int | float | complex | str | bytes | None


def held(variant: object) -> object:
    """Everything that a variant holds, in a form that can be compared later."""
    return contents(variant), [*map(_globals, kinds(variant)), *map(_globals, _modules(variant))]


def prove_properties(variant: object) -> None:
    """Refuse a variant with a cached property that is not made of knobs alone; keep all others.

    Raises:
        Impure: names the property.
    """
    for kind in type(variant).__mro__:
        for name, made in vars(kind).items():
            if isinstance(made, cached_property):
                drawn = generators()
                if plain(made.func(variant)) != plain(getattr(variant, name)):
                    raise impure("again", variant, name, _line(made))
                if generators() != drawn:
                    raise impure("draws", variant, name, _line(made))


def _line(made: cached_property) -> tuple[str, int, str]:
    code = made.func.__code__
    return code.co_filename, code.co_firstlineno, code.co_name


def prove_import(variant: object) -> None:
    """Refuse a variant whose file gives other constants each time that it is imported.

    Raises:
        Impure: names the constant.
    """
    for module in _modules(variant):
        file = getattr(module, "__file__", None)
        if file and Path(file).is_file():
            changed = _changed(module.__name__, file, Path(file).stat().st_mtime_ns)
            if changed:
                raise impure("import", variant, changed, (file, 1, changed))


@cache
def _changed(name: str, file: str, _time: int) -> str | None:
    """The first name in a file that has another value when the file is executed once more."""
    try:
        one, two = (_executed(name, file) for _ in range(2))
    except KeyboardInterrupt:
        raise
    except BaseException:  # it may be imported once only
        return None
    return next((name for name in one if one[name] != two.get(name)), None)


def _executed(name: str, file: str) -> dict[str, object]:
    spec = spec_from_file_location(name, file)
    assert spec and spec.loader
    spec.loader.exec_module(module := module_from_spec(spec))
    own = [v for v in vars(module).values() if isinstance(v, type) and v.__module__ == name]
    return {k: v for found in map(_globals, own) for k, v in found.items()} | _globals(module)


def _modules(variant: object) -> list[ModuleType]:
    """The modules of a variant's classes, and those beside them that they import from."""
    names = dict.fromkeys(kind.__module__ for kind in kinds(variant))
    for name in [*names]:
        values = list(vars(sys.modules[name]).values()) if name in sys.modules else []
        for other in (getattr(value, "__module__", None) for value in values):
            if isinstance(other, str) and other.rpartition(".")[0] == name.rpartition(".")[0] != "":
                names.setdefault(other)
    return [sys.modules[name] for name in names if name in sys.modules]


def _globals(place: type | ModuleType) -> dict[str, object]:
    return {k: plain(v) for k, v in [*vars(place).items()] if not k.startswith("__")}


def plain(value: object) -> object:
    """Plain data in a form that can be compared; of anything else the name of its type."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Tensor | np.ndarray):
        return contents(value)
    if isinstance(value, FunctionType):
        return [plain(part) for part in (vars(value), value.__defaults__, value.__kwdefaults__)]
    return [plain(part) for part in parts] if (parts := _parts(value)) is not None else _kind(value)


def _parts(value: object) -> list[object] | None:
    if isinstance(value, Mapping):
        return [part for pair in [*value.items()] for part in pair]
    if isinstance(value, list | tuple):
        return [*value]
    if isinstance(value, set | frozenset):
        return [*sorted(value, key=repr)]
    if isinstance(value, Generator):
        return [value.get_state()]
    if isinstance(value, random.Random):
        return [value.getstate()]
    return [value.bit_generator.state] if isinstance(value, np.random.Generator) else None


def _kind(value: object) -> str:
    return type(value).__name__


def generators() -> tuple[object, ...]:
    """The states of all global random generators."""
    numpy = np.random.get_state(legacy=False)
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), repr(contents(numpy))


def contents(value: object) -> object:
    """Everything in a value, in a form that can be compared later."""
    if isinstance(value, Tensor | np.ndarray):
        return type(value).__name__, np.asarray(torch.as_tensor(value).detach()).tobytes()
    if isinstance(value, Generator):
        return contents(value.get_state())
    if isinstance(value, nn.Module):
        return contents(value.state_dict())
    if isinstance(value, Mapping):
        return [(repr(key), contents(part)) for key, part in value.items()]
    if isinstance(value, list | tuple | set | frozenset):
        return [contents(part) for part in value]
    return contents(vars(value)) if hasattr(value, "__dict__") else repr(value)
