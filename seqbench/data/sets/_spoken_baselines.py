"""What guessing and the simplest rules achieve on spoken digits and on streams of them."""

from functools import cache

import numpy as np

from seqbench.data.baselines.constants import majority
from seqbench.data.baselines.rules import nearest_mean, summaries
from seqbench.data.formats.labeled import FLOAT, INT
from seqbench.data.sets.spoken_digits import DIGITS, Stream, parts, streams

RIDGE = 1.0
SPANS = (100, 200, 400)  # ms, of the past that is averaged


@cache
def guess(split: str, hop: int, longest: float) -> float:
    """Accuracy on test of the best constant answer."""
    return majority(parts(split, hop, longest)[2].labels)


@cache
def templates(split: str, hop: int, longest: float) -> float:
    """Accuracy on test of the nearest digit's mean, of frames averaged over five parts of time."""
    train, _, test = parts(split, hop, longest)
    points, asked = summaries(train.sequences), summaries(test.sequences)
    return nearest_mean(points, train.labels, asked, test.labels)


@cache
def stream_guess(split: str, hop: int, longest: float, digits: int) -> float:
    """Share of test's frames that the best constant label names."""
    return majority(_labels(streams(split, hop, longest, digits)[2]))


@cache
def linear(split: str, hop: int, longest: float, digits: int) -> float:
    """Share of test's frames named by a linear map, fitted to train by least squares.

    Of the frame and of the means over the last 0.1, 0.2 and 0.4 s; a slight ridge.
    """
    train, _, test = streams(split, hop, longest, digits)
    heard, asked = (np.concatenate([_past(s.frames, hop) for s in part]) for part in (train, test))
    classes = np.eye(DIGITS + 1)[_labels(train)]
    weights = np.linalg.solve(heard.T @ heard + RIDGE * np.eye(heard.shape[1]), heard.T @ classes)
    return float(np.mean((asked @ weights).argmax(-1) == _labels(test)))


def _labels(part: tuple[Stream, ...]) -> INT:
    return np.concatenate([stream.labels for stream in part])


def _past(frames: FLOAT, hop: int) -> FLOAT:
    """Each frame, the means that end with it, and 1."""
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, 0)])
    end = np.arange(len(frames)) + 1
    columns = [frames, np.ones((len(frames), 1))]
    for span in SPANS:
        start = np.maximum(0, end - span // hop)
        columns.append((sums[end] - sums[start]) / (end - start)[:, None])
    return np.concatenate(columns, -1)
