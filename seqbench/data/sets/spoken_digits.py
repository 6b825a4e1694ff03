"""Free Spoken Digit Dataset: zero to nine, 50 times by each of six speakers, 8000 samples a second.

Published is one split: recordings 0 to 4 of every speaker and digit test. Ours besides: recordings
5 to 9 validate; or, harder, two of the speakers (the last ones by name) validate and test.

Source: jackson2018
"""

import re
from functools import cache
from hashlib import sha256
from typing import NamedTuple

import numpy as np

from seqbench.data import files, guards
from seqbench.data.formats import mel
from seqbench.data.formats.labeled import FLOAT, INT, Labeled

RATE = 8000
DIGITS, TAKES = 10, 50
SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
BANDS = mel.BANDS
FORM = re.compile(rf"recordings/(\d)_({'|'.join(SPEAKERS)})_(\d|[1-4]\d)\.wav$")
SHORTEST_HOP, LONGEST_HOP = 5, 25  # ms: at most a window, or something would not be heard
PAUSES = (100, 300)  # ms, of the streams


class Recording(NamedTuple):
    """Samples (n,), its loudest being 1; which digit, by whom, and the how manieth time."""

    samples: FLOAT
    digit: int
    speaker: str
    take: int


class Stream(NamedTuple):
    """Frames (t, BANDS) of digits one after the other, and what is said in each, (t,)."""

    frames: FLOAT
    labels: INT


@cache
def load() -> tuple[Recording, ...]:
    """All recordings, in the order of their names.

    Raises:
        MissingData, InputError: they are not here, or damaged.
    """
    return parse(files.read("spoken_digits", "recordings.zip"))


def parse(blob: guards.Blob) -> tuple[Recording, ...]:
    """What the archive holds.

    Raises:
        InputError: it is damaged, or not this set.
    """
    archive = guards.Archive(blob)
    names = archive.names("recordings/*.wav")
    if len(names) != DIGITS * TAKES * len(SPEAKERS):
        raise blob.refused(f"has {len(names):,} recordings", "3,000")
    return tuple(_recording(archive, name) for name in names)


def _recording(archive: guards.Archive, name: str) -> Recording:
    blob, form = archive.read(name), FORM.search(name)
    if form is None:
        raise blob.refused("has another name", "DIGIT_SPEAKER_NUMBER.wav")
    rate, samples = guards.wav(blob)
    loudest = np.abs(samples.astype(np.float64)).max()
    if rate != RATE or len(samples) < RATE // 10 or loudest == 0:
        raise blob.refused("is silent, too short, or of another rate", "0.1 s, 8,000 per second")
    digit, speaker, take = form.groups()
    return Recording(samples / loudest, int(digit), speaker, int(take))


def which(split: str, recording: Recording) -> int:
    """The part that a recording belongs to: 0, 1 or 2."""
    if split == "speaker":
        return max(0, SPEAKERS.index(recording.speaker) - len(SPEAKERS) + 3)
    return 2 if recording.take < 5 else int(recording.take < 10)


def steps(hop: int, longest: float) -> int:
    """Frames of the longest recording."""
    return mel.steps(RATE, round(longest * RATE), hop)


@cache
def parts(split: str, hop: int, longest: float) -> tuple[Labeled, Labeled, Labeled]:
    """Train, valid and test: frames, standardized by train, of the first `longest` seconds."""
    found = _frames(hop, longest)
    belongs = np.array([which(split, recording) for recording in load()])
    labels = np.array([recording.digit for recording in load()])
    everything = Labeled(found, labels)
    train = everything.pick(belongs == 0)
    first, second, third = (everything.pick(belongs == n).scaled(by=train) for n in range(3))
    return first, second, third


@cache
def _frames(hop: int, longest: float) -> tuple[FLOAT, ...]:
    kept = round(longest * RATE)
    return tuple(mel.frames(recording.samples[:kept], RATE, hop) for recording in load())


@cache
def streams(
    split: str, hop: int, longest: float, digits: int
) -> tuple[tuple[Stream, ...], tuple[Stream, ...], tuple[Stream, ...]]:
    """Train, valid and test: every recording in one stream, with others of its speaker and part.

    Their order and the pauses before them are drawn by the checksum of the recordings' names; the
    last pause is as long as the first. A pause sounds like nothing at all; leftovers of less than a
    stream are left out.
    """
    frames = _frames(hop, longest)
    heard = np.concatenate([f for f, r in zip(frames, load(), strict=True) if not which(split, r)])
    mean, deviation = heard.mean(0), heard.std(0)
    scaled = [(f - mean) / deviation for f in frames]
    silence = (np.log(mel.FLOOR) - mean) / deviation
    found: tuple[list[Stream], ...] = ([], [], [])
    for speaker in SPEAKERS:
        for part in range(3):
            own = [n for n, r in enumerate(load()) if r.speaker == speaker]
            own = sorted((n for n in own if which(split, load()[n]) == part), key=_lot)
            groups = [own[i : i + digits] for i in range(0, len(own) - digits + 1, digits)]
            found[part].extend(_stream(group, scaled, silence, hop) for group in groups)
    return tuple(found[0]), tuple(found[1]), tuple(found[2])


def _lot(number: int) -> int:
    """A number as good as drawn, and the same on every machine."""
    recording = load()[number]
    name = f"{recording.digit}_{recording.speaker}_{recording.take}"
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big")


def _stream(group: list[int], frames: list[FLOAT], silence: FLOAT, hop: int) -> Stream:
    shortest, longest = PAUSES
    sounds, labels = [], []
    for number in [*group, None]:
        drawn = _lot(group[0] if number is None else number) % (longest - shortest)
        pause = (shortest + drawn) // hop
        sounds.append(np.broadcast_to(silence, (pause, BANDS)))
        labels.append(np.full(pause, DIGITS))
        if number is not None:
            sounds.append(frames[number])
            labels.append(np.full(len(frames[number]), load()[number].digit))
    return Stream(np.concatenate(sounds), np.concatenate(labels))
