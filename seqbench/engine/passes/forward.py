"""The forward pass: a network with weights, ready to run, for all trials of a stack at once.

    batch -> inputs (front end, columns) -> steps (kernels, a scan, or one by one)
          -> features (directions side by side, dropout) -> outputs

Nothing else knows this sequence: training, validation, test, probes, beam search and samples all
run a `Forward`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import Cell
from seqbench.engine.beside import Beside
from seqbench.engine.fused.sequence import sequence, supports
from seqbench.engine.passes import scan
from seqbench.engine.passes.acting import Acting
from seqbench.engine.passes.batch_padding import detached, pad_batch, pad_state, repeated
from seqbench.engine.passes.choose import (
    ESTIMATED,
    FED_BACK,
    LOOKED_AT,
    UNBUILT,
    Choice,
    Passes,
)
from seqbench.engine.passes.glimpse import Apart, pushed
from seqbench.engine.passes.unroll import Feed, hidden, readout, unroll
from seqbench.networks.network import Draw, Network
from seqbench.remedy import At
from seqbench.task import Batch
from seqbench.task.speaking import Speaking


class Pass(NamedTuple):
    """What a pass over a batch gives.

    Attributes:
        features:  what the readout sees, (S, A, B, H) with A = 1 (asked: last) or T.
        last:      the state after the last step, (S, B, width) each, without a way back.
        choice:    the engine that ran it, and why that one.
        x:         what went into the steps, (S, T, B, columns); batch padding included if tapped
                   or rolled.
        states:    if tapped, the state after every step, batch padding included; else [].
        parts:     if shown by a kernel, every part of it after every step, (S, T, B, width) each.
        pushes:    if pulls are shown, what was added to each, (S, T, B', width) each; else ().
        rolled:    the hidden states that are read out, (S, A, B, H), a leaf at which the way back
                   ends, and the states before, between and after all steps, with batch padding.
    """

    features: Tensor
    last: State
    choice: Choice
    x: Tensor
    states: list[State]
    parts: State = ()
    pushes: tuple[Tensor | None, ...] = ()
    apart: Callable[[Tensors, State], State | None] = lambda params, old: None
    rolled: tuple[Tensor, list[State]] | None = None


@dataclass(frozen=True)
class Forward:
    """A network with weights that runs.

    Attributes:
        network:  a cell and what is around it.
        weights:  as the equation sees them (reparametrized), one row per trial in front.
        remedy:   the parts of the trials' remedies that shape the pass, beside each other.
        at:       where in training it runs, with the remedy's noise.
        passes:   how its passes run.
        draw:     for dropout; None: nothing is dropped.
    """

    network: Network
    weights: Tensors
    remedy: Beside
    at: At
    passes: Passes
    draw: Draw | None = None

    @property
    def trials(self) -> int:
        """S"""
        return len(self.weights["W_out"])

    def run(self, batch: Batch, asked: str, *, feed: Feed | None = None, start: State = ()) -> Pass:
        """A pass over batch.x (S, T, B, raw), the fastest way that there is.

        asked: "last" or "every", the states that are read out. feed: for free running. start: the
        state that an earlier window left, (S, B, width) each; (): the cell's own.
        """
        x = self._inputs(batch)
        sequences = x.shape[-2]
        # a test goes through the kernel that training has made, some sequences at once
        tile = sequences if torch.is_grad_enabled() else self.passes.batch
        whole = sequences + -sequences % tile
        tiles = repeated(x, whole).split(tile, -2)
        choice, cell = self._choose(tiles[0])
        if len(tiles) > 1 and isinstance(cell, Acting) and cell.draws:  # all at once, as drawn
            tiles, whole = (x,), sequences
            choice, cell = self._choose(x)
        stepwise = choice.engine in ("eager", UNBUILT)
        choice = FED_BACK if feed else choice
        if feed or stepwise or (choice.engine == "scan" and start):
            keep = 1 if asked == "last" and not torch.is_grad_enabled() else None
            states = self._unrolled(pad_batch(self.weights, x), start, feed=feed, keep=keep)
            h, last = hidden(states, asked, sequences), detached(states[-1], sequences)
        else:
            h, last = self._tiled(choice.engine, cell, tiles, asked, pad_state(start, whole))
            h, last = h[..., :sequences, :], detached(last, sequences)
        return Pass(self._features(h, batch), last, choice, x, [])

    def tapped(self, batch: Batch, asked: str, *, start: State = ()) -> Pass:
        """The same step by step, with every part of every state a node of its own in the graph."""
        x = pad_batch(self.weights, self._inputs(batch))
        return self._tapped(x, batch, asked, start)

    def _tapped(self, x: Tensor, batch: Batch, asked: str, start: State) -> Pass:
        states = self._unrolled(x, start, tap=True)
        h, last = hidden(states, asked, len(batch)), detached(states[-1], len(batch))
        return Pass(self._features(h, batch), last, LOOKED_AT, x, states)

    def rolled(self, batch: Batch, asked: str, *, start: State = ()) -> Pass:
        """The same step by step without a way back through the steps."""
        with torch.no_grad():
            x = self._inputs(batch)
            x = pad_batch(self.weights, x)
            begin = pad_state(start, x.shape[-2]) or self.network.cell.start(x[:, 0], self.weights)
            states = self._unrolled(x, start)
        h = hidden(states, asked, len(batch)).requires_grad_()
        last, features = detached(states[-1], len(batch)), self._features(h, batch)
        return Pass(features, last, ESTIMATED, x, [], rolled=(h, [begin, *states]))

    def shown(
        self, batch: Batch, asked: str, *, start: State = (), shows: str | None = None
    ) -> Pass:
        """The same with all that a penalty asks for, what goes into the steps a node, too.

        shows: "pulls" for nodes that are added to the state after every step; "states" for every
        state as a node of its own, step by step, which is the way where there is no kernel, too.
        """
        x = self._inputs(batch)
        if shows != "states" and (seen := self._glimpsed(_leaf(x), batch, asked, start, shows)):
            return seen
        return self._tapped(_leaf(pad_batch(self.weights, x)), batch, asked, start)

    def _glimpsed(
        self, x: Tensor, batch: Batch, asked: str, start: State, shows: str | None
    ) -> Pass | None:
        choice, cell = self._choose(x)
        if choice.engine != "fused":
            return None
        padded, added = pad_batch(self.weights, x), list[Tensor | None]()
        wide = self._wide(cell, padded)
        if shows == "pulls":
            made = pushed(cell, self.network.cell, self.weights, wide)
            if made is None or supports(made, self.weights, made.wide(wide)):
                return None
            cell, added = made, made.zeros(wide)
            wide = torch.cat([wide, *(push for push in added if push is not None)], -1)
        states = self._through(cell, wide, start)
        parts = tuple(part[..., : len(batch), :] for part in states)
        h = parts[0][:, -1:] if asked == "last" else parts[0]
        last = tuple(part[:, -1].detach() for part in parts)
        apart = partial(self._apart, padded.detach(), len(batch))
        return Pass(self._features(h, batch), last, choice, x, [], parts, tuple(added), apart)

    def _apart(self, x: Tensor, sequences: int, weights: Tensors, old: State) -> State | None:
        """By a kernel: every step from the state that is given for it; None: there is none.

        x: (S, T, B', I) as the cell inside gets it. old: (S, T, B, width) each, and so is the new.
        """
        cell = Apart(cell=self.network.cell, widths=tuple(part.shape[-1] for part in old))
        wide = torch.cat([x, *(pad_batch(weights, part) for part in old)], -1)
        if supports(cell, weights, wide):
            return None
        return tuple(part[..., :sequences, :] for part in sequence(cell, weights, wide))

    def outputs(self, features: Tensor) -> Tensor:
        """What the readout says: (S, A, B, H) -> (S, A, B, O)"""
        return readout(self.weights, features.flatten(-3, -2)).unflatten(-2, features.shape[-3:-1])

    def step_inputs(self, t: int, x: Tensor, valid: Tensor | None) -> Tensor:
        """What goes into step t alone: x (..., B, raw), valid (..., B) -> (..., B', columns)"""
        valid = None if valid is None else valid.unsqueeze(-2)
        batch = Batch(x=x.unsqueeze(-3), y=x, valid=valid)
        columns = self._inputs(batch, t)
        return pad_batch(self.weights, columns).squeeze(-3)

    def feed(self, task: Speaking, batch: Batch, noise: Tensor | None = None) -> Feed:
        """Free running: each step's input, with the last output (and its noise) put in.

        noise: (T, B, O)
        """
        steps = batch.x.unbind(-3)
        valid = [None] * len(steps) if batch.valid is None else batch.valid.unbind(-2)

        def feed(t: int, output: Tensor) -> Tensor:
            output = output[..., : len(batch), :]
            x = task.feed(steps[t], output if noise is None else output + noise[t - 1])
            return self.step_inputs(t, x, valid[t])

        return feed

    def _inputs(self, batch: Batch, first: int = 0) -> Tensor:
        """What goes into the steps, as remedies feed it: (..., T, B, columns)"""

        def fed(x: Tensor) -> Tensor:
            return self.remedy.feed(x, first, self.at)

        return self.network.inputs(self.weights, batch, self.draw, first, fed)

    def _choose(self, x: Tensor) -> tuple[Choice, Cell]:
        return self.passes.choose(self.network, self.weights, x, self.remedy, self.at)

    def _features(self, h: Tensor, batch: Batch) -> Tensor:
        return self.network.features(h, batch.valid, self.draw)

    def _unrolled(
        self,
        x: Tensor,
        start: State,
        *,
        feed: Feed | None = None,
        tap: bool = False,
        keep: int | None = None,
    ) -> list[State]:
        begin = pad_state(start, x.shape[-2]) if start else None
        valid = self.network.valid(x)
        cell, remedy, at = self.network.cell, self.remedy, self.at
        return unroll(
            cell, self.weights, x, remedy, at, feed, tap=tap, keep=keep, start=begin, valid=valid
        )

    def _tiled(
        self, engine: str, cell: Cell, tiles: tuple[Tensor, ...], asked: str, start: State
    ) -> tuple[Tensor, State]:
        """By a scan or a kernel, some sequences at once: h (S, A, B'', H) and the last state."""
        tile, parts, ends = tiles[0].shape[-2], [], []
        for n, part in enumerate(tiles):
            x = pad_batch(self.weights, part)
            if engine == "scan":
                states = scan.sequence(cell, self.weights, x)
            else:
                some = tuple(z[..., n * tile : (n + 1) * tile, :] for z in start)
                states = self._through(cell, self._wide(cell, x), some)
            h, last = states[0], detached(tuple(z[:, -1] for z in states), tile)
            h = (h[:, -1:] if asked == "last" else h)[..., :tile, :]
            if len(tiles) > 1:  # a view would keep what the tile says at all steps
                h, last = h.clone(), tuple(z.clone() for z in last)
            parts.append(h)
            ends.append(last)
        return torch.cat(parts, -2), tuple(torch.cat(z, -2) for z in zip(*ends, strict=True))

    def _wide(self, cell: Cell, x: Tensor) -> Tensor:
        """Inputs with the columns of what a remedy does between two steps."""
        if isinstance(cell, Acting):
            return cell.columns(self.remedy.noise.through(x.shape[-3]), x)
        return x

    def _through(self, cell: Cell, x: Tensor, start: State) -> State:
        """By a kernel: every part of the state of the cell inside, batch padding included."""
        begin = pad_state(start, x.shape[-2]) if start else None
        if begin:
            begin *= len(cell.state) // len(begin)
        states = sequence(cell, self.weights, x, self.remedy.bounds(x.shape[-3], x), begin)
        return states[: len(self.network.cell.state)]


def _leaf(x: Tensor) -> Tensor:
    """The same, as a node by which there is a gradient."""
    return x if x.requires_grad else x.detach().requires_grad_()
