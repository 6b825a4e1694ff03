"""Every cell, remedy, task, knob and reference that the ledger names exists, or it says why not."""

import re
from collections.abc import Iterator

import pytest

from seqbench import matrix, registry
from seqbench.claims import deciding
from seqbench.claims.claim import ALIASES, KINDS, Claim, merged
from seqbench.claims.reader import ledger, variants
from seqbench.claims.rows import KINDS as FOLDERS
from seqbench.matrix import Matrix
from seqbench.report import bibliography
from tests.helpers.places import HOME

CLAIMS = ledger()
REFERENCES = bibliography.entries()
KEY = re.compile(r"\b[a-z]{2,}(?:1[89]|20)\d\d[a-z]*\b")
MATRICES: list[Matrix] = [
    matrix.read(file) for file in sorted((HOME / "workflow" / "config").glob("*.yaml"))
    if file.stem != "datasets"
]  # fmt: skip
LABELED = {  # every name with a label that a matrix has, by kind
    "tasks": {name for found in MATRICES for name in (*found.tasks, *found.reach)},
    "cells": {name for found in MATRICES for name in found.cells},
    "remedies": {name for found in MATRICES for name in found.remedies},
}
EVERY = pytest.mark.parametrize("claim", list(CLAIMS.values()), ids=list(CLAIMS))


def named(claim: Claim) -> Iterator[tuple[str, str]]:
    """Every variant that a claim names, of the published setting, too, by kind."""
    yield from variants(claim)
    yield from (("cells", name) for name in claim.setting.cells if name != "none")
    for name in claim.setting.remedies:
        yield from (("remedies", part) for part in registry.parts(ALIASES.get(name, name)))


@EVERY
def test_every_variant_is_a_file(claim: Claim) -> None:
    absent = {
        name for kind, name in named(claim) if name.partition("@")[0] not in registry.names(kind)
    }
    assert absent == set(claim.missing)


@EVERY
def test_every_label_is_a_variants_or_one_of_a_matrix(claim: Claim) -> None:
    for kind, name in named(claim):
        base, _, label = name.partition("@")
        if label and base not in claim.missing:
            values = registry.describe(kind, base).knobs.get("variant")
            allowed = values is not None and f"{label!r}" in values.annotation.replace('"', "'")
            assert allowed or name in LABELED[kind], f"{claim.id}: no matrix has `{name}`"


@EVERY
def test_every_knob_is_one_of_the_variants(claim: Claim) -> None:
    for question in claim.questions:
        for arm in deciding.find(question.name).arms:
            rows = merged(question, arm)
            for kind, wanted in rows.knobs.items():
                for name in getattr(rows, FOLDERS[kind]) or ():
                    if kind != "task" or name != "past":
                        base = name.partition("@")[0]
                        knobs = registry.describe(FOLDERS[kind], base).knobs
                        assert set(wanted) <= set(knobs), f"{claim.id}: {name} has not {wanted}"


@EVERY
def test_every_reference_is_in_the_bibliography(claim: Claim) -> None:
    texts = (claim.source.key, claim.source.place, claim.source.version, claim.statement,
             str(claim.scaled_down))  # fmt: skip
    keys = [key for text in texts for key in KEY.findall(text)]
    assert claim.source.key in keys
    assert set(keys) <= set(REFERENCES)


def test_the_kinds_are_those_of_the_registry() -> None:
    assert tuple(FOLDERS) == KINDS and set(FOLDERS.values()) == set(LABELED)
