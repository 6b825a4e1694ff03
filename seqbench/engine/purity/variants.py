"""What is run of a cell and a remedy, so that one can see whether it is pure.

Five trials with weights, inputs and noise of their own: of ordinary size ("tame"), then one a
hundredth, one a hundred times as large ("wild"), so that a threshold for numbers of the whole stack
lies between what a small trial has and what its largest neighbor has. At last two beside others
that diverge ("extreme"), at other places in training and in another width.
"""

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor

from seqbench.axes import Tensors
from seqbench.cell import Cell, Param
from seqbench.engine.purity.bounds import prove_bound
from seqbench.engine.purity.experiment import TRIALS, Subject, untouched
from seqbench.engine.purity.given import (
    EXTREME,
    LONG,
    TAME,
    WILD,
    Given,
    H,
    born,
    given,
    sizes,
)
from seqbench.engine.purity.passing import Place, passed
from seqbench.engine.purity.sequences import counts, mixes
from seqbench.engine.rules import alike, impure, kind
from seqbench.engine.streams import stream
from seqbench.engine.trial import SHARED
from seqbench.remedy import Remedy, Rollout

UPDATES = (1, 2, 6, 10, 20, 50, 60, 100, 200, 500, 600, 1000, 2000, 6000)  # done before, besides 0
VISITS = (  # other places in training, each beside others of these sizes, in this width
    (Place(1, 1), EXTREME[0], H),
    (Place(6, 1000), EXTREME[1], H),
    (Place(60, 3, training=False), WILD, 2 * H),
    (Place(600, 100), EXTREME[0], 2 * H),
    (Place(1000, 20), WILD, H),
    (Place(6000, 20, training=False), EXTREME[1], H),
)


def prove_cell(cell: Cell) -> None:
    """Refuse a cell that is not pure, trial by trial and sequence by sequence.

    Raises:
        Impure: names the line and the rule.
    """
    subject = Subject.of(cell)
    _prove_forms(subject, cell)
    subject.prove("initialize", partial(born, cell, Remedy()))
    tame = given(cell, Remedy(), TAME)
    run = partial(passed, cell, Remedy(), tame, Place())
    found = run(range(TRIALS))
    subject.prove("step", run)
    wild = given(cell, Remedy(), WILD)
    subject.prove("step", partial(passed, cell, Remedy(), wild, Place()), wild=True)
    for place, size, width in VISITS[:4]:
        beside = given(cell, Remedy(), size, width)
        subject.beside("step", partial(passed, cell, Remedy(), beside, place))
    if mixes(cell, Remedy(), tame, found) or counts(cell, Remedy(), tame):
        raise impure("batch", cell, "step")
    slopes = [found[f"gradient of {name}"] for name in cell.params()]
    if slopes and not any(bool(slope.any()) for slope in slopes):
        raise impure("gradient", cell, "step")


def prove_declared(cell: Cell) -> None:
    """Refuse a cell that does not say which weights it has; asked before anything asks for them.

    Raises:
        Impure: names the line and the rule.
    """
    for verb, declared, wanted in (
        ("params", cell.params(), Param),
        ("letters", cell.letters(H), int),
    ):
        what = "a dictionary of other things" if isinstance(declared, dict) else kind(declared)
        if not isinstance(declared, dict) or not all(
            isinstance(part, wanted) for part in declared.values()
        ):
            more = f"{what} in place of {wanted.__name__} by name"
            raise impure("shape", cell, verb, more=more)


def _prove_forms(subject: Subject, cell: Cell) -> None:
    """Refuse a cell whose weights or states are not what it says."""
    prove_declared(cell)
    shapes = {name: torch.empty(shape) for name, shape in cell.shapes(sizes()).items()}
    if differs := alike(cell.initialize(sizes(), stream(0, "purity")), shapes):
        raise impure("shape", cell, "initialize", more=differs)
    subject.same("initialize")
    tame = given(cell, Remedy(), TAME)
    start = untouched(cell, "start", cell.start, tame.x[:, 0], tame.params)
    zeros = tuple(torch.zeros_like(z) if isinstance(z, Tensor) else tame.x for z in start or ())
    if differs := alike(start, zeros):
        raise impure("shape", cell, "start", more=differs)
    new = untouched(cell, "step", cell.step, tame.params, start, tame.x[:, 0])
    subject.same("step")
    if differs := alike(new, start):
        raise impure("shape", cell, "step", more=differs)


