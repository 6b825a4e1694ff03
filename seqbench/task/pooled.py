"""Tasks whose metric is taken from all decisions at once, and is no mean over sequences."""

from abc import abstractmethod
from dataclasses import dataclass

from torch import Tensor

from seqbench.axes import Tensors
from seqbench.task import Batch, Task


@dataclass(frozen=True, kw_only=True)
class Pooled(Task):
    """Base of these tasks; what is decided is kept while a test goes on, for `judge` at its end."""

    def decide(self, outputs: Tensor, batch: Batch) -> Tensor:
        """What it says, in as few numbers as `judge` needs: (..., A, B, O) -> (..., A, B)"""
        return outputs.argmax(-1)

    @abstractmethod
    def judge(self, said: Tensor, batch: Batch) -> Tensor:
        """The metric, from all decisions: (..., A, B) -> (...)"""

    def others(self, said: Tensor, batch: Batch) -> Tensors:
        """Other metrics that are no means, by name, from all decisions: (..., A, B) -> (...)"""
        return {}

    def score(self, outputs: Tensor, batch: Batch) -> Tensor:
        """The metric of these outputs alone: (..., A, B, O) -> (...)"""
        return self.judge(self.decide(outputs, batch), batch)
