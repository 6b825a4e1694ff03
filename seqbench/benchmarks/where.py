"""On what and of what a benchmark was run; never the name of a machine."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata

import torch

from seqbench import __version__, registry
from seqbench.engine.machine import device as devices

PACKAGES = ("torch", "numpy", "pandas", "snakemake", "torchrecurrent", "jax", "flashrnn", "triton")


def described(device: torch.device) -> dict[str, object]:
    """Machine, versions, commit and date."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "machine": {
            "processor": devices.machine(),
            "device": devices.describe(device),
            "cores": cores,
            "threads": torch.get_num_threads(),
            "load_at_start": round(os.getloadavg()[0], 2),
            "system": f"{platform.system()} {platform.machine()}",
        },
        "versions": versions(),
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }


def versions() -> dict[str, str]:
    """Of Python, of ours, and of every package that a number depends on and that is here."""
    installed = {"python": platform.python_version(), "seqbench": __version__}
    for package in PACKAGES:
        try:
            installed[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return installed | {"torch": torch.__version__}


def commit() -> str:
    """The commit that is checked out, and whether the code differs from it."""
    try:
        short = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "seqbench", "workflow", "Snakefile")
    except (OSError, subprocess.CalledProcessError):
        return "not a checkout"
    return f"{short}, with changes" if changed else short


def _git(*words: str) -> str:
    command = ["git", "-C", str(registry.HOME.parent), *words]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout.strip()
