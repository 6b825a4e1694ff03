"""Timing, retrieval, delay lines and driven or chaotic systems: each against an oracle of its own.

Every claim of a docstring about what simple predictors reach is measured here by least squares.
"""

from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from reservoirpy import datasets, observables
from scipy.integrate import solve_ivp
from torch import Generator, Tensor

from seqbench import registry
from seqbench.errors import InputError
from seqbench.task import Batch, Task

FLOAT = NDArray[np.float64]
MANY = 6_000


def draw(name: str, n: int = MANY, seed: int = 5, **knobs: object) -> tuple[Task, Batch]:
    task = registry.load_task(name, knobs)
    return task, task.sample(n, Generator().manual_seed(seed))


def best_timed(batch: Batch) -> float:
    """The mean squared error of the best predictor that knows the step and nothing else."""
    spread = batch.y.var(1, correction=0).mean(-1)
    asked = torch.ones(len(spread)) if batch.mask is None else batch.mask[:, 0]
    return ((spread * asked).sum() / asked.sum()).item()


def unexplained(features: list[FLOAT], y: FLOAT) -> float:
    """Share of the variance of y that a weighted sum leaves, on sequences it was not fitted to."""
    X = np.column_stack([*features, np.ones(len(y))])
    half = len(y) // 2
    weights = np.linalg.lstsq(X[:half], y[:half], rcond=None)[0]
    return float(np.mean((y[half:] - X[half:] @ weights) ** 2) / y.var())


def products(features: list[FLOAT]) -> list[FLOAT]:
    return [a * b for i, a in enumerate(features) for b in features[i:]]


def last_inputs(batch: Batch, at: int, count: int) -> list[FLOAT]:
    """x at this step and before, newest first, each (n,)."""
    return [batch.x[at - k, :, 0].double().numpy() for k in range(count)]


def asked_at(batch: Batch, at: int, output: int = 0) -> FLOAT:
    return np.asarray(batch.y[at, :, output].double().numpy())


# ------------------------------------------------------------------ timing


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


# ------------------------------------------------------------------ symbols


def test_selective_copy_asks_for_the_strewn_symbols_in_order() -> None:
    task, batch = draw("selective_copy", 4000)
    tokens = batch.x.argmax(-1)
    blank, go, region = 8, 9, 40
    assert batch.x.shape == (50, 4000, 10) and (batch.x.sum(-1) == 1).all()
    assert (tokens[region:] == go).all() and (tokens[:region] != go).all()
    data = tokens[:region] != blank
    assert (data.sum(0) == 10).all()
    for n in range(200):
        assert torch.equal(batch.y[region:, n], tokens[:region, n][data[:, n]])
    assert batch.mask is not None
    assert (batch.mask[:region] == 0).all() and (batch.mask[region:] == 1).all()
    share = data.float().mean(1)
    assert (share - 0.25).abs().max() < 0.03, "every step is as likely to hold a symbol"
    first = data.float().argmax(0)
    assert first.min() == 0 and task.lag == region, "the farthest answer"


def test_associative_recall_answers_with_the_partner() -> None:
    task, batch = draw("associative_recall", 4000)
    tokens = batch.x.argmax(-1)
    keys, values, query = tokens[0:8:2], tokens[1:8:2] - 26, tokens[-1]
    assert batch.x.shape == (11, 4000, 37) and (tokens[8:10] == 36).all()
    assert keys.max() == 25 and keys.min() == 0 and values.min() == 0 and values.max() == 9
    assert all(len(set(keys[:, n].tolist())) == 4 for n in range(500)), "no key comes twice"
    assert any(len(set(values[:, n].tolist())) < 4 for n in range(500)), "a value may"
    asked = keys == query
    assert (asked.sum(0) == 1).all() and torch.equal(batch.y[0], (values * asked).sum(0))
    assert (asked.float().mean(1) - 0.25).abs().max() < 0.03
    assert task.lag == 10 and asked[0].any(), "the farthest is the key of step 0"


# ------------------------------------------------------------------ memory capacity


