"""What a whole process has in common, and a variant must leave as it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from seqbench.engine.rules import impure

DENORMAL = 5e-324  # the smallest number, or 0 where these are flushed

# what it is -> how to ask for it, how to put it back
SHARED: dict[str, tuple[Callable[[], object], Callable[..., object]]] = {
    "torch.set_default_dtype": (torch.get_default_dtype, torch.set_default_dtype),
    "torch.set_grad_enabled": (torch.is_grad_enabled, torch._C._set_grad_enabled),
    "torch.set_num_threads": (torch.get_num_threads, torch.set_num_threads),
    "torch.set_default_device": (torch.get_default_device, torch.set_default_device),
    "torch.use_deterministic_algorithms": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "torch.set_float32_matmul_precision": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "torch.set_flush_denormal": (lambda: DENORMAL * 1.0 == 0.0, torch.set_flush_denormal),
    "torch.backends.mkldnn.enabled": (torch._C._get_mkldnn_enabled, torch._C._set_mkldnn_enabled),
    "torch.autograd.set_detect_anomaly": (
        torch.is_anomaly_enabled,
        torch.autograd.set_detect_anomaly,
    ),
}


def settings() -> dict[str, object]:
    """Torch's settings of this process, by what sets them."""
    return {name: ask() for name, (ask, _) in SHARED.items()}


def put_back(before: dict[str, object]) -> str:
    """Make the settings what they were; which ones were others, in words ("": none)."""
    changed = [name for name, value in settings().items() if value != before[name]]
    for name in changed:
        SHARED[name][1](before[name])
    return ", ".join(changed)


_IMPORTED: dict[Path, str] = {}  # what a file changed when it was imported, which happens once


@contextmanager
def imported(file: Path) -> Iterator[None]:
    """Load a variant, and what it imports.

    Raises:
        Impure: that changes a setting of the whole process, which is put back.
    """
    before = settings()
    try:
        yield
    finally:
        changed = _IMPORTED.setdefault(file, put_back(before))
    if changed:
        raise impure("process", None, "", (str(file), 1, "its import"), changed)
