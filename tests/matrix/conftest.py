"""A matrix file of a test's own."""

from pathlib import Path

import pytest
import yaml

from seqbench import matrix
from tests.helpers.matrices import Read


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes text or values as a matrix file and reads it."""

    def write(content: object) -> matrix.Matrix:
        file = tmp_path / "m.yaml"
        text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
        file.write_text(text)
        return matrix.read(file)

    return write
