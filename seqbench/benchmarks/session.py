"""Measure everything in order, print it, and write it to one file."""

import json
import re
import time
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass, replace
from pathlib import Path

import torch

from seqbench.benchmarks import grid, kernels, memory, ours, pipeline, table, targets, where
from seqbench.engine.machine import device as devices
from seqbench.files import atomic_write

FORMAT = 1  # of the file; a new number where a reader of the old one would err
HOME = Path("reports/benchmarks")

Report = dict[str, object]


def say(lines: Iterable[str]) -> None:
    """Print lines at once, also into a pipe."""
    print("\n".join(lines), flush=True)


def race_all(effort: grid.Effort, device: torch.device) -> list[kernels.Result]:
    """Ours against the others."""
    races = []
    for case in grid.races(effort):
        races.append(kernels.race(case, effort, device))
        say(table.race(races[-1]))
    return races


def grow_all(effort: grid.Effort, device: torch.device) -> list[kernels.Growth]:
    """Ours as trials, steps and units grow."""
    growths = []
    for size, cases in grid.growths(effort.quick).items():
        for engine in ours.engines():
            grown = kernels.growth(size, cases, engine, effort, device)
            if grown:
                growths.append(grown)
                say(table.growth(grown))
    return growths


def run(
    *, quick: bool = False, out: Path | None = None, wish: str = "auto", inductor: bool = False
) -> Path:
    """Measure, print, write; returns the file. `out`: None for one named after the machine."""
    begun, device = time.monotonic(), devices.choose(wish)
    on_gpu = device.type == "cuda"
    effort = replace(grid.QUICK if quick else grid.FULL, on_gpu=on_gpu, inductor=inductor)
    report: Report = {"format": FORMAT, "quick": quick, **where.described(device)}
    say(f"{key}: {value}" for key, value in report.items())
    races = race_all(effort, device)
    growths = grow_all(effort, device)
    peaks = memory.measured(device, quick)
    say(table.memory(peaks))
    spent = pipeline.measured(quick)
    say(table.pipeline(spent))
    wanted = targets.listed(races, growths, spent, on_gpu)
    say(table.targets(wanted))
    report |= {"races": races, "growths": growths, "memory": peaks}
    report["pipeline"] = spent
    report["targets"] = [asdict(target) | {"verdict": target.verdict} for target in wanted]
    report["seconds"] = round(time.monotonic() - begun)
    path = out or HOME / f"{file_name(device)}{'-quick' if quick else ''}.json"
    atomic_write(path, json.dumps(report, indent=1, default=plain).encode() + b"\n")
    say([f"\n{path}, after {report['seconds']} s"])
    return path


def file_name(device: torch.device) -> str:
    """After the accelerator, or the processor: "Intel(R) Xeon(R), AVX2" -> "intel-xeon-avx2"."""
    name = devices.machine() if device.type == "cpu" else devices.describe(device)
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\((r|tm)\)", "", name.lower())).strip("-")


def plain(value: object) -> object:
    """A record as a dictionary, numbers to five digits."""
    assert is_dataclass(value) and not isinstance(value, type), f"{value!r} is no record"
    return _short(asdict(value))


def _short(value: object) -> object:
    if isinstance(value, dict):
        return {key: _short(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_short(part) for part in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value
