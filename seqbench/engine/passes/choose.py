"""How a pass runs: by kernels or a scan where it can, else one step after the other."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.fused.sequence import Mishap, supports
from seqbench.engine.passes.batch_padding import pad_batch
from seqbench.networks.network import Network
from seqbench.remedy import Remedy


class Choice(NamedTuple):
    """fused: kernels; scan: all steps side by side; eager: one step after the other, and why.

    unbuilt: one step after the other, as a kernel could not be built, which may be otherwise next
    time: a full disk, too little memory.
    """

    engine: str
    why: str = ""


UNBUILT = "unbuilt"
LOOKED_AT = Choice("eager", "as the remedy looks at every step")


@dataclass(frozen=True)
class Passes:
    """How the passes of a training run.

    Attributes:
        wanted:  auto; eager for one step after the other whatever else there is; scan where it can
                 be, which auto means on a GPU.
        batch:   sequences of a training batch; kernels are made for so many at once.
    """

    wanted: str = "auto"
    batch: int = 32

    def choose(self, network: Network, weights: Tensors, x: Tensor, remedy: Remedy) -> Choice:
        """The engine of a pass over x (S, T, B, columns)."""
        if self.wanted == "eager":
            return Choice("eager", "as the matrix asks (train: engine)")
        if remedy.acts_by_steps:
            return Choice("eager", "as the remedy acts between two steps")
        # on a CPU kernels are faster, and where there are none a scan pays for small stacks only
        scans = self.wanted == "scan" or x.device.type == "cuda"
        if scans and network.linear and "carry" not in remedy.acts_at:
            return Choice("scan")
        why = supports(network.cell, weights, pad_batch(weights, x))
        if why is None:
            return Choice("fused")
        return Choice(UNBUILT if isinstance(why, Mishap) else "eager", why)
