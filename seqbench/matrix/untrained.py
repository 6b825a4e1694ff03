"""What decides about the numbers that need no training: another mark means other numbers."""

import hashlib
import json

from seqbench import registry
from seqbench.matrix import Matrix

MODULES = ("axes", "cell", "remedy", "records")
FOLDERS = ("untrained", "claims", "engine", "families")


def specification(matrix: Matrix) -> str:
    """SHA-256 of what the matrix says of them: cells, initializations, hidden units."""
    said = [matrix.cells, matrix.remedies, matrix.train.hidden]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def code(matrix: Matrix) -> str:
    """SHA-256 of what the code behind them does."""
    parts = {part for remedy in matrix.remedies for part in registry.parts(remedy)}
    files = {file for cell in matrix.cells for file in registry.sources("cells", cell)}
    files |= {file for part in parts for file in registry.sources("remedies", part)}
    files |= {registry.HOME / f"{name}.py" for name in MODULES}
    files |= {file for name in FOLDERS for file in registry.HOME.glob(f"{name}/**/*.py")}
    marks = [f"{file.name} {registry.code(file)}" for file in sorted(files)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()
