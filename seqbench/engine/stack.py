"""The state of a stack of trials in training: everything that a checkpoint must keep.

A stack is never narrower than two rows: alone, a trial is trained beside a copy of itself, because
matrix products of a single trial take another path through the linear algebra library and may
differ in the last bit. So a trial gives the same bits alone or in any company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import ClassVar

import torch
from torch import Tensor

from seqbench.axes import State, Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.engine.optimizers import Slots
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.forward import Forward
from seqbench.engine.probes import radius
from seqbench.engine.streams import CPU, RowNoise, stream
from seqbench.engine.trial import Trial, shared
from seqbench.networks.network import Network
from seqbench.remedy import At, Remedy

TESTED = ("valid", "test")  # where noise that belongs to training is off
HISTORY = 3  # loss, gradient norm, gradient norm after the remedy's transform
Point = tuple[int, str, str, float | None]  # updates done, split, quantity, value


def initial_weights(trial: Trial, network: Network, sizes: dict[str, int], lag: int) -> Tensors:
    """A trial's initial weights: the cells' own, then the remedy's change to each of them."""

    def changed(cell: Cell, weights: Tensors, place: str) -> Tensors:
        noise = RowNoise(trial.seed, f"noise/initialize{place}", 0, CPU)
        return trial.remedy.initialize(weights, At(cell, 0, noise, lag))

    weights = network.initialize(sizes, stream(trial.seed, "init"))
    weights = network.map_cells(weights, changed)
    shapes = {k: tuple(v.shape) for k, v in weights.items()}
    assert shapes == network.shapes(sizes), "weights changed their shape"
    return weights


