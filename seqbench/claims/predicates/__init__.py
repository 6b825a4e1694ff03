"""The predicates that decide a question: a file is a predicate, found by its name, with

    ARMS       the arms that it asks for: (), ("a",) or ("a", "b")
    WORDS      what it says of them
    COMPARES   order, ratio, level or bounds: a smaller setting than the published one that falls
               short of a level is no evidence against it, nor of a ratio while the order holds
    TABLE      the table that answers it, if not trials: reach or theorems
    NEEDS      the fields of a question that it cannot do without, if any
    decide(question, margin, runs) -> Finding

A margin is what a difference must exceed (or, of an equivalence, must not exceed) to count. All but
`decide` are literals, read from the source: the ledger is checked and listed without pandas.
"""

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

HOME = Path(__file__).parent
ALLOWED: dict[str, tuple[object, ...]] = {
    "ARMS": ((), ("a",), ("a", "b")),
    "COMPARES": ("order", "ratio", "level", "bounds"),
    "TABLE": ("trials", "reach", "theorems"),
    "NEEDS": ((), ("value",)),
}


@dataclass(frozen=True, kw_only=True)
class Predicate:
    """What the file of a predicate says; see above."""

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
        module = import_module(f"{__name__}.{self.name}")
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
            f"{file}: has no {absent[0]}. Allowed: what `{__name__}` asks for. Add it."
        )
    return Predicate(name=name, **{key.lower(): value for key, value in literals.items()})  # type: ignore[arg-type]


def _literals(file: Path) -> Iterator[tuple[str, object]]:
    """The constants of a module that describe its predicate."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) if name in (*ALLOWED, "WORDS"):
                yield name, ast.literal_eval(node.value)
