"""Brackets: the answer is the top of the stack."""

from itertools import pairwise

import pytest

from tests.helpers.sampling import drawn


@pytest.mark.parametrize(("kinds", "depth"), ((2, 3), (4, 2)))
def test_dyck_answers_the_top_of_the_stack(kinds: int, depth: int) -> None:
    task, batch = drawn("dyck", kinds=kinds, depth=depth, n=300)
    assert batch.scored is not None and batch.mask is None
    deepest = 0
    for n in range(300):
        stack: list[int] = []
        for t, token in enumerate(batch.x[:, n].argmax(-1).tolist()):
            if token < kinds:
                stack.append(token)
            else:
                assert stack.pop() == token - kinds, "brackets match"
            assert batch.y[t, n] == (stack[-1] + 1 if stack else 0)
            assert batch.scored[t, n] == (token >= kinds)
            deepest = max(deepest, len(stack))
    assert deepest == depth and task.outputs == kinds + 1


def test_dyck_reaches_back_to_the_first_bracket() -> None:
    for length in (9, 10):
        task, batch = drawn("dyck", length=length)
        closing = batch.x[..., 2:].sum(-1) > 0
        height = (1 - 2 * closing.long()).cumsum(0)
        last = task.lag  # steps after step 0
        whole = (height[: last + 1] >= 1).all(0) & (height[last] == 1) & closing[last]
        assert whole.any() and (batch.y[last, whole] == batch.x[0, whole].argmax(-1) + 1).all()


def test_dyck_coins_are_fair() -> None:
    _, batch = drawn("dyck", length=40, kinds=3, depth=5)
    opens = batch.x[..., :3].sum(-1) > 0
    height = (2 * opens.long() - 1).cumsum(0)
    for now, following in pairwise(range(40)):
        free = (height[now] > 0) & (height[now] < 5)
        assert opens[following][free].float().mean().item() == pytest.approx(0.5, abs=0.04)
    kinds = batch.x[..., :3].sum((0, 1))
    assert (kinds / kinds.sum()).tolist() == pytest.approx([1 / 3] * 3, abs=0.01)
