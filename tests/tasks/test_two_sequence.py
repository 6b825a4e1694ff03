"""The two-sequence problem."""

import pytest
import torch

from tests.helpers.sampling import drawn


@pytest.mark.parametrize("variant", ("3a", "3b"))
@pytest.mark.parametrize("telling", (1, 3))
def test_two_sequence(variant: str, telling: int) -> None:
    task, batch = drawn(f"two_sequence@{variant}", length=30, telling=telling)
    x, sign = batch.x[..., 0], 1.0 - 2 * batch.y[0]
    assert len(x) == 33 and batch.y.float().mean().item() == pytest.approx(0.5, abs=0.02)
    begin = (x != 0).float().argmax(0)
    assert begin.unique().tolist() == [0, 1, 2, 3], "T to T + T/10 steps, the silence before them"
    age = torch.arange(33)[:, None] - begin
    told, noise = x[(age >= 0) & (age < telling)], x[age >= telling]
    assert noise.mean().item() == pytest.approx(0, abs=0.01)
    assert noise.var().item() == pytest.approx(0.2, rel=0.02)
    error = (x - sign)[(age >= 0) & (age < telling)]
    assert error.var().item() == pytest.approx(0.2 if variant == "3b" else 0, abs=0.01)
    assert told.abs().mean() > 0.9
    # the last telling number lies `lag` back in the longest sequences, and nothing after it tells
    longest = begin == 0
    assert (x[-1 - task.lag, longest].sign() == sign[longest]).float().mean() > 0.98
    assert ((x * sign)[-task.lag :, longest]).mean().abs() < 0.02
