"""Without a network everything that needs no download works, from the matrix to the report."""

import subprocess
from pathlib import Path

import pytest

from tests.helpers.processes import RUN

ALONE = ["unshare", "--map-root-user", "--net"]


def allowed() -> bool:
    """Whether this machine lets us have a network of our own, in which there is nobody."""
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not allowed(), reason="this machine allows no namespaces")
@pytest.mark.parametrize(
    "name", ["tiny.yaml", pytest.param("workflow/config/smoke.yaml", marks=pytest.mark.faults)]
)
def test_from_the_matrix_to_the_report(
    project: Path, tiny: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(project))
    ended: subprocess.CompletedProcess[str] = subprocess.run(
        [*ALONE, *RUN, name], cwd=project, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    made = [Path(line) for line in ended.stdout.split() if line.endswith((".html", ".pdf"))]
    assert len(made) == 2 and all(file.stat().st_size for file in made)
