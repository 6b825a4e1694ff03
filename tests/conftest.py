"""What all tests share: one thread per process, and a copy of the project to break."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # torch reads them when it is imported

HOME = Path(__file__).parents[1]
MIRROR = HOME.parent / "shared" / "data"  # where there is one: tests that need it are skipped else
if MIRROR.is_dir():
    os.environ.setdefault("SEQBENCH_MIRROR", str(MIRROR))
PARTS = ("Snakefile", "profiles", "reports", "seqbench", "workflow", "pyproject.toml")

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Whatever number of threads the test before wanted."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, without results, in a folder of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.html", "*.pdf", "results")
    for name in PARTS:
        if (HOME / name).is_dir():
            shutil.copytree(HOME / name, folder / name, ignore=ignored)
        else:
            shutil.copy2(HOME / name, folder / name)
    return folder


@pytest.fixture
def run(project: Path) -> Callable[..., Ended]:
    """Runs `python -m ...` in the copy: run("seqbench", "list")."""

    def call(*words: str | Path, timeout: float = 300) -> Ended:
        command = [sys.executable, "-m", *map(str, words)]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=timeout)

    return call
