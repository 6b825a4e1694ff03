"""Strings of the embedded Reber grammar."""

import re

import pytest
import torch
from torch import Tensor

from tests.helpers.sampling import drawn

INNER = re.compile(r"B(TS*X(XT*V(PXT*V)*(PS|V)|S)|PT*V(PXT*V)*(PS|V))E")


def spoken(codes: Tensor, heard: Tensor) -> str:
    return "".join("BTPSXVE"[code] for code in codes[heard].tolist())


@pytest.mark.parametrize("length", (8, 20, 45))
def test_embedded_reber_strings(length: int) -> None:
    task, batch = drawn("embedded_reber", length=length, n=600)
    heard = batch.x.sum(-1) > 0
    assert batch.mask is not None and torch.equal(batch.mask > 0, heard)
    assert batch.scored is not None and (batch.scored.sum(0) == 1).all()
    assert (heard[1:] | ~heard[:-1]).all(), "silence comes first, and only there"
    lengths = set()
    for n in range(600):
        said = spoken(batch.x[:, n].argmax(-1), heard[:, n])
        following = spoken(batch.y[:, n], heard[:, n])
        assert said[1:] == following[:-1], "the next symbol"
        string = said + following[-1]
        assert string[0] == "B" and string[1] == string[-2] in "TP" and string[-1] == "E"
        assert INNER.fullmatch(string[2:-2]), string
        step = int(batch.scored[:, n].argmax())
        assert batch.y[step, n] == "BTPSXVE".index(string[1])
        lengths.add(len(string))
    assert min(lengths) == 9 and max(lengths) <= length + 1
    if length == 20:
        assert max(lengths) == 21 and task.lag == 17, "from the second symbol to the step before"


def test_embedded_reber_edges_are_fair() -> None:
    """The two shortest strings, BTXSE and BPVVE inside, come each with probability 1/8."""
    _, batch = drawn("embedded_reber", length=60)
    shortest = (batch.x.sum((0, -1)) == 8).float().mean().item()
    assert shortest == pytest.approx(1 / 4, abs=0.015)
    _, batch = drawn("embedded_reber", length=20, n=4000)
    _, free = drawn("embedded_reber", length=60, n=4000)
    assert (free.x.sum((0, -1)) > 20).float().mean().item() == pytest.approx(0.02, abs=0.01)


def test_a_continual_stream_is_one_string_after_the_other() -> None:
    task, batch = drawn("continual_embedded_reber", length=60, n=400)
    assert batch.scored is not None and batch.mask is None and (batch.x.sum(-1) == 1).all()
    string, lengths = re.compile(f"B([TP]){INNER.pattern}([TP])E"), set()
    for n in range(400):
        text, following = ("".join("BTPSXVE"[k] for k in part[:, n]) for part in (
            batch.x.argmax(-1), batch.y,
        ))  # fmt: skip
        assert following[:-1] == text[1:]
        start, places = 0, []
        while whole := string.match(text + following[-1], start):
            assert whole[1] == whole.groups()[-1] and len(whole[0]) <= 21
            start = whole.end()
            places.append(start - 3)
            lengths.add(len(whole[0]))
        assert start > 60 - 21, "and what is left is the beginning of another one"
        scored = batch.scored[:, n].nonzero()[:, 0].tolist()
        assert [t for t in scored if t < start] == places, "the step before the second T or P"
    assert lengths > set(range(9, 18)) and task.lag == 17
