"""What all tests share: one thread per process, and a copy of the project to break."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.places import HOME, MIRROR

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_variable] = "1"  # torch reads them when it is imported

if MIRROR.is_dir():
    os.environ.setdefault("SEQBENCH_MIRROR", str(MIRROR))
PARTS = ("Snakefile", "profiles", "reports", "seqbench", "workflow", "pyproject.toml")

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(autouse=True)
def ordinary_numbers() -> Iterator[None]:
    """One thread and denormal numbers, whatever the test before wanted for its process."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


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
