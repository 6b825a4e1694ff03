"""An explosion is an event: something jumps, and training finds back or it does not."""

import pytest
import torch
from torch import Tensor

from seqbench.engine.events import Events, events
from seqbench.engine.traces import Quantities

UPDATES = 300


def told(loss: Tensor | None = None, norm: Tensor | None = None) -> Events:
    """The events of a trial whose loss falls from 1, and whose gradient is about 1."""
    noise = 1 + 0.2 * torch.rand(UPDATES, generator=torch.Generator().manual_seed(0))
    loss = noise * torch.linspace(1, 0.2, UPDATES) if loss is None else loss
    norm = noise if norm is None else norm
    return events(Quantities(loss, norm * 1e6, norm))  # before the remedy all may be as it likes


def at(places: dict[int, float], base: float = 1.0) -> Tensor:
    values = torch.full((UPDATES,), base)
    for place, value in places.items():
        values[place] = value
    return values


CASES: dict[str, tuple[dict[str, Tensor], Events]] = {
    "nothing": ({}, Events(0, 0)),
    "large all along": ({"norm": at({}, 1e4), "loss": at({}, 1e4)}, Events(0, 0)),
    "one long step": ({"norm": at({100: 6.0})}, Events(1, 0)),
    "one that is not so long": ({"norm": at({100: 4.0})}, Events(0, 0)),
    "the fourth step of all": ({"norm": at({3: 25.0})}, Events(1, 0)),
    "two close to each other": ({"norm": at({100: 6.0, 108: 6.0})}, Events(1, 0)),
    "two far apart": ({"norm": at({100: 6.0, 150: 6.0})}, Events(2, 0)),
    "a loss that comes back": ({"loss": at({100: 3.0, 101: 2.5})}, Events(1, 0)),
    "a loss that stays": ({"loss": torch.cat([at({})[:100], 3 * at({})[100:]])}, Events(1, 1)),
    "a loss that rises by less": (
        {"loss": torch.cat([at({})[:100], 1.4 * at({})[100:]])},
        Events(0, 0),
    ),
    "noise where nearly all is learned": (
        {"loss": torch.cat([at({})[:100], at({220: 0.05, 240: 0.2}, 0.01)[100:]])},
        Events(0, 0),
    ),
    "just before the end": ({"loss": at({UPDATES - 3: 9.0})}, Events(1, 0)),
    "no number": ({"loss": at({200: torch.nan})}, Events(1, 0)),
    "infinite to the end": (
        {"norm": torch.cat([at({})[:200], at({}, torch.inf)[200:]])},
        Events(1, 0),
    ),
    "windows in which no answer counts": (
        {
            "loss": at({}) * (torch.arange(UPDATES) % 3 == 0),
            "norm": at({}) * (torch.arange(UPDATES) % 3 == 0),
        },
        Events(0, 0),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_an_event(case: str) -> None:
    given, expected = CASES[case]
    assert told(**given) == expected


def test_a_trial_of_a_few_updates_has_none() -> None:
    few = torch.tensor([1.0, 100.0, 1.0])
    assert events(Quantities(few, few, few)) == Events(0, 0)
