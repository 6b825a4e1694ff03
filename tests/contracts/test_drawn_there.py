"""Training batches and noise are drawn on the device itself, or a task says that it cannot.

On torch's meta device, as in test_devices. It has no generator: one of the CPU stands in.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from torch import Generator, Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from seqbench import registry
from seqbench.engine.source import Source
from seqbench.engine.streams import RowNoise, stream
from seqbench.task import Batch, Regression, Task

META = torch.device("meta")
OFFENSES = (AssertionError, NotImplementedError, RuntimeError, TypeError)  # torch's words differ
VARIANTS = (
    *("adding@hs97", "adding@pascanu13", "copy@lezcano19", "multiplication@hs97"),
    *("random_permutation@martens11", "temporal_order@hs97", "two_sequence@3b"),
    *("timing@generating", "timing@periodic"),
)


class Here(TorchFunctionMode):
    """Refuses tensors of other devices, and numbers that the host would have to send."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: Sequence[type],
        args: tuple = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        assert func not in (torch.tensor, torch.as_tensor, torch.from_numpy), "sent by the host"
        made = func(*args, **(kwargs or {}))
        met = {x.device for x in tree_leaves((args, kwargs, made)) if isinstance(x, Tensor)}
        assert met <= {META}, f"{func} meets {met}"
        return made


def synthetic(name: str) -> bool:
    recorded = registry.describe("tasks", name).facts.get("needs")
    return not recorded and registry.load_task(name).splits() is None


SYNTHETIC = [name for name in (*registry.names("tasks"), *VARIANTS) if synthetic(name)]


def drawn(task: Task) -> list[torch.device]:
    with META, Here():
        batch = task.sample(3, Generator())
    return [part.device for part in vars(batch).values() if part is not None]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_a_task_is_drawn_on_the_device_or_says_that_it_cannot_be(name: str) -> None:
    task = registry.load_task(name)
    with pytest.raises(OFFENSES) if task.on_host else nullcontext():
        assert set(drawn(task)) == {META}


@dataclass(frozen=True, kw_only=True)
class Offender(Regression):
    on_host: ClassVar[bool] = False
    inputs, outputs, lag, chance, pass_mark = 1, 1, 1, 1.0, 0.1


class Asks(Offender):
    def sample(self, n: int, stream: Generator) -> Batch:
        x = torch.rand(4, n, 1, generator=stream)
        return Batch(x, x[:1] if x.sum() > 0 else x[1:2])


class Sends(Offender):
    def sample(self, n: int, stream: Generator) -> Batch:
        x = torch.rand(4, n, 1, generator=stream) + torch.tensor([1.0])
        return Batch(x, x[:1])


class Stays(Offender):
    def sample(self, n: int, stream: Generator) -> Batch:
        x = torch.rand(4, n, 1, generator=stream, device="cpu")
        return Batch(x, x[:1])


@pytest.mark.parametrize("offender", [Asks(), Sends(), Stays()])
def test_an_offender_would_be_noticed(offender: Task) -> None:
    with pytest.raises(OFFENSES):
        drawn(offender)


@pytest.fixture
def no_generators(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("source", "drawing", "streams"):
        monkeypatch.setattr(f"seqbench.engine.{module}.stream", lambda *named: stream(*named[:3]))


@pytest.mark.usefixtures("no_generators")
@pytest.mark.parametrize("name", ["adding", "lorenz", "digits_image", "sunspots"])
def test_batches_lie_on_the_device_and_nobody_waits(name: str) -> None:
    """The second one, whose stack is known. Only what is drawn on the host is moved."""
    task = registry.load_task(name)
    source = Source(task, 4, 8, 8, META)
    source.batch([2, 1, 2], 0)
    with nullcontext() if task.on_host else Here():
        batch = source.batch([2, 1, 2], 1)
    assert {part.device for part in (batch.x, batch.y)} == {META}
    assert (batch.x.shape[0], *batch.x.shape[2:]) == (3, 4, task.inputs)


@pytest.mark.usefixtures("no_generators")
def test_noise_is_drawn_on_the_device() -> None:
    noise = RowNoise([1, 2, 1], "noise/pass", 3, META)
    with Here():
        assert noise.normal(2).shape == noise.held(2).shape == (3, 2)
    assert RowNoise(1, "noise/pass", 3, META).uniform(2).device == META


def test_where_each_stream_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held-out sequences and the order of recorded data on the CPU, and so the same everywhere."""
    asked: list[tuple[object, ...]] = []

    def note(*named: object) -> Generator:
        asked.append(named[1:2] + named[3:])
        return Generator().manual_seed(0)

    for module in ("source", "drawing"):
        monkeypatch.setattr(f"seqbench.engine.{module}.stream", note)
    for name in ("adding", "lorenz", "digits_image"):
        source = Source(registry.load_task(name), 4, 8, 8, META)
        source.draw([1])
        source.batch([1], 0)
    held_out = [*[("probe",)] * 3, *[("valid",)] * 2, *[("test",)] * 2]
    assert asked[:8] == [*held_out, ("data", META)]
    assert asked[8:16] == [*held_out, ("data", torch.device("cpu"))]
    assert asked[16:] == [("data",)]  # the order
