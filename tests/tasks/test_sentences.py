"""The tasks on sentences: nothing is cut, and rare words are unknown."""

import pytest
import torch

from tests.helpers.mirror import given, mirrored


@mirrored
@pytest.mark.parametrize("name", ["sst2", "rt_polarity"])
def test_nothing_is_cut_and_rare_words_are_unknown(name: str) -> None:
    _, splits = given(name)
    _, small = given(name, words=500, length=10)
    longest = max(int(part.valid.sum(0).max()) for part in splits)
    assert longest == {"sst2": 56, "rt_polarity": 59}[name] < 60
    for part, cut_part in zip(splits, small, strict=True):
        expected = torch.where(part.x[:10] < 500, part.x[:10], 0.0)
        assert torch.equal(cut_part.x, expected) and torch.equal(cut_part.y, part.y)
    unknown = [(part.x[..., 0][part.valid > 0] == 0).float().mean() for part in splits]
    assert unknown[0] < 0.07 and unknown[2] < 0.12
