"""The end of trials: who is done for, what they score on test, what they leave behind."""

import json

import torch

from seqbench.engine.further import longer, tested
from seqbench.engine.outcome import Verdict, record
from seqbench.engine.probes import finite, flow
from seqbench.engine.scoring.beam import beam
from seqbench.engine.scoring.evaluate import evaluate
from seqbench.engine.scoring.samples import samples
from seqbench.engine.setup import Clock, Setup
from seqbench.engine.stack import Stack
from seqbench.engine.traces import Point, Trace
from seqbench.task import Task

PROBE_SEQUENCES = 32
RUN_OUT = 2  # validations


def park(setup: Setup, stack: Stack, clock: Clock) -> None:
    """Finish the rows that are done for, whatever the reason, and keep the others."""
    healthy = stack.tensors.healthy.tolist()
    found = {
        row: verdict
        for row in range(len(stack.trials))
        if (verdict := _verdict(setup, stack, row, healthy[row], clock.minutes))
    }
    if found:
        finish(setup, stack, found, clock)
        kept = [row for row in range(len(stack.trials)) if row not in found]
        stack.select(kept) if kept else stack.trials.clear()


def _verdict(setup: Setup, stack: Stack, row: int, healthy: bool, minutes: float) -> Verdict | None:
    settings, trial, trace = setup.settings, stack.trials[row], stack.traces[row]
    solved = _solved(setup.task, trace)
    if not healthy and solved is None:
        where = f"seed={trial.seed} lr={trial.learning_rate:g}"
        at = int(stack.tensors.broke_at[row])
        tested = "no validation was finite before that, so it has no score"
        if trace.best_score is not None:
            tested = "tested were its weights with the best validation score before that"
        return Verdict(
            "diverged",
            f"trial {where} diverged at update {at}: a loss, gradient or weight is not finite; "
            f"{tested}.",
        )
    ran_out = solved is not None and (solved >= RUN_OUT or not healthy)
    if ran_out or stack.done >= settings.updates or _tired(trace, settings.patience):
        return Verdict("ok", None)
    if minutes > settings.timeout_minutes:
        return Verdict("timeout", f"stopped after {settings.timeout_minutes:g} minutes.")
    return None


def _solved(task: Task, trace: Trace) -> int | None:
    """How many validations ago one first met the pass mark; None: none did, or it ends nothing.

    Training ends RUN_OUT validations later: weights of the first that meets it often miss the mark
    on test by a hair. Should it explode meanwhile, it was solved before.
    """
    best = trace.best_score
    if best is None or task.open_ended or not task.solved(best):
        return None
    scores = _scores(trace)
    first = next(i for i, score in enumerate(scores) if score is not None and task.solved(score))
    return len(scores) - 1 - first


def _scores(trace: Trace) -> list[float | None]:
    return [point.value for point in trace.curve("valid", "score")]


def _tired(trace: Trace, patience: int | None) -> bool:
    """Whether its best validation score is `patience` validations old."""
    scores, best = _scores(trace), trace.best_score
    if patience is None or best is None:
        return False
    return len(scores) - 1 - scores.index(best) >= patience


def finish(setup: Setup, stack: Stack, verdicts: dict[int, Verdict], clock: Clock) -> None:
    """Test these rows once, with their best weights, and keep their records."""
    rows = list(verdicts) if len(verdicts) > 1 else list(verdicts) * 2
    index = torch.tensor(rows, device=stack.device)
    best = {k: p.index_select(0, index) for k, p in stack.tensors.best.items()}
    forward = stack.forward("test", best, rows)
    test = evaluate(forward, setup.task, setup.source.test, measured=True)
    measures = test.measures
    if setup.task.beam and "advance" not in forward.remedy.acts_at:
        answers = beam(forward, setup.task, setup.source.test)
        measures[f"{setup.task.metric}_beam"] = setup.task.judge(answers, setup.source.test)
    for name, values in measures.items():
        for row, value in zip(verdicts, values.tolist(), strict=False):
            stack.traces[row].curves.append(Point(stack.done, "test", name, finite(value)))
    steps = setup.source.test.x.shape[-3]
    later = [tested(stack, best, rows, steps, further) for further in setup.further]
    shown = samples(forward, setup.task)
    if stack.done:
        probe(setup, stack, rows)
    radii = stack.radii()
    clock.share(stack)
    for row, score in dict(zip(rows, test.score.tolist(), strict=True)).items():
        ending = record(stack, setup.task, row, score, radii[row], verdicts[row])
        ending["samples"] = [json.dumps(piece._asdict()) for piece in shown[rows.index(row)]]
        there = stack.traces[row].best_score is not None
        own: dict[str, list[object]] = {
            further.name: list(longer(further, scores[rows.index(row)] if there else None))
            for further, scores in zip(setup.further, later, strict=True)
        }
        mark = stack.trials[row].fingerprint
        ending["further"] = _known(setup, mark) | own
        setup.store.keep_result(mark, ending)


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
    index = torch.tensor(rows, device=stack.device)
    params = {k: p.index_select(0, index).requires_grad_() for k, p in stack.params.items()}
    batch = setup.source.probe(PROBE_SEQUENCES)
    batch = batch.map(lambda part: part.expand(len(rows), *part.shape))
    norms = flow(stack.forward("probe", params, rows), setup.task, batch)
    for row, by_lag in dict(zip(rows, norms.tolist(), strict=True)).items():
        known = stack.traces[row].flow
        if not known or known[-1][0] < stack.done:
            known.append((stack.done, by_lag))
