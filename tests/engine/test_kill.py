"""A job killed at random moments, again and again, ends with the bytes of one left in peace."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

MATRIX = """\
name: kill
seeds: [1, 2, 3]
train: {hidden: 8, batch: 8, updates: 60, evaluate_every: 5, learning_rates: [0.01, 0.03]}
tasks:
  temporal_order: {length: 20}
cells:
  lstm:
remedies:
  none:
  clip_norm:
  truncate:
  gradient_penalty:
"""
JOB = """\
import sys
from pathlib import Path
from seqbench import jobs, matrix
from seqbench.engine import train
train.CHECKPOINT_SECONDS = 0.0
print("ready", flush=True)
jobs.run_job(matrix.read(Path("matrix.yaml")), "temporal_order", "lstm")
"""
KILLS = 4


def start(folder: Path) -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    (folder / "matrix.yaml").write_text(MATRIX)
    quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", JOB], cwd=folder, **quiet)


def results(folder: Path) -> dict[str, bytes]:
    """All tables but the costs, which a stopwatch says."""
    tables = (folder / "results").rglob("*.parquet")
    return {str(p.relative_to(folder)): p.read_bytes() for p in tables if "costs" not in p.parts}


def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path):
    calm = start(tmp_path / "calm")
    calm.stdout.readline()
    began = time.monotonic()
    assert calm.wait(120) == 0
    calm.stdout.close()
    length = time.monotonic() - began
    moments, killed = random.Random(0), 0
    for _ in range(KILLS):
        job = start(tmp_path / "torn")
        job.stdout.readline()
        time.sleep(moments.uniform(0.1, 0.5) * length)
        job.send_signal(signal.SIGKILL)
        killed += job.wait() == -signal.SIGKILL
        job.stdout.close()
    assert killed >= 2, "too fast to be killed: the test shows nothing"
    last = start(tmp_path / "torn")
    last.communicate(timeout=120)
    assert last.returncode == 0
    assert results(tmp_path / "torn") == results(tmp_path / "calm")
    left = [p for p in (tmp_path / "torn" / "results").rglob("*") if p.suffix == ".pt"]
    assert not left, "a finished job leaves no checkpoint"
