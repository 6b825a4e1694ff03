"""A variant that is no pure function of its own row is refused, and all of ours are pure."""

import inspect
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.axes import Tensors, joint_norm
from seqbench.cell import Cell
from seqbench.cells.rnn import Rnn
from seqbench.engine.purity.variants import prove_cell, prove_remedy
from seqbench.engine.rules import Impure
from seqbench.remedy import At
from tests.helpers.impure import Body, cell, remedy
from tests.helpers.remedies import cells_for

LINEAR = torch.nn.Linear(8, 8)
torch.nn.init.eye_(LINEAR.weight)
torch.nn.init.zeros_(LINEAR.bias)
CALLS = [0]


def counts(self: Cell, params: Tensors, a: Tensor) -> Tensor:
    CALLS[0] += 1
    return (a * CALLS[0]).tanh()


def remembers(self: Cell, params: Tensors, a: Tensor) -> Tensor:
    object.__setattr__(self, "last", a.detach())
    return a.tanh()


def writes(self: Cell, params: Tensors, a: Tensor) -> Tensor:
    with torch.no_grad():
        params["b"].add_(1)
    return a.tanh()


IMPURE: dict[str, tuple[str, Body]] = {
    "a threshold": ("other trials", lambda s, p, a: (a / 9 if a.norm() > 10 else a).tanh()),
    "a far one": ("other trials", lambda s, p, a: (a / 9 if a.norm() > 300 else a).tanh()),
    "statistics": ("other trials", lambda s, p, a: (a - a.mean(0)).tanh()),
    "a number": ("other trials", lambda s, p, a: (a * p["U"].abs().max().item()).tanh()),
    "a neighbor": ("other trials", lambda s, p, a: a.roll(1, 0).tanh()),
    "a share": ("other trials", lambda s, p, a: a.softmax(0)),
    "a count": ("how many", lambda s, p, a: (a / (len(a) if a.dim() > 2 else 1)).tanh()),
    "a batch": ("other sequences", lambda s, p, a: (a - a.mean(-2, keepdim=True)).tanh()),
    "sequences": ("how many", lambda s, p, a: a.tanh() * (1 - 1 / a.shape[-2])),
    "their root": ("how many", lambda s, p, a: (a / a.shape[-2] ** 0.5).tanh()),
    "many of them": ("how many", lambda s, p, a: (a / (2 if a.shape[-2] > 30 else 1)).tanh()),
    "dropout": ("global random", lambda s, p, a: functional.dropout(a, 0.1).tanh()),
    "noise": ("global random", lambda s, p, a: (a + 0.1 * torch.randn_like(a)).tanh()),
    "python's": ("global random", lambda s, p, a: a.tanh() * random.random()),
    "numpy's": ("global random", lambda s, p, a: a.tanh() * float(np.random.rand())),
    "a module": ("would never train", lambda s, p, a: LINEAR(a).tanh()),
    "a counter": ("second time", counts),
    "itself": ("from one call to the next", remembers),
    "weights": ("writes into", writes),
    "cut": ("gets a gradient", lambda s, p, a: a.detach().tanh()),
    "nothing": ("gets a gradient", lambda s, p, a: torch.full_like(a, torch.nan)),
    "narrow": ("shapes", lambda s, p, a: a[..., :1]),
    "double": ("float64", lambda s, p, a: a.double()),
}


@pytest.mark.parametrize("name", IMPURE)
def test_an_impure_cell_is_refused_with_its_line_and_the_rule(name: str) -> None:
    rule, body = IMPURE[name]
    with pytest.raises(Impure, match=rule) as caught:
        prove_cell(cell(body))
    words = str(caught.value)
    assert words.startswith(("purity/test_variants.py, line ", "helpers/impure.py, line "))
    assert "Allowed: " in words
    seen = ("threshold", "number", "statistics", "dropout", "noise", "module")
    if name.split()[-1] in seen:  # the very line, not only the step's
        assert f"line {inspect.getsourcelines(body)[1]}, in <lambda>" in words


