"""What a verb gives is looked at where it is called: the sentence names its line and says what."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from seqbench import jobs
from seqbench.axes import State, Tensors
from seqbench.cells.lstm import Lstm
from seqbench.cells.rnn import Rnn
from seqbench.engine.faults import Faulty
from seqbench.engine.passes.unroll import unroll
from seqbench.engine.purity.variants import prove_cell, prove_remedy
from seqbench.engine.rules import Impure
from seqbench.matrix.job import Job
from seqbench.remedies.zoneout import Zoneout
from seqbench.remedy import At, Remedy, Trajectory
from tests.helpers.impure import Coin, remedy, tried
from tests.helpers.remedies import alone, at, draw, inputs
from tests.helpers.training import few

Function = Callable[..., object]
FORMS: dict[str, tuple[str, Function, str]] = {
    "transform: None": ("transform", lambda g, p, at: None, "gives None"),
    "transform: generator": ("transform", lambda g, p, at: (v for v in g), "gives generator"),
    "transform: list": ("transform", lambda g, p, at: [*g.values()], "gives list"),
    "transform: floats": ("transform", lambda g, p, at: dict.fromkeys(g, 0.0), "is float"),
    "project: None": ("project", lambda p, at: None, "gives None"),
    "penalize: float": ("penalize", lambda p, run, at: 0.0, "is float"),
    "penalize: wide": ("penalize", lambda p, run, at: run.loss[:, None], r"is \(5, 1\)"),
    "advance: None": ("advance", lambda past, new, at: None, "gives None"),
    "advance: tensor": ("advance", lambda past, new, at: new[0], "gives Tensor"),
    "advance: parts": ("advance", lambda past, new, at: (*new, *new), "2 parts"),
    "carry: None": ("carry", lambda past, new, left, at: None, "gives None"),
    "carry: tensor": ("carry", lambda past, new, left, at: new[0], "gives Tensor"),
    "carry: width": ("carry", lambda past, new, left, at: (new[0][..., :1],), r"is \(5, 4, 1\)"),
    "reparametrize: None": ("reparametrize", lambda p, at: None, "gives None"),
    "reparametrize: less": (
        "reparametrize",
        lambda p, at: {k: v for k, v in p.items() if k != "b"},
        "names: b",
    ),
    "reparametrize: double": (
        "reparametrize",
        lambda p, at: {k: v.double() for k, v in p.items()},
        "float64",
    ),
    "initialize: None": ("initialize", lambda p, at: None, "gives None"),
    "solve: None": ("solve", lambda f, y, w, check: None, "gives None"),
    "solve: one": ("solve", lambda f, y, w, check: (y.mT @ f,), "1 parts"),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_verb_that_gives_something_else_is_named(name: str) -> None:
    verb, function, says = FORMS[name]
    with pytest.raises(Impure, match=says) as caught:
        prove_remedy(Rnn(), remedy(verb, function))
    assert str(caught.value).startswith("helpers/impure.py, line ")


@pytest.mark.parametrize("verb", ["advance", "carry"])
def test_so_it_is_late_in_training_and_in_a_composition(verb: str) -> None:
    both = Zoneout() + remedy(verb, lambda past, new, *more: new[0])
    params, x = draw(Rnn(), dtype=torch.float32), inputs().float()
    with pytest.raises(Faulty) as caught:
        unroll(Rnn(), params, x, alone(both, len(x)), at(Rnn()))
    assert isinstance(caught.value.__cause__, Impure)
    assert re.match("helpers/impure.py, line .* gives Tensor", str(caught.value.__cause__))


def halved(past: object, new: State, *more: object) -> State:
    with torch.no_grad():
        new[0].mul_(0.5)
    return new


def quietly(past: object, new: State, *more: object) -> State:
    new[0].data.mul_(0.5)
    return new


def shrunk(params: Tensors, run: Trajectory, at: At) -> Tensor:
    with torch.no_grad():
        run.states[-1][0].mul_(0.5)
    return run.loss


@pytest.mark.parametrize(
    ("verb", "function"),
    [("advance", halved), ("carry", halved), ("advance", quietly), ("penalize", shrunk)],
)
def test_writing_into_states_is_seen(verb: str, function: Function) -> None:
    with pytest.raises(Impure, match="writes into what it was given"):
        prove_remedy(Rnn(), remedy(verb, function))


@dataclass(frozen=True, kw_only=True)
class Blind(Remedy):
    """It says that it looks at no pass, and is wrong where `secretly`."""

    secretly: bool = True

    def looks_at_the_pass(self, step: int) -> bool:
        return False

    def penalize(self, params: Tensors, trajectory: Trajectory, at: At) -> Tensor:
        if not self.secretly:
            return 0.1 * trajectory.loss.square()
        (slope,) = torch.autograd.grad(trajectory.loss.sum(), params["W"], create_graph=True)
        return slope.square().flatten(-2).sum(-1)


def test_who_looks_at_gradients_says_so() -> None:
    prove_remedy(Rnn(), Blind(secretly=False))
    with pytest.raises(Impure, match="looks_at_the_pass") as caught:
        prove_remedy(Rnn(), Blind())
    assert re.match("purity/test_forms.py, line .* in penalize", str(caught.value))


CELLS: dict[str, tuple[str, Function, str]] = {
    "step: None": ("step", lambda self, p, s, x: None, "gives None"),
    "step: dict": ("step", lambda self, p, s, x: {"h": s[0]}, "gives dict"),
    "params: None": ("params", lambda self: None, "None in place of"),
    "params: shapes": ("params", lambda self: {"U": (3, 3)}, "in place of"),
    "letters: None": ("letters", lambda self, units: None, "None in place of int"),
    "start: None": ("start", lambda self, x, p: None, "gives None"),
    "initialize: None": ("initialize", lambda self, s, g: None, "gives None"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_gives_something_else_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb, function, says = CELLS[name]
    monkeypatch.setattr(Lstm, verb, function)
    with pytest.raises(Impure, match=says) as caught:
        prove_cell(Lstm())
    assert str(caught.value).startswith("purity/test_forms.py")


@pytest.mark.parametrize("name", ["params: None", "params: shapes", "letters: None"])
def test_a_cell_is_named_before_anything_is_counted_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb, function, says = CELLS[name]
    monkeypatch.setattr(Lstm, verb, function)
    job = Job("adding", {}, "lstm", {}, {"none": {}}, (1,), few(match="parameters", layers=2))
    (row,) = jobs.attempt(job, tmp_path, "cpu", None).trials
    assert row["status"] == "failed" and says in str(row["reason"])
    assert str(row["reason"]).startswith("purity/test_forms.py")


JUDGED: dict[str, tuple[str, Function]] = {
    "loss: None": ("loss", lambda s, out, b: None),
    "loss: float": ("loss", lambda s, out, b: 0.5),
    "score: float": ("score", lambda s, out, b: 0.5),
    "score: 0-d": ("score", lambda s, out, b: out.mean()),
    "score: wide": ("score", lambda s, out, b: out.mean((1, 2, 3))[:, None]),
    "measures: list": ("measures", lambda s, out, b: [out.mean((1, 2, 3))]),
    "measures: float": ("measures", lambda s, out, b: {"x": 0.5}),
}


@pytest.mark.parametrize("name", JUDGED)
def test_a_task_that_gives_something_else_is_named(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb, function = JUDGED[name]
    monkeypatch.setattr(Coin, verb, function)
    with pytest.raises(Impure, match="in place of a") as caught:
        tried(Coin())
    assert str(caught.value).startswith("purity/test_forms.py")


def test_measures_are_proved_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Coin, "measures", lambda s, out, b: {"x": out.mean((1, 2, 3)) - out.mean()})
    with pytest.raises(Impure, match="other trials"):
        tried(Coin())


SEQUENCES: dict[str, tuple[str, str, Function]] = {
    "padding": ("penalize", "batch padding", lambda p, run, at: run.states[-1][0].mean((-2, -1))),
    "number": (
        "advance",
        "batch padding",
        lambda past, new, at: (new[0] / (2 if new[0].shape[-2] > 30 else 1),),
    ),
    "advance": (
        "advance",
        "other sequences",
        lambda past, new, at: (new[0] - new[0].mean(-2, keepdim=True),),
    ),
    "carry": (
        "carry",
        "other sequences",
        lambda past, new, left, at: (new[0] - new[0].mean(-2, keepdim=True),),
    ),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_remedy_that_mixes_sequences_or_sees_padding_is_refused(name: str) -> None:
    verb, rule, function = SEQUENCES[name]
    with pytest.raises(Impure, match=rule):
        prove_remedy(Rnn(), remedy(verb, function))


def test_a_penalty_that_cuts_the_padding_is_not_refused() -> None:
    def penalty(p: Tensors, run: Trajectory, at: At) -> Tensor:
        return run.states[-1][0][..., : run.sequences, :].mean((-2, -1))

    prove_remedy(Rnn(), remedy("penalize", penalty))


def double(made: object) -> object:
    torch.set_default_dtype(torch.float64)
    return made


def without(made: object) -> object:
    torch.set_grad_enabled(False)
    return made


def threads(made: object) -> object:
    torch.set_num_threads(torch.get_num_threads() + 1)
    return made


@pytest.mark.parametrize("change", [double, without, threads])
@pytest.mark.parametrize("verb", ["transform", "advance", "step"])
def test_a_setting_of_the_process_is_put_back(verb: str, change: Function) -> None:
    before = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    with pytest.raises(Impure, match="whole process"):
        if verb == "step":
            kind = type("Body", (Rnn,), {"step": lambda s, p, z, x: change(Rnn.step(s, p, z, x))})
            prove_cell(kind())
        else:
            at_it = (lambda g, p, at: change(g)) if verb == "transform" else _advance(change)
            prove_remedy(Rnn(), remedy(verb, at_it))
    after = torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads()
    assert after == before


def _advance(change: Function) -> Function:
    return lambda past, new, at: change(new)
