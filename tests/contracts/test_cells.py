"""What every cell promises. Cells are found, not listed; a new file is tested by being there."""

from collections import Counter
from typing import get_args

import pytest
import torch
from torch import Tensor

from seqbench import registry
from seqbench.analysis import order
from seqbench.cell import READOUT, Cell, Family
from seqbench.errors import InputError
from seqbench.figures.drawing.style import CELL_COLORS
from tests.helpers.cells import SIZES, B, answers, born, draw, inputs, through_time, with_gradients

KNOBS = [(name, {}) for name in registry.names("cells")] + [
    *(("rnn", {"activation": f}) for f in ("relu", "sigmoid", "modrelu")),
    *(("jordan", {"feedback": g, "decay": 0.5}) for g in ("identity", "softmax")),
    ("linoss", {"discretization": "implicit_explicit"}),
]
every_cell = pytest.mark.parametrize(
    "cell", [registry.load_cell(*k) for k in KNOBS], ids=lambda cell: str(cell).replace("gain=", "")
)


@every_cell
def test_declares_itself(cell: Cell) -> None:
    weights = cell.initialize(SIZES, torch.Generator().manual_seed(0))
    assert {name: tuple(w.shape) for name, w in weights.items()} == cell.shapes(SIZES)
    assert all(w.dtype == torch.float32 for w in weights.values())
    gates = {gate for param in cell.params().values() for gate in param.gates}
    assert gates == set(cell.gates)
    for held in (cell.forget, cell.admit):
        assert set(held) <= set(cell.gates) and set(held.values()) <= {1, -1}
    assert not set(cell.forget) & set(cell.admit)
    assert set(cell.memory or ()) <= set(cell.state)
    assert cell.family in get_args(Family)
    start = cell.start(inputs()[0], draw(cell))
    assert len(start) == len(cell.state) == len(set(cell.state))
    assert all(not part.any() for part in start)


@every_cell
def test_the_family_is_told_by_what_is_carried(cell: Cell) -> None:
    """A matrix of units times units is linear attention's; a state space can be scanned."""
    start = cell.start(inputs()[0], born(cell, 7))
    assert (cell.family == "linear_attention") == any(part.shape[-1] == 7 * 7 for part in start)
    assert cell.linear or cell.family != "state_space"


def test_every_family_has_its_words_its_color_and_several_members() -> None:
    found = Counter(order.cell_family(name) for name in registry.names("cells"))
    assert {*get_args(Family), "control", "output"} == set(found) == set(order.CELL_FAMILIES)
    assert set(CELL_COLORS) == set(found) and len(set(CELL_COLORS.values())) == len(found)
    assert min(found[name] for name in get_args(Family)) > 1


@every_cell
def test_every_state_keeps_its_shape_and_h_comes_first(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    start = cell.start(x.unbind(-3)[0], params)
    for state in through_time(cell, params, x):
        assert [part.shape for part in state] == [part.shape for part in start]
    assert start[0].shape == (3, B, SIZES["H"])


@every_cell
def test_a_stack_equals_its_trials_bit_for_bit(cell: Cell) -> None:
    x, params = inputs(5, dtype=torch.float32), draw(cell, 5, dtype=torch.float32)
    some = [1, 3]  # width two or more: a product of one trial may take another path
    said, grads = with_gradients(cell, params, x)
    said_alone, grads_alone = with_gradients(cell, {k: v[some] for k, v in params.items()}, x[some])
    assert torch.equal(said[some], said_alone)
    for name, grad in grads.items():
        assert torch.equal(grad[some], grads_alone[name]), name


@every_cell
def test_a_stack_computes_what_one_trial_computes(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    said = answers(cell, params, x)
    for row in range(3):
        alone = answers(cell, {k: v[row] for k, v in params.items()}, x[row])
        torch.testing.assert_close(said[row], alone, rtol=1e-12, atol=1e-12)


@every_cell
def test_not_a_number_stays_home(cell: Cell) -> None:
    x, params = inputs(3), draw(cell, 3)
    healthy, healthy_grads = with_gradients(cell, params, x)
    params["W"][1] = torch.nan
    said, grads = with_gradients(cell, params, x)
    assert said[1].isnan().all()
    for sick, well in [(said, healthy), *((grads[k], healthy_grads[k]) for k in grads)]:
        assert torch.equal(sick[[0, 2]], well[[0, 2]])


@every_cell
def test_gradient_reaches_every_weight(cell: Cell) -> None:
    _, grads = with_gradients(cell, draw(cell), inputs())
    for name, param in (cell.params() | READOUT).items():
        for block in grads[name].chunk(len(param.gates), param.axis):
            assert block.isfinite().all() and block.any(), name


@every_cell
def test_gradients_equal_finite_differences_or_stand_for_them(cell: Cell) -> None:
    params, x = draw(cell), inputs()[:3, :2].requires_grad_()
    leaves = [p.requires_grad_() for p in params.values()]

    def function(x: Tensor, *weights: Tensor) -> Tensor:
        return answers(cell, dict(zip(params, weights, strict=True)), x)

    exact = torch.autograd.gradcheck(function, (x, *leaves), raise_exception=not cell.surrogate)
    assert exact != cell.surrogate


@every_cell
def test_the_far_past_matters_to_a_cell_that_remembers(cell: Cell) -> None:
    x = inputs().requires_grad_()
    last = through_time(cell, draw(cell), x)[-1][0]
    (grad,) = torch.autograd.grad(last.sum(), x)
    assert bool(grad[0].any()) == cell.remembers


@every_cell
def test_initial_weights_follow_their_stream_and_gain(cell: Cell) -> None:
    first, again, other = (
        cell.initialize(SIZES, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["W"], other["W"])
    wide = cell.initialize(SIZES | {"H": 200}, torch.Generator().manual_seed(0))
    for name, param in cell.params().items():
        ours = type(cell).initialize is Cell.initialize
        if ours and param.role == "recurrent" and param.square:
            units = wide[name].shape[-1]
            assert wide[name].std().item() == pytest.approx(cell.gain / units**0.5, rel=0.05)


@pytest.mark.parametrize("name", registry.names("cells"))
def test_a_forget_bias_is_added_where_a_gate_holds_on_and_nowhere_else(name: str) -> None:
    plain = registry.load_cell(name)
    if not plain.forget:
        with pytest.raises(InputError, match="no forget gate. Allowed: 0"):
            registry.load_cell(name, {"forget_bias": 1.0})
        return
    before, after = (
        cell.initialize(SIZES, torch.Generator().manual_seed(0))
        for cell in (plain, registry.load_cell(name, {"forget_bias": 1.0}))
    )
    moved = set[str]()
    for key, param in plain.params().items():
        shift = (after[key] - before[key]).chunk(len(param.gates), param.axis)
        for gate, block in zip(param.gates, shift, strict=True):
            sign = plain.forget.get(gate, 0) if param.role == "bias" else 0
            torch.testing.assert_close(block, torch.full_like(block, float(sign)))
            moved |= {gate} if sign else set()
    assert moved == set(plain.forget)


@pytest.mark.parametrize("name", registry.names("cells"))
def test_the_docstring_is_the_card(name: str) -> None:
    card = registry.describe("cells", name)
    assert card.title and " = " in card.doc and "\nGradient: " in card.doc
    assert "\nNot " in card.doc and card.sources
    assert len(card.path.read_text().splitlines()) <= 60
