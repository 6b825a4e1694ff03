"""A predicate as its file describes it, and the finding of files (`seqbench/claims/predicates`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from seqbench.errors import InputError

if TYPE_CHECKING:
    from seqbench.claims.claim import Question
    from seqbench.claims.finding import Finding
    from seqbench.claims.runs import Runs

HOME = Path(__file__).parent / "predicates"
ALLOWED: dict[str, tuple[object, ...]] = {
    "ARMS": ((), ("a",), ("a", "b")),
    "COMPARES": ("order", "ratio", "level", "bounds"),
    "TABLE": ("trials", "reach", "theorems"),
    "NEEDS": ((), ("value",)),
}


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """What the file of a predicate says; the package explains it."""

    name: str
    arms: tuple[str, ...]
    words: str
    compares: str
    table: str = "trials"
    needs: tuple[str, ...] = ()

    def decide(self, question: Question, margin: float, runs: Runs) -> Finding:
        """The answer to a question; the module is imported now.

        Raises:
            NotRun: the run has no rows that answer it.
        """
        module = import_module(f"seqbench.claims.predicates.{self.name}")
        return cast("Finding", module.decide(question, margin, runs))


@cache
def names() -> tuple[str, ...]:
    """The predicates by name."""
    return tuple(sorted(file.stem for file in HOME.glob("[!_]*.py")))


@cache
def find(name: str) -> Predicate:
    """One predicate.

    Raises:
        InputError: there is none of that name, or its file lacks something.
    """
    if name not in names():
        raise InputError(
            f"predicate.name is {name!r}. Allowed: {', '.join(names())}. Change it, or write "
            f"seqbench/claims/predicates/{name}.py."
        )
    file = HOME / f"{name}.py"
    literals = dict(_literals(file))
    for key, value in literals.items():
        if value not in ALLOWED.get(key, (value,)):
            allowed = ", ".join(map(repr, ALLOWED[key]))
            raise InputError(f"{file}: {key} is {value!r}. Allowed: {allowed}. Change it.")
    if absent := [key for key in ("ARMS", "WORDS", "COMPARES") if key not in literals]:
        raise InputError(
            f"{file}: has no {absent[0]}. Allowed: what the predicates' package asks for. Add it."
        )
    return Predicate(name=name, **{key.lower(): value for key, value in literals.items()})  # type: ignore[arg-type]


def _literals(file: Path) -> Iterator[tuple[str, object]]:
    """The constants of a module that describe its predicate."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in (*ALLOWED, "WORDS"):
                yield name, ast.literal_eval(node.value)
