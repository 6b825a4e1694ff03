"""A search and a job killed at random moments end with the bytes of those left in peace."""

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
reach:
  temporal_order: {from: 12, to: 14, further: [2], remedies: [none, truncate]}
"""
JOB = """\
import sys
from pathlib import Path
from seqbench import jobs, matrix
from seqbench.engine import train
from seqbench.jobs import reach
train.CHECKPOINT_SECONDS = 0.0
found = matrix.read(Path("matrix.yaml"))
print("ready", flush=True)
reach.run_reach(found, "temporal_order", "lstm")
print("searched", flush=True)
jobs.run_job(found, "temporal_order", "lstm")
"""
KILLS = (0.03, 0.2, 0.35)  # as shares of the calm time, at the earliest


def start(folder: Path) -> subprocess.Popen:
    folder.mkdir(exist_ok=True)
    (folder / "matrix.yaml").write_text(MATRIX)
    quiet = {"stderr": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", JOB], cwd=folder, **quiet)


def results(folder: Path) -> dict[str, bytes]:
    """All tables but the costs, which a stopwatch says."""
    tables = (folder / "results").rglob("*.parquet")
    return {str(p.relative_to(folder)): p.read_bytes() for p in tables if "costs" not in p.parts}


def test_killed_again_and_again_it_ends_with_the_same_bytes(tmp_path: Path) -> None:
    calm = start(tmp_path / "calm")
    calm.stdout.readline()
    began = time.monotonic()
    assert calm.wait(120) == 0
    calm.stdout.close()
    length = time.monotonic() - began
    moments, killed, searching = random.Random(0), 0, 0
    for share in KILLS:
        job = start(tmp_path / "torn")
        job.stdout.readline()
        time.sleep((share + moments.uniform(0, 0.15)) * length)
        job.send_signal(signal.SIGKILL)
        killed += job.wait() == -signal.SIGKILL
        searching += not job.stdout.read()
        job.stdout.close()
    assert killed >= 2 and searching, "too fast to be killed: the test shows nothing"
    last = start(tmp_path / "torn")
    last.communicate(timeout=120)
    assert last.returncode == 0
    assert results(tmp_path / "torn") == results(tmp_path / "calm")
    left = [p for p in (tmp_path / "torn" / "results").rglob("*") if p.suffix == ".pt"]
    assert not left, "what is finished leaves no checkpoint"
