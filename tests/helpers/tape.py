"""A graph without a GPU: every call of torch, with its tensors and numbers, done again in place."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Tape(TorchDispatchMode):
    """As a CUDA graph is: the same calls, the same addresses, and the host's numbers frozen."""

    made = 0  # tapes
    played = 0

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple] = []
        Tape.made += 1

    def rehearse(self, work: Callable[[], None]) -> None:
        work()

    def record(self, work: Callable[[], None]) -> None:
        with self:
            work()

    @torch.no_grad()
    def replay(self) -> None:
        Tape.played += 1
        for func, args, kwargs, before in self.calls:
            now = func(*args, **kwargs)
            for old, new in zip(tree_leaves(before), tree_leaves(now), strict=True):
                if isinstance(old, Tensor) and not _same(old, new):  # no view, nor done in place
                    old.copy_(new)

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        made = func(*args, **(kwargs or {}))
        self.calls.append((func, args, kwargs or {}, made))
        return made


def _same(one: Tensor, other: Tensor) -> bool:
    return one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr()
