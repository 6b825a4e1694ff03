"""Too little memory, at whatever moment: a sentence, another exit code than 1, and nothing lost."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.limits import PLAIN
from tests.helpers.places import HOME

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of address space")
LIMITS = [200, 450, 700]  # MB: libraries cannot be loaded, or what they reserve is not given
MORE = [300, 500, 600, *range(750, 1000, 50)]  # or tables cannot be written


def trained(folder: Path, most: int | None) -> subprocess.CompletedProcess[str]:
    """A small job, whose processes may have so many MB."""

    def limit() -> None:
        if most:
            resource.setrlimit(resource.RLIMIT_AS, (most << 20, most << 20))

    words = ["train", "--config", str(HOME / "workflow/config/smoke.yaml"), "--task", "adding"]
    command = [sys.executable, "-m", "seqbench", *words, "--cell", "memoryless"]
    variables = os.environ | PLAIN | {"PYTHONPATH": str(HOME)}
    return subprocess.run(
        command, cwd=folder, env=variables, preexec_fn=limit, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    "most", [*LIMITS, *(pytest.param(more, marks=pytest.mark.faults) for more in MORE)]
)
def test_too_little_memory_is_said_and_is_no_failed_trial(tmp_path: Path, most: int) -> None:
    ended = trained(tmp_path, most)
    if ended.returncode == 0:
        assert "done in" in ended.stderr and most > min(LIMITS)
        return
    if ended.returncode == 1:  # it ends the process itself, before there is a table
        assert ended.stderr.startswith("OpenBLAS error: Memory")
    else:
        assert ended.returncode in (2, -signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS)
        assert "memory" in ended.stderr.splitlines()[-1]
    assert "\nTraceback" not in f"\n{ended.stderr}"  # but for what a job says of a trial
    again = trained(tmp_path, None)
    assert again.returncode == 0, again.stderr
    if " ok, " in ended.stderr:
        assert ", 0 in the store" not in again.stderr
