"""Peak memory of a stack: python -m seqbench.benchmarks.memory ENGINE DEVICE TRIALS...

A process of its own, because memory that was used once stays with a process.
"""

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import torch

from seqbench.benchmarks import ours
from seqbench.benchmarks.grid import Case
from seqbench.engine import device as devices

TRIALS = (4, 16, 64)  # growing, so that each sets the peak
QUICK_TRIALS = (16,)
FORGET_PEAK = "5"  # what Linux takes in clear_refs: the peak is the present use again


def forget(device: torch.device) -> None:
    """Begin to look for a peak. Where that is impossible, a peak before this counts, too."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(FORGET_PEAK)


def peak(device: torch.device) -> int:
    """Largest memory so far, in bytes: the accelerator's where there is one."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        words = next(line.split() for line in lines if line.startswith("VmHWM:"))
        return int(words[1]) * 1024
    return devices.peak_bytes()


def peaks(name: str, wish: str, sizes: list[int]) -> dict[int, int]:
    """Bytes beyond a process with torch, by trials of a stack; LSTM, H=32, T=100, B=32."""
    device = devices.choose(wish)
    engine = next(engine for engine in ours.engines() if engine.name == name)
    ours.one_pass(engine, ours.field(Case("lstm", 32, 2, steps=4), device)).run()
    forget(device)
    before, found = peak(device), {}
    for trials in sizes:
        ours.one_pass(engine, ours.field(Case("lstm", 32, trials), device)).run()
        found[trials] = peak(device) - before
    return found


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
