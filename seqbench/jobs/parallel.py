"""How well the steps of a trained cell can be computed at once, and its Lyapunov exponent.

The same as of a cell at initialization (`seqbench.initialization.newton` and `gradient`), of the
weights that were tested, one trial at a time, in float64:

    inputs      the sequences of the probes, the same for every trial of a job, one after the other
                as one sequence; again from the first one where they are too few
    exponent    along the path through all of it, in pieces of as many steps as on a card but for
                the first; the median of the pieces
    iterations  over its beginning, or all of it

Of the trials under remedies that shape nothing but weights, in networks of a cell alone: with more
around it, a step of the cell is not a step of the network. Where a state or a gradient is not
finite there is nothing to be found.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial

from torch import Tensor

from seqbench import sources
from seqbench.axes import Tensors
from seqbench.engine.parallel import Parallel
from seqbench.engine.source import Source
from seqbench.engine.streams import CPU, RowNoise
from seqbench.initialization import gradient, newton
from seqbench.initialization.weights import AT_INITIALIZATION
from seqbench.networks.network import Network
from seqbench.records import NEWTON, NEWTON_MOST, PARALLEL
from seqbench.remedy import At, Remedy

LAGS = 100  # steps back along which a gradient is followed, as for a card
NOTHING: list[object] = [None] * len(PARALLEL)


def measuring(network: Network, source: Source, say: Callable[[str], None]) -> Parallel | None:
    """What measures the trials of a job; None: none of them can be."""
    if not network.alone:
        return None
    x = cache(partial(inputs, source))
    return Parallel(name(), shapes_weights, partial(_told, network, x, say))


def shapes_weights(remedy: Remedy) -> bool:
    """Whether it shapes nothing but weights."""
    return {*remedy.acts_at} <= AT_INITIALIZATION


@cache
def name() -> str:
    """By which the numbers are kept: they are of this code. (The trial's own is in what it is.)"""
    return f"{sources.checksum(sources.of_parallel())[:16]} {NEWTON_MOST}"


def columns(kept: Mapping[str, Sequence[object]]) -> dict[str, object]:
    """The columns of a trial, from what is kept of it; nothing where it was not measured."""
    return dict(zip(PARALLEL, kept.get(name(), NOTHING), strict=True))


def inputs(source: Source) -> Tensor:
    """Of one trial: (1, T, 1, I), float64."""
    steps = max(NEWTON)
    x = source.probe(-(-steps // source.steps)).x.double().cpu()  # (T', n, I)
    joined = x.transpose(0, 1).flatten(0, 1)
    return joined.repeat(-(-steps // len(joined)), 1)[None, :steps, None]


def measured(network: Network, weights: Tensors, x: Tensor) -> list[object]:
    """The exponent (None: nothing is left of the gradient), and iterations by length.

    None each where the state or its gradient is not finite; of iterations where it is too large.
    weights: (1, ...) each. x: (1, T, 1, I).
    """
    cell, at = network.cell, At(network.cell, 0, RowNoise([0], "noise/pass", 0, CPU), x.shape[1])
    learns = gradient.learning(cell, weights, x, at)
    after = newton.trajectory(cell, weights, x, at)
    path = gradient.pieces(cell, weights, x, after, learns, at, LAGS)
    norms = gradient.norms(path)
    if not all(part.isfinite().all() for part in (*after, norms)):
        return NOTHING
    exponent = gradient.exponents(norms).median()
    counts: list[object] = []
    for steps in NEWTON:
        first = tuple(part[:, :steps] for part in after)
        found = newton.iterations(cell, weights, x[:, :steps], learns, at, first)
        counts.append(None if found is None else int(found))
    return [exponent.item() if exponent.isfinite() else None, *counts]


def _told(
    network: Network, x: Callable[[], Tensor], say: Callable[[str], None], weights: Tensors | None
) -> list[object]:
    """The same; where the cell's own code raises in float64, that is said and nothing is known."""
    if weights is None:
        return NOTHING
    try:
        return measured(network, weights, x())
    except Exception as error:  # what was trained is not lost for it
        say(f"not measured in parallel: {type(error).__name__}: {error}")
        return NOTHING
