"""Batch padding: copies of sequences behind a batch's own, so that no bit depends on the company.

Some functions round the last numbers of a buffer in another way, and a trial's numbers must not lie
there or elsewhere depending on its neighbors in the stack. So a batch of B sequences is padded to
B' >= B, until B' * H is a multiple of LANES, and what comes out is cut to B again.

What is added is the batch's own, again: a cell may be undefined at zeros (a norm, a logarithm), and
a slope that is not finite makes NaN of the gradient 0 that comes back to what was cut off. A copy
is as finite as what it is a copy of.
Not the padding of sequences that differ in length, which is `seqbench.networks.padded`.
"""

from math import gcd

import torch
from torch import Tensor

from seqbench.axes import State, Tensors

LANES = 32  # numbers that the widest vector unit takes at once; a power of two


def pad_batch(params: Tensors, x: Tensor) -> Tensor:
    """Inputs of every trial, with batch padding: x (..., T, B, I) -> (..., T, B', I)

    params: of the trials; where x has no axis of trials, all of them get the same sequences.
    """
    *trials, _, units = params["W_out"].shape
    x = x.expand(*trials, *x.shape[-3:])
    missing = -x.shape[-2] % (LANES // gcd(units, LANES))
    return repeated(x, x.shape[-2] + missing)


def pad_state(state: State, sequences: int) -> State:
    """The state with batch padding up to B' sequences: each (..., B, width) -> (..., B', width)"""
    return tuple(repeated(part, sequences) for part in state)


def repeated(x: Tensor, sequences: int) -> Tensor:
    """Sequences 0, 1, ..., B - 1, 0, 1, ... until there are so many: (..., B, *) -> (..., B', *)"""
    if x.shape[-2] == sequences:
        return x
    return x.index_select(-2, torch.arange(sequences, device=x.device) % x.shape[-2])


def detached(state: State, sequences: int) -> State:
    """The state of the batch's own sequences, as numbers to go on from: without a way back."""
    return tuple(part.detach()[..., :sequences, :] for part in state)
