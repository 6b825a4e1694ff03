"""The tensors of a stack in one record, and the choice between two records by row."""

from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.engine.optimizers import Slots


class StackTensors(NamedTuple):
    """The tensors of a stack, each with one row per trial in front.

    Whoever changes some of them makes a new record. A field added here is selected, kept in
    checkpoints and recorded in graphs like the others.

    Attributes:
        rates:     learning rates, (S,).
        params:    the weights.
        best:      the weights with the best validation score so far.
        healthy:   (S,), whether all numbers of this row were finite and it was not frozen.
        frozen:    (S,), whether a spike has made the optimizer leave its weights as they are.
        broke_at:  (S,), the update at which that ended; 0: it did not.
        slots:     what the optimizer remembers.
        memory:    what remedies remember, by remedy and name; of rows of others 0.
        best_memory: the same as it was with the best weights.
        carried:   the state that the last window left, where windows go on; (): none.
    """

    rates: Tensor
    params: Tensors
    best: Tensors
    healthy: Tensor
    frozen: Tensor
    broke_at: Tensor
    slots: Slots
    memory: Tensors
    best_memory: Tensors
    carried: State = ()


def where(flag: Tensor, yes: Tensors, no: Tensors | None) -> Tensors:
    """Per trial: yes where its flag is set, else no (None: 0). (S,), (S, a, b) each, likewise"""
    flag = flag[..., None, None]
    return {name: torch.where(flag, part, no[name] if no else 0) for name, part in yes.items()}
