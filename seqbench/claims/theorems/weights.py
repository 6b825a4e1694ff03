"""What initializations and parametrizations promise of the weights.

A7  chrono: exp(b_f) is uniform over 1 .. T_max - 1, and b_i = -b_f
A8  orthogonal: |U'U - I| stays below 1e-3 after 100 updates of what is trained, and a linear
    network hands the gradient back 1000 steps at its own length
A11 a spectral radius of about 1: the mean square of a linear state, |U^t|^2 / n for a start of
    length 1 in any direction, doubles within a few sqrt(n) steps; with .9 of it, it has shrunk
"""

from collections.abc import Iterator

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.claims.theorems.case import Case
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.remedy import At

LONGEST, SEEDS = 100, 8
UNITS, UPDATES, STEPS = 190, 100, 1000  # of A8, as in the paper's code
WIDTHS, ENTRIES, FEW = (16, 64, 256), 2048, 4  # of A11: n; rows in all matrices; times sqrt(n)


def at(cell: Cell, seed: int, lag: int = 1) -> At:
    """Where a remedy acts, with noise of its own."""
    return At(cell=cell, step=0, noise=RowNoise(seed, "theorems", 0, CPU), lag=lag)


def initial(cell: Cell, hidden: int, seed: int = 1) -> Tensors:
    """Initial weights with two inputs and one output."""
    return cell.initialize({"I": 2, "H": hidden, "O": 1}, stream(seed, "theorems"))


def chrono_biases() -> Iterator[Case]:
    """A7: of 128 units of an LSTM, for several seeds."""
    cell, remedy = registry.load_cell("lstm"), registry.load_remedy("chrono", {"longest": LONGEST})
    forget, admit = [], []
    for seed in range(SEEDS):
        b = remedy.initialize(initial(cell, 128), at(cell, seed))["b"]
        gates = dict(zip(cell.gates, b.chunk(len(cell.gates), -1), strict=True))
        forget.append(gates["f"].flatten())
        admit.append(gates["i"].flatten())
    u = torch.cat(forget).exp().double().numpy()
    p = stats.kstest(u, stats.uniform(1, LONGEST - 2).cdf).pvalue
    yield Case("A7", "p of the Kolmogorov-Smirnov test of exp(b_f) against uniform", float(p), 0.01)
    off = (torch.cat(forget) + torch.cat(admit)).abs().max()
    yield Case("A7", "largest |b_f + b_i|", float(off), 0, 1e-6)
    same = sum(bool((forget[0] == other).all()) for other in forget[1:])
    yield Case("A7", "seeds with the biases of the first", float(same), 0, 0)


def orthogonal_stays() -> Iterator[Case]:
    """A8: random updates, larger than any training makes; float32, as in training."""
    cell = registry.load_cell("rnn")
    for name in ("exp_map", "cayley"):
        remedy = registry.load_remedy(name)
        params = remedy.initialize(initial(cell, UNITS), at(cell, 1))
        noise = stream(1, "A8")
        for _ in range(UPDATES):
            params["U"] = params["U"] + 0.01 * torch.randn(UNITS, UNITS, generator=noise)
        U = remedy.reparametrize(params, at(cell, 1))["U"]
        off = torch.linalg.matrix_norm(U.double().mT @ U.double() - torch.eye(UNITS))
        yield Case("A8", f"|U'U - I| of {name} after {UPDATES} updates", float(off), 0, 1e-3)
        words = f"gradient {STEPS} steps back over gradient at the end, linear, {name}"
        yield Case("A8", words, _kept(U), 1 - 1e-3, 1 + 1e-3)


def _kept(U: Tensor) -> float:
    """|d U ... U| / |d| over many steps."""
    d = torch.randn(1, len(U), generator=stream(1, "A8 gradient"))
    back = d
    for _ in range(STEPS):
        back = back @ U
    return float(back.norm() / d.norm())


def doubles_within_the_root() -> Iterator[Case]:
    """A11: matrices as a simple network's begin, entries of variance gain^2 / n."""
    doubled = []
    for n in WIDTHS:
        doubled.append(_first(2, _growth(n, 1.0)))
        words = f"steps until the mean square of a linear state doubles, over sqrt(n), n = {n}"
        yield Case("A11", words, doubled[-1] / n**0.5, 1, 3)
        words = f"what it is then with .9 of that spectral radius, n = {n}"
        yield Case("A11", words, _growth(n, 0.9)[round(doubled[-1]) - 1], 0, 1)
    power = float(np.polyfit(np.log(WIDTHS), np.log(doubled), 1)[0])
    words = "power of n with which these steps grow, nearer to 1/2 than to 0 or 1"
    yield Case("A11", words, power, 0.25, 0.75)


def _first(level: float, growth: list[float]) -> float:
    """The step at which it first reaches a level, between two of them; the last if never."""
    above = int(np.argmax([*(g >= level for g in growth), True]))
    if above in (0, len(growth)):
        return float(max(above, 1))
    before, after = np.log(growth[above - 1 : above + 1])
    return float(above + (np.log(level) - before) / (after - before))


def _growth(n: int, gain: float) -> list[float]:
    """|U^t|^2 / n (Frobenius) for t = 1, 2, ..., the mean over several U."""
    cell = registry.load_cell("rnn", {"gain": gain})
    U = torch.stack([initial(cell, n, seed)["U"].double() for seed in range(ENTRIES // n)])
    state, found = U, []
    for _ in range(int(FEW * n**0.5)):
        found.append(float(state.square().sum()) / ENTRIES)
        state = state @ U
    return found
