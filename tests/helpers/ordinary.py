"""Commands as an ordinary user runs them: the superuser may write everywhere."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.places import HOME

USER = 65534  # nobody


@contextmanager
def place() -> Iterator[Path]:
    """A folder of this user's own, wherever the tests' own folders may be seen by nobody else."""
    folder = Path(tempfile.mkdtemp(prefix="ordinary-"))
    try:
        os.chmod(folder, 0o755)
        if os.geteuid() == 0:
            os.chown(folder, USER, USER)
        yield folder
    finally:
        for inner, _, _ in os.walk(folder):
            os.chmod(inner, 0o755)
        shutil.rmtree(folder)


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`python -m seqbench ...` with only these environment variables and the search path."""
    own = {"user": USER, "group": USER, "extra_groups": []} if os.geteuid() == 0 else {}
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "seqbench", *words]
    return subprocess.run(
        command, cwd=cwd, env=kept | variables, capture_output=True, text=True, check=False, **own
    )
