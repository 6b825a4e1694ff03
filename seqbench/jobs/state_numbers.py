"""How many numbers a network carries from one step to the next, for one sequence.

Counted is every part of the state, as wide as the cell starts it, in all layers and directions; but
not a part that no step looks at: the h of a linear cell (`lru`) is read out and forgotten, and what
`memoryless` knows is no memory. Which parts a cell looks at is tried: another value of one of them,
or none at all, has to change something in the next state. Nothing is declared, so nothing can be
declared wrongly.

Not the weights, of which a cell may have many for a small state. A matrix memory (`mlstm`) of H
units carries more than H^2 numbers, an `lstm` 2 H. Not what a remedy keeps beside the state, such
as the older ones of `skip`.
"""

from itertools import cycle

import torch
from torch import Generator

from seqbench.axes import State
from seqbench.cell import Cell
from seqbench.networks.network import Network

SEQUENCES = 8  # of noise, with which a cell is tried


def state_numbers(cell: Cell, network: Network, sizes: dict[str, int]) -> int:
    """The numbers that this network of a cell carries from step to step, at sizes I, H and O."""
    return carried(network, sizes, looked_at(cell, sizes))


def carried(network: Network, sizes: dict[str, int], parts: tuple[bool, ...]) -> int:
    """The same, where it is known which parts of the cell's state a step looks at."""
    zero = torch.zeros(())  # weights of which each is this one number are enough to start
    params = {name: zero.expand(shape) for name, shape in network.shapes(sizes).items()}
    start = network.start(zero.expand(1, sizes["I"]), params)
    # layers and directions keep the order of the parts
    return sum(part.shape[-1] for part, known in zip(start, cycle(parts), strict=False) if known)


def looked_at(cell: Cell, sizes: dict[str, int]) -> tuple[bool, ...]:
    """Of every part of a cell's state, whether the next state depends on it."""
    stream = Generator().manual_seed(0)
    weights = {
        name: w + 0.1 * torch.randn(w.shape, generator=stream)  # none stays at 0
        for name, w in cell.initialize(sizes, stream).items()
    }

    def after(steps: int) -> State:
        x = torch.randn(steps, SEQUENCES, sizes["I"], generator=stream)
        state = cell.start(x[0], weights)
        for now in x:
            state = cell.step(weights, state, now)
        return state

    old, other = after(1), after(2)  # a clock differs, too, and little has exploded
    x = torch.randn(SEQUENCES, sizes["I"], generator=stream)

    def following(state: State) -> State:
        return cell.step(weights, state, x)

    new = following(old)
    tried = (other, tuple(torch.full_like(part, torch.nan) for part in old))  # NaN: seen times 0
    changed = [[(*old[:k], parts[k], *old[k + 1 :]) for parts in tried] for k in range(len(old))]
    return tuple(not all(_same(new, following(state)) for state in states) for states in changed)


def _same(one: State, two: State) -> bool:
    """To the bit, NaN like NaN."""
    return all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(one, two, strict=True))
