from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from seqbench.axes import Tensors
from seqbench.cell import Cell
from seqbench.engine.company import careful
from seqbench.engine.faults import Apart
from seqbench.engine.passes.by_numbers import ByNumbers
from seqbench.engine.passes.whole_vectors import Notice, WholeVectors
from seqbench.engine.setup import Setup
from seqbench.engine.trial import Trial
from seqbench.networks.network import build
from seqbench.remedy import At, Remedy
from seqbench.tasks.adding import Adding
from tests.helpers.rounded import (
    OF_ONE,
    OF_TRIALS,
    TIMES,
    Columns,
    Constant,
    Lonely,
    Rounded,
    RoundedVerbs,
    Scored,
    Shared,
    Sometimes,
)
from tests.helpers.training import bench, train, trial

SEEDS = (1, 2, 3)


def laid(folder: Path, cell: Cell | None, **settings: object) -> Setup:
    found = bench(folder, "rnn", **({"updates": 4, "evaluate_every": 2, "batch": 3} | settings))
    if cell is None:
        return found
    return replace(found, network=build(cell, found.task, found.settings))


def prove_alike(folder: Path, cell: Cell | None, trials: list[Trial], **settings: object) -> None:
    together = train(laid(folder / "all", cell, **settings), trials)
    for one in (trials[0], trials[-1]):
        alone = train(laid(folder / one.fingerprint, cell, **settings), [one])
        assert alone[one.fingerprint] == together[one.fingerprint]


@pytest.mark.parametrize("engine", ["auto", "eager"])
@pytest.mark.parametrize("hidden", [16, 5])
@pytest.mark.parametrize("function", OF_ONE)
def test_no_bit_depends_on_how_many_trials_a_function_of_weights_gets(
    tmp_path: Path, function: str, hidden: int, engine: str
) -> None:
    trials = [trial(seed=seed) for seed in SEEDS]
    prove_alike(tmp_path, Rounded(function=function), trials, hidden=hidden, engine=engine)


@pytest.mark.parametrize("engine", ["auto", "eager"])
@pytest.mark.parametrize("hidden", [16, 5])
def test_nor_where_a_remedy_calls_it(tmp_path: Path, hidden: int, engine: str) -> None:
    trials = [replace(trial(seed=s), remedy=RoundedVerbs()) for s in SEEDS]
    prove_alike(tmp_path, None, [*trials, trial("clip_norm")], hidden=hidden, engine=engine)


@pytest.mark.parametrize("hidden", [16, 6, 5])
def test_nor_where_each_remedy_has_one_trial(tmp_path: Path, hidden: int) -> None:
    own = replace(trial(seed=3), remedy=RoundedVerbs())
    others = [trial(), trial("clip_norm"), trial("max_norm"), trial("gradient_noise")]
    prove_alike(tmp_path, None, [own, *others], hidden=hidden)


@pytest.mark.parametrize("engine", ["auto", "eager"])
@pytest.mark.parametrize("hidden", [16, 8, 5])
@pytest.mark.parametrize("function", TIMES)
def test_nor_of_a_product_by_a_constant(
    tmp_path: Path, function: str, hidden: int, engine: str
) -> None:
    trials = [trial(seed=seed) for seed in range(1, 6)]
    prove_alike(tmp_path, Constant(function=function), trials, hidden=hidden, engine=engine)


@pytest.mark.parametrize("hidden", [16, 8, 5])
@pytest.mark.parametrize("function", OF_TRIALS)
def test_nor_where_a_remedy_takes_one(tmp_path: Path, function: str, hidden: int) -> None:
    own = [replace(trial(seed=s), remedy=Shared(function=function)) for s in range(1, 6)]
    prove_alike(tmp_path, None, [*own, trial("clip_norm")], hidden=hidden)


@pytest.mark.parametrize(("first", "every"), [(6, 1), (15, 1), (19, 1), (0, 5)])
def test_what_begins_late_is_noticed_before(tmp_path: Path, first: int, every: int) -> None:
    setup = laid(tmp_path, None, hidden=5, updates=20)
    trials = [replace(trial(seed=s), remedy=Sometimes(first=first, every=every)) for s in SEEDS]
    with careful(setup, setup.stack(trials)):
        assert setup.careful[trials[0].remedy] == (WholeVectors,)


