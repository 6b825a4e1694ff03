"""What is run of a task, so that one can see whether it is pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.engine.held_out import HeldOut
from seqbench.engine.purity.experiment import TRIALS, Subject, near, untouched
from seqbench.engine.purity.given import EXTREME, TAME, WILD
from seqbench.engine.rules import impure, kind
from seqbench.engine.scoring.means import Means
from seqbench.engine.streams import stream
from seqbench.task import Batch, Task
from seqbench.task.pooled import Pooled


def prove_task(task: Task, batch_of: Callable[[Sequence[int]], Batch]) -> None:
    """Refuse a task whose loss or score is not pure; `contracts` has looked at its samples.

    batch_of: the batches of some seeds, x (S, T, B, raw).

    Raises:
        Impure: names the line and the rule.
    """
    subject = Subject.of(task)
    batch = batch_of(range(TRIALS))
    shape = batch.y.shape if batch.y.is_floating_point() else (*batch.y.shape, task.outputs)
    outputs = torch.randn(shape, generator=stream(0, "purity"))
    for sizes in (TAME, WILD, *EXTREME):
        said = outputs * sizes.view(-1, *[1] * (outputs.dim() - 1))
        run = partial(_judged, task, batch, said)
        if sizes is TAME or sizes is WILD:
            subject.prove("loss", run, wild=sizes is WILD)
        else:
            subject.beside("loss", run)
    if not bool(_judged(task, batch, outputs, range(TRIALS))["slope"].any()):
        raise impure("outputs", task, "loss")
    if task.reading.carries:
        _prove_fillers(task, batch, outputs)
    else:
        _prove_pieces(task, batch, outputs)


@torch.no_grad()
def _prove_fillers(task: Task, batch: Batch, outputs: Tensor) -> None:
    """Refuse numbers that change where a stream without weights is added, as `whole` adds steps."""
    filled = batch.map(lambda part: torch.cat([part, part[:, :, -1:]], 2))
    real = torch.ones(filled.y.shape[:3])
    real[:, :, -1] = 0
    weights = {"mask": real if filled.mask is None else filled.mask * real}
    if filled.scored is not None:
        weights["scored"] = filled.scored * real
    right = 9 * task.encode(batch)[:, :, -1:].to(outputs.dtype)  # unlike what is said elsewhere
    said = torch.cat([outputs, right], 2)
    # what is judged at once is judged without them
    verbs = ("loss", "measures") if isinstance(task, Pooled) else ("loss", "score", "measures")
    for verb in verbs:
        judge = getattr(task, verb)
        ours, theirs = judge(said, replace(filled, **weights)), judge(outputs, batch)
        if verb != "measures":
            ours, theirs = {verb: ours}, {verb: theirs}
        if not near(ours, theirs):
            raise impure("fillers", task, verb)


@torch.no_grad()
def _prove_pieces(task: Task, batch: Batch, outputs: Tensor) -> None:
    """Refuse numbers that change where a test is read sequence by sequence."""
    means = Means(task, HeldOut((batch,)))
    for n in range(len(batch)):
        piece = batch.map(lambda part, n=n: part[:, :, n : n + 1])
        means.add(piece, _means(task, outputs[:, :, n : n + 1], piece))
    found = means.taken()
    for name, value in _means(task, outputs, batch).items():
        if not near({name: found[name]}, {name: value}):
            verb = name if name in ("loss", "score") else "measures"
            raise impure("pieces", task, verb)


def _means(task: Task, outputs: Tensor, batch: Batch) -> Tensors:
    """Everything that is a mean, by name."""
    score = {} if isinstance(task, Pooled) else {"score": task.score(outputs, batch)}
    return {"loss": task.loss(outputs, batch)} | score | task.measures(outputs, batch)


@torch.enable_grad()
def _judged(task: Task, batch: Batch, outputs: Tensor, trials: Sequence[int]) -> Tensors:
    index = torch.tensor([*trials])
    said, some = outputs[index].requires_grad_(), batch.map(lambda part: part[index])
    loss = _each(task, "loss", untouched(task, "loss", task.loss, said, some), len(index))
    if not loss.requires_grad:
        raise impure("outputs", task, "loss")
    (slope,) = torch.autograd.grad(loss.sum(), said)
    judged = {"loss": loss.detach(), "slope": slope}
    with torch.no_grad():
        score = untouched(task, "score", task.score, said.detach(), some)
        judged["score"] = _each(task, "score", score, len(index))
        measures = untouched(task, "measures", task.measures, said.detach(), some)
    if not isinstance(measures, dict):
        raise impure("shape", task, "measures", more=f"{kind(measures)} in place of a dictionary")
    if isinstance(task, Pooled):
        measures = measures | task.others(task.decide(said.detach(), some), some)
    for name, value in measures.items():
        judged[f"measure {name}"] = _each(task, "measures", value, len(index))
    return judged


def _each(task: Task, verb: str, made: object, trials: int) -> Tensor:
    """What was made, if it is a number per trial."""
    if isinstance(made, Tensor) and made.is_floating_point() and made.shape == (trials,):
        return made
    given = f"{tuple(made.shape)} {made.dtype}" if isinstance(made, Tensor) else kind(made)
    raise impure("shape", task, verb, more=f"{given} in place of a number per trial, ({trials})")
