"""One image of a digit in three dresses: pixels, whole, and spelled."""

import pytest
import torch

from seqbench import registry


def test_digits_are_one_image_in_three_dresses() -> None:
    pixels, image, spelled = (
        registry.load_task(name).splits() for name in ("digits", "digits_image", "digits_spelled")
    )
    assert pixels and image and spelled
    assert torch.equal(pixels.test.x[:, :, 0].T, image.test.x[0])
    assert torch.equal(spelled.test.x[0, :, :64], image.test.x[0])
    assert (spelled.test.x[1:, :, :64] == 0).all(), "after the first step the image is gone"


def test_noise_follows_the_same_digits_and_says_nothing() -> None:
    image, padded = (
        registry.load_task(name).splits() for name in ("digits_image", "noise_padded_digits")
    )
    assert image and padded
    for whole, rows in zip(image, padded, strict=True):
        assert torch.equal(rows.x[:8].transpose(0, 1).flatten(1), whole.x[0])
        assert torch.equal(rows.y, whole.y)
        noise = rows.x[8:].double()
        assert noise.shape == (92, len(whole), 8)
        tolerance = 4 / noise.numel() ** 0.5
        assert abs(noise.mean()) < tolerance and abs(noise.square().mean() - 1) < 1.5 * tolerance
        sums = noise.sum(0).T / 92**0.5  # N(0, 1) each, if neither steps nor images share draws
        assert torch.corrcoef(sums).fill_diagonal_(0).abs().max() < 5 / len(whole) ** 0.5
        assert 0.8 < sums.var() < 1.2 and noise.flatten(0, 1).unique(dim=0).shape[0] == 92 * len(
            whole
        )
    assert not torch.equal(padded.train.x[8:, :300], padded.test.x[8:, :300])


def test_digits_spelled_by_heart() -> None:
    from seqbench.tasks.digits_spelled import END, LETTERS, NAMES

    task, image = registry.load_task("digits_spelled"), registry.load_task("digits_image")
    splits, images = task.splits(), image.splits()
    assert splits and images and splits.test.mask is not None
    alphabet = [*LETTERS, "."]
    for n, label in enumerate(images.test.y[0].tolist()):
        name = "".join(alphabet[i] for i in splits.test.y[:, n])
        assert name == NAMES[label].ljust(6, ".")
        assert splits.test.mask[:, n].sum() == len(NAMES[label]) + 1, "the end is asked, once"
    before = splits.test.x[..., 64:]
    assert (before[0] == 0).all() and torch.equal(before[1:].argmax(-1), splits.test.y[:-1])
    assert task.outputs == END + 1 == 16


def test_digits_spelled_feeds_what_it_said() -> None:
    task = registry.load_task("digits_spelled")
    x, output = torch.rand(2, 3, 80), torch.randn(2, 3, 16)  # two trials of three images
    fed = task.feed(x, output)
    assert task.generates and torch.equal(fed[..., :64], x[..., :64])
    assert torch.equal(fed[..., 64:].argmax(-1), output.argmax(-1))
    assert (fed[..., 64:].sum(-1) == 1).all()


def test_digits_spelled_wants_the_whole_name() -> None:
    task = registry.load_task("digits_spelled")
    splits = task.splits()
    assert splits
    batch = splits.test.pick(torch.arange(10))
    right = task.encode(batch).float()
    wrong_start = right.clone()
    wrong_start[0, :5] = wrong_start[0, :5].roll(1, -1)
    assert task.score(wrong_start, batch).item() == pytest.approx(0.5)
    endless = right.clone()
    endless[..., -1] = -1  # never says end
    assert task.score(endless, batch).item() == 0
