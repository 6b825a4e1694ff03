"""Cells, remedies and tasks of other packages, as their entry points announce them.

One package that is broken costs nobody else anything: it is complained of in a sentence, and only
a matrix that names what it announces is refused. Nothing is imported to find out.
"""

import sys
from contextlib import suppress
from functools import cache
from importlib import metadata, util
from importlib.machinery import ModuleSpec
from pathlib import Path

from seqbench.errors import InputError

Modules = dict[str, set[str]]  # name -> modules; several: packages that contradict each other
KINDS = ("cells", "remedies", "tasks")


@cache
def announced(kind: str) -> Modules:
    """What other packages announce of a kind."""
    return _announced()[0][kind]


def unreadable() -> tuple[str, ...]:
    """Complaints of packages whose entry points cannot be read at all."""
    return _announced()[1]


def packages() -> frozenset[str]:
    """The top-level modules and packages of whoever announces a variant."""
    return _announced()[2]


@cache
def _announced() -> tuple[dict[str, Modules], tuple[str, ...], frozenset[str]]:
    found: dict[str, Modules] = {kind: {} for kind in KINDS}
    complaints, tops = [], set[str]()
    for package in metadata.distributions():
        try:
            points = [(e.group, e.name, e.value) for e in package.entry_points]
        except Exception as error:  # whatever a damaged file does to the reader
            with suppress(UnicodeDecodeError):  # then nobody knows whose they are
                if "seqbench." not in (package.read_text("entry_points.txt") or ""):
                    continue
            complaints.append(
                f"plug-ins: the entry points of {package.name} cannot be read ({error}). "
                "Allowed: lines of `name = module`. Reinstall or mend that package."
            )
            continue
        for group, name, value in points:
            top, _, kind = group.partition(".")
            if top == "seqbench" and kind in KINDS:
                found[kind].setdefault(name, set()).add(value)
                tops |= {value.partition(".")[0], *_tops(package)}
    return found, tuple(complaints), frozenset(tops)


def _tops(package: metadata.Distribution) -> set[str]:
    """What an installed package has at the top; nothing where its list cannot be read."""
    try:
        return {file.parts[0].removesuffix(".py") for file in package.files or ()}
    except Exception:  # whatever a damaged file does to the reader
        return set()


def module(kind: str, name: str) -> str:
    """The module behind a name.

    Raises:
        InputError: several packages announce that name.
    """
    modules = announced(kind)[name]
    if len(modules) > 1:
        raise InputError(
            f"{kind}: {name!r} is announced by several packages, as {' and '.join(sorted(modules))}"
            ". Allowed: one. Remove all but one of them."
        )
    return next(iter(modules))


def path(kind: str, name: str) -> Path:
    """The file of that module, found without importing it or the packages that it is in.

    Raises:
        InputError: several modules, or none with a source file.
    """
    dotted = module(kind, name)
    try:
        spec = _spec(dotted)
    except Exception:  # whatever the finders of other packages do
        spec = None
    file = Path(spec.origin) if spec and spec.origin else Path()
    if file.suffix != ".py" or not file.is_file():
        raise InputError(
            f"{kind}: {name!r} is announced by a package as {dotted!r}, which cannot be found. "
            "Allowed: a module with its source. Reinstall or mend that package."
        )
    return file


def _spec(dotted: str) -> ModuleSpec | None:
    top, *inner = dotted.split(".")
    spec = util.find_spec(top)
    for part in inner:
        if spec is None or spec.submodule_search_locations is None:
            return None
        name, places = f"{spec.name}.{part}", spec.submodule_search_locations
        specs = (finder.find_spec(name, places) for finder in sys.meta_path)
        spec = next((found for found in specs if found), None)
    return spec