@pytest.mark.parametrize(
    "body",
    [
        lambda s, p, a: (a / (1e-6 + a.norm(dim=-1, keepdim=True))).tanh(),
        lambda s, p, a: (a.clamp(max=3) if (a > 3).any() else a).tanh(),
        lambda s, p, a: (a.abs() + 1e-9).sqrt().log(),
        lambda s, p, a: a.tanh() * torch.ones(a.shape[-2], 1),
        lambda s, p, a: (a + torch.randn(8, generator=Generator().manual_seed(1))).tanh(),
    ],
)
def test_what_only_looks_impure_is_not_refused(body: Body) -> None:
    prove_cell(cell(body))


def everywhere(grads: Tensors, params: Tensors, at: At) -> Tensors:
    norm = torch.cat([grad.flatten() for grad in grads.values()]).norm()
    return {name: grad / norm for name, grad in grads.items()}


def above(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return {k: g / 9 if joint_norm(grads.values()).max() > 1e3 else g for k, g in grads.items()}


def in_place(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return {name: grad.clamp_(-1, 1) for name, grad in grads.items()}


def pops(grads: Tensors, params: Tensors, at: At) -> Tensors:
    grads.pop("U")
    return grads


def drawn(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return {name: grad + torch.randn_like(grad) for name, grad in grads.items()}


def later(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return everywhere(grads, params, at) if at.step > 100 else grads


TRANSFORMS: dict[str, tuple[str, Callable[..., Tensors]]] = {
    "one norm of all": ("other trials", everywhere),
    "a threshold": ("other trials", above),
    "in place": ("writes into", in_place),
    "a dictionary": ("writes into", pops),
    "noise": ("global random", drawn),
    "later": ("other trials", later),
    "drops": ("names: U", lambda g, p, at: {k: v for k, v in g.items() if k != "U"}),
    "adds": ("names: V", lambda g, p, at: g | {"V": g["U"]}),
    "one row": ("U is", lambda g, p, at: g | {"U": g["U"][0]}),
    "double": ("float64", lambda g, p, at: {k: v.double() for k, v in g.items()}),
}


VERBS: dict[str, tuple[str, Callable[..., object]]] = {
    "initialize": ("global random", lambda p, at: p | {"U": torch.randn_like(p["U"])}),
    "reparametrize": ("other trials", lambda p, at: p | {"U": p["U"] / p["U"].norm()}),
    "advance": ("other trials", lambda past, new, at: (new[0] - new[0].mean(0),)),
    "carry": ("other trials", lambda past, new, left, at: (new[0] * new[0].amax(),)),
    "penalize": ("shape", lambda p, run, at: run.states[-1][0].square().mean()),
    "project": ("other trials", lambda p, at: {k: v / v.norm() for k, v in p.items()}),
    "solve": ("other trials", lambda f, y, w, check: (y.mT @ f / f.norm(), y.mean(1, True))),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_looked_at(verb: str) -> None:
    rule, function = VERBS[verb]
    with pytest.raises(Impure, match=rule):
        prove_remedy(Rnn(), remedy(verb, function))


@pytest.mark.parametrize("name", registry.names("cells"))
def test_every_cell_is_pure(name: str) -> None:
    prove_cell(registry.load_cell(name))


@pytest.mark.parametrize("name", registry.names("remedies"))
def test_every_remedy_is_pure(name: str) -> None:
    loaded = registry.load_remedy(name)
    for suited in cells_for(loaded)[:2]:
        prove_remedy(suited, loaded)


@pytest.mark.faults
@pytest.mark.parametrize("name", registry.names("remedies"))
def test_every_remedy_is_pure_around_every_cell(name: str) -> None:
    loaded = registry.load_remedy(name)
    for suited in cells_for(loaded):
        prove_remedy(suited, loaded)