@dataclass
class Stack:
    """Trials side by side; every tensor has one row per trial in front."""

    network: Network
    trials: list[Trial]
    device: torch.device
    rates: Tensor
    params: Tensors
    best: Tensors  # the weights with the best validation score so far
    best_score: list[float | None]
    healthy: Tensor  # (S,) no number of this row was ever not finite
    broke_at: Tensor  # (S,) the update at which that ended
    radius: list[float | None]  # spectral radius at initialization
    curves: list[list[Point]]
    flow: list[list[tuple[int, list[float]]]]  # (updates done, norms by lag)
    seconds: list[tuple[float, float]]  # wall, processor
    width: int  # trials at the beginning
    lag: int  # of the task
    slots: Slots = field(default_factory=dict)
    history: list[Tensor] = field(default_factory=list)  # (S, HISTORY) for every update
    done: int = 0
    engines: dict[str, str] = field(default_factory=dict)  # that trained it, and why these
    carried: State | None = None  # what the last window left, where windows go on
    passes: Passes = Passes()

    @classmethod
    def begin(
        cls,
        network: Network,
        trials: list[Trial],
        sizes: dict[str, int],
        lag: int,
        device: torch.device,
        passes: Passes,
    ) -> Stack:
        """A stack at initialization."""
        rows = [*trials] if len(trials) > 1 else trials * 2
        weights = [initial_weights(trial, network, sizes, lag) for trial in rows]
        params = {k: torch.stack([w[k] for w in weights]).to(device) for k in weights[0]}
        n = len(rows)
        rates = [trial.learning_rate or 0.0 for trial in rows]
        stack = cls(
            network=network,
            trials=rows,
            device=device,
            rates=torch.tensor(rates, device=device),
            params=params,
            best=params,
            best_score=[None] * n,
            healthy=torch.ones(n, dtype=torch.bool, device=device),
            broke_at=torch.zeros(n, dtype=torch.int64, device=device),
            radius=[],
            curves=[[] for _ in rows],
            flow=[[] for _ in rows],
            seconds=[(0.0, 0.0)] * n,
            width=len(trials),
            lag=lag,
            passes=passes,
        )
        stack.radius = stack.radii()
        return stack

    @property
    def seeds(self) -> list[int]:
        return [trial.seed for trial in self.trials]

    def at(self, verb: str, rows: Sequence[int] | None = None) -> At:
        """Where these rows (None: all) are in training, with their own noise."""
        seeds = self.seeds if rows is None else [self.trials[row].seed for row in rows]
        noise = RowNoise(seeds, f"noise/{verb}", self.done, self.device)
        return At(self.network, self.done, noise, self.lag, training=verb not in TESTED)

    def shared(self) -> Remedy:
        """The remedy that shapes the pass of all rows alike."""
        return shared(self.trials[0].remedy)

    def forward(
        self,
        verb: str,
        params: Tensors | None = None,
        rows: Sequence[int] | None = None,
        *,
        network: Network | None = None,
        dropout: bool = False,
    ) -> Forward:
        """The network with these weights (None: the present ones) of these rows (None: all).

        verb: names the noise of the remedies. network: one that takes the same weights, if not the
        stack's own. dropout: whether it drops what it was told to.
        """
        remedy, at = self.shared(), self.at(verb, rows)
        network = network or self.network
        weights = remedy.reparametrize(self.params if params is None else params, at)
        draw = self.at("dropout").noise.uniform if dropout else None
        return Forward(network, weights, remedy, replace(at, cell=network), self.passes, draw)

    def radii(self) -> list[float | None]:
        """Spectral radius of every row, as it is now; None for a cell without a square block."""
        now = radius(self.network, self.forward("pass").weights)
        return [None] * len(self.trials) if now is None else now.tolist()

    def each(self, verb: str, tensors: Tensors, *others: Tensors) -> Tensors:
        """Apply `transform` or `project` of every trial's own remedy to its rows of `tensors`.

        others: what else the verb sees of these rows.
        """
        if not any(verb in trial.remedy.acts_at for trial in self.trials):
            return tensors
        pieces, start = [], 0
        for remedy, group in groupby(self.trials, key=lambda trial: trial.remedy):
            rows = slice(start, start := start + len(list(group)))
            piece, *seen = ({k: v[rows] for k, v in t.items()} for t in (tensors, *others))
            if verb in remedy.acts_at:
                at = self.at(verb, range(rows.start, rows.stop))
                piece = getattr(remedy, verb)(piece, *seen, at)
            pieces.append(piece)
        return {k: torch.cat([piece[k] for piece in pieces]) for k in tensors}

    def settle(self, params: Tensors, slots: Slots, healthy: Tensor) -> None:
        """End an update: rows that are not healthy keep their last finite weights."""
        finite = healthy & joint_norm(params.values()).isfinite()
        held = {k: where(finite, p, self.params[k]) for k, p in params.items()}
        kept = self.each("project", held)
        self.params = {k: where(finite, p, self.params[k]) for k, p in kept.items()}
        self.slots = slots
        self.broke_at = torch.where(self.healthy & ~finite, self.done + 1, self.broke_at)
        self.healthy = finite
        self.done += 1

    def select(self, rows: list[int]) -> None:
        """Keep only some rows."""
        rows = rows if len(rows) != 1 else rows * 2
        index = torch.tensor(rows, device=self.device)
        self.params, self.best = _rows(self.params, index), _rows(self.best, index)
        self.slots = {name: _rows(slot, index) for name, slot in self.slots.items()}
        for name in ("rates", "healthy", "broke_at"):
            setattr(self, name, getattr(self, name)[index])
        if self.carried:
            self.carried = tuple(part.index_select(0, index) for part in self.carried)
        self.history = list(torch.stack(self.history)[:, index]) if self.history else []
        for name in ("trials", "best_score", "radius", "curves", "flow", "seconds"):
            setattr(self, name, [getattr(self, name)[row] for row in rows])
        for name in ("curves", "flow"):  # a copy beside a lonely row has lists of its own
            setattr(self, name, [list(points) for points in getattr(self, name)])

    PLAIN: ClassVar = (
        "best_score",
        "radius",
        "curves",
        "flow",
        "seconds",
        "width",
        "done",
        "engines",
    )
    TENSORS: ClassVar = ("rates", "params", "slots", "best", "healthy", "broke_at", "carried")

    def state(self) -> dict:
        """What a checkpoint keeps."""
        kept = {name: getattr(self, name) for name in (*self.PLAIN, *self.TENSORS)}
        kept["history"] = torch.stack(self.history) if self.history else torch.empty(0)
        return kept | {"fingerprints": [trial.fingerprint for trial in self.trials]}

    def restore(self, state: dict, trials: dict[str, Trial]) -> None:
        """Go on where a checkpoint of (some of) these trials, by fingerprint, was."""
        self.trials = [trials[fingerprint] for fingerprint in state["fingerprints"]]
        for name in self.PLAIN:
            setattr(self, name, state[name])
        for name in self.TENSORS:
            setattr(self, name, _to(state[name], self.device))
        self.history = list(state["history"].to(self.device))


def where(flag: Tensor, yes: Tensor, no: Tensor) -> Tensor:
    """Per trial: yes where its flag is set, else no. (S,), (S, a, b), (S, a, b)"""
    return torch.where(flag[..., None, None], yes, no)


def _rows(tensors: Tensors, index: Tensor) -> Tensors:
    return {k: v.index_select(0, index) for k, v in tensors.items()}


def _to(value, device):  # type: ignore[no-untyped-def]
    if isinstance(value, dict):
        return {k: _to(v, device) for k, v in value.items()}
    if value is None or isinstance(value, tuple):
        return value and tuple(part.to(device) for part in value)
    return value.to(device)
