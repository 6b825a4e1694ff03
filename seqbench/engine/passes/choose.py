"""How a pass runs: by kernels or a scan where it can, else one step after the other."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.beside import Beside
from seqbench.engine.fused.sequence import DEVICES, Mishap, supports
from seqbench.engine.passes.acting import Acting
from seqbench.engine.passes.batch_padding import pad_batch
from seqbench.engine.passes.merged import with_remedy
from seqbench.networks.network import Network
from seqbench.remedy import At


class Choice(NamedTuple):
    """fused: kernels; scan: all steps side by side; eager: one step after the other, and why.

    unbuilt: one step after the other, as a kernel could not be built, which may be otherwise next
    time: a full disk, too little memory.
    """

    engine: str
    why: str = ""


UNBUILT = "unbuilt"
FED_BACK = Choice("eager", "as it reads what it has said")
LOOKED_AT = Choice("eager", "as the remedy looks at every step")
ESTIMATED = Choice("eager", "as the remedy estimates the gradient step by step")


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

    def choose(
        self, network: Network, weights: Tensors, x: Tensor, remedy: Beside, at: At
    ) -> tuple[Choice, Cell]:
        """The engine of a pass over x (S, T, B, columns), and the cell whose steps it takes.

        Where the remedy acts between two steps, what it does is a part of the cell's step.
        """
        if self.wanted == "eager":
            return Choice("eager", "as the matrix asks (train: engine)"), network.cell
        # on a CPU kernels are faster, and where there are none a scan pays for small stacks only
        scans = self.wanted == "scan" or x.device.type == "cuda"
        if scans and network.linear and not {"advance", "carry"} & {*remedy.acts_at}:
            return Choice("scan"), network.cell
        x = pad_batch(weights, x)
        cell: Cell | str = network.cell
        if remedy.acts_by_steps and x.device.type in DEVICES:
            cell = with_remedy(network, remedy.acting, at, weights, x)
        if isinstance(cell, str):
            return Choice("eager", cell), network.cell
        if isinstance(cell, Acting):
            x = cell.wide(x)
        why = supports(cell, weights, x)
        if why is None:
            return Choice("fused"), cell
        return Choice(UNBUILT if isinstance(why, Mishap) else "eager", why), network.cell
