"""The multiplication problem."""

from math import log

import pytest
import torch

from seqbench import registry
from seqbench.task import Batch
from tests.helpers.sampling import drawn, stream


@pytest.mark.parametrize("variant", ("pascanu13", "hs97"))
def test_multiplication_multiplies_the_marked(variant: str) -> None:
    _, batch = drawn(f"multiplication@{variant}")
    value, mark = batch.x.unbind(-1)
    product = torch.where(mark == 1, value, 1.0).prod(0)
    torch.testing.assert_close(batch.y[0, :, 0], product)
    assert value.min() >= 0 and value.max() <= 1


def test_multiplication_pascanu13_moments_and_best_constant() -> None:
    """Variance 7/144; .2 is right for 76.6 %, .25 (the mean) for only 61 %."""
    task, batch = drawn("multiplication", n=40_000)
    y = batch.y[0, :, 0]
    assert y.var().item() == pytest.approx(7 / 144, rel=0.02)
    for constant, right in ((0.2, 0.766), (0.25, 0.61)):
        score = task.score(torch.full_like(batch.y, constant), batch).item()
        assert 1 - score == pytest.approx(right, abs=0.01)
    assert 1 - task.chance == pytest.approx(0.766, abs=1e-3)


def test_multiplication_hs97_makes_a_marked_first_step_neutral() -> None:
    """Away from those, .04 is right for 28 %; where one mark is lost, for 8 %."""
    _, batch = drawn("multiplication@hs97", n=40_000)
    value, mark = batch.x.unbind(-1)
    start = int((mark[:, 0] == -1).float().argmax())
    lost = (mark == 1).sum(0) == 1
    assert (mark[start] == -1).all() and (mark[-1] == -1).all() and (mark[:start] == 0).all()
    assert lost.float().mean().item() == pytest.approx(0.1 + 0.9 / 24, abs=0.01)
    assert (value[start, lost] == 1).all() and (value[start, ~lost] < 1).all()
    right = (batch.y[0, :, 0] - 0.04).abs() < 0.04
    assert right[~lost].float().mean().item() == pytest.approx(0.08 - 0.08 * log(0.08), abs=0.01)
    assert right[lost].float().mean().item() == pytest.approx(0.08, abs=0.012)


def test_multiplication_reaches_back_to_the_first_step() -> None:
    for name in ("multiplication", "multiplication@hs97"):
        task = registry.load_task(name)
        batches = [task.sample(200, stream(seed)) for seed in range(60)]
        first = min(int((batch.x[..., 1] != 0).any(1).float().argmax()) for batch in batches)
        assert len(batches[0].x) - 1 - first == task.lag


@pytest.mark.parametrize(("variant", "bound"), (("hs97", 0.04), ("pascanu13", 0.2)))
def test_multiplication_judges_by_its_own_bound(variant: str, bound: float) -> None:
    task = registry.load_task(f"multiplication@{variant}")
    batch = Batch(x=torch.zeros(1, 4, 2), y=torch.zeros(1, 4, 1))
    errors = torch.tensor([0.9 * bound, -0.9 * bound, 1.1 * bound, -1.1 * bound])
    assert task.score(errors[None, :, None], batch).item() == 0.5