def test_delay_memory_asks_for_every_delay() -> None:
    task, batch = draw("delay_memory", 50, length=30, delays=7)
    assert batch.mask is not None and (batch.mask[:7] == 0).all() and (batch.mask[7:] == 1).all()
    for k in range(1, 8):
        assert torch.equal(batch.y[7:, :, k - 1], batch.x[7 - k : 30 - k, :, 0])
    assert task.lag == 7 and task.perfect == 7


def test_capacity_is_the_sum_of_squared_correlations() -> None:
    task, batch = draw("delay_memory", 40)
    outputs = batch.y + torch.randn(batch.y.shape, generator=Generator().manual_seed(1))
    pairs = [(outputs[20:, :, k].flatten(), batch.y[20:, :, k].flatten()) for k in range(20)]
    expected = sum(np.corrcoef(a.numpy(), b.numpy())[0, 1] ** 2 for a, b in pairs)
    assert task.score(outputs, batch).item() == pytest.approx(expected, rel=1e-5)
    # neither scale nor shift nor sign of an output matters, but each output is its own
    assert task.score(3 - 7 * outputs, batch).item() == pytest.approx(expected, rel=1e-5)
    for constant in (0.0, 1.0, 1e-3, -1e6):
        assert task.score(torch.full_like(batch.y, constant), batch).item() < 1e-12
    assert torch.isnan(task.score(torch.full_like(batch.y, torch.nan), batch))


def test_a_linear_network_of_eight_units_holds_eight_delays() -> None:
    """Jaeger's bound, and that a ring of N linear units attains it (nearly: it has to forget)."""
    task, batch = draw("delay_memory", 400)
    random = np.random.default_rng(0)
    ring = 0.7 * np.roll(np.eye(8), 1, 0)
    state, states = np.zeros((400, 8)), []
    entry = random.choice([-1.0, 1.0], 8)
    for x in batch.x[..., 0].double().numpy():
        state = state @ ring.T + x[:, None] * entry
        states.append(state)
    Z = np.stack(states)[20:].reshape(-1, 8)
    Y = batch.y[20:].reshape(-1, 20).double().numpy()
    said = Z @ np.linalg.lstsq(Z, Y, rcond=None)[0]
    outputs = torch.zeros(batch.y.shape, dtype=torch.float64)
    outputs[20:] = torch.from_numpy(said.reshape(60, 400, 20))
    capacity = task.score(outputs, batch).item()
    assert 7.0 < capacity < 8.1


def test_capacity_agrees_with_reservoirpy() -> None:
    """Its definition of one delay's share, on a noisy delayed series."""
    task, batch = draw("delay_memory", 300, length=40, delays=2)
    outputs = batch.y + 0.5 * torch.randn(batch.y.shape, generator=Generator().manual_seed(2))
    shares = [
        observables.rsquare(  # of the best linear fit, which is the squared correlation
            truth := batch.y[2:, :, k].flatten().double().numpy(),
            np.polyval(np.polyfit(said := outputs[2:, :, k].flatten().numpy(), truth, 1), said),
        )
        for k in range(2)
    ]
    assert task.score(outputs, batch).item() == pytest.approx(sum(shares), rel=1e-4)


# ------------------------------------------------------------------ NARMA


def narma(u: FLOAT, order: int) -> FLOAT:
    """As the equation is written, one number at a time. (T,) -> (T,), y_1 to y_T"""
    y, past = np.zeros(len(u) + 1), lambda series, t: series[t] if t >= 0 else 0.0
    for t in range(len(u)):
        total = sum(past(y, t - i) for i in range(order))
        drive = 1.5 * past(u, t - order + 1) * u[t] + (0.1 if order == 10 else 0.01)
        y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * total + drive
        y[t + 1] = np.tanh(y[t + 1]) if order == 20 else y[t + 1]
    return y[1:]


