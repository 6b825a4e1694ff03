"""Strings of the embedded Reber grammar, drawn for tasks that read one, or one after the other."""

import torch
from torch import Generator, Tensor

B, T, P, S, X, V, E, SILENCE = range(8)
SHORTEST = 8  # the steps of a string of 9 symbols
# From each node of the inner grammar two edges: what they say, and where they lead; node 5 is left.
END = 5
SAYS = torch.tensor([[T, P], [S, X], [X, S], [T, V], [P, V], [SILENCE, SILENCE]])
LEADS = torch.tensor([[1, 3], [1, 2], [3, END], [3, 4], [2, END], [END, END]])


def strings(n: int, steps: int, stream: Generator) -> Tensor:
    """n strings of at most steps + 1 symbols, silence in front of them. (steps + 1, n)"""
    letter = torch.where(torch.randint(2, (1, n), generator=stream) > 0, T, P)
    begin, end = torch.full_like(letter, B), torch.full_like(letter, E)
    left = torch.cat([begin, letter, begin, _walks(n, steps - 5, stream)])
    shift = torch.arange(len(left))[:, None] - (left == SILENCE).sum(0)  # silence comes first
    right = torch.where(shift < 0, SILENCE, left.gather(0, shift.clamp(min=0)))
    return torch.cat([right, end, letter, end])


def _walks(n: int, most: int, stream: Generator) -> Tensor:
    """What n walks through the inner grammar say, and silence after it. (most, n)"""
    done = torch.empty(most, 0, dtype=torch.int64)
    while done.shape[1] < n:
        node, said = torch.zeros(n, dtype=torch.int64), []
        for choice in torch.randint(2, (most, n), generator=stream):
            said.append(SAYS[node, choice])
            node = LEADS[node, choice]
        done = torch.cat([done, torch.stack(said)[:, node == END]], 1)
    return done[:, :n]
