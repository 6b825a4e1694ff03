"""How much memory there is and how much is taken, in bytes."""

import ctypes
import gc
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

from seqbench.engine.machine.device import peak_bytes

PROC, GROUPS = Path("/proc"), Path("/sys/fs/cgroup")
FORGET_PEAK = "5"  # what Linux takes in clear_refs: the peak is the present use again


def sharers() -> int:
    """Jobs that run at once and share the memory: SEQBENCH_JOBS, or one for every core."""
    jobs = os.environ.get("SEQBENCH_JOBS", "")
    if jobs.isdecimal():
        return max(1, int(jobs))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def available(device: torch.device) -> int | None:
    """Bytes that this process may still take; None where the system does not say."""
    if device.type == "cuda":
        held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + held
    rooms = [*_machine(), *_groups(), *_address_space()]
    return max(0, min(rooms)) if rooms else None


def _machine() -> Iterator[int]:
    with suppress(OSError, StopIteration):
        lines = (PROC / "meminfo").read_text().splitlines()
        words = next(line.split() for line in lines if line.startswith("MemAvailable:"))
        yield int(words[1]) * 1024


def _groups() -> Iterator[int]:
    """Limit minus use of every control group around this process, in both versions' words."""
    with suppress(OSError):
        for line in (PROC / "self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            top = GROUPS / "memory" if controllers else GROUPS
            names = ("memory.max", "memory.current", "inactive_file")
            if controllers:
                names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            inner = top / path.lstrip("/")
            for folder in (inner, *inner.parents):
                if folder.is_relative_to(top):
                    yield from _group(folder, *names)


def _group(folder: Path, limit: str, use: str, cached: str) -> Iterator[int]:
    """Pages of files count as used and are given back when they are asked for."""
    with suppress(OSError, ValueError):  # not here, or "max": no limit
        most, now = (int((folder / name).read_text()) for name in (limit, use))
        counts = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        yield most - now + int(counts.get(cached, 0))


def _address_space() -> Iterator[int]:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        with suppress(OSError):
            pages = int((PROC / "self/statm").read_text().split()[0])
            yield limit - pages * resource.getpagesize()


@contextmanager
def capped(device: torch.device) -> Iterator[None]:
    """While this lasts, to ask for memory that the machine does not have raises an error.

    Without it the system kills the process, and nobody learns which trial was too large. On a GPU
    its own memory is what ends, and asking for too much of that is an error anyway.
    """
    room = available(device) if device.type == "cpu" else None
    if room is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    taken = int((PROC / "self/statm").read_text().split()[5]) * resource.getpagesize()
    limits = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([taken + room, *limits]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def trim() -> None:
    """Give the system back what `free` left with the process, where the C library can.

    Between two phases of a training, that is: the holes that one leaves do not fit the other's
    blocks, so that a process would hold the sum of both, and how much of it is chance.
    """
    with suppress(AttributeError, OSError):  # glibc can
        ctypes.CDLL(None).malloc_trim(0)


def release() -> None:
    """Give all memory that nobody uses back to the system, garbage and an accelerator's, too."""
    gc.collect()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    trim()


def forget(device: torch.device) -> None:
    """Begin to look for a peak. Where that is impossible, a peak before this counts, too."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        (PROC / "self/clear_refs").write_text(FORGET_PEAK)


def used(device: torch.device) -> int:
    """Memory in use now, in bytes; where the system does not say, the largest so far.

    On a GPU what is reserved counts: a recorded graph keeps its memory between two runs.
    """
    if device.type == "cuda":
        return torch.cuda.memory_reserved(device)
    with suppress(OSError):
        return int((PROC / "self/statm").read_text().split()[1]) * resource.getpagesize()
    return peak_bytes()


def peak(device: torch.device) -> int:
    """Largest memory since `forget`, in bytes: the accelerator's where there is one."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    with suppress(OSError, StopIteration):
        lines = (PROC / "self/status").read_text().splitlines()
        words = next(line.split() for line in lines if line.startswith("VmHWM:"))
        return int(words[1]) * 1024
    return peak_bytes()
