"""CUDA graphs: work on a GPU, recorded once and played back with one launch.

A graph is the same kernels with the same addresses and the same numbers of the host. So it repeats
nothing that the host draws or decides anew: what does so is refused before it is recorded.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import torch
from torch import Tag

from seqbench.engine.dispatch import Mode

Work = Callable[[], object]
REFUSED = {Tag.data_dependent_output, Tag.dynamic_output_shape, Tag.nondeterministic_seeded}
CALM = ("_ex", "lu_solve", "solve_triangular", "vector_norm")  # others look if they converged


class Graph(Protocol):
    """Something that plays work back in place."""

    def rehearse(self, work: Work) -> None:
        """Do the work once, as a recording would."""

    def record(self, work: Work) -> None:
        """Do the work once more, for `replay` to repeat."""

    def replay(self) -> None:
        """Repeat what was recorded, in the same tensors."""


class CudaGraph(Graph):
    """The GPU's own. Work is rehearsed on a side stream and must not make the host wait."""

    def __init__(self) -> None:
        self.graph = torch.cuda.CUDAGraph()

    def rehearse(self, work: Work) -> None:
        here, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(here)
        with torch.cuda.stream(side), _no_waiting():
            work()
        here.wait_stream(side)

    def record(self, work: Work) -> None:
        with torch.cuda.graph(self.graph):
            work()

    def replay(self) -> None:
        self.graph.replay()


@contextmanager
def _no_waiting() -> Iterator[None]:
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


def kind(device: torch.device) -> type[Graph] | None:
    """The graphs of a device, if it has any."""
    return CudaGraph if device.type == "cuda" else None


class Steady(Mode):
    """Refuses what a recording does not repeat: questions to the device, and random numbers."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        name = func.overloadpacket.__name__
        waits = "linalg" in name and not name.endswith(CALM)
        if waits or REFUSED & set(func.tags):
            raise RuntimeError(f"{name} cannot be recorded")
        return func(*args, **(kwargs or {}))
