"""What decides about the numbers that need no training: another mark means other numbers."""

import hashlib
import json

from seqbench import registry
from seqbench.matrix import Matrix, marks

FOLDERS = ("newborn", "claims", "engine")
THEOREMS = {  # what the theorems are computed with, whatever the matrix has
    "cells": ("gru", "lstm", "rnn"),
    "remedies": ("cayley", "chrono", "exp_map", "omega", "spectral_radius", "truncate"),
    "tasks": ("adding", "copy"),
}


def specification(matrix: Matrix) -> str:
    """SHA-256 of what the matrix says of them: cells, initializations, hidden units."""
    said = [matrix.cells, matrix.remedies, matrix.train.hidden]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def code(matrix: Matrix) -> str:
    """SHA-256 of what the code behind them does."""
    parts = {part for remedy in matrix.remedies for part in registry.parts(remedy)}
    named = {"cells": {*matrix.cells}, "remedies": parts, "tasks": set[str]()}
    files = {
        file
        for kind, names in named.items()
        for name in names.union(THEOREMS[kind])
        for file in registry.sources(kind, name)
    }
    return marks.mark(tuple(sorted(files | marks.modules(FOLDERS))))
