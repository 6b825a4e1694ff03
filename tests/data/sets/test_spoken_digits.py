"""Spoken digits: as published, split without leaks, else refused."""

import io
import wave
import zipfile
from collections import Counter

import numpy as np
import pytest

from seqbench.data.sets import spoken_digits
from tests.helpers.mirror import mirrored
from tests.helpers.places import MIRROR
from tests.helpers.refusals import refuses, zipped


@mirrored
def test_recordings_are_as_published() -> None:
    recordings = spoken_digits.load()
    counts = Counter((r.digit, r.speaker) for r in recordings)
    assert len(recordings) == 3000 and set(counts.values()) == {50} and len(counts) == 60
    assert sum(len(r.samples) > spoken_digits.RATE for r in recordings) == 20
    assert len({(r.digit, r.speaker, r.take) for r in recordings}) == 3000
    chosen = next(r for r in recordings if (r.digit, r.speaker, r.take) == (7, "theo", 3))
    with (
        zipfile.ZipFile(MIRROR / "fsdd" / "recordings.zip") as archive,
        wave.open(io.BytesIO(archive.read("recordings/7_theo_3.wav"))) as file,
    ):
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    assert np.abs(chosen.samples).max() == 1
    np.testing.assert_allclose(chosen.samples * np.abs(raw.astype(int)).max(), raw)


@mirrored
@pytest.mark.parametrize(
    ("split", "sizes"), (("usual", [2400, 300, 300]), ("speaker", [2000, 500, 500]))
)
def test_recordings_are_split_without_leaks(split: str, sizes: list[int]) -> None:
    parts: list[list[spoken_digits.Recording]] = [[], [], []]
    for recording in spoken_digits.load():
        parts[spoken_digits.which(split, recording)].append(recording)
    assert [len(part) for part in parts] == sizes
    seen = [{r.samples.tobytes() for r in part} for part in parts]
    assert not (seen[0] & seen[1] or seen[0] & seen[2] or seen[1] & seen[2])
    if split == "speaker":
        assert [{r.speaker for r in part} for part in parts[1:]] == [{"theo"}, {"yweweler"}]
    else:
        assert {r.take for r in parts[2]} == set(range(5))
    train = np.concatenate(spoken_digits.parts(split, 10, 1.0)[0].sequences)
    np.testing.assert_allclose(train.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(train.std(0), 1)


@mirrored
@pytest.mark.parametrize("split", ("usual", "speaker"))
def test_streams_say_every_recording_once(split: str) -> None:
    for part, own in zip(
        spoken_digits.streams(split, 10, 1.0, 5), spoken_digits.parts(split, 10, 1.0), strict=True
    ):
        said, heard = [], []
        for stream in part:
            speaks = stream.labels != spoken_digits.DIGITS
            borders = np.flatnonzero(np.diff(speaks.astype(int))) + 1
            pieces = np.split(stream.frames, borders)
            assert len(pieces) == 11 and not speaks[0] and not speaks[-1]
            assert all(10 <= len(pause) <= 30 for pause in pieces[::2])
            assert len(np.unique(np.concatenate(pieces[::2]), axis=0)) == 1, "one silence"
            said += [int(labels[0]) for labels in np.split(stream.labels, borders)[1::2]]
            heard += [piece.tobytes() for piece in pieces[1::2]]
        assert sorted(heard) == sorted(s.tobytes() for s in own.sequences)
        digit = dict(zip([s.tobytes() for s in own.sequences], own.labels.tolist(), strict=True))
        assert [digit[piece] for piece in heard] == said


def sound(samples: np.ndarray, rate: int = 8000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(rate)
        opened.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def test_spoken_digits_refuse() -> None:
    good = sound(np.arange(1000) % 100)
    names = [
        f"{d}_{s}_{t}.wav" for d in range(10) for s in spoken_digits.SPEAKERS for t in range(50)
    ]
    whole = {f"recordings/{name}": good for name in names}
    assert len(spoken_digits.parse(zipped(whole))) == 3000
    first = "recordings/0_george_0.wav"
    missing = {name: data for name, data in whole.items() if name != first}
    for members, problem in (
        (missing, "has 2,999 recordings"),
        (missing | {"recordings/0_nobody_0.wav": good}, "another name"),
        (missing | {"recordings/0_george_50.wav": good}, "another name"),
        (whole | {first: sound(np.zeros(1000))}, "is silent"),
        (whole | {first: sound(np.arange(1000), 16000)}, "another rate"),
        (whole | {first: good[:100]}, "promises 1,000 samples"),
    ):
        refuses(spoken_digits.parse, zipped(members), problem)
