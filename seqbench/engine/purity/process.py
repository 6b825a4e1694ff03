"""What a whole process has in common, and a variant must leave as it is."""

from collections.abc import Callable

import torch

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
