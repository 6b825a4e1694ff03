"""Every public module, class, function, method and property says what it is.

An override of a documented method needs no docstring of its own; a variant's is that of its file.
"""

import ast
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.helpers import places

HOME = places.HOME / "seqbench"
FILES = sorted(path.relative_to(HOME).as_posix() for path in HOME.rglob("*.py"))
VARIANTS = ("cells/", "remedies/", "tasks/")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def silent(file: str) -> list[str]:
    """What is public in a file and has no docstring."""
    tree = ast.parse((HOME / file).read_text(encoding="utf-8"))
    found = [] if ast.get_docstring(tree) else ["the module"]
    for node in public(tree):
        a_variant = isinstance(node, ast.ClassDef) and file.startswith(VARIANTS)
        if not (ast.get_docstring(node) or a_variant):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            inherited = bases(file, node.name)
            found += [
                f"{node.name}.{method.name}"
                for method in public(node)
                if not (ast.get_docstring(method) or documented(inherited, method.name))
            ]
    return found


def public(node: ast.Module | ast.ClassDef) -> Iterator[Function | ast.ClassDef]:
    """The public functions and classes of a body; a setter belongs to its property."""
    for part in node.body:
        if not isinstance(part, Function | ast.ClassDef) or part.name.startswith("_"):
            continue
        if not any(ast.unparse(mark).endswith(".setter") for mark in part.decorator_list):
            yield part


def bases(file: str, name: str) -> tuple[type, ...]:
    """What a class inherits from."""
    module = f"seqbench/{file}".removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return getattr(import_module(module), name).__mro__[1:]


def documented(inherited: tuple[type, ...], name: str) -> bool:
    return any(getattr(vars(base).get(name), "__doc__", None) for base in inherited)


@pytest.mark.parametrize("file", FILES)
def test_what_is_public_says_what_it_is(file: str) -> None:
    found = silent(file)
    assert not found, f"{file}: a docstring for {', '.join(found)}"
