"""The golden jobs and the digests of their tables: what a change of the structure must not change.

    make golden     records the digests of this machine, at a commit that is known to be right

Bits are the same on one type of machine only, so each has its own. Whoever changes numbers on
purpose records them anew; what other machines had is then forgotten.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import torch

HERE = Path(__file__).parent
HOME = HERE.parents[1]
JOBS, DIGESTS = HERE / "jobs.yaml", HERE / "digests.json"
CODE = "fingerprint"  # the column that changes with any line of code
TABLES = ("trials", "curves", "flow", "samples", "reach", "cards", "propagation", "theorems")
COMMANDS = """
from seqbench.__main__ import main
from seqbench import matrix
config = ["--config", "jobs.yaml"]
jobs = matrix.read(matrix.Path("jobs.yaml"))
for command, pairs in (("train", jobs.jobs()), ("reach", jobs.reach_jobs())):
    for task, cell in pairs:
        assert main([command, *config, "--task", task, "--cell", cell]) == 0, (command, task, cell)
assert main(["initialization", *config]) == 0
"""


def machine() -> str:
    """The type of this machine, as far as bits depend on it."""
    names = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    model = names[0].partition(":")[2].strip() if names else "unknown"
    torch_version = torch.__version__.partition("+")[0]
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}, torch {torch_version}"


def digests() -> dict[str, str]:
    """SHA-256 of every table that the golden jobs leave, trained in an empty folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "jobs.yaml").write_bytes(JOBS.read_bytes())
        environment = os.environ | {"PYTHONPATH": str(HOME), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", COMMANDS]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        results = folder / "results"
        reasons = [why for file in results.glob("trials/**/*.parquet") for why in _failed(file)]
        assert not reasons, f"golden jobs failed, so nothing is recorded or compared: {reasons[0]}"
        files = [file for table in TABLES for file in results.glob(f"{table}*/**/*.parquet")]
        files += [file for table in TABLES for file in results.glob(f"{table}.parquet")]
        return {file.relative_to(results).as_posix(): _digest(file) for file in sorted(files)}


def _failed(file: Path) -> list[str]:
    rows = pq.read_table(file, columns=["status", "reason"]).to_pylist()
    return [row["reason"] for row in rows if row["status"] == "failed"]


def _digest(file: Path) -> str:
    table = pq.read_table(file)
    rows = table.drop_columns([c for c in (CODE,) if c in table.column_names]).to_pylist()
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def known() -> dict[str, dict[str, str]]:
    """The digests of all machines, by type of machine."""
    found: dict[str, dict[str, str]] = json.loads(DIGESTS.read_text()) if DIGESTS.exists() else {}
    return found


if __name__ == "__main__":
    before, made = known(), digests()
    others = before if before.get(machine(), made) == made else {}
    text = json.dumps({**others, machine(): made}, indent=1, sort_keys=True)
    DIGESTS.write_text(text + "\n")
    print(f"{len(made)} tables recorded for {machine()}")
