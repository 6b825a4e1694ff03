"""What the equations say of the gradient, on random inputs and weights.

T1   a linear loop of spectral radius r: log |dL/dh_{T-k}| falls by log r per step
A5   truncation after k steps: the gradient of the inputs before the window is exactly 0
A6   |dh_T/dh_t| <= (g s)^(T-t)      s: largest singular value of U, g: steepest slope of f
A10  Omega and dOmega/dU are those of a second implementation and of finite differences
"""

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev, vmap

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.claims.theorems.case import Case
from seqbench.claims.theorems.weights import at, initial
from seqbench.engine.passes.unroll import readout, unroll
from seqbench.engine.streams import stream
from seqbench.remedy import Remedy, Trajectory

RADII = (0.5, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 2.0)
LAGS = 300
STEPS, HORIZON = 30, 10
DRAWS = 100
UNITS = 50  # of A10, as in the paper's code
EPSILON = 1e-5  # of a finite difference


def shrinks_or_grows() -> Iterator[Case]:
    """T1: tanh around 0 is linear, so a loop without input and state is the linear cell."""
    cell = registry.load_cell("rnn")
    slopes = [_slope(cell, radius) for radius in RADII]
    for radius, slope in zip(RADII, slopes, strict=True):
        words = f"growth of log |dL/dh| per step back, linear loop of spectral radius {radius:g}"
        if radius != 1:
            yield Case("T1", words, slope, *((0, None) if radius > 1 else (None, 0)))
    crossing = float(np.interp(0, slopes, RADII))
    yield Case("T1", "spectral radius at which shrinking turns into growing", crossing, 0.98, 1.02)


