"""A good matrix, and how a slip in it is refused."""

import copy
from collections.abc import Callable

import pytest

from seqbench import matrix
from seqbench.errors import InputError

GOOD = {
    "name": "test",
    "seeds": [1, 2],
    "train": {"learning_rates": [0.01], "updates": 100},
    "tasks": {"adding": {"length": 20}},
    "cells": {"rnn": None, "rnn@loud": {"gain": 1.5}, "lstm": None},
    "remedies": {
        "none": None,
        "clip_norm": {"limit": 1},
        "clip_norm+orthogonal": {"clip_norm": {"limit": 0.5}},
    },
}


Read = Callable[[object], matrix.Matrix]


def refusal(read: Read, content: object) -> str:
    with pytest.raises(InputError) as caught:
        read(content)
    words = str(caught.value)
    assert "\n" not in words
    assert "m.yaml" in words
    return words


def changed(*path: str, to: object) -> dict[str, object]:
    """GOOD with one value replaced; `to=...` deletes it."""
    content = copy.deepcopy(GOOD)
    section = content
    for key in path[:-1]:
        section = section[key]
    if to is ...:
        del section[path[-1]]
    else:
        section[path[-1]] = to
    return content
