"""Which files a source file imports, found from its text and its folders: nothing is run.

What counts is this project's, the working folder's, and that of packages which announce variants;
Python and other packages are known by their versions. Not found are modules whose names only
running tells (`importlib.import_module(name)`).
"""

import ast
import sys
import sysconfig
from collections.abc import Iterator
from functools import cache
from importlib import util
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from seqbench import plugins

HOME = Path(__file__).parent
INSTALLED = ("site-packages", "dist-packages")  # where packages lie
PYTHON = Path(sysconfig.get_path("stdlib"))

Files = tuple[Path, ...]


def imported(module: ast.Module, file: Path) -> Iterator[tuple[str, Files]]:
    """The names that a module imports, wherever in it, with the files that are run for each.

    The last of them is the one that the name is from.
    """
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, _files(alias.name.split("."), file)
        elif isinstance(node, ast.ImportFrom):
            begin = node.module.split(".") if node.module else []
            for alias in node.names:
                yield alias.name, _files([*begin, alias.name], file, node.level)


@cache
def packages(file: Path) -> Files:
    """The files of the packages that a module is in, which are run before it."""
    inits: list[Path] = []
    init = file.with_name("__init__.py")
    while init.is_file():
        inits.insert(0, init)
        init = init.parent.with_name("__init__.py")
    return tuple(one for one in inits if one != file)


def name(file: Path) -> str:
    """A source file as Python would find it, wherever the project lies: seqbench/cells/lstm.py"""
    inits = packages(file)
    own = file.parent if file.name == "__init__.py" else file
    outer = inits[0].parents[1] if inits else own.parent
    if not inits and own.is_relative_to(Path.cwd()):
        outer = Path.cwd()
    return file.relative_to(outer).as_posix()


def _files(parts: list[str], file: Path, level: int = 0) -> Files:
    """The files of a dotted name, as far as there are any; none where they do not count."""
    if level:
        folder: Path | None = file.parents[level - 1] if level <= len(file.parents) else None
    else:
        outer = [init.parents[1] for init in packages(file)[:1] if init.parent.name == parts[0]]
        folder = outer[0] if outer else _root(parts[0], (str(Path.cwd()), *sys.path))
        folder = folder if folder and (outer or _counts(parts[0], folder)) else None
    if folder is None:
        return ()
    found: list[Path] = []
    place = folder
    for part in parts:
        place = place / part
        found += [source] if (source := _source(place)) else []
    return tuple(found)


@cache
def _root(top: str, folders: tuple[str, ...]) -> Path | None:
    """The folder that a top-level module or package is in."""
    places = [Path(folder) / top for folder in folders]
    for place in (*filter(_source, places), *filter(Path.is_dir, places)):
        return place.parent
    try:
        spec = util.find_spec(top)
    except Exception:  # whatever the finders of other packages do
        spec = None
    source = Path(spec.origin) if spec and spec.origin else Path()
    return source.parents[source.name == "__init__.py"] if source.is_file() else None


@cache
def _counts(top: str, folder: Path) -> bool:
    """Whether what is imported from there is neither Python's nor an installed package."""
    if top in plugins.packages() or (folder, top) == (HOME.parent, HOME.name):
        return True
    python = folder == PYTHON or PYTHON in folder.parents
    installed = {*INSTALLED} & {*folder.parts} or any(folder.glob(f"{top}-*.dist-info"))
    return not (python or installed)


def _source(place: Path) -> Path | None:
    """The file of a module or package; one in C where there is no other."""
    endings = ("/__init__.py", ".py", *EXTENSION_SUFFIXES)
    files = (Path(f"{place}{ending}") for ending in endings)
    return next((file for file in files if file.is_file()), None)
