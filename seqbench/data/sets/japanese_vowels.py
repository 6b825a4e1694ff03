"""Japanese vowels: nine men say /ae/; 12 cepstrum coefficients for each of 7 to 29 frames.

The published split: 30 utterances of each man to train with, 24 to 88 to test.

Source: kudo1999, bagnall2018
"""

from functools import cache

import numpy as np

from seqbench.data import files, guards
from seqbench.data.baselines.constants import majority
from seqbench.data.baselines.rules import nearest_in_time
from seqbench.data.formats.labeled import Labeled, Parts, every
from seqbench.data.formats.series import parse

CHANNELS, CLASSES, SHORTEST, LONGEST = 12, 9, 7, 29
SIZES = {"TRAIN": (30,) * 9, "TEST": (31, 35, 88, 44, 29, 24, 40, 50, 29)}
HELD = 4  # every so many-th train utterance of each man validates


@cache
def published(part: str) -> Labeled:
    """TRAIN or TEST as published.

    Raises:
        MissingData, InputError: it is not here, or damaged.
    """
    file = f"JapaneseVowels_{part}.ts"
    return checked(files.read("japanese_vowels", file), SIZES[part])


def checked(blob: guards.Blob, sizes: tuple[int, ...]) -> Labeled:
    """What a file holds.

    Raises:
        InputError: no .ts file, or not this set.
    """
    found = parse(blob)
    lengths = [len(s) for s in found.sequences]
    if {s.shape[1] for s in found.sequences} != {CHANNELS} or max(lengths) > LONGEST:
        raise blob.refused("is another set", f"{CHANNELS} channels, up to {LONGEST} steps")
    counts = tuple(np.bincount(found.labels, minlength=CLASSES).tolist())
    if counts != sizes or min(lengths) < SHORTEST:
        raise blob.refused(f"has {counts} utterances of its speakers", f"{sizes}")
    return found


@cache
def parts() -> Parts:
    """Train, valid (every fourth utterance of each man of the published train part), and test.

    Coefficients are standardized by train.
    """
    whole, test = published("TRAIN"), published("TEST")
    held = every(whole.labels, HELD)
    train = whole.pick(~held)
    return train.scaled(by=train), whole.pick(held).scaled(by=train), test.scaled(by=train)


@cache
def guess() -> float:
    """Accuracy on test of the best constant answer."""
    return majority(parts()[2].labels)


@cache
def neighbor() -> float:
    """Accuracy on test of the nearest train utterance, each averaged over five parts of time."""
    return nearest_in_time(parts())
