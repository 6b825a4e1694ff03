"""The tasks on classes of measured signals: archive sets, vowels, walks, spoken digits."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from seqbench import registry
from seqbench.data.sets import indoor_movement, japanese_vowels, spoken_digits, ucr
from seqbench.task import Batch
from tests.helpers.mirror import mirrored
from tests.helpers.series import held_out, load


@mirrored
@pytest.mark.parametrize("name", ucr.SETS)
def test_archive_sets_are_tasks(name: str) -> None:
    task = registry.load_task(f"ucr@{name}")
    kind, test = ucr.SETS[name], held_out(task)
    assert test.x.shape == (kind.length, kind.test, kind.channels)
    assert (task.inputs, task.outputs, task.lag) == (kind.channels, kind.classes, kind.length - 1)
    first = ucr.parts(name)[2]
    np.testing.assert_allclose(test.x[:, 3], first.sequences[3], rtol=1e-6, atol=1e-6)
    assert test.y[0, 3] == first.labels[3]
    assert 0 < task.skill(task.pass_mark) < 1


@mirrored
def test_pass_marks_of_unequal_lengths_by_hand() -> None:
    for name, module in (
        ("japanese_vowels", japanese_vowels),
        ("indoor_movement", indoor_movement),
    ):
        train, _, test = module.parts()
        fifths = lambda s: np.array([p.mean(0) for p in np.array_split(s, 5)])  # noqa: E731
        points, right = np.array([fifths(s) for s in train.sequences]), 0
        for sequence, label in zip(test.sequences, test.labels, strict=True):
            gaps = ((points - fifths(sequence)) ** 2).sum((1, 2))
            right += train.labels[gaps.argmin()] == label
        assert load(name).pass_mark == pytest.approx(right / len(test.labels))


@mirrored
def test_longest_recordings_are_cut_and_the_rest_is_whole() -> None:
    task = load("spoken_digits")
    splits = task.splits()
    assert splits and task.lag == 97
    lengths = torch.cat([part.valid.sum(0) for part in splits])
    whole = [1 + (len(r.samples) - 200) // 80 for r in spoken_digits.load()]
    assert sorted(lengths.int().tolist()) == sorted(min(98, length) for length in whole)
    coarse = load("spoken_digits", hop=20).splits()
    assert coarse and torch.allclose(coarse.test.valid.sum(0), (lengths[-300:] / 2).ceil())


@mirrored
def test_streams_are_labeled_frame_by_frame() -> None:
    task = load("spoken_stream")
    test = held_out(task)
    assert torch.equal(test.mask, test.valid)
    assert (test.y[test.valid == 0] == spoken_digits.DIGITS).all()
    for n in range(3):
        labels = test.y[test.valid[:, n] > 0, n].tolist()
        runs = [b for a, b in pairwise([None, *labels]) if a != b]
        assert runs[::2] == [spoken_digits.DIGITS] * 6 and len(runs) == 11
    silent = functional.one_hot(torch.full_like(test.y, 10), 11).float()
    assert task.measures(silent, test)["digit_accuracy"].item() == 0
    assert task.score(silent, test).item() == pytest.approx(task.chance, abs=1e-6)


@mirrored
def test_stream_pass_mark_by_hand() -> None:
    task = load("spoken_stream", hop=25)
    splits = task.splits()
    assert splits

    def seen(part: Batch) -> tuple[Tensor, Tensor]:
        rows, labels = [], []
        for n in range(0, len(part)):
            frames = part.x[part.valid[:, n] > 0, n].double()
            labels.append(part.y[part.valid[:, n] > 0, n])
            for t in range(len(frames)):
                means = [frames[max(0, t + 1 - k) : t + 1].mean(0) for k in (4, 8, 16)]
                rows.append(torch.cat([frames[t], *means, torch.ones(1)]))
        return torch.stack(rows), torch.cat(labels)

    some = splits.train.pick(torch.arange(0, 480, 8))
    (heard, labels), (asked, right) = seen(some), seen(splits.test)
    weights = torch.linalg.lstsq(heard, functional.one_hot(labels, 11).double()).solution
    by_hand = ((asked @ weights).argmax(-1) == right).double().mean().item()
    assert task.pass_mark == pytest.approx(by_hand, abs=0.03), "an eighth of train suffices"
