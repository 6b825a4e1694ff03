"""What looks at other trials only where no proof sees it is noticed in training."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from torch import Tensor

from seqbench.axes import State, Tensors
from seqbench.cell import affine
from seqbench.cells.rnn import Rnn
from seqbench.engine import audit
from seqbench.engine.faults import Apart, Faulty
from seqbench.engine.train import run
from seqbench.engine.trial import Trial
from seqbench.errors import InputError
from seqbench.remedy import At, Remedy
from seqbench.remedy.composition import compose
from tests.helpers.impure import remedy
from tests.helpers.training import bench, mixed, train, trial

FEW = {"updates": 8, "evaluate_every": 2}


def step(self: Rnn, params: Tensors, state: State, x: Tensor) -> State:
    a = affine(params, x, state[0])
    return ((a - 1e-3 * a.mean(0, keepdim=True)).tanh(),)


def test_a_trial_that_hears_the_others_ends_the_stack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rnn, "step", step)
    with pytest.raises(InputError, match="Rnn.*update 1 of seed . at .*beside other trials"):
        train(bench(tmp_path, "rnn", engine="eager", **FEW), [trial(seed=s) for s in (1, 2, 3)])


def between(grads: Tensors, params: Tensors, at: At) -> Tensors:
    """Looks at other trials from the fourth update on."""
    if at.step < 3:
        return grads
    return {name: grad / (1 + 1e-3 * grad.norm()) for name, grad in grads.items()}


def test_a_remedy_that_hears_the_others_is_to_blame_alone(tmp_path: Path) -> None:
    deaf = [trial(name, seed) for name in ("none", "zoneout") for seed in (1, 2)]
    nosy = remedy("transform", between)
    hears = [replace(trial(seed=s), remedy=nosy, fingerprint=f"nosy {s}") for s in (1, 2, 3)]
    with pytest.raises(Faulty) as caught:
        train(bench(tmp_path, "rnn", updates=16, evaluate_every=2), [*deaf, *hears])
    assert [caught.value.blames(t) for t in (*deaf, *hears)] == [False] * 4 + [True] * 3
    assert "changes with the other trials" in str(caught.value.__cause__ or caught.value)


def bounded(self: Rnn, params: Tensors, state: State, x: Tensor) -> State:
    a = affine(params, x, state[0])
    return ((a - 1e-3 * a.clamp(-9, 9).mean(0, keepdim=True)).tanh(),)


def test_what_does_not_move_acquits_no_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At this learning rate the rows of `none` are saturated and their weights stay."""
    monkeypatch.setattr(Rnn, "step", bounded)
    trials = [trial("clip_norm", seed) for seed in (1, 2)]
    trials += [trial("none", seed, 1e3) for seed in (1, 2)]
    with pytest.raises(InputError, match=r"Rnn.* or ClipNorm.*update 1 of .*beside other trials"):
        train(bench(tmp_path, "rnn", engine="eager", **FEW), trials)


def still(self: Rnn, params: Tensors, state: State, x: Tensor) -> State:
    return (0 * affine(params, x, state[0]),)


def mean(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return {name: params[name].mean(0, keepdim=True).expand_as(grads[name]) for name in grads}


def test_where_nothing_moves_without_the_remedy_it_may_be_the_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Rnn, "step", still)
    body = remedy("transform", mean)
    trials = [Trial("body", body, seed, 0.01, f"{seed}") for seed in (1, 2)]
    with pytest.raises(InputError, match="Rnn.* or Body.*beside other trials"):
        train(bench(tmp_path, "rnn", engine="eager", **FEW), trials)


def hears_small(grads: Tensors, params: Tensors, at: At) -> Tensors:
    return between(grads, params, at) if grads["U"].norm() < 2e-3 else grads


@pytest.mark.parametrize(
    ("nosy", "last", "guilty"),
    [(between, True, [0, 1]), (between, False, [0, 1]), (hears_small, True, [0])],
)
def test_of_several_parts_the_one_that_hears_is_to_blame(
    tmp_path: Path, nosy: Callable[..., Tensors], last: bool, guilty: list[int]
) -> None:
    hears, deaf = remedy("transform", nosy), trial("clip_norm", limit=1e-3).remedy
    both = compose(deaf, hears) if last else compose(hears, deaf)
    trials = [
        Trial(f"{n}", one, seed, 0.01, f"{n} {seed}")
        for n, one in enumerate((both, hears, deaf, Remedy()))
        for seed in (1, 2)
    ]
    with pytest.raises(Faulty, match=r"impure\.py, line.*changes with the other trials") as caught:
        train(bench(tmp_path, "rnn", updates=64, evaluate_every=2), trials)
    assert [n for n, one in enumerate(trials[::2]) if caught.value.blames(one)] == guilty


def counting(grads: Tensors, params: Tensors, at: At) -> Tensors:
    """Rounds in another way where there are more trials, and late."""
    if at.step < 5:
        return grads
    return {name: grad * (1 + 1e-3 * len(grad)) for name, grad in grads.items()}


def test_whose_digits_depend_on_how_many_there_are_is_set_apart(tmp_path: Path) -> None:
    counts = remedy("transform", counting)
    own = [replace(trial(seed=s), remedy=counts, fingerprint=f"own {s}") for s in (1, 2, 3)]
    laid = bench(tmp_path, "rnn", updates=16, evaluate_every=2)
    with pytest.raises(Apart) as caught:
        run(laid, [trial(seed=4), *own])
    assert caught.value.remedies == {counts}


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
@pytest.mark.parametrize("engine", ["eager", "auto"])
def test_it_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cell: str, engine: str
) -> None:
    looked: list[int] = []
    compare: Callable[..., None] = audit.update_and_compare
    monkeypatch.setattr(
        audit, "update_and_compare", lambda *given: (looked.append(1), compare(*given))
    )
    found = train(bench(tmp_path / "a", cell, engine=engine, **FEW), mixed())
    assert len(looked) == 3, "before validations 1, 2 and 4"
    monkeypatch.setattr(audit, "due", lambda *given: False)
    assert train(bench(tmp_path / "b", cell, engine=engine, **FEW), mixed()) == found
