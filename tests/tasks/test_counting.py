"""Strings of counted letters."""

import pytest
import torch

from tests.helpers.sampling import drawn


@pytest.mark.parametrize("kinds", (2, 3))
def test_counting_strings(kinds: int) -> None:
    _, batch = drawn("counting", kinds=kinds, most=6, n=600)
    assert batch.mask is not None and batch.scored is not None
    counts = []
    for n in range(600):
        heard = batch.mask[:, n] > 0
        assert torch.equal(batch.x[:, n].sum(-1) > 0, heard)
        said = "".join("Sabc"[k] for k in batch.x[heard, n].argmax(-1))
        following = "".join("Tabc"[k] for k in batch.y[heard, n])
        count = said.count("a")
        assert said == "S" + "".join(letter * count for letter in "abc"[:kinds])
        assert following == said[1:] + "T"
        scored = "".join("Tabc"[k] for k in batch.y[batch.scored[:, n] > 0, n])
        assert scored == following[count + 1 :], "what follows the first b and all after it"
        counts.append(count)
    assert set(counts) == set(range(1, 7))
    letters = batch.x.argmax(-1) * (batch.mask > 0)
    first_b = (letters == 2).int().argmax(0)
    assert (first_b == 7).all(), "no step betrays the count"


@pytest.mark.parametrize("kinds", (2, 3))
def test_counting_reaches_back_to_the_first_a(kinds: int) -> None:
    task, batch = drawn("counting", kinds=kinds, most=6, n=100)
    letters = batch.x.argmax(-1) * batch.x.sum(-1).long()
    longest = int((letters == 1).sum(0).argmax())
    first_a = int((letters[:, longest] == 1).int().argmax())
    last_b = int((letters[:, longest] == 2).nonzero().max())
    assert last_b - first_a == task.lag, "at the last b it has to be known how many a there were"


def test_counting_wants_the_whole_string() -> None:
    task, batch = drawn("counting", n=10)
    right = task.encode(batch).float()
    assert batch.scored is not None
    never = right.clone()
    never[..., 0] = -1  # never says that it ends
    assert task.score(never, batch).item() == 0
    before = torch.where(batch.scored[..., None] > 0, right, -right)
    assert task.score(before, batch).item() == 1, "what the count does not decide is not scored"
