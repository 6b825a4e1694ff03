"""What a variant holds between two calls: its own values, and those of its classes and modules."""

import random
from functools import cache, cached_property
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from seqbench.engine.purity.contents import contents, modules, package
from seqbench.engine.rules import impure, kinds


def held(variant: object) -> object:
    """Everything that a variant holds, in a form that can be compared later."""
    return contents(variant, *kinds(variant), own=_own(variant))


def _own(variant: object) -> set[str]:
    return {package(kind.__module__) for kind in kinds(variant)}


def prove_properties(variant: object) -> None:
    """Refuse a variant with a cached property that is not made of knobs alone; keep all others.

    Raises:
        Impure: names the property.
    """
    for kind in type(variant).__mro__:
        for name, made in vars(kind).items():
            if isinstance(made, cached_property):
                drawn = generators()
                if contents(made.func(variant)) != contents(getattr(variant, name)):
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
    for module in modules(variant, *kinds(variant), own=_own(variant)):
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
    return {k: v for found in map(_names, own) for k, v in found.items()} | _names(module)


def _names(place: type | ModuleType) -> dict[str, object]:
    return {k: contents(v) for k, v in [*vars(place).items()] if not k.startswith("__")}


def generators() -> tuple[object, ...]:
    """The states of all global random generators."""
    numpy = np.random.get_state(legacy=False)
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), contents(numpy)
