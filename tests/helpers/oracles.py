"""Modules of other people's packages, as oracles: what they compute is what ours must compute."""

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import ModuleType

import pytest

from tests.helpers.places import HOME

_PINS = (HOME / "requirements-oracles.lock").read_text().splitlines()
PINNED = dict(line.split("==") for line in _PINS if line[0] != "#")


def oracle(package: str, name: str) -> ModuleType:
    """The module `name` of a package (as PyPI calls it); the test is skipped where it is absent.

    The packages around the module are not run: they would ask for what it does not need.
    """
    try:
        found = version(package)
    except PackageNotFoundError:
        found = "absent"
    if found != PINNED[package]:
        how = "pip install --no-deps -r requirements-oracles.lock"
        pytest.skip(f"{package} is {found}, not {PINNED[package]}: {how}")
    parents = name.split(".")[:-1]
    for depth in range(1, len(parents) + 1):
        parent = ".".join(parents[:depth])
        if parent not in sys.modules:
            spec = find_spec(parent)
            assert spec is not None and spec.submodule_search_locations, parent
            bare = sys.modules[parent] = ModuleType(parent)
            bare.__path__ = list(spec.submodule_search_locations)
    return importlib.import_module(name)
