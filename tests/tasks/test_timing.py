"""Timing: to measure, to generate, and periodic waves."""

from itertools import product

import numpy as np
import pytest
import torch

from seqbench import registry
from tests.helpers.signals import best_timed, draw


@pytest.mark.parametrize(("interval", "delays"), ((10, 1), (10, 10), (25, 3), (1, 1)))
def test_measuring_asks_how_late_each_spike_is(interval: int, delays: int) -> None:
    task, batch = draw("timing@measuring", 200, interval=interval, delays=delays, length=100)
    seen = set()
    assert batch.mask is not None
    assert torch.equal(batch.mask, batch.x[..., 0]), "asked at the spikes and nowhere else"
    for n in range(len(batch)):
        times = batch.x[:, n, 0].nonzero()[:, 0].tolist()
        late = batch.y[times, n, 0].tolist()
        gaps = np.diff([0, *times])
        assert late == (gaps - interval).tolist(), "of the time since the spike before"
        assert len(times) == 99 // (interval + delays)
        seen |= set(late)
    assert seen == set(range(delays + 1))
    assert task.lag == interval + delays


def test_generating_spikes_as_late_as_it_was_told() -> None:
    task, batch = draw("timing@generating", 2000, interval=10, delays=1, length=100)
    told_first, told_last, spikes_at = 200, 0, set()
    for n in range(len(batch)):
        x, times, now = batch.x[:, n, 0], [], 0
        while len(times) < 9:
            if x[now + 1] > 0:
                told_first, told_last = min(told_first, now + 1), max(told_last, now + 1)
            now += 10 + int(x[now + 1])
            times.append(now)
        assert batch.y[:, n, 0].nonzero()[:, 0].tolist() == times
        spikes_at |= set(times)
    assert batch.mask is None, "silence is asked as well"
    assert told_first == 1 and max(spikes_at) == 99 and task.lag == 99 - 1


@pytest.mark.parametrize(("interval", "delays", "spikes"), ((8, 1, 3), (9, 2, 2), (7, 1, 2)))
def test_no_clock_beats_chance_on_spikes(interval: int, delays: int, spikes: int) -> None:
    """Against all predictors that say one number per step, by trying them."""
    length = spikes * (interval + delays) + 1
    trains = [np.array(late) for late in product(range(delays + 1), repeat=spikes)]
    places = sorted({t for late in trains for t in np.cumsum(interval + late)})
    step = {t: i for i, t in enumerate(places)}
    best = 0
    for said in product(range(delays + 1), repeat=len(places)):
        right = sum(
            all(said[step[t]] == d for t, d in zip(np.cumsum(interval + late), late, strict=True))
            for late in trains
        )
        best = max(best, right)
    knobs = {"interval": interval, "delays": delays, "length": length}
    assert registry.load_task("timing@measuring", knobs).chance == 1 - best / len(trains)
    assert registry.load_task("timing@generating", knobs).chance == 1 - 1 / len(trains)


@pytest.mark.parametrize("variant", ("measuring", "generating"))
def test_one_answer_off_by_half_spoils_the_sequence(variant: str) -> None:
    task, batch = draw(f"timing@{variant}", 4)
    at = int(batch.x[:, 0, 0].nonzero()[0]) if variant == "measuring" else 50
    for error, wrong in ((0.48, 0.0), (-0.48, 0.0), (0.5, 0.25), (-0.5, 0.25), (np.nan, 0.25)):
        off = torch.zeros_like(batch.y)
        off[at, 0] = error
        assert task.score(batch.y + off, batch).item() == wrong
    assert task.metric == "error_rate" and task.score(0.5 + 0 * batch.y, batch).item() == 1


def test_periodic_waves() -> None:
    F, expected = 10, {}
    for k in range(100):
        phase = k % F
        expected["cosine", k] = 0.5 * (1 - np.cos(2 * np.pi * k / F))
        expected["triangle", k] = 2 * phase / F if phase <= F / 2 else 2 - 2 * phase / F
        expected["rectangle", k] = float(phase > F / 2)
    for shape in ("cosine", "triangle", "rectangle"):
        task, batch = draw("timing@periodic", 100, shape=shape, length=100)
        start = batch.x[..., 0].argmax(0)
        assert (batch.x.sum(0) == 1).all() and start.unique().tolist() == list(range(F))
        for n in range(100):
            since = [t - int(start[n]) for t in range(100)]
            wave = [expected[shape, k] if k >= 0 else 0.0 for k in since]
            np.testing.assert_allclose(batch.y[:, n, 0], wave, atol=1e-5)
        assert task.metric == "mse" and task.lag == 99


def test_periodic_chance_is_that_of_a_clock() -> None:
    task, batch = draw("timing@periodic", shape="triangle")
    assert task.chance == pytest.approx(best_timed(batch), rel=0.01)
