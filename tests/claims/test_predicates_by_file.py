"""A predicate is one file: the ledger accepts it, it is decided, and its words are printed."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from seqbench.claims import deciding
from seqbench.claims.reader import LEDGER
from seqbench.errors import InputError
from tests.helpers.collected import collect
from tests.helpers.results import write_results

Run = Callable[..., subprocess.CompletedProcess[str]]
FILE = '''"""Never diverges: no run of a ends with a loss that is not finite."""

from seqbench.claims.claim import Question
from seqbench.claims.finding import Finding
from seqbench.claims.runs import Runs

ARMS = ("a",)
WORDS = "no run of a diverges"
COMPARES = "order"


def decide(question: Question, margin: float, runs: Runs) -> Finding:
    """Whether all runs of a end well."""
    share = float(runs.of(question)["diverged"].mean())
    verdict = "contradicted" if share > margin else "supported"
    return Finding(verdict, share, unit="share of runs", **runs.seen(question))
'''
QUESTION = {
    "name": "never_diverges",
    "rows": {"tasks": ["adding"], "cells": ["lstm"], "remedies": ["none"]},
}
MATRIX = """\
name: file
results: out
tasks: {adding: }
cells: {lstm: }
remedies: {none: }
"""


def claim(**changes: object) -> str:
    """A copy of a claim of the ledger, as S98."""
    text = yaml.safe_load((LEDGER / "T5.yaml").read_text(encoding="utf-8"))
    return yaml.safe_dump(text | {"id": "S98", "tolerance": 0.0, "scaled_down": None} | changes)


def test_one_file_more_is_one_predicate_more(project: Path, run: Run) -> None:
    (project / "seqbench/claims/predicates/never_diverges.py").write_text(FILE)
    path = project / "seqbench/claims/ledger/S98.yaml"
    path.write_text(claim(predicate=[QUESTION]))
    (project / "m.yaml").write_text(MATRIX)
    sizes = {"tasks": ("adding",), "cells": ("lstm",), "remedies": ("none",)}
    collect(project / "out", write_results(project / "out", **sizes))

    assert "S98" in run("seqbench", "claims").stdout
    assert run("seqbench", "analyze", "--config", "m.yaml").returncode == 0
    said = " ".join(run("seqbench", "claims", "--config", "m.yaml", "--id", "S98").stdout.split())
    assert "verdict supported" in said and "never_diverges: no run of a diverges" in said

    path.write_text(claim(predicate=[QUESTION | {"arms": {"b": {}}}]))
    assert (
        "S98.yaml: predicate never_diverges has the arms ['b']" in run("seqbench", "claims").stderr
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"order"', '"taste"', "COMPARES is 'taste'. Allowed: 'order', 'ratio'"),
        ('WORDS = "no run of a diverges"\n', "", "has no WORDS"),
        ('("a",)', '("b",)', r"ARMS is \('b',\)"),
    ],
)
def test_a_file_that_lacks_something_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, words: str
) -> None:
    (tmp_path / "never.py").write_text(FILE.replace(old, new))
    monkeypatch.setattr(deciding, "HOME", tmp_path)
    for cached in (deciding.names, deciding.find):
        monkeypatch.setattr(deciding, cached.__name__, cached.__wrapped__)
    with pytest.raises(InputError, match=words):
        deciding.find("never")