def _slope(cell: Cell, radius: float) -> float:
    """Growth per step once the start is forgotten: a least-squares line over the later lags."""
    shaped = registry.load_remedy("spectral_radius", {"radius": radius})
    U = shaped.initialize(initial(cell, 32), at(cell, 1))["U"].double()
    d, norms = torch.randn(1, 32, generator=stream(1, "T1")).double(), []
    for _ in range(LAGS):
        (slope,) = cell.step({"W": U, "U": U, "b": U[:1] * 0}, (d * 0,), d * 0)
        d = (d * (1 - slope.square())) @ U
        norms.append(float(d.norm().log()))
    return float(np.polyfit(np.arange(LAGS // 2, LAGS), norms[LAGS // 2 :], 1)[0])


def nothing_beyond_the_horizon() -> Iterator[Case]:
    """A5: the loss is at the end only."""
    cut, whole = registry.load_remedy("truncate", {"horizon": HORIZON}), Remedy()
    for name in ("rnn", "lstm", "gru"):
        cell = registry.load_cell(name)
        before = [_pulls(cell, remedy)[:-HORIZON] for remedy in (cut, whole)]
        words = f"gradient of the inputs before the window, {name}"
        yield Case("A5", f"largest {words}", float(before[0].max()), 0, 0)
        yield Case("A5", f"smallest {words}, not truncated", float(before[1].min()), 1e-30)


def _pulls(cell: Cell, remedy: Remedy) -> Tensor:
    """|dL/dx_t| of every step. (T,)"""
    params = initial(cell, 16)
    x = torch.randn(STEPS, 2, 2, generator=stream(1, "A5")).requires_grad_()
    states = unroll(cell, params, x, remedy, at(cell, 1))
    (pull,) = torch.autograd.grad(readout(params, states[-1][0]).square().sum(), x)
    return pull.abs().amax((-2, -1))


def vanishes_below_the_bound() -> Iterator[Case]:
    """A6: for random inputs; g s is .9 and .75."""
    for activation, steepest, singular in (("tanh", 1.0, 0.9), ("sigmoid", 0.25, 3.0)):
        cell = registry.load_cell("rnn", {"activation": activation})
        params = {name: w.double() for name, w in initial(cell, 16).items()}
        params["U"] *= singular / torch.linalg.matrix_norm(params["U"], 2)
        excess = _excess(cell, params, steepest * singular)
        words = f"largest |dh_T/dh_t| over its bound, {activation}, {DRAWS} random inputs"
        yield Case("A6", words, excess, 0, 1 + 1e-9)


def _excess(cell: Cell, params: Tensors, factor: float) -> float:
    """The largest norm of a product of Jacobians, as a multiple of factor^steps."""

    def step(h: Tensor, x: Tensor) -> Tensor:
        return cell.step(params, (h[None],), x[None])[0][0]

    x = torch.randn(STEPS, DRAWS, 2, generator=stream(1, "A6")).double()
    h = torch.randn(DRAWS, 16, generator=stream(2, "A6")).double().tanh()
    product, worst = torch.eye(16).double().expand(DRAWS, -1, -1), 0.0
    jacobians: Callable[..., Tensor] = vmap(jacrev(step))
    for k in range(STEPS):
        product = jacobians(h, x[k]) @ product
        h = vmap(step)(h, x[k])
        norms = torch.linalg.matrix_norm(product, 2)
        worst = max(worst, float(norms.max()) / factor ** (k + 1))
    return worst


def omega_by_finite_differences() -> Iterator[Case]:
    """A10: h and dE/dh are held constant while an entry of U moves; 20 entries."""
    cell = registry.load_cell("rnn")
    params = {name: w.double().requires_grad_() for name, w in initial(cell, UNITS).items()}
    x = torch.randn(UNITS, 4, 2, generator=stream(1, "A10")).double().requires_grad_()
    states = unroll(cell, params, x, Remedy(), at(cell, 1), tap=True)
    loss = (readout(params, states[-1][0]) - 0.3).square().mean()
    trajectory = Trajectory(states=states, loss=loss, x=x, sequences=4)
    penalty = registry.load_remedy("omega", {"weight": 1.0}).penalize(
        params, trajectory, at(cell, 1)
    )
    assert penalty is not None
    (pull,) = torch.autograd.grad(penalty, params["U"], retain_graph=True)
    h = [state[0] for state in states]
    slopes, d = _frozen(h, loss)
    U = params["U"].detach().numpy()
    off = abs(float(penalty.detach()) / _omega(U, slopes, d) - 1)
    yield Case("A10", "relative error of Omega", off, 0, 1e-4)
    places = np.random.default_rng(1).integers(0, UNITS, (20, 2))
    found = [_difference(U, slopes, d, i, j) for i, j in places]
    wanted = [float(pull[i, j]) for i, j in places]
    worst = float(np.linalg.norm(np.subtract(found, wanted)) / np.linalg.norm(wanted))
    yield Case("A10", "relative error of dOmega/dU at 20 entries", worst, 0, 1e-4)


Arrays = list[np.ndarray]


def _frozen(h: list[Tensor], loss: Tensor) -> tuple[Arrays, Arrays]:
    """1 - h^2 and dE/dh of every step, as numbers."""
    d = torch.autograd.grad(loss, h, retain_graph=True)
    return [1 - part.detach().numpy() ** 2 for part in h], [part.numpy() for part in d]


def _omega(U: np.ndarray, slopes: Arrays, d: Arrays) -> float:
    """The published code, written down once more: sum_t mean_b (r - 1)^2 / sum_t mean_b [asked]."""
    terms = counted = 0.0
    for slope, pull in zip(slopes, d, strict=True):
        after, before = (((pull * slope) @ U) ** 2).sum(1), (pull**2).sum(1)
        asked = before >= 1e-20
        r = np.where(asked, after / np.where(asked, before, 1), 1)
        terms, counted = terms + float(((r - 1) ** 2).mean()), counted + float(asked.mean())
    return terms / counted


def _difference(U: np.ndarray, slopes: Arrays, d: Arrays, i: int, j: int) -> float:
    more, less = U.copy(), U.copy()
    more[i, j] += EPSILON
    less[i, j] -= EPSILON
    return (_omega(more, slopes, d) - _omega(less, slopes, d)) / (2 * EPSILON)
