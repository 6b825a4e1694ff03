"""The end of trials: their test, what else is measured, and the records that they leave."""

import json
from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.footprint import footprint
from seqbench.engine.further import longer, tested
from seqbench.engine.held_out import HeldOut
from seqbench.engine.outcome import Outcome, record
from seqbench.engine.parallel import measured
from seqbench.engine.passes.forward import Forward
from seqbench.engine.probes import finite, flow
from seqbench.engine.scoring.beam import beam
from seqbench.engine.scoring.evaluate import evaluate, rows_at_once
from seqbench.engine.scoring.samples import samples
from seqbench.engine.scoring.tenths import tenths
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.spans import Span, joined
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Point
from seqbench.task import Batch, Task
from seqbench.task.speaking import BeamSearched, Sample

PROBE_SEQUENCES, PROBE_ROWS = 32, 48  # at once


def finish(setup: Setup, stack: Stack, outcomes: dict[int, Outcome], clock: Clock) -> None:
    """Test these rows once, with their best weights, and keep their records."""
    rows = list(outcomes) if len(outcomes) > 1 else list(outcomes) * 2
    best = _picked(stack, stack.tensors.best, rows)
    held = setup.source.test([stack.trials[row].seed for row in rows])
    test = [
        row
        for span, forward in stack.forwards("test", best, rows, most=rows_at_once(setup.task, held))
        for row in _tested(setup.task, forward, held.of(span))[: span.width]
    ]
    for (row, _), tested_row in zip(outcomes.items(), test, strict=False):
        points = tested_row.measures.items()
        stack.traces[row].curves += [Point(stack.done, "test", *point) for point in points]
    later = [tested(stack, best, rows, held.steps, further) for further in setup.further]
    if stack.done:
        probe(setup, stack, rows)
    radii = stack.radii()
    clock.share(stack)
    with clock.stopped():  # it is no part of training
        known = measured(stack, best, rows, setup.parallel) if setup.parallel else {}
    for place, (row, outcome) in enumerate(outcomes.items()):
        fingerprint = stack.trials[row].fingerprint
        ending = record(stack, setup.task, row, test[place].score, radii[row], outcome)
        ending["trial"] |= footprint(setup, stack.trials[row].remedy)._asdict()
        ending["samples"] = [json.dumps(sample._asdict()) for sample in test[place].samples]
        scored = stack.traces[row].best_score is not None
        ending["trial"]["test_tenths"] = test[place].tenths if scored else None
        before = _known(setup, fingerprint)
        ending["further"] = before["further"] | {
            further.name: list(longer(further, by_row[place] if scored else None))
            for further, by_row in zip(setup.further, later, strict=True)
        }
        ending["parallel"] = before["parallel"] | known.get(row, {})
        setup.store.keep_result(fingerprint, ending)


def _picked(stack: Stack, weights: Tensors, rows: list[int]) -> Tensors:
    index = torch.tensor(rows, device=stack.device)
    return {name: weight.index_select(0, index) for name, weight in weights.items()}


class _Tested(NamedTuple):
    """What a row reaches on test: its score, other metrics by name, and what it says.

    tenths: its scores on tenths of the test part, as JSON; None where there are none.
    """

    score: float
    tenths: str | None
    measures: dict[str, float | None]
    samples: list[Sample]


def _tested(task: Task, forward: Forward, held: HeldOut) -> list[_Tested]:
    """Row by row, and what a beam search makes of the scores where the task asks for one."""
    score, measures = evaluate(forward, task, held, measured=True)[1:]
    if isinstance(task, BeamSearched) and "advance" not in forward.remedy.acts_at:
        said = beam(forward, task, held)
        measures |= held.each(said, lambda *z: {f"{task.metric}_beam": task.judge(*z)})
    by_row = {name: [finite(value) for value in values] for name, values in measures.items()}
    shown = samples(forward, task)
    by_tenth = [evaluate(forward, task, part).score.tolist() for part in tenths(task, held)]
    return [
        _Tested(
            value,
            json.dumps([finite(part[row]) for part in by_tenth]) if by_tenth else None,
            {name: values[row] for name, values in by_row.items()},
            shown[row],
        )
        for row, value in enumerate(score.tolist())
    ]


def _known(setup: Setup, fingerprint: str) -> dict[str, dict[str, list[object]]]:
    """What an earlier training of the same trial left of further tests, and in parallel.

    Kept, so that two matrices that ask for other ones do not train it in turns for ever.
    """
    asked = setup.further or setup.parallel
    before = setup.store.result(fingerprint) if asked else None
    if before is None or before["trial"]["status"] == "timeout":  # of other weights
        return {"further": {}, "parallel": {}}
    return {name: dict(before[name]) for name in ("further", "parallel")}


def probe(setup: Setup, stack: Stack, rows: list[int]) -> None:
    """Add the flow of the gradient, as it is now, to these rows (two at least), once per step."""
    if setup.network.bidirectional and setup.task.asked == "every":
        return  # an answer in the middle has two lags
    batch = setup.source.probe(PROBE_SEQUENCES)
    parts = -(-len(rows) // PROBE_ROWS)  # so that steps of few rows at once are remembered
    for part in range(parts):
        some = rows[part * len(rows) // parts : (part + 1) * len(rows) // parts]
        for row, by_lag in zip(some, _flows(setup, stack, some, batch), strict=True):
            flows = stack.traces[row].flow
            if not flows or flows[-1][0] < stack.done:
                flows.append((stack.done, by_lag))


def _flows(setup: Setup, stack: Stack, rows: list[int], batch: Batch) -> list[list[float]]:
    """Of every row, by lag."""
    leaves = {k: w.requires_grad_() for k, w in _picked(stack, stack.params, rows).items()}
    batch = batch.map(lambda part: part.expand(len(rows), *part.shape))
    spans, found = list[Span](), list[Tensor]()
    for span, forward in stack.forwards("probe", leaves, rows):
        spans.append(span)
        found.append(flow(_bound(forward), setup.task, batch.map(span.take)))
    return joined(spans, found).tolist()


def _bound(forward: Forward) -> Forward:
    """With weights that all have a gradient, even if a remedy has put constants in their place."""
    weights = {k: w if w.requires_grad else w.requires_grad_() for k, w in forward.weights.items()}
    return replace(forward, weights=weights)
