"""How an estimate of the gradient compares with back-propagation through time, before training.

    L = <u, h_T>        g = dL/dtheta, exact        g^ one draw of the estimate, of the same L

    bias     ||mean of g^ - g|| / ||g||
    spread   root of the total variance of g^ / ||g||
    cosine   of g^ and g, mean

A sequence begins as in training and has lag + 1 steps, so its first input lies that lag before the
loss. Weights, inputs and u are drawn several times; bias and spread are root mean squares over
these pairs, the cosine is a mean. A mean of N draws has a standard error of spread / sqrt(N): of an
unbiased estimate, two of these are more than the bias that is found, in 95 % of cases. What one
draw in a thousand adds, a thousand times as large, is in neither of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time

import torch
from torch import Tensor

from seqbench.cell import Cell
from seqbench.engine.passes.unroll import unroll
from seqbench.initialization.kept import kept
from seqbench.initialization.pairs import Pairs, drawn, flat, gradient, place, rolled
from seqbench.initialization.weights import AT_INITIALIZATION, Lagged
from seqbench.remedy import Remedy

LAGS = (1, 2, 4, 8, 16, 32)
PAIRS, DRAWS = 4, 64  # of weights and inputs; of an estimate's noise for each of them
WIDEST = 16  # units: with more, the influence of every weight on the state takes minutes
LARGEST = 2**20  # numbers of that influence, of one sequence
TIMES = 3  # that a gradient is taken for the shortest time
WAYS = {"estimate", "carry"}  # verbs that change how the gradient comes about

Row = Mapping[str, object]


@dataclass(frozen=True)
class Compared:
    """An estimate beside the exact gradient at one lag.

    Attributes:
        draws:    of the noise; 1: it has none.
        error:    standard error of the bias.
        kept:     numbers per sequence; None: unknown.
        seconds:  of a processor, per gradient of one sequence, all pairs beside each other.
    """

    lag: int
    draws: int
    bias: float
    error: float
    spread: float
    cosine: float
    kept: float | None
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """What was compared, lag by lag; of what cannot be, only the reason.

    Attributes:
        failed:  the reason is what the code of the cell or the remedy raised, or its end.
    """

    hidden: int
    lags: tuple[Compared, ...] = ()
    reason: str = ""
    failed: bool = False

    def rows(self, cell: str, remedy: str, acts_at: str) -> list[Row]:
        """Rows of the table `estimates`."""
        named = {"cell": cell, "remedy": remedy, "acts_at": acts_at, "hidden": self.hidden}
        if self.reason:
            return [named | {"reason": self.reason}]
        return [
            named
            | {"lag": at.lag, "pairs": PAIRS, "draws": at.draws, "bias": at.bias}
            | {"bias_error": at.error, "spread": at.spread, "cosine": at.cosine, "kept": at.kept}
            for at in self.lags
        ]

    def costs(self, cell: str, remedy: str) -> list[Row]:
        """Rows of the table `estimate_costs`."""
        named = {"cell": cell, "remedy": remedy}
        return [named | {"lag": at.lag, "seconds": at.seconds} for at in self.lags]


def may_estimate(remedy: Remedy) -> bool:
    """Whether it may change how the gradient comes about, and else only shapes initial weights."""
    verbs = set(remedy.acts_at)
    return bool(verbs & WAYS) and verbs <= AT_INITIALIZATION | WAYS


def measure(cell: Cell, remedy: Remedy, *, hidden: int) -> Estimate | None:
    """The remedy's gradient beside the exact one; the same call gives the same, but for seconds.

    None where it changes the states, too: that is no estimate of the same gradient.
    hidden: units H, of which no more than `WIDEST` are taken.
    """
    hidden = min(hidden, WIDEST)
    try:
        if reason := remedy.suits(cell, Lagged(steps=LAGS[-1])):
            return Estimate(hidden, reason=reason)
        return _measured(drawn(cell, remedy, hidden, PAIRS, LAGS[-1] + 1), remedy, hidden)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a variant may fail in any way; its row says how
        return Estimate(hidden, reason=f"{type(error).__name__}: {error}", failed=True)


def _measured(pairs: Pairs, remedy: Remedy, hidden: int) -> Estimate | None:
    if reason := _too_large(pairs, remedy):
        return Estimate(hidden, reason=reason)
    if not _leaves_states(remedy, pairs):
        return None
    found = []
    for lag in LAGS:
        one = compared(remedy, pairs.last(lag + 1))
        if one is None:
            words = "The exact gradient is 0, or it or the estimate is not finite in float64"
            return Estimate(hidden, reason=f"{words}: lag {lag}.")
        found.append(one)
    return Estimate(hidden, tuple(found))


def _too_large(pairs: Pairs, remedy: Remedy) -> str:
    """Why an estimate would take too long; "" where it does not."""
    state = pairs.cell.start(pairs.x[..., 0, :, :], pairs.params)
    size = sum(part.shape[-1] for part in state) * flat(pairs.params).shape[-1]
    if "estimate" not in remedy.acts_at or size <= LARGEST:
        return ""
    return (
        f"The influence of all weights on the state has {size:,} numbers: more than {LARGEST:,} "
        "are not measured."
    )


def _leaves_states(remedy: Remedy, pairs: Pairs) -> bool:
    """Whether what the remedy does between steps leaves the states as they are."""
    if "carry" not in remedy.acts_at:
        return True
    with torch.no_grad():
        plain, changed = (
            unroll(pairs.cell, pairs.params, pairs.x, each, place(pairs)[0], keep=1)[-1]
            for each in (Remedy(), remedy)
        )
    return all(torch.equal(old, new) for old, new in zip(plain, changed, strict=True))


def compared(remedy: Remedy, pairs: Pairs, draws: int = DRAWS) -> Compared | None:
    """The estimate on these pairs beside the exact gradient.

    None where one of them is not finite, or the exact one is 0. draws: of what is drawn at all.
    """
    exact = gradient(Remedy(), pairs, place(pairs)[0])  # (S, P)
    at, noise = place(pairs)
    found = gradient(remedy, pairs, at)
    seconds = _shortest(lambda: gradient(remedy, pairs, place(pairs)[0]))
    if noise.asked:
        several = pairs.each(draws)
        found = gradient(remedy, several, place(several)[0])
    size = torch.linalg.vector_norm(exact, dim=-1)  # (S,)
    relative = found.unflatten(0, (len(exact), -1)) / size[:, None, None]  # (S, draws, P)
    if not (size.isfinite().all() and relative.isfinite().all()):
        return None
    bias, spread, cosine = _moments(relative, exact / size[:, None])
    many = relative.shape[1]
    return Compared(
        lag=pairs.steps - 1,
        draws=many,
        bias=bias,
        error=spread / many**0.5,
        spread=spread,
        cosine=cosine,
        kept=kept(remedy, rolled(pairs), at),
        seconds=seconds / len(exact),
    )


def _moments(found: Tensor, exact: Tensor) -> tuple[float, float, float]:
    """Bias, spread and cosine of draws (S, draws, P) of what has the length 1 (S, P)."""
    off = (found.mean(1) - exact).square().sum(-1)
    variance = found.var(1).sum(-1) if found.shape[1] > 1 else torch.zeros_like(off)
    lengths = torch.linalg.vector_norm(found, dim=-1).clamp(min=torch.finfo(found.dtype).tiny)
    cosine = (found * exact[:, None]).sum(-1) / lengths
    return off.mean().sqrt().item(), variance.mean().sqrt().item(), cosine.mean().item()


def _shortest(make: Callable[[], object]) -> float:
    """Processor seconds that it takes, undisturbed."""
    taken = []
    for _ in range(TIMES):
        begun = process_time()
        make()
        taken.append(process_time() - begun)
    return min(taken)
