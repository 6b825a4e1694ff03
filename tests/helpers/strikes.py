"""One update at which something goes wrong in one row of a stack."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

import pytest
import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine import train as engine
from seqbench.engine.trial import Trial
from seqbench.remedy import At, Remedy
from seqbench.task import Batch
from seqbench.tasks.adding import Adding
from tests.helpers.training import FEW

ROW, THREE = 1, 3  # the row that is struck, and of how many
Place = Literal["loss", "gradient", "weight"]


@dataclass(frozen=True, kw_only=True)
class Struck(Remedy):
    """One number of a weight becomes `value` after update number `step`; a step of -1: none."""

    step: int = -1
    value: str = "0"  # in words: as a number, what is not finite would be refused

    def project(self, params: Tensors, at: At) -> Tensors:
        if at.step != self.step:
            return params
        first = torch.zeros_like(params["U"]).flatten(-2).index_fill(-1, torch.tensor(0), 1)
        return params | {
            "U": params["U"].masked_fill(first.view_as(params["U"]) > 0, float(self.value))
        }


def three(remedy: Remedy) -> list[Trial]:
    """A trial under this remedy between two under none."""
    return [
        Trial(f"{remedy}", here, seed, 0.01, f"{here}-{seed}".replace(" ", ""))
        for seed, here in ((1, Remedy()), (2, remedy), (3, Remedy()))
    ]


def patch_loss(
    patch: pytest.MonkeyPatch, step: int, change: Callable[[Tensor, Tensor], Tensor]
) -> None:
    """In update number `step` the loss is `change(loss, which)`; which (S,) is the row struck."""
    patch.setattr(engine, "prove_alike_alone", lambda *given: None)  # those would be counted, too
    plain, updates = Adding.loss, count()

    def loss(task: Adding, outputs: Tensor, batch: Batch) -> Tensor:
        value = plain(task, outputs, batch)
        training = torch.is_grad_enabled() and len(batch) == FEW["batch"]  # probes are wider
        if training and len(value) == THREE and next(updates) == step:  # fewer are tried before
            return change(value, torch.arange(len(value)) == ROW)
        return value

    patch.setattr(Adding, "loss", loss)


def spike(loss: Tensor, which: Tensor, size: float) -> Tensor:
    """The loss, and so its gradient, `size` times as large."""
    return loss * torch.where(which, size, 1.0)


def broken(loss: Tensor, which: Tensor, value: float, place: Place) -> Tensor:
    """The loss itself, or only its gradient, is `value`."""
    if place == "gradient":
        loss.register_hook(lambda slope: torch.where(which, value, slope))
        return loss
    return torch.where(which, value, loss)