@pytest.mark.parametrize(
    ("order", "mean", "deviation"), ((10, 0.388, 0.1085), (20, 0.2027, 0.0936))
)
def test_narma_follows_its_equation(order: int, mean: float, deviation: float) -> None:
    """reservoirpy's narma differs: it sums y_{t-order} to y_{t-1} and takes u_{t-order} u_t."""
    _, batch = draw("narma", 20, order=order)
    assert batch.x.min() >= 0 and batch.x.max() <= 0.5 and batch.x.max() > 0.49
    for n in range(20):
        u = batch.x[:, n, 0].double().numpy()
        y = batch.y[:, n, 0].double().numpy() * deviation + mean
        np.testing.assert_allclose(y, narma(u, order), rtol=1e-4, atol=1e-5)
    _, y = datasets.narma(90, order, 0.3, 0.05, 1.5, 0.1, u=np.zeros((90 + order, 1)))
    if order == 10:  # without input both converge to the same rest
        assert y[-1, 0] == pytest.approx(narma(np.zeros(300), 10)[-1], rel=1e-6)


@pytest.mark.parametrize("order", (10, 20))
def test_narma_is_standardized_where_it_is_asked(order: int) -> None:
    task, batch = draw("narma", 20_000, order=order)
    assert batch.mask is not None
    assert batch.mask.sum(0).unique().tolist() == [100 - 3 * order]
    y = batch.y[3 * order :, :, 0]
    assert abs(y.mean()) < 0.03 and y.var().item() == pytest.approx(1, rel=0.03)
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03), "the time does not help"


def test_narma_that_diverges_is_drawn_again() -> None:
    task, batch = draw("narma", 20_000, length=150)
    untamed = task._follow(torch.rand(150, 20_000, generator=Generator().manual_seed(1)) / 2)
    share = (~(untamed <= 1).all(0)).float().mean().item()
    assert 5e-4 < share < 5e-3, "it does happen"
    assert untamed.max() > 1e6 or not untamed.isfinite().all()
    assert (batch.y * 0.1085 + 0.388).max() <= 1 + 1e-5
    assert batch.x.shape == (150, 20_000, 1)


@pytest.mark.parametrize("order", (10, 20))
def test_narma_needs_products_and_two_orders(order: int) -> None:
    task, batch = draw("narma", 8_000, order=order)

    def left(count: int, *, multiplied: bool) -> float:
        x = last_inputs(batch, 99, count)
        pairs = [a * b for a, b in zip(x, x[order - 1 :], strict=False)] if multiplied else []
        return unexplained(x + pairs, asked_at(batch, 99))

    assert left(3 * order, multiplied=False) > 3 * task.pass_mark
    assert left(order, multiplied=True) > 4 * task.pass_mark
    assert left(task.lag + 1, multiplied=True) < task.pass_mark
    assert task.lag == 2 * order - 1


# ------------------------------------------------------------------ Mackey-Glass


def mackey_glass(past: float, units: int, h: float = 0.02) -> FLOAT:
    """By Runge and Kutta's rule, the delayed value between two steps by a cubic through four."""
    delay, b = round(17 / h), 0.1
    x = [past] * (delay + 1)

    def gain(value: float) -> float:
        return 0.2 * value / (1 + value**10)

    for _ in range(round(units / h)):
        i = len(x) - 1 - delay
        before, old, new, after = x[max(i - 1, 0)], x[i], x[i + 1], x[min(i + 2, len(x) - 1)]
        half = gain((9 * (old + new) - before - after) / 16)
        k1 = gain(old) - b * x[-1]
        k2 = half - b * (x[-1] + h / 2 * k1)
        k3 = half - b * (x[-1] + h / 2 * k2)
        k4 = gain(new) - b * (x[-1] + h * k3)
        x.append(x[-1] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
    return np.array(x[delay :: round(1 / h)][1 : units + 1])


@pytest.mark.parametrize("past", (0.5, 1.2, 1.5))
def test_mackey_glass_solves_the_delay_equation(past: float) -> None:
    """reservoirpy's is no oracle: it holds the delayed value for a whole step, and only steps of 1
    are possible, as it multiplies no more than the second term by the step.
    """
    from seqbench.tasks.mackey_glass import _integrate

    ours = _integrate(torch.tensor([past], dtype=torch.float64), 100)[:, 0].numpy()
    np.testing.assert_allclose(ours, mackey_glass(past, 100), rtol=5e-4)


def test_mackey_glass_is_standardized_and_tells_no_time() -> None:
    task, batch = draw("mackey_glass")
    assert abs(batch.y.mean()) < 0.02 and batch.y.var().item() == pytest.approx(1, rel=0.03)
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03)
    assert batch.x.min() > -2.4 and batch.x.max() < 1.8, "the attractor: .4 to 1.32"
    torch.testing.assert_close(batch.y[:85], batch.x[15:], rtol=0, atol=0)
    assert batch.mask is not None and (batch.mask.sum(0) == 100 - 17).all()


