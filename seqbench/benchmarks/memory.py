"""Peak memory of a stack: python -m seqbench.benchmarks.memory ENGINE DEVICE TRIALS...

A process of its own, because memory that was used once stays with a process.
"""

import json
import subprocess
import sys

import torch

from seqbench.benchmarks import ours
from seqbench.benchmarks.grid import Case
from seqbench.engine.machine import device as devices
from seqbench.engine.machine.memory import forget, peak

TRIALS = (4, 16, 64)  # growing, so that each sets the peak
QUICK_TRIALS = (16,)


def peaks(name: str, wish: str, sizes: list[int]) -> dict[int, int]:
    """Bytes beyond a process with torch, by trials of a stack; LSTM, H=32, T=100, B=32."""
    device = devices.choose(wish)
    engine = next(engine for engine in ours.engines() if engine.name == name)
    field = ours.field(Case("lstm", 32, 2, steps=4), device)
    if reason := ours.refusal(engine, field):
        sys.exit(reason)
    ours.one_pass(engine, field).run()
    forget(device)
    before, taken = peak(device), {}
    for trials in sizes:
        ours.one_pass(engine, ours.field(Case("lstm", 32, trials), device)).run()
        taken[trials] = peak(device) - before
    return taken


def measured(device: torch.device, quick: bool) -> list[dict[str, object]]:
    """Rows of every engine, each from a process of its own."""
    rows: list[dict[str, object]] = []
    words = [str(trials) for trials in (QUICK_TRIALS if quick else TRIALS)]
    for engine in ours.engines():
        module = [sys.executable, "-m", "seqbench.benchmarks.memory"]
        command = [*module, engine.name, device.type, *words]
        ended = subprocess.run(command, capture_output=True, text=True)
        if ended.returncode:
            last = ended.stderr.strip().rpartition("\n")[2]
            rows.append({"engine": engine.name, "skipped": last})
            continue
        for trials, size in json.loads(ended.stdout).items():
            rows.append({"engine": engine.name, "trials": int(trials), "bytes": size})
    return rows


if __name__ == "__main__":
    print(json.dumps(peaks(sys.argv[1], sys.argv[2], list(map(int, sys.argv[3:])))))