def prove_remedy(cell: Cell, remedy: Remedy) -> None:
    """Refuse a remedy (of a composition: a part) whose verbs, around a cell, are not pure.

    Raises:
        Impure: names the line and the rule.
    """
    subject, acts = Subject.of(remedy), set(remedy.acts_at)
    if "initialize" in acts:
        subject.prove("initialize", partial(born, cell, remedy))
    if shared := [verb for verb in SHARED if verb in acts - {"estimate", "solve"}]:
        _prove_pass(subject, shared, cell, remedy)
    if "carry" in acts:
        prove_bound(cell, remedy)
    for verb in ("estimate", "transform", "project", "remember"):
        if verb in acts:
            _prove_change(subject, verb, cell, remedy)
    if "solve" in acts:
        subject.prove("solve", partial(_solved, remedy))


def _prove_pass(subject: Subject, verbs: list[str], cell: Cell, remedy: Remedy) -> None:
    verb, tame = verbs[0], given(cell, remedy, TAME)
    run = partial(passed, cell, remedy, tame, Place())
    subject.prove(verb, run)
    wild = partial(passed, cell, remedy, given(cell, remedy, WILD), Place())
    subject.prove(verb, wild, wild=True)
    for place, size, width in VISITS:
        beside = given(cell, remedy, size, width)
        subject.beside(verb, partial(passed, cell, remedy, beside, place))
    long = given(cell, remedy, WILD, steps=LONG)  # what does nothing in the last few steps
    subject.beside(verb, partial(passed, cell, remedy, long, Place(20, 20)))
    everybody = range(TRIALS)
    mixing = {"feed", "advance", "carry"} & set(verbs)
    if mixing and mixes(cell, remedy, tame, run(everybody)):
        raise impure("batch", remedy, min(mixing))
    if counts(cell, remedy, tame):
        raise impure("padding", remedy, verbs[-1])


def _prove_change(subject: Subject, verb: str, cell: Cell, remedy: Remedy) -> None:
    tame, wild = given(cell, remedy, TAME), given(cell, remedy, WILD)
    subject.prove(verb, partial(_changed, verb, cell, remedy, tame, Place()))
    subject.prove(verb, partial(_changed, verb, cell, remedy, wild, Place()), wild=True)
    for n, step in enumerate(UPDATES):
        place = Place(step, (1, 20, 1000)[n % 3])
        subject.beside(verb, partial(_changed, verb, cell, remedy, wild, place))
    for n, size in enumerate(EXTREME):
        large = given(cell, remedy, size, (1 + n) * H)
        subject.beside(verb, partial(_changed, verb, cell, remedy, large, Place(6)))


def _changed(
    verb: str, cell: Cell, remedy: Remedy, some: Given, place: Place, trials: Sequence[int]
) -> Tensors:
    """What `transform` makes of gradients, `project` of weights, and so on."""
    chosen = some.of(trials)
    arguments, like = _arguments(verb, cell, chosen)
    at = place.at(cell, trials, chosen.memory)
    made: Tensors = untouched(remedy, verb, getattr(remedy, verb), *arguments, at)
    if differs := alike(made, like):
        raise impure("shape", remedy, verb, more=differs)
    return made


def _arguments(verb: str, cell: Cell, chosen: Given) -> tuple[tuple[object, ...], Tensors]:
    """What a verb is given besides where it is, and what its result must look like."""
    params = chosen.params
    if verb == "estimate":
        states = [chosen.start or cell.start(chosen.x[:, 0], params)] * (1 + chosen.x.shape[1])
        credit = chosen.x.mean(-1, keepdim=True) * states[0][0].sum(-1, keepdim=True).cos()[:, None]
        shape, outputs = credit.shape[:-1], params["W_out"].shape[-2]
        units = credit.expand(*shape, states[0][0].shape[-1])
        errors = credit.expand(*shape, outputs)
        return (Rollout(params, chosen.x, states, units, errors),), params
    if verb == "project":
        return (params,), params
    return (chosen.grads, params), chosen.memory if verb == "remember" else params


def _solved(remedy: Remedy, trials: Sequence[int]) -> Tensors:
    draw = stream(0, "purity")
    index = torch.tensor([*trials])
    widths = (sizes()["H"], sizes()["O"])
    features, targets = (
        torch.randn(TRIALS, 32, width, generator=draw, dtype=torch.float64)[index]
        for width in widths
    )

    def check(W_out: Tensor, b_out: Tensor) -> Tensor:
        return (features @ W_out.mT + b_out - targets).square().flatten(-2).mean(-1)

    shares = features.new_ones(features.shape[:-1])
    made = untouched(remedy, "solve", remedy.solve, features, targets, shares, check)
    readout = targets.mT @ features, targets[:, :1]
    if differs := alike(made, readout):
        raise impure("shape", remedy, "solve", more=differs)
    return dict(zip(("W_out", "b_out"), made, strict=True))
