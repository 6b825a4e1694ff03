"""What every remedy promises. Remedies are found, not listed; the promise of each stands below."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from seqbench.remedy import VERBS
from seqbench.task import Task
from tests.helpers.remedies import (
    CELLS,
    FreeRunning,
    OneStep,
    Recall,
    cells_for,
    draw,
    inputs,
    run_of,
    same,
    within,
)

NAMES = registry.names("remedies")
every_remedy = pytest.mark.parametrize("name", NAMES)


@every_remedy
def test_acts_somewhere_and_none_nowhere(name: str) -> None:
    acts_at = registry.load_remedy(name).acts_at
    assert set(acts_at) <= set(VERBS)
    assert bool(acts_at) == (name != "none")


@every_remedy
def test_none_is_the_unit_of_composition(name: str) -> None:
    remedy, none = registry.load_remedy(name), registry.load_remedy("none")
    if name == "none":
        assert (remedy + none).acts_at == ()
    else:
        assert remedy + none == remedy == none + remedy


@every_remedy
@pytest.mark.parametrize("task", [Recall(), Recall(far=0), OneStep(), FreeRunning()])
def test_suits_or_says_in_a_sentence_why_not(name: str, task: Task) -> None:
    remedy = registry.load_remedy(name)
    for objection in (remedy.suits(registry.load_cell(cell), task) for cell in CELLS):
        assert objection is None or (objection[0].isupper() and objection.endswith("."))


@every_remedy
def test_verbs_keep_shapes_and_types_and_leave_alone_what_they_were_given(name: str) -> None:
    remedy = registry.load_remedy(name)
    cells = cells_for(remedy)
    assert cells, "suits no cell"
    for cell in cells:
        given = draw(cell, scale=9.0, dtype=torch.float32)
        kept = {k: v.clone() for k, v in given.items()}
        where = within(cell, remedy, given)
        for made in (
            remedy.initialize(given, where),
            remedy.reparametrize(given, where),
            remedy.transform(given, kept, where),
            remedy.project(given, where),
        ):
            got = {k: (v.shape, v.dtype) for k, v in made.items()}
            assert got == {k: (v.shape, v.dtype) for k, v in kept.items()}
        assert same(given, kept)
        x = inputs().float()
        read, before = remedy.feed(x, 0, where), x.clone()
        assert (read.shape, read.dtype) == (x.shape, x.dtype) and torch.equal(x, before)
        shares = remedy.feedback(x, replace(where, step=100))
        assert shares is None or (shares.shape, shares.dtype) == (x[..., :1].shape, x.dtype)
        assert 1 <= remedy.shorter(20, 3) <= remedy.shorter(20, 10**6) == 20


@every_remedy
def test_trials_never_talk(name: str) -> None:
    """A stack equals its trials bit for bit, and one trial's NaN stays home."""
    remedy = registry.load_remedy(name)
    suited = {type(cell).__name__: cell for cell in cells_for(remedy)}
    cell = suited.get("Rnn") or suited.get("Lstm") or [*suited.values()][0]
    params, x = draw(cell, 5, dtype=torch.float32), inputs(5).float()
    sick = {k: v.index_fill(0, torch.tensor(2), torch.nan) for k, v in params.items()}

    def after(params: Tensors, rows: list[int]) -> list[Tensor]:
        leaves = {k: v[rows].requires_grad_() for k, v in params.items()}
        where = within(cell, remedy, leaves)
        penalty = remedy.penalize(leaves, run_of(cell, leaves, x[rows]), where)
        parts = [remedy.transform(leaves, leaves, where), remedy.project(leaves, where)]
        parts = parts if name != "none" else []
        return [p.detach() for part in parts for p in part.values()] + (
            [] if penalty is None else [penalty.detach()]
        )

    together = after(sick, [0, 1, 2, 3, 4])
    alone = after(params, [1, 3])
    assert all(torch.equal(a[[1, 3]], b) for a, b in zip(together, alone, strict=True))


@every_remedy
def test_the_docstring_is_the_card(name: str) -> None:
    card = registry.describe("remedies", name)
    assert card.title and any(mark in card.doc for mark in (" <- ", " -> ", " = ", "loss + "))
    assert "\nGradient: " in card.doc and "\nNot " in card.doc
    assert card.sources
    assert len(card.path.read_text().splitlines()) <= 60
