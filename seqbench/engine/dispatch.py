"""What is asked for at every operation of torch, while it is active."""

from torch.utils._python_dispatch import TorchDispatchMode


class Mode(TorchDispatchMode):
    """A subclass says in `__torch_dispatch__` what an operation does."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Of torch: otherwise it imports its compiler to keep it away from here (1 s, 150 MB)."""
        return False
