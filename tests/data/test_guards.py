"""Hostile, damaged and absurd files: each is refused in one sentence, and nothing is written.

None of them has a checksum here: this is the wall behind the checksums.
"""

import gzip
import io
import os
import pickle
import re
import stat
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from seqbench.data.guards import Archive, Blob, array, arrays, gunzip, idx, mat, table, text, wav
from seqbench.errors import InputError
from tests.helpers.world import World, zipped

SENTENCE = re.compile(
    r"a set: its file[^\n]*: [^\n]+\. Allowed: [^\n]+\. Fetch it again, or mend[^\n]+\."
)


class Payload:
    """What a pickle runs when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch payload-was-run",)


def member(name: str, data: bytes = b"data", **changed: object) -> bytes:
    """A .zip with one member, some of whose header is changed."""
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name  # as it stands: no mending of the name
    for key, value in changed.items():
        setattr(info, key, value)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, data)
    return file.getvalue()


def renamed(old: bytes, new: bytes) -> bytes:
    """A name that zipfile itself would not write."""
    assert len(old) == len(new)
    return zipped({old.decode(): b"data"}).replace(old, new)


def twice() -> bytes:
    return zipped({"same.txt": b"1", "SAME.txt": b"2"}).replace(b"SAME", b"same")


def with_flag(bit: int) -> bytes:
    data = bytearray(zipped({"a.txt": b"data"}))
    data[6] |= bit  # in the local header, and in the directory
    data[data.index(b"PK\1\2") + 8] |= bit
    return bytes(data)


def lying(declared: int) -> bytes:
    """A member that says that it is smaller than it is."""
    data = bytearray(zipped({"a.txt": bytes(100_000)}))
    place = data.index(b"PK\1\2") + 24
    data[place : place + 4] = declared.to_bytes(4, "little")
    return bytes(data)


def damaged_member() -> bytes:
    data = bytearray(member("a.txt", b"the data of a member"))
    data[data.index(b"the data")] ^= 1
    return bytes(data)


def many(count: int) -> bytes:
    return zipped({f"{k}.txt": b"" for k in range(count)})


BOMB = zipped({"a.txt": bytes(300_000_000 // 10)})
NESTED = zipped({"inner.zip": zipped({"inner.zip": BOMB})})


def compressed(method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        archive.writestr("a.txt", b"data" * 100)
    return file.getvalue()


def npy(value: object, **options: object) -> bytes:
    file = io.BytesIO()
    np.save(file, value, **options)
    return file.getvalue()


def npy_header(text: str, data: bytes = b"") -> bytes:
    header = text.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


def npz(**members: bytes) -> bytes:
    return zipped({f"{name}.npy": data for name, data in members.items()})


def matlab(**variables: object) -> bytes:
    file = io.BytesIO()
    savemat(file, variables, do_compression=False)
    return file.getvalue()


MAT = matlab(x=np.arange(6.0).reshape(2, 3))
CELLS = matlab(x=np.array([[np.ones((2, 2)), np.zeros((3, 1))]], dtype=object))


def absurd_cells() -> bytes:
    """A cell array that promises a thousand million cells."""
    return CELLS.replace(struct.pack("<ii", 1, 2), struct.pack("<ii", 40_000, 50_000))


def mat_class(number: int) -> bytes:
    data = bytearray(MAT)
    data[128 + 16] = number
    return bytes(data)


def mat_bomb() -> bytes:
    body = zlib.compress(bytes(200_000_000 // 4), 9)
    return MAT[:128] + struct.pack("<II", 15, len(body)) + body


def deep_cells() -> bytes:
    value: object = np.ones((1, 1))
    for _ in range(7):
        cell = np.empty((1, 1), dtype=object)
        cell[0, 0] = value
        value = cell
    return matlab(x=value)


def sound(channels: int = 1, width: int = 2, rate: int = 8000, samples: int = 100) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(bytes(channels * width * samples))
    return file.getvalue()


def wav_format(number: int) -> bytes:
    data = bytearray(sound())
    data[20] = number
    return bytes(data)


def wav_promise(size: int) -> bytes:
    data = bytearray(sound())
    data[40:44] = size.to_bytes(4, "little")
    return bytes(data)


def opened(blob: Blob) -> object:
    archive = Archive(blob)
    return [archive.read(name) for name in archive.names()]


Reader = Callable[[Blob], object]
LINK = {"create_system": 3, "external_attr": (stat.S_IFLNK | 0o777) << 16}
DEVICE = {"create_system": 3, "external_attr": (stat.S_IFCHR | 0o666) << 16}
two_columns: Reader = lambda blob: table(blob, 2)  # noqa: E731
variable: Reader = lambda blob: mat(blob, "x")  # noqa: E731

HOSTILE: dict[str, tuple[Reader, bytes, str]] = {
    "zip: up and out": (opened, member("../../evil.txt"), "outside its folder"),
    "zip: up in the middle": (opened, member("a/../../evil.txt"), "outside its folder"),
    "zip: absolute": (opened, member("/tmp/evil.txt"), "outside its folder"),
    "zip: drive letter": (opened, renamed(b"abcevil.txt", b"C:/evil.txt"), "outside its folder"),
    "zip: backslash": (opened, renamed(b"abcevil.txt", b"..\\evil.txt"), "outside its folder"),
    "zip: name with a zero": (opened, renamed(b"good.txt!.sh", b"good.txt\0.sh"), ""),
    "zip: name with an escape": (opened, renamed(b"abcd.txt", b"\x1b[2J.txt"), "odd name"),
    "zip: empty name": (opened, member("/"), ""),
    "zip: deep folders": (opened, member("a/" * 60 + "b"), "odd name"),
    "zip: symbolic link": (opened, member("link", b"/etc/passwd", **LINK), "link or a device"),
    "zip: device": (opened, member("null", b"", **DEVICE), "link or a device"),
    "zip: name twice": (opened, twice(), "twice"),
    "zip: names that differ in case": (opened, zipped({"a": b"1", "A": b"2"}), "twice"),
    "zip: password": (opened, with_flag(1), "password"),
    "zip: bomb": (opened, BOMB, "unpacks to 30,000,000 bytes"),
    "zip: bomb in bombs": (opened, NESTED, "archive inside an archive"),
    "zip: gzip inside": (opened, zipped({"a.gz": gzip.compress(b"x")}), "archive inside"),
    "zip: 30,000 members": (opened, many(30_000), "30,000 members"),
    "zip: lies about its size": (opened, lying(10), "is damaged"),
    "zip: promises terabytes": (opened, lying(2**32 - 2), "unpacks to"),
    "zip: flipped byte": (opened, damaged_member(), "CRC"),
    "zip: cut off": (opened, zipped({"a": bytes(999)})[:-30], "no whole .zip"),
    "zip: lzma": (opened, compressed(zipfile.ZIP_LZMA), "unusual"),
    "zip: bzip2": (opened, compressed(zipfile.ZIP_BZIP2), "unusual"),
    "zip: a page": (opened, b"<html>404</html>", "no whole .zip"),
    "zip: empty": (opened, b"", "no whole .zip"),
    "gz: bomb": (gunzip, gzip.compress(bytes(300_000_000 // 4)), "unpacks to more than"),
    "gz: cut off": (gunzip, gzip.compress(os.urandom(999))[:-30], "no whole .gz"),
    "gz: flipped byte": (gunzip, gzip.compress(b"x" * 99)[:-6] + b"123456", "no whole .gz"),
    "gz: rubbish at the end": (gunzip, gzip.compress(b"x" * 99) + b"rubbish", "no whole .gz"),
    "gz: not gzipped": (gunzip, b"1,2,3\n", "no whole .gz"),
    "npy: pickle": (array, npy(np.array([Payload()], dtype=object)), "may hide a program"),
    "npy: a bare pickle": (array, pickle.dumps(Payload()), "no .npy"),
    "npy: absurd shape": (
        array,
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000000000)}"),
        "promises",
    ),
    "npy: negative shape": (
        array,
        npy_header("{'descr': '<f8', 'fortran_order': False, 'shape': (-1, -8)}", bytes(64)),
        "promises",
    ),
    "npy: program in the header": (
        array,
        npy_header("{'descr': __import__('os').system('touch payload-was-run'), 'shape': ()}"),
        "no .npy",
    ),
    "npy: records with objects": (
        array,
        npy(np.zeros(2, dtype=[("a", "<f8"), ("b", object)])),
        "may hide a program",
    ),
    "npy: cut off": (array, npy(np.arange(100.0))[:-8], "promises"),
    "npy: more than promised": (array, npy(np.arange(100.0)) + b"payload", "promises"),
    "npz: pickle": (arrays, npz(a=npy(np.array([Payload()], dtype=object))), "hide a program"),
    "npz: a member that is no array": (arrays, zipped({"a.npy": b"import os"}), "no .npy"),
    "npz: up and out": (arrays, member("../a.npy", npy(np.ones(2))), "outside its folder"),
    "mat: absurd cells": (variable, absurd_cells(), "a shape of"),
    "mat: function": (variable, mat_class(16), "class 16"),
    "mat: opaque object": (variable, mat_class(17), "class 17"),
    "mat: object": (variable, mat_class(3), "class 3"),
    "mat: struct": (variable, matlab(x={"a": 1}), "class 2"),
    "mat: sparse": (variable, mat_class(5), "class 5"),
    "mat: bomb": (variable, mat_bomb(), ""),
    "mat: cells in cells": (variable, deep_cells(), "depth"),
    "mat: version 7.3": (variable, MAT[:124] + b"\0\2IM" + MAT[128:], "not version 5"),
    "mat: cut off": (variable, MAT[:-16], "cut off"),
    "mat: other variable": (variable, matlab(y=np.ones(2)), "no variable 'x'"),
    "mat: a page": (variable, b"<html>" * 100, "not version 5"),
    "text: invalid UTF-8": (text, b"caf\xe9 au lait", "is not utf-8 at byte 3"),
    "text: overlong UTF-8": (text, b"\xc0\xaf..", "is not utf-8"),
    "text: zero": (text, b"one\0two", "a zero"),
    "table: ragged": (two_columns, b"1,2\n3,4,5\n", "3 columns in line 2"),
    "table: words": (two_columns, b"1,2\n3,four\n", "no table of numbers"),
    "table: nan": (two_columns, b"1,2\n3,nan\n", "not finite in row 2"),
    "table: infinity": (two_columns, b"1,2\n3,1e999\n", "not finite"),
    "table: empty": (two_columns, b"\n\n", "no rows"),
    "table: not ASCII": (two_columns, "1,\u0664\n".encode(), "not ascii"),
    "idx: magic number": (idx, b"\0\0\x08\x01\0\0\0\x05" + b"12345678", "promises 5"),
    "idx: other magic": (idx, b"\x7fELF" + bytes(99), "begins with 7f 45"),
    "idx: absurd shape": (idx, b"\0\0\x08\x02" + b"\xff" * 8 + b"x", "promises"),
    "idx: nothing": (idx, b"", "begins with nothing"),
    "wav: stereo": (wav, sound(channels=2), "2 channels of 16 bits"),
    "wav: 8 bits": (wav, sound(width=1), "1 channels of 8 bits"),
    "wav: compressed": (wav, wav_format(0x55), "no whole .wav"),
    "wav: promises gigabytes": (wav, wav_promise(2**31 - 2), ""),
    "wav: cut off": (wav, sound()[:-50], "promises 100 samples"),
    "wav: a day long": (wav, sound(rate=4000, samples=4000 * 61), "244,000 samples"),
    "wav: rate of nothing": (wav, sound(rate=1), "1 per second"),
    "wav: empty": (wav, sound(samples=0), "has 0 samples"),
    "wav: an mp3": (wav, b"ID3" + bytes(500), "no whole .wav"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused(case: str, world: World) -> None:
    read, data, words = HOSTILE[case]
    before = world.outside()
    with pytest.raises(InputError) as refused:
        read(Blob("a set: its file", data))
    said = str(refused.value)
    assert SENTENCE.fullmatch(said) and words in said, said
    assert len(said) < 500 and said.isprintable()
    assert world.outside() == before and not world.cache.exists()


def test_there_are_twenty_archives_and_more() -> None:
    assert sum(case.startswith(("zip", "gz", "np", "mat")) for case in HOSTILE) > 40


def test_a_refusal_takes_no_memory_on_the_word_of_a_header() -> None:
    import tracemalloc

    words = ("absurd", "promises", "bomb", "negative")
    cases = [HOSTILE[case] for case in HOSTILE if any(word in case for word in words)]
    tracemalloc.start()
    for read, data, _ in cases:
        with pytest.raises(InputError):
            read(Blob("a set", data))
    assert tracemalloc.get_traced_memory()[1] < 150e6
    tracemalloc.stop()


SOUND_FILES: dict[str, tuple[Reader, bytes, object]] = {
    "text": (text, "naïve\n".encode(), "naïve\n"),
    "table": (two_columns, b"1,2\r\n\n3,4\n", [[1, 2], [3, 4]]),
    "columns": (lambda b: table(b, 3, (1, 2), 1), b"day,a,b\nMon,1,2\n", [[1, 2]]),
    "gunzip": (lambda b: gunzip(b).data, gzip.compress(b"x" * 9), b"x" * 9),
    "array": (array, npy(np.arange(6).reshape(2, 3)), [[0, 1, 2], [3, 4, 5]]),
    "array by columns": (
        array, npy(np.asfortranarray(np.arange(6).reshape(2, 3))), [[0, 1, 2], [3, 4, 5]],
    ),
    "one number": (array, npy(np.float32(2.5)), 2.5),
    "words": (array, npy(np.array(["a", "bc"])), ["a", "bc"]),
    "arrays": (lambda b: arrays(b)["a"], npz(a=npy(np.ones(2))), [1, 1]),
    "idx": (idx, b"\0\0\x08\x02\0\0\0\x02\0\0\0\x01ab", [[97], [98]]),
    "mat": (variable, MAT, [[0, 1, 2], [3, 4, 5]]),
    "mat, text": (variable, matlab(x="abc"), ["abc"]),
    "wav": (lambda b: wav(b).samples, sound(samples=3), [0, 0, 0]),
}  # fmt: skip


@pytest.mark.parametrize("case", SOUND_FILES)
def test_sound_files_are_read(case: str) -> None:
    read, data, expected = SOUND_FILES[case]
    found = read(Blob("a set", data))
    if isinstance(expected, (str, bytes)):
        assert found == expected
    else:
        np.testing.assert_array_equal(found, np.array(expected))


def test_cells_of_numbers_are_read_packed_or_not() -> None:
    rolls = np.empty((1, 3), dtype=object)
    for k in range(3):
        rolls[0, k] = np.full((k + 2, 88), k, np.uint8)
    for packed in (False, True):
        file = io.BytesIO()
        savemat(file, {"x": rolls, "other": np.ones(3)}, do_compression=packed)
        found = mat(Blob("a set", file.getvalue()), "x")
        assert found.shape == (1, 3)
        np.testing.assert_array_equal(found[0, 2], rolls[0, 2])


def test_members_are_named_by_what_they_are() -> None:
    data = zipped({"root/a.wav": b"1", "__MACOSX/root/a.wav": b"2", "root/b.txt": b"3", "d/": b""})
    archive = Archive(Blob("a set", data))
    assert archive.names("*.wav") == ("root/a.wav",)
    assert archive.names("root/*") == ("root/a.wav", "root/b.txt")
    assert archive.read("root/b.txt") == Blob("a set, root/b.txt", b"3")
    with pytest.raises(InputError, match="has no member 'c'"):
        archive.read("c")


READERS = (text, two_columns, gunzip, opened, array, arrays, idx, variable, wav)
SEEDS = (MAT, CELLS, sound(), npy(np.ones(3)), npz(a=npy(np.ones(3))), gzip.compress(b"1,2\n"))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 400), st.binary(max_size=8), st.sampled_from(READERS))
def test_any_bytes_end_in_a_sentence_or_in_data(
    seed: bytes, place: int, change: bytes, read: Reader
) -> None:
    try:
        read(Blob("a set: its file", seed[:place] + change + seed[place + len(change) :]))
    except InputError as error:
        assert SENTENCE.fullmatch(str(error)), str(error)


def test_nothing_was_run() -> None:
    assert not Path("payload-was-run").exists()
