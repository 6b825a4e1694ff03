"""A skip mixes in the state of k steps ago, and composes with what looks back less far."""

import pytest
import torch

from seqbench import registry
from seqbench.remedy import Remedy
from tests.helpers.passes import last, made
from tests.helpers.remedies import T, draw, inputs, unrolled


@pytest.mark.parametrize("steps", [1, 3])
def test_skip_mixes_in_the_state_of_k_steps_ago(steps: int) -> None:
    cell, x = registry.load_cell("lstm"), inputs()
    params = draw(cell)
    past = [cell.start(x[0], params)]
    for t in range(T):
        new = cell.step(params, past[-1], x[t])
        if t + 1 >= steps:
            old = past[t + 1 - steps]
            new = tuple(0.7 * n + 0.3 * o for n, o in zip(new, old, strict=True))
        past.append(new)
    ours = unrolled(cell, params, x, made("skip", steps=steps, share=0.3))
    for one, other in zip(ours, past[1:], strict=True):
        torch.testing.assert_close(one, other)


def test_skip_crosses_a_lag_in_few_factors_and_bridges_a_cut() -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    params = {k: torch.zeros_like(v) if k == "U" else v for k, v in draw(cell).items()}
    remedy = made("skip", steps=4, share=0.3)

    def reached(remedy: Remedy) -> list[float]:
        states = last(cell, params, x, remedy)
        parts = [state[0] for state in states]
        grads = torch.autograd.grad(states[-1][0].sum(), parts, materialize_grads=True)
        return [g.unique().item() for g in grads]

    expected = [0.3**2, 0, 0, 0, 0.3, 0, 0, 0, 1]
    assert reached(remedy) == pytest.approx(expected)
    assert reached(remedy + made("truncate", horizon=3)) == pytest.approx(expected)


def test_parts_that_look_back_differently_far_compose() -> None:
    cell, x = registry.load_cell("rnn"), inputs()
    params = draw(cell)
    both = made("skip", steps=3, share=0.2) + made("leaky", rate=0.6)
    assert both.lookback == 3
    past = [cell.start(x[0], params)[0]]
    for t in range(T):
        (h,) = cell.step(params, (past[-1],), x[t])
        h = 0.8 * h + 0.2 * past[-3] if len(past) >= 3 else h
        past.append(0.4 * past[-1] + 0.6 * h)
    torch.testing.assert_close([h for (h,) in unrolled(cell, params, x, both)], past[1:])
