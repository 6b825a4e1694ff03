"""What is asked for at every operation of torch, while it is active."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from torch._C import DispatchKey
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

LISTS = "_foreach_"


class Mode(TorchDispatchMode):
    """A subclass says in `__torch_dispatch__` what an operation does."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Of torch: otherwise it imports its compiler to keep it away from here (1 s, 150 MB)."""
        return False


class TensorMode(Mode):
    """A subclass says in `compute` what an operation does; of lists, what it does to each."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        words = kwargs or {}
        if func.overloadpacket.__name__.startswith(LISTS):
            with self:  # torch's own way of making one function of a list out of many of tensors
                return func._op_dk(DispatchKey.CompositeExplicitAutograd, *args, **words)
        return self.compute(func, args, words)

    @abstractmethod
    def compute(self, func: OpOverload, args: Sequence[Any], words: Mapping[str, Any]) -> Any:
        """What `func(*args, **words)` is while this is active."""