@pytest.mark.parametrize("kind", [Scored, Lonely])
def test_nor_where_a_task_calls_it_for_its_score(tmp_path: Path, kind: type[Adding]) -> None:
    trials = [trial(name, seed=s) for name in ("none", "clip_norm") for s in range(1, 6)]
    found = []
    for n, some in enumerate([trials, *([one] for one in trials)]):
        setup = bench(tmp_path / f"{n}", "rnn", kind(length=6), test_sequences=7)
        found.append(train(setup, some))
    together, *alone = found
    assert together == {name: record for one in alone for name, record in one.items()}


def test_what_raises_hides_nothing_of_its_neighbors(tmp_path: Path) -> None:
    """Who looks at both sees no further than to the first that raises."""
    setup = laid(tmp_path, None, hidden=5)
    trials = [
        replace(trial(seed=s), remedy=remedy) for remedy in (Raises(), Sometimes()) for s in SEEDS
    ]
    with suppress(Apart), careful(setup, setup.stack(trials)):
        pass
    assert setup.careful[Sometimes()] == (WholeVectors,)


class Raises(Remedy):
    def transform(self, grads: Tensors, params: Tensors, at: At) -> Tensors:
        raise ValueError


@pytest.mark.parametrize("engine", ["auto", "eager"])
def test_nor_of_how_weights_lie_or_whether_they_have_a_gradient(
    tmp_path: Path, engine: str
) -> None:
    own = [replace(trial(seed=s), remedy=Columns()) for s in SEEDS]
    others = [trial("norm_stabilizer"), trial("exp_map+gradient_penalty")]
    prove_alike(tmp_path, None, [*own, *others], hidden=8, engine=engine)


def test_all_numbers_get_whole_vectors_whatever_their_layout() -> None:
    numbers = torch.linspace(-3, 3, 3 * 2 * 8).reshape(3, 2, 8)
    whole = torch.cat([numbers.flatten(), torch.zeros(16)])
    with WholeVectors():
        found = numbers.sigmoid(), numbers.mT.sigmoid(), numbers.clone().sigmoid_()
        outside = functional.logsigmoid(numbers)
    wanted = whole.sigmoid()[:48].reshape(3, 2, 8)
    assert torch.equal(found[0], wanted) and torch.equal(found[2], wanted)
    assert torch.equal(found[1], wanted.mT) and found[1].stride() == wanted.mT.stride()
    assert torch.equal(outside, functional.logsigmoid(whole)[:48].reshape(3, 2, 8))


def test_a_list_of_one_number_has_the_length_of_that_number() -> None:
    numbers = [torch.tensor([[0.01]]), torch.ones(2, 3)[:, ::2]]
    with WholeVectors(), ByNumbers():
        lengths = torch._foreach_norm(numbers)
        highest = torch._foreach_max(numbers)
        clipped = torch.nn.utils.get_total_norm(numbers[:1])
    assert [*map(float, lengths)] == pytest.approx([0.01, 2])
    assert [*map(float, highest)] == pytest.approx([0.01, 1])
    assert float(clipped) == pytest.approx(0.01)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.int32, torch.float64])
def test_a_product_keeps_its_type_and_its_rounding(kind: torch.dtype) -> None:
    a, b = (torch.arange(20).reshape(4, 5) * 0.37).to(kind), torch.arange(15).reshape(5, 3).to(kind)
    for plain, words in ((0, {"beta": 0}), (3, {"beta": 2, "alpha": 3})):
        plus = torch.full((4, 3), plain).to(kind)
        with ByNumbers():
            found = torch.addmm(plus, a, b, **words)
        assert found.dtype == kind
        assert torch.allclose(found, torch.addmm(plus, a, b, **words), rtol=1e-2)


def test_what_is_exact_is_not_noticed() -> None:
    numbers = torch.linspace(0.1, 3, 3 * 16).reshape(3, 1, 16)
    with Notice() as seen:
        (numbers * 2 + 1).sqrt().clamp(max=2).square() / numbers - torch.where(numbers > 1, 1, 0)
        torch._foreach_mul([numbers, numbers[1:]], 2)
    assert not seen.found
    with seen:
        numbers.softmax(-1), torch.cat([numbers, numbers], -1).sigmoid(), numbers[:1].sigmoid()
    assert not seen.found, "rows by themselves, whole vectors, what is no trial's"
