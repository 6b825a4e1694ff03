"""The temporal order problem as published twice."""

from math import log

import pytest
import torch

from seqbench import registry
from seqbench.task import surprise
from tests.helpers.sampling import marked, stream


@pytest.mark.parametrize(
    ("symbols", "spans"),
    ((2, ((10, 20), (50, 60))), (3, ((10, 20), (30, 40), (60, 70)))),
)
def test_temporal_order_pascanu13(symbols: int, spans: tuple[tuple[int, int], ...]) -> None:
    task = registry.load_task("temporal_order", {"length": 100, "symbols": symbols})
    batch = task.sample(4000, stream(0))
    tokens = batch.x.argmax(-1)
    assert batch.x.shape == (100, 4000, 6) and task.outputs == 2**symbols
    steps = marked((tokens < 2).float(), symbols)
    assert ((tokens < 2).sum(0) == symbols).all()
    for step, (low, high) in zip(steps, spans, strict=True):
        assert step.min() == low and step.max() == high - 1
    order = tokens.gather(0, steps)
    # far past: the class is read off these symbols, the earliest being its lowest bit
    assert torch.equal(batch.y[0], sum(order[k] << k for k in range(symbols)))
    assert batch.y.unique().tolist() == list(range(2**symbols))
    blind_loss = surprise(torch.zeros(1, 4000, 2**symbols), batch.y).mean().item()
    assert blind_loss == pytest.approx(symbols * log(2))


@pytest.mark.parametrize(
    ("symbols", "spans"),
    ((2, ((10, 20), (50, 60))), (3, ((10, 20), (33, 43), (66, 76)))),
)
def test_temporal_order_hs97(symbols: int, spans: tuple[tuple[int, int], ...]) -> None:
    task = registry.load_task("temporal_order@hs97", {"length": 100, "symbols": symbols})
    lengths, found = set(), []
    for seed in range(150):
        batch = task.sample(20, stream(seed))
        silence = int(batch.x.sum((1, 2)).bool().float().argmax())
        lengths.add(len(batch.x) - silence)
        tokens = batch.x[silence:].argmax(-1)
        assert (tokens[0] == 6).all() and (tokens[-1] == 7).all() and (tokens[1:-1] < 6).all()
        found.append(marked((tokens < 2).float(), symbols))
    for steps, (low, high) in zip(torch.cat(found, 1), spans, strict=True):
        assert steps.min() == low and steps.max() == high, "the end of a span belongs to it"
    assert lengths == set(range(100, 111)) and len(batch.x) == 110


@pytest.mark.parametrize("length", range(10, 35))
def test_temporal_order_has_its_symbols_at_every_length(length: int) -> None:
    for variant, symbols in ((v, s) for v in ("pascanu13", "hs97") for s in (2, 3)):
        knobs = {"length": length, "symbols": symbols}
        batch = registry.load_task(f"temporal_order@{variant}", knobs).sample(20, stream(length))
        assert (batch.x[..., :2].sum((0, 2)) == symbols).all()
