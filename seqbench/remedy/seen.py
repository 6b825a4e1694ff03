"""What a remedy's verbs see of a forward pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell


class NotSeen(Exception):
    """A pass has been run in a way that does not show what is asked for: "pulls" or "states"."""


@dataclass(frozen=True)
class Trajectory:
    """One forward pass, as `penalize` sees it.

    The loss may be differentiated twice, by weights and inputs. `parts` and `pulls` cost little;
    who asks for `states`, or differentiates three times, has the pass run step by step.

    Attributes:
        states:  the state after every step; h of step t, (..., B', H), is states[t][0], where
                 batch padding may follow the batch (B' >= B): copies of its sequences, on which the
                 loss does not depend. Each part is a node of its own: a
                 gradient with respect to it leaves out the way through the other parts.
        loss:    the task's loss, one number per trial, still attached to its graph.
        x:       the inputs, (..., T, B', I), a leaf of that graph.
        sequences: B, without the padding.
    """

    states: Sequence[State]
    loss: Tensor
    x: Tensor
    sequences: int

    @property
    def parts(self) -> State:
        """Every part of the state after every step, in the loss's graph: (..., T, B, width) each

        They lie beside the way of the loss: its gradient by them is None (0); that is `pulls`.
        """
        stacked = (torch.stack(part, -3) for part in zip(*self.states, strict=True))
        return tuple(part[..., : self.sequences, :] for part in stacked)

    def pulls(self) -> State:
        """dloss/ds_t with all later steps in it, as numbers: (..., T, B, width) each"""
        nodes = [part for state in self.states for part in state]
        moving = [part for part in nodes if part.requires_grad]  # a clock does not
        slopes = iter(
            torch.autograd.grad(self.loss.sum(), moving, retain_graph=True, materialize_grads=True)
        )
        found = [next(slopes) if z.requires_grad else torch.zeros_like(z) for z in nodes]
        parts = len(self.states[0])
        stacked = (torch.stack(found[k::parts], -3) for k in range(parts))
        return tuple(part[..., : self.sequences, :] for part in stacked)

    def again(self, cell: Cell, params: Tensors, old: State) -> State:
        """What every step makes of a state of its own, and of its input as a number.

        cell: `at.cell`. old: the states, (..., T, B, width) each; so are the new ones.
        """
        x = self.x[..., : self.sequences, :].detach()
        flat = tuple(part.flatten(-3, -2) for part in old)  # (..., T * B, width)
        new = cell.step(params, flat, x.flatten(-3, -2))
        return tuple(part.unflatten(-2, x.shape[-3:-1]) for part in new)


@dataclass(frozen=True)
class Rollout:
    """One forward pass without a way back, as `estimate` sees it.

    B is the batch with its padding: copies of its sequences, to which no credit is given.

    Attributes:
        params:  the weights that the equation sees, the readout's among them, (..., a, b) each.
        x:       the inputs, (..., T, B, I).
        states:  the state before every step, and at last the one after all: T + 1 of them,
                 (..., B, width) each part.
        credit:  the gradient of the loss by h after every step with no way through other steps,
                 (..., T, B, H).
        errors:  the gradient of the loss by what the readout says, (..., T, B, O).
        begins:  whether the first state is the cell's own start, which weights may have made; not
                 what an earlier window left.
    """

    params: Tensors
    x: Tensor
    states: Sequence[State]
    credit: Tensor
    errors: Tensor
    begins: bool = True