def test_mackey_glass_needs_the_whole_delay_and_products() -> None:
    task, batch = draw("mackey_glass")
    y, x = asked_at(batch, 99), last_inputs(batch, 99, 18)
    powers = [x[0] ** k for k in range(1, 8)]
    assert unexplained(powers, y) > 0.7, "one value is not enough"
    assert unexplained(x, y) == pytest.approx(0.24, abs=0.03)
    assert unexplained(x[::2] + products(x[::2]), y) < task.pass_mark == 0.02
    assert unexplained(x[:9:2] + products(x[:9:2]), y) > task.pass_mark, "nor is half the delay"


def test_mackey_glass_forecasts_as_far_as_it_is_told() -> None:
    _, batch = draw("mackey_glass", 5, ahead=84, length=120)
    torch.testing.assert_close(batch.y[:36], batch.x[84:], rtol=0, atol=0)


# ------------------------------------------------------------------ Lorenz


def lorenz(_: float, state: FLOAT) -> list[float]:
    x, y, z = state
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


def test_lorenz_solves_the_equations() -> None:
    """One sample further, as scipy integrates it to ten digits."""
    from seqbench.tasks.lorenz import DEVIATION, MEAN

    _, batch = draw("lorenz", 30)
    states = torch.cat([batch.x, batch.y], -1).double().numpy() * DEVIATION[:, 0] + MEAN[:, 0]
    worst = 0.0
    for n in range(30):
        for t in (0, 20, 40):
            exact = solve_ivp(lorenz, (0, 0.05), states[t, n], rtol=1e-10, atol=1e-10).y[:, -1]
            worst = max(worst, float(np.abs(states[t + 1, n] - exact).max()))
    assert worst < 0.01, "of coordinates of about 10"


def test_lorenz_constants_obey_the_balances_of_the_attractor() -> None:
    """What is constant on average does not change: <x^2> = b <z>, <y^2> = b (28 <z> - <z^2>)."""
    from seqbench.tasks.lorenz import DEVIATION, MEAN

    z, (sx, sy, sz) = MEAN[2, 0], DEVIATION[:, 0]
    assert sx**2 == pytest.approx(8 / 3 * z, rel=5e-3)
    assert sy**2 == pytest.approx(8 / 3 * (28 * z - z**2 - sz**2), rel=5e-3)


def test_lorenz_is_standardized_and_tells_no_time() -> None:
    task, batch = draw("lorenz")
    both = torch.cat([batch.x, batch.y], -1)
    assert both.mean((0, 1)).abs().max() < 0.05
    assert (both.var((0, 1)) - 1).abs().max() < 0.04
    assert best_timed(batch) == pytest.approx(task.chance, rel=0.03)
    assert batch.mask is not None and (batch.mask.sum(0) == 50).all()


def test_lorenz_needs_the_last_values_of_x() -> None:
    task, batch = draw("lorenz")
    x = last_inputs(batch, 59, task.lag + 1)

    def left(features: list[FLOAT]) -> float:
        return float(np.mean([unexplained(features, asked_at(batch, 59, k)) for k in (0, 1)]))

    assert left([x[0] ** k for k in range(1, 8)]) == pytest.approx(0.4, abs=0.03)
    assert left(x) > 0.4, "z has no sign to tell"
    assert left(x[:3] + products(x[:3])) > task.pass_mark
    assert left(x + products(x)) < task.pass_mark
    assert task.lag == 5


