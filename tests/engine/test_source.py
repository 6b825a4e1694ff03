from pathlib import Path

import torch

from seqbench.engine.initial_weights import initial_weights
from seqbench.engine.streams import RowNoise, stream
from tests.helpers.training import bench, trial


def draws(*names: tuple[object, ...]) -> list[list[float]]:
    return [torch.rand(3, generator=stream(*name)).tolist() for name in names]


def test_streams_depend_on_seed_name_and_step_only() -> None:
    a, again, *others = draws((1, "x", 0), (1, "x", 0), (2, "x", 0), (1, "y", 0), (1, "x", 1))
    assert a == again
    assert len({str(d) for d in (a, *others)}) == 4


def test_the_same_seed_sees_the_same_batches_in_any_company(tmp_path: Path) -> None:
    source = bench(tmp_path).source
    mixed, alone = source.batch([2, 1, 2], 5), source.batch([2, 2], 5)
    assert torch.equal(mixed.x[0], mixed.x[2]) and torch.equal(mixed.y[0], alone.y[1])
    assert not torch.equal(mixed.x[0], mixed.x[1])
    assert not torch.equal(source.batch([1], 5).x, source.batch([1], 6).x)


def test_recorded_data_are_seen_once_per_epoch(tmp_path: Path) -> None:
    source = bench(tmp_path, task="digits_image", knobs={}, batch=64).source
    rows = torch.cat([source.one(3, step).x[0] for step in range(source.per_epoch)])
    assert len(torch.unique(rows, dim=0)) >= len(rows) - 2  # a few images may be alike
    later = source.one(3, source.per_epoch)
    assert not torch.equal(later.x, source.one(3, 0).x)
    assert len(source.checksum) == 64


def test_the_same_seed_is_born_alike_under_every_remedy_that_acts_later(tmp_path: Path) -> None:
    b = bench(tmp_path)
    born = [
        initial_weights(trial(name).remedy, 1, b.network, b.sizes, b.task.lag)
        for name in ("none", "clip_norm", "truncate")
    ]
    assert all(torch.equal(one[k], born[0][k]) for one in born for k in one)
    other = initial_weights(trial("none").remedy, 2, b.network, b.sizes, b.task.lag)
    assert not torch.equal(other["U"], born[0]["U"])


def test_noise_of_a_row_does_not_depend_on_its_neighbors() -> None:
    cpu = torch.device("cpu")
    together = RowNoise([1, 2], "n", 3, cpu).normal(2, 2)
    assert torch.equal(together[1], RowNoise([2], "n", 3, cpu).normal(2, 2)[0])
    assert torch.equal(together[1], RowNoise(2, "n", 3, cpu).normal(2, 2))


def test_rows_of_one_seed_share_their_noise_and_a_held_draw_stays() -> None:
    noise = RowNoise([1, 2, 1], "noise/pass", 3, torch.device("cpu"))
    first, second = noise.uniform(4), noise.uniform(4)
    assert torch.equal(first[0], first[2]) and not torch.equal(first[0], first[1])
    assert not torch.equal(first, second)
    assert torch.equal(noise.held(2, 5), noise.held(2, 5))
    alone = RowNoise([2], "noise/pass", 3, torch.device("cpu"))
    assert torch.equal(alone.uniform(4)[0], first[1])
    assert RowNoise(2, "noise/pass", 3, torch.device("cpu")).normal(4).shape == (4,)
