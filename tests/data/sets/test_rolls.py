"""Piano rolls: those of the files."""

import numpy as np
import pytest
from scipy.io import loadmat

from seqbench.data.sets import rolls
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR

SIZES = {"jsb_chorales": (229, 76, 77), "nottingham": (694, 173, 170)}


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_rolls_are_those_of_the_file(name: str) -> None:
    parts = rolls.pieces(name)
    assert tuple(map(len, parts)) == SIZES[name]
    whole = loadmat(MIRROR / "poly_music" / rolls.FILES[name])
    for part, key in zip(parts, rolls.PARTS, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(part, whole[key][0], strict=True))
    notes = np.concatenate(parts.train).sum(-1).mean()
    assert 3.8 < notes < 4.1, "four voices, or a melody and its chord"


@mirrored
@pytest.mark.parametrize("name", SIZES)
def test_pieces_in_two_parts_are_those_that_the_docstring_admits(name: str) -> None:
    train, valid, test = ({p.tobytes() for p in part} for part in rolls.pieces(name))
    admitted = 1 if name == "nottingham" else 0
    assert len(train & test) == len(train & valid) == admitted and not valid & test


@mirrored
def test_roll_baselines_by_hand() -> None:
    train, _, test = rolls.pieces("jsb_chorales")
    asked = sum(len(piece) - 1 for piece in test)
    odds = sum(piece[1:].sum(0, dtype=int) for piece in test) / asked
    nats = [-np.log(np.where(frame, odds, 1 - odds)).sum() for p in test for frame in p[1:]]
    assert rolls.constant("jsb_chorales") == pytest.approx(np.mean(nats))
    X = np.array([[*frame, 1] for p in train for frame in p[:-1]], float)
    Y = np.array([frame for p in train for frame in p[1:]], float)
    rows = np.vstack([X, np.eye(89)])  # a ridge of 1 is as many rows more
    fit = np.linalg.lstsq(rows, np.vstack([Y, np.zeros((89, 88))]), rcond=None)[0]
    Z = np.array([[*frame, 1] for p in test for frame in p[:-1]], float)
    now = np.concatenate([p[1:] for p in test])
    said = (Z @ fit).clip(1e-3, 1 - 1e-3)
    linear = -np.log(np.where(now, said, 1 - said)).sum(-1).mean()
    assert rolls.linear("jsb_chorales") == pytest.approx(linear, rel=1e-3)
