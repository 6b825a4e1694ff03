"""The end of trials: their test, what else is measured, and the records that they leave."""

import json

import torch

from seqbench.axes import Tensors
from seqbench.engine.further import longer, tested
from seqbench.engine.outcome import Outcome, record
from seqbench.engine.passes.forward import Forward
from seqbench.engine.probes import finite, flow
from seqbench.engine.scoring.beam import beam
from seqbench.engine.scoring.evaluate import Scores, evaluate
from seqbench.engine.scoring.samples import samples
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Point
from seqbench.task.speaking import BeamSearched

PROBE_SEQUENCES = 32


def finish(setup: Setup, stack: Stack, outcomes: dict[int, Outcome], clock: Clock) -> None:
    """Test these rows once, with their best weights, and keep their records."""
    rows = list(outcomes) if len(outcomes) > 1 else list(outcomes) * 2
    best = _picked(stack, stack.tensors.best, rows)
    forward = stack.forward("test", best, rows)
    test = _tested(setup, forward)
    for name, values in test.measures.items():
        for row, value in zip(outcomes, values.tolist(), strict=False):
            stack.traces[row].curves.append(Point(stack.done, "test", name, finite(value)))
    steps = setup.source.test.x.shape[-3]
    later = [tested(stack, best, rows, steps, further) for further in setup.further]
    shown = samples(forward, setup.task)
    if stack.done:
        probe(setup, stack, rows)
    radii = stack.radii()
    clock.share(stack)
    scores = test.score.tolist()
    for place, (row, outcome) in enumerate(outcomes.items()):
        fingerprint = stack.trials[row].fingerprint
        ending = record(stack, setup.task, row, scores[place], radii[row], outcome)
        ending["samples"] = [json.dumps(sample._asdict()) for sample in shown[place]]
        scored = stack.traces[row].best_score is not None
        ending["further"] = _known(setup, fingerprint) | {
            further.name: list(longer(further, by_row[place] if scored else None))
            for further, by_row in zip(setup.further, later, strict=True)
        }
        setup.store.keep_result(fingerprint, ending)


def _picked(stack: Stack, weights: Tensors, rows: list[int]) -> Tensors:
    index = torch.tensor(rows, device=stack.device)
    return {name: weight.index_select(0, index) for name, weight in weights.items()}


def _tested(setup: Setup, forward: Forward) -> Scores:
    """The scores on test, and what a beam search makes of them where the task asks for one."""
    task, batch = setup.task, setup.source.test
    scores = evaluate(forward, task, batch, measured=True)
    if isinstance(task, BeamSearched) and "advance" not in forward.remedy.acts_at:
        scores.measures[f"{task.metric}_beam"] = task.judge(beam(forward, task, batch), batch)
    return scores


def _known(setup: Setup, fingerprint: str) -> dict[str, list[object]]:
    """The further tests that an earlier training of the same trial left.

    Kept, so that two matrices with other lengths do not train it in turns for ever.
    """
    before = setup.store.result(fingerprint) if setup.further else None
    if before is None or before["trial"]["status"] == "timeout":  # of other weights
        return {}
    return dict(before["further"])


def probe(setup: Setup, stack: Stack, rows: list[int]) -> None:
    """Add the flow of the gradient, as it is now, to these rows (two at least), once per step."""
    if setup.network.bidirectional and setup.task.asked == "every":
        return  # an answer in the middle has two lags
    leaves = {k: w.requires_grad_() for k, w in _picked(stack, stack.params, rows).items()}
    batch = setup.source.probe(PROBE_SEQUENCES)
    batch = batch.map(lambda part: part.expand(len(rows), *part.shape))
    norms = flow(stack.forward("probe", leaves, rows), setup.task, batch)
    for row, by_lag in dict(zip(rows, norms.tolist(), strict=True)).items():
        flows = stack.traces[row].flow
        if not flows or flows[-1][0] < stack.done:
            flows.append((stack.done, by_lag))
