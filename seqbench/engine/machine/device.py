"""Where the arithmetic happens: chosen once per process."""

import platform
import resource
from functools import cache
from pathlib import Path

import torch

from seqbench.errors import InputError


def choose(wish: str = "auto") -> torch.device:
    """The accelerator where there is one and it is wanted, else the CPU with one thread.

    Jobs run side by side, one per core, so a second thread would only wait for the first. Denormal
    numbers are flushed to zero: vanishing gradients would otherwise slow the CPU down many times.

    Raises:
        InputError: cuda is wanted, and there is none.
    """
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    if wish == "auto":
        wish = "cuda" if torch.cuda.is_available() else "cpu"
    if wish == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "--device cuda: torch sees no CUDA device here. Allowed: auto or cpu. Leave the option "
            "out, or mend the driver or the build of torch."
        )
    return torch.device(wish)


def describe(device: torch.device) -> str:
    """The accelerator's name, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"


@cache
def machine() -> str:
    """Processor and instruction set, without the machine's name."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}"


def peak_bytes() -> int:
    """Largest memory of this process so far (Linux counts it in units of 1024 bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
