"""Skip RNN: against its equation, its estimate of the gradient, and when it moves."""

import numpy as np
import torch
from torch import Tensor

from seqbench import registry
from seqbench.axes import Tensors
from tests.helpers.cells import B, H, draw, hidden, inputs, s, through_time
from tests.helpers.sequences import far


class Straight(torch.autograd.Function):
    """Rounding that hands its gradient back as it is."""

    @staticmethod
    def forward(_: object, z: Tensor) -> Tensor:
        return z.round()

    @staticmethod
    def backward(_: object, slope: Tensor) -> Tensor:
        return slope


def published(p: Tensors, x: Tensor) -> Tensor:
    """As the paper writes it: (T, B, I) -> (T, B, H)"""
    h, wish, sum_ = x.new_zeros(B, H), x.new_zeros(B, 1), x.new_ones(B, 1)
    gru, path = registry.load_cell("gru"), []
    for x_t in x:
        u = Straight.apply(sum_)
        (new,) = gru.step({k: p[k] for k in ("W", "U", "b")}, (h,), x_t)
        h = u * new + (1 - u) * h
        own = torch.sigmoid(new @ p["P"].mT + p["b_P"])
        sum_ = u * own + (1 - u) * (sum_ + torch.minimum(wish, 1 - sum_))
        wish = u * own + (1 - u) * wish
        path.append(h)
    return torch.stack(path)


def drawn() -> Tensors:
    params = draw(registry.load_cell("skip_rnn"))
    return params | {"b_P": params["b_P"] - 0.5}  # some steps are skipped, some are not


def test_states_and_estimates_are_the_published() -> None:
    cell, x = registry.load_cell("skip_rnn"), inputs(steps=20)
    params = {k: w.requires_grad_() for k, w in drawn().items()}
    ours, theirs = hidden(cell, params, x), published(params, x)
    assert far(ours, theirs) < 1e-12
    names = list(cell.params())
    slopes = [
        torch.autograd.grad(h.square().sum(), [params[name] for name in names])
        for h in (ours, theirs)
    ]
    for name, our_slope, their_slope in zip(names, *slopes, strict=True):
        assert far(our_slope, their_slope) < 1e-12, name


def test_every_sequence_moves_when_it_wants_to_and_else_stands_still() -> None:
    cell, x = registry.load_cell("skip_rnn"), inputs(steps=40)
    h = hidden(cell, drawn(), x)
    still = (h[1:] == h[:-1]).all(-1)  # (T - 1, B)
    assert still.any() and not still.all()
    assert (still.any(1) & ~still.all(1)).any()  # not all of them at once


def test_a_known_wish_moves_at_known_steps() -> None:
    """d is always s(-1) = 0.269: it moves at the first step, and then at every second one."""
    cell, x = registry.load_cell("skip_rnn"), inputs(steps=9)
    params = draw(cell)
    params |= {"P": torch.zeros_like(params["P"]), "b_P": torch.full_like(params["b_P"], -1.0)}
    h = hidden(cell, params, x).numpy()
    wish, c, expected = s(np.array(-1.0)), 1.0, []
    for _ in x:
        moves = bool(c > 0.5)
        expected.append(moves)
        c = wish if moves else min(c + wish, 1.0)
    assert expected == [True, False, True, False, True, False, True, False, True]
    moved = (np.diff(h, axis=0, prepend=0) != 0).any(-1)
    assert (moved == np.array(expected)[:, None]).all()


def test_where_it_stands_still_the_gradient_passes_as_it_is() -> None:
    cell, x = registry.load_cell("skip_rnn"), inputs(steps=2)
    params = draw(cell)
    params |= {"P": torch.zeros_like(params["P"]), "b_P": torch.full_like(params["b_P"], -5.0)}
    h, *clocks = through_time(cell, params, x[:1])[-1]
    after = cell.step(params, (h.requires_grad_(), *clocks), x[1])
    (slope,) = torch.autograd.grad(after[0].sum(), h)
    assert torch.equal(slope, torch.ones_like(h)) and torch.equal(after[0], h)
