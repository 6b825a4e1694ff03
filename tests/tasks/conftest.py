"""Every test here reads the mirror of the data."""

from pathlib import Path

import pytest

from tests.helpers.mirror import use_mirror


@pytest.fixture(autouse=True)
def _mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_mirror(tmp_path, monkeypatch)
