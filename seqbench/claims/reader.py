"""The ledger as it is read from its files: checked to the last name, without torch or pandas."""

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from seqbench import registry
from seqbench.claims import deciding
from seqbench.claims.claim import ANY, PAST, Claim, Question, Rows, merged
from seqbench.errors import InputError
from seqbench.matrix import refusals, strict

LEDGER = Path(__file__).parent / "ledger"
SINGULAR = {"tasks": "the task", "cells": "the cell", "remedies": "the remedy"}


@cache
def ledger(folder: Path = LEDGER) -> dict[str, Claim]:
    """Every claim by its id, in reading order.

    Raises:
        InputError: a file is not a claim; the sentence names file and key.
    """
    claims = [read(path) for path in sorted(folder.glob("*.yaml"))]
    return {claim.id: claim for claim in sorted(claims, key=lambda claim: claim.rank)}


def find(name: str) -> Claim:
    """One claim.

    Raises:
        InputError: there is none of that id.
    """
    known = ledger()
    if name not in known:
        raise InputError(
            f"claims: {name!r} is unknown. Allowed: {', '.join(known)}. If it is new, write "
            f"seqbench/claims/ledger/{name}.yaml."
        )
    return known[name]


def read(path: Path) -> Claim:
    """Read and check one file.

    Raises:
        InputError: as `ledger`.
    """
    try:
        claim = Claim.model_validate(strict.read(path))
    except ValidationError as error:
        raise refusals.first_of(path.name, _problems(error)) from error
    if claim.id != path.stem:
        raise InputError(
            f"{path.name}: id is {claim.id!r}. Allowed: the file's name, {path.stem!r}. "
            "Rename one of them."
        )
    for test in claim.questions:
        _check(path, test)
    return claim


def _problems(error: ValidationError) -> list[InputError]:
    problems = []
    for detail in error.errors():
        where, key = detail["loc"][:-1], str(detail["loc"][-1])
        if detail["type"] == "missing":
            problems.append(
                InputError(
                    f"the key {refusals.dotted(detail['loc'])!r} is missing. Allowed: every key of "
                    "the other files (null where the source is silent). Add it."
                )
            )
        elif detail["type"] == "extra_forbidden":
            problems.append(
                InputError(
                    f"{refusals.dotted(where)} has no key {key!r}. Allowed: the keys of the other "
                    "files. Remove it."
                )
            )
        else:
            problems.append(refusals.wrong_value(detail["loc"], detail["input"], [detail]))
    return problems


def _check(path: Path, test: Question) -> None:
    """What pydantic cannot see: that there is such a predicate, and what it asks for."""
    try:
        predicate = deciding.find(test.name)
    except InputError as error:
        raise refusals.first_of(path.name, [error]) from error
    arms = predicate.arms
    if set(test.arms) - set(arms) or (len(arms) == 2 and set(test.arms) != set(arms)):
        raise InputError(
            f"{path.name}: predicate {test.name} has the arms {refusals.shown(sorted(test.arms))}. "
            f"Allowed: {' and '.join(arms) or 'none'}. Change them."
        )
    for field in predicate.needs:
        if getattr(test, field) is None:
            raise InputError(
                f"{path.name}: predicate {test.name} has no {field}. Allowed: a number. Add it."
            )
    for arm in arms:
        rows = merged(test, arm)
        if not (rows.tasks and rows.cells and rows.remedies):
            raise InputError(
                f"{path.name}: arm {arm} of {test.name} leaves its tasks, cells or remedies open. "
                "Allowed: names. Add them."
            )


def missing(claim: Claim) -> list[str]:
    """What a claim asks for and does not exist: `the cell x` (what that is, or why not)."""
    absent: dict[str, None] = {}
    for kind, name in variants(claim):
        if name.partition("@")[0] not in registry.names(kind):
            what = claim.missing.get(name)
            absent[f"{SINGULAR[kind]} `{name}`" + (f" ({what})" if what else "")] = None
    return list(absent)


def variants(claim: Claim) -> list[tuple[str, str]]:
    """Every task, cell and remedy that a claim asks for, by kind."""
    asked = [merged(test, a) for test in claim.questions for a in deciding.find(test.name).arms]
    return [variant for rows in asked for variant in _variants(rows)]


def _variants(rows: Rows) -> list[tuple[str, str]]:
    """Every variant that some rows name, by kind."""
    tasks = [name for name in rows.tasks or () if name != PAST]
    remedies = [part for name in rows.remedies or () for part in registry.parts(name)]
    return [
        *(("tasks", name) for name in tasks),
        *(("cells", name) for name in rows.cells or ()),
        *(("remedies", name) for name in remedies if name != ANY),
    ]