# ------------------------------------------------------------------ sine generation


def test_sine_generation_plays_what_it_heard() -> None:
    task, batch = draw("sine_generation", 500)
    level = batch.x[0, :, 0].double()
    assert (batch.x[1:] == 0).all(), "said once"
    assert 0.25 <= level.min() < 0.27 and 1.23 < level.max() <= 1.25
    w = 0.1 + 0.5 * (level - 0.25)
    t = torch.arange(60, dtype=torch.float64)[:, None]
    torch.testing.assert_close(batch.y[..., 0].double(), torch.sin(w * t), rtol=0, atol=1e-4)
    assert task.lag == 59


@pytest.mark.parametrize("length", (20, 60, 200))
def test_sine_generation_chance_is_that_of_the_mean_wave(length: int) -> None:
    """In closed form: mean and mean square of sin wt for w uniform in .1 to .6."""
    task, batch = draw("sine_generation", 20_000, length=length)
    t = np.arange(1, length)
    mean = (np.cos(0.1 * t) - np.cos(0.6 * t)) / (0.5 * t)
    square = 0.5 - (np.sin(1.2 * t) - np.sin(0.2 * t)) / (2 * t)
    exact = float(np.sum(square - mean**2) / length)
    assert task.chance == pytest.approx(exact, rel=1e-4)
    assert task.chance == pytest.approx(best_timed(batch), rel=0.01)


# ------------------------------------------------------------------ all


def test_no_knowledge_of_the_present_helps_where_it_says_so() -> None:
    """past_only: the input of the step that is asked is independent of the answer."""
    for name in ("timing", "delay_memory", "sine_generation"):
        task, batch = draw(name, 2_000)
        assert task.past_only
        asked = slice(None) if batch.mask is None else batch.mask > 0
        x, y = batch.x[asked].flatten().double().numpy(), batch.y[asked].double()
        y = y.reshape(len(x), -1).numpy()[:, 0]
        if x.std() > 0:
            assert unexplained([x, x**2, x**3], y) > 0.97


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("timing", {"length": 11}),
        ("timing", {"delays": 0}),
        ("timing@periodic", {"shape": "cosine", "interval": 0}),
        ("selective_copy", {"memorize": 0}),
        ("associative_recall", {"pairs": 27}),
        ("associative_recall", {"values": 0}),
        ("delay_memory", {"length": 20}),
        ("narma", {"length": 30}),
        ("narma", {"order": 20, "length": 60}),
        ("mackey_glass", {"length": 17}),
        ("mackey_glass", {"ahead": 0}),
        ("lorenz", {"length": 10}),
        ("sine_generation", {"length": 0}),
    ),
)
def test_bad_knobs_are_refused_in_one_sentence(name: str, knobs: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r": .*\. Allowed.*: .*\. [A-Z].*\.$"):
        registry.load_task(name, knobs)


@pytest.mark.parametrize(
    ("name", "knobs"),
    (
        ("timing", {"length": 12}),
        ("timing@generating", {"length": 12}),
        ("timing@periodic", {"length": 12}),
        ("selective_copy", {"length": 1, "memorize": 1, "alphabet": 2}),
        ("associative_recall", {"pairs": 2, "keys": 2, "values": 2}),
        ("delay_memory", {"length": 2, "delays": 1}),
        ("narma", {"length": 31}),
        ("narma", {"length": 61, "order": 20}),
        ("mackey_glass", {"length": 18, "ahead": 1}),
        ("lorenz", {"length": 11}),
        ("sine_generation", {"length": 2}),
    ),
)
def test_the_smallest_that_is_allowed_works(name: str, knobs: dict[str, object]) -> None:
    task, batch = draw(name, 3, **knobs)
    right = task.encode(batch).float() * (50 if batch.y.dtype == torch.int64 else 1)
    assert task.score(right, batch).item() == pytest.approx(task.perfect, abs=1e-6)
    assert 0 <= task.lag < len(batch.x) and isinstance(batch.x, Tensor)
