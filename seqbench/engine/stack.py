"""A stack of trials in training: everything that a checkpoint must keep.

A stack is never narrower than two rows: alone, a trial is trained beside a copy of itself, because
matrix products of a single trial take another path through the linear algebra library and may
differ in the last bit. So a trial gives the same bits alone or in any company.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field, fields, replace
from functools import cache

import torch
from torch import Tensor
from torch.utils._pytree import tree_map

from seqbench.axes import State, Tensors
from seqbench.engine.beside import Beside, Member
from seqbench.engine.faults import blamed
from seqbench.engine.initial_weights import initial_weights
from seqbench.engine.optimizers import Slots
from seqbench.engine.passes.choose import Passes
from seqbench.engine.passes.forward import Forward
from seqbench.engine.probes import radius
from seqbench.engine.remembered import begun
from seqbench.engine.rules import alike, impure
from seqbench.engine.spans import Span, in_rows, joined, of_one_actor, of_one_pass, of_one_remedy
from seqbench.engine.streams import RowNoise
from seqbench.engine.tensors import StackTensors, where
from seqbench.engine.traces import History, Trace
from seqbench.engine.trial import Trial, shared
from seqbench.networks.network import Network
from seqbench.remedy import At, Remedy

TESTED = ("valid", "test")  # where noise that belongs to training is off
KEPT = {"kept": True}  # a plain field that a checkpoint keeps


@dataclass
class Stack:
    """Trials side by side.

    Attributes:
        lag:      of the task, in steps.
        passes:   how its passes run.
        width:    trials at the beginning.
        done:     updates so far.
        shows:    what a remedy's penalty has asked for that not every pass has: pulls or states.
        taken:    seconds of what is being timed that were timed for themselves.
    """

    network: Network
    trials: list[Trial]
    device: torch.device
    lag: int
    passes: Passes
    tensors: StackTensors
    traces: list[Trace]
    history: History = field(default_factory=History)
    width: int = field(default=0, metadata=KEPT)
    done: int = field(default=0, metadata=KEPT)
    shows: dict[Remedy, str] = field(default_factory=dict)
    taken: float = 0.0

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
        """A stack at initialization; sizes: I, H and O."""
        rows = [*trials] if len(trials) > 1 else trials * 2

        @cache
        def initial(remedy: Remedy, seed: int) -> Tensors:  # whatever the learning rate
            return initial_weights(remedy, seed, network, sizes, lag)

        weights = [initial(trial.remedy, trial.seed) for trial in rows]
        params = {k: torch.stack([w[k] for w in weights]).to(device) for k in weights[0]}
        memory = begun([trial.remedy for trial in rows], params)
        tensors = StackTensors(
            rates=torch.tensor([trial.learning_rate or 0.0 for trial in rows], device=device),
            params=params,
            best=params,
            healthy=torch.ones(len(rows), dtype=torch.bool, device=device),
            frozen=torch.zeros(len(rows), dtype=torch.bool, device=device),
            broke_at=torch.zeros(len(rows), dtype=torch.int64, device=device),
            slots={},
            memory=memory,
            best_memory=memory,
        )
        traces = [Trace() for _ in rows]
        return cls(network, rows, device, lag, passes, tensors, traces, width=len(trials))

    @property
    def params(self) -> Tensors:
        """The weights as they are now."""
        return self.tensors.params

    @property
    def seeds(self) -> list[int]:
        """The seed of every row."""
        return [trial.seed for trial in self.trials]

    def at(self, verb: str, rows: Sequence[int] | None = None) -> At:
        """Where these rows (None: all) are in training, with their own noise."""
        seeds = self.seeds if rows is None else [self.trials[row].seed for row in rows]
        noise = RowNoise(seeds, f"noise/{verb}", self.done, self.device)
        kept = self.tensors.best_memory if verb == "test" else self.tensors.memory
        if rows is not None:
            kept = {name: _rows_of(part, rows) for name, part in kept.items()}
        return At(self.network, self.done, noise, self.lag, verb not in TESTED, kept)

    def forwards(
        self,
        verb: str,
        params: Tensors | None = None,
        rows: Sequence[int] | None = None,
        *,
        most: int | None = None,
    ) -> Iterator[tuple[Span, Forward]]:
        """What `forward` gives, once for all rows whose passes run alike, and which these are.

        most: rows at once, so that memory is bounded; None: all.
        """
        rows = range(len(self.trials)) if rows is None else rows
        params = self.params if params is None else params
        for whole in of_one_pass([self.trials[row] for row in rows]):
            for span in whole.parts(most or whole.width):
                yield span, self.forward(verb, span.take(params), span.rows(rows))

    def forward(
        self,
        verb: str,
        params: Tensors | None = None,
        rows: Sequence[int] | None = None,
        *,
        network: Network | None = None,
        dropout: bool = False,
        make: Callable[[Beside, Tensors, At], Tensors] | None = None,
    ) -> Forward:
        """The network with these weights (None: the present ones) of these rows (None: all).

        Their passes run alike. verb: names the noise of the remedies. network: one that takes the
        same weights, if not the stack's own. dropout: whether it drops what it was told to. make:
        makes the weights that the equation sees (None: the remedies, with a way back through all).

        Raises:
            Faulty: a remedy raises, or changes names, shapes or types.
        """
        rows = range(len(self.trials)) if rows is None else rows
        network = network or self.network

        def member(span: Span) -> Member:
            at = self.at(verb, span.rows(rows))
            return Member(span, span.remedy, replace(at, cell=network))

        groups = of_one_remedy([self.trials[row] for row in rows])
        remedy, at = Beside(members=tuple(map(member, groups))), self.at(verb, rows)
        given = self.params if params is None else params
        weights = make(remedy, given, at) if make else remedy.reparametrize(given, at)
        draw = self.at("dropout", rows).noise.uniform if dropout else None
        at = replace(at, cell=network, memory={})  # between two steps nothing is remembered
        return Forward(network, weights, remedy, at, self.passes, draw)

    def radii(self) -> list[float | None]:
        """Spectral radius of every row, as it is now; None for a cell without a square block."""
        now = radius(self.network, self.forward("pass").weights)
        return [None] * len(self.trials) if now is None else now.tolist()

    def note_radii(self) -> None:
        """The spectral radii at initialization into the traces."""
        for trace, value in zip(self.traces, self.radii(), strict=True):
            trace.radius = value

    def twin(self) -> Stack:
        """The same, whose updates leave this one as it is."""
        made = copy(self)
        made.traces, made.shows = [trace.copy() for trace in self.traces], dict(self.shows)
        made.history = History(self.history.updates)
        return made

    def each(self, verb: str, tensors: Tensors, *others: Tensors) -> Tensors:
        """Apply `transform` or `project` of every trial's own remedy to its rows of `tensors`.

        others: what else the verb sees of these rows.

        Raises:
            Faulty: a remedy raises, or changes names, shapes or types.
        """

        spans, pieces = of_one_actor(self.trials, verb), list[Tensors]()
        if not any(verb in span.remedy.acts_at for span in spans):
            return tensors
        for span in spans:
            piece, *seen = span.take((tensors, *others))
            if verb in span.remedy.acts_at:
                at = self.at(verb, span.rows(range(len(self.trials)))).of(span.remedy)
                with blamed(span.remedy):
                    made = getattr(span.remedy, verb)(piece, *seen, at)
                    if differs := alike(made, piece):
                        raise impure("shape", span.remedy, verb, more=differs)
                piece = in_rows({name: made[name] for name in tensors})
            pieces.append(piece)
        return joined(spans, pieces)

    @contextmanager
    def timed(self, span: Span) -> Iterator[None]:
        """What happens inside takes these rows' time, but for what is timed again in there."""
        began, before, self.taken = time.perf_counter(), self.taken, 0.0
        yield
        took, mine = time.perf_counter() - began, slice(span.first, span.end)
        each = (took - self.taken) / len({trial.fingerprint for trial in self.trials[mine]})
        self.taken = before + took
        for trace in self.traces[mine]:
            trace.alone += each

    def settle(
        self, params: Tensors, slots: Slots, memory: Tensors, healthy: Tensor, carried: State
    ) -> None:
        """End an update: rows that are not healthy keep their last finite weights.

        memory: what remedies remember.
        carried: the state with which the next window begins; (): none.
        """
        now = self.tensors
        self.tensors = now._replace(
            params=where(healthy, params, now.params),
            slots=slots,
            memory=where(healthy, memory, now.memory),
            healthy=healthy,
            broke_at=torch.where(now.healthy & ~healthy, self.done + 1, now.broke_at),
            carried=carried,
        )
        self.done += 1

    def row(self, row: int) -> list[bytes]:
        """All bits of the weights of one row, and of what its optimizer and remedy remember."""
        slots = (slot for by_weight in self.tensors.slots.values() for slot in by_weight.values())
        kept = (*self.params.values(), *slots, *self.tensors.memory.values())
        return [part[row].cpu().numpy().tobytes() for part in kept]

    def select(self, rows: list[int]) -> None:
        """Keep only some rows; a copy is put beside a lonely one."""
        self.trials = [self.trials[row] for row in rows]
        self.traces = [self.traces[row] for row in rows]
        if len(rows) == 1:
            rows, self.trials = rows * 2, self.trials * 2
            self.traces.append(self.traces[0].copy())
        index = torch.tensor(rows, device=self.device)
        self.tensors = tree_map(lambda part: part.index_select(0, index), self.tensors)
        self.history = self.history.select(index)

    def state(self) -> dict[str, object]:
        """What a checkpoint keeps: tensors and plain values only."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.metadata == KEPT}
        return plain | {
            "fingerprints": [trial.fingerprint for trial in self.trials],
            "shows": [self.shows.get(shared(trial.remedy)) for trial in self.trials],
            "tensors": self.tensors._asdict(),
            "traces": [trace.plain() for trace in self.traces],
            "history": self.history.state(),
        }

    def restore(self, state: dict, trials: dict[str, Trial]) -> None:
        """Go on where a checkpoint of (some of) these trials, by fingerprint, was."""
        for name in (f.name for f in fields(self) if f.metadata == KEPT):
            setattr(self, name, state[name])
        self.trials = [trials[fingerprint] for fingerprint in state["fingerprints"]]
        pairs = zip(self.trials, state["shows"], strict=True)
        self.shows = {shared(trial.remedy): asked for trial, asked in pairs if asked}
        self.traces = [Trace.of(plain) for plain in state["traces"]]
        self.history = History(state["history"].to(self.device))
        tensors = StackTensors(**state["tensors"])
        self.tensors = tree_map(lambda part: part.to(self.device), tensors)


def _rows_of(part: Tensor, rows: Sequence[int]) -> Tensor:
    """These rows, without a number that would have to go to a device."""
    first, end = rows[0], rows[0] + len(rows)
    if [*rows] == [*range(first, end)]:
        return part[first:end]
    return torch.stack([part[row] for row in rows])
