"""What a remedy does not know while a kernel is made, it cannot use unnoticed."""

import copy
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from seqbench.engine.fused.record import Untraceable
from seqbench.engine.passes.unknown import UNKNOWN

SOME = torch.ones(2)
USES: dict[str, Callable[[int], object]] = {
    "==": lambda u: u == 0,
    "!=": lambda u: u != 0,
    "is in": lambda u: u in (0, 1),
    "a key": lambda u: {0: 1}[u],
    "a place": lambda u: [1, 2][u],
    "a range": lambda u: range(u),
    "a truth": lambda u: not u,
    "> from the other side": lambda u: u < 1.0,
    "a difference from the other side": lambda u: 1.0 - 0.01 * u,
    "a power": lambda u: u**2,
    "a power from the other side": lambda u: 0.9**u,
    "a share": lambda u: 1 / (1 + u),
    "a bit": lambda u: u & 1,
    "shifted": lambda u: 1 << u,
    "divmod": lambda u: divmod(u, 2),
    "abs": lambda u: abs(u),
    "round": lambda u: round(u),
    "max": lambda u: max(0, u),
    "sum": lambda u: sum([u]),
    "exp": lambda u: math.exp(-u),
    "of numpy": lambda u: np.float64(0.5) * u,
    "times a tensor": lambda u: SOME * u,
    "a tensor times it": lambda u: u * SOME,
    "a method of tensors": lambda u: SOME.mul(u),
    "a tensor to the power": lambda u: SOME**u,
    "a tensor above": lambda u: u < SOME,
    "a tensor's place": lambda u: SOME[u],
    "a tensor of it": lambda u: torch.tensor(u),
    "filled": lambda u: torch.full((2,), u),
    "a number as float": lambda u: float(u),
    "a number as int": lambda u: int(u),
    "a word": lambda u: f"{u}",
    "repr": lambda u: repr(u),
    "what it is": lambda u: isinstance(u, int),
    "its bits": lambda u: u.bit_length(),
    "a copy": lambda u: copy.copy(u),
}


@pytest.mark.parametrize("name", USES)
def test_whatever_uses_it_is_refused(name: str) -> None:
    with pytest.raises(Untraceable, match="number of updates or of steps to come"):
        USES[name](UNKNOWN)
