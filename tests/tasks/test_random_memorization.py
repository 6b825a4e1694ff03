"""Random sequences and labels, to be learned by heart."""

from math import log2

import pytest
import torch

from seqbench import registry
from tests.helpers.sampling import drawn, stream


def test_every_stream_shows_the_same_sequences_with_the_same_labels() -> None:
    label: dict[bytes, int] = {}
    for seed in range(3):
        task, batch = drawn("random_memorization", seed, 3000, patterns=64)
        for n in range(3000):
            key = batch.x[:, n].numpy().tobytes()
            assert label.setdefault(key, int(batch.y[0, n])) == batch.y[0, n]
    assert len(label) == 64 and sum(label.values()) == 32
    assert task.lag == 4 and task.perfect == 64


def test_labels_follow_from_nothing() -> None:
    """Of many sequences, no number of them tells its label."""
    task, batch = drawn("random_memorization", n=20_000, patterns=20_000)
    sign = 2.0 * batch.y[0] - 1
    for part in (batch.x, batch.x**2, batch.x[:, :, :1] * batch.x):
        assert (part * sign[None, :, None]).mean(1).abs().max() < 0.06


@pytest.mark.parametrize("right", (0.3, 0.5, 0.75, 0.99, 1.0))
def test_the_score_is_the_information_about_all_labels(right: float) -> None:
    task = registry.load_task("random_memorization", {"patterns": 100})
    batch = task.sample(1000, stream(0))
    wrong = torch.arange(1000) >= round(1000 * right)
    said = torch.where(wrong, 1 - batch.y, batch.y)
    outputs = torch.nn.functional.one_hot(said, 2).float()
    p = max(right, 0.5)
    doubt = -sum(q * log2(q) for q in (p, 1 - p) if q)
    assert task.score(outputs, batch).item() == pytest.approx(100 * (1 - doubt), abs=1e-3)
    assert task.solved(task.score(outputs, batch).item() + 1e-3) == (right >= 0.99)
