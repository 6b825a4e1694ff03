"""Hostile, damaged and absurd files: each is refused in one sentence, and nothing is written.

None of them has a checksum here: this is the wall behind the checksums.
"""

import gzip
import os
import pickle
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqbench.data.guards import Blob, array, arrays, gunzip, idx, text, wav
from seqbench.errors import InputError
from tests.helpers.hostile import (
    BOMB,
    CELLS,
    DEVICE,
    LINK,
    MAT,
    NESTED,
    Payload,
    Reader,
    absurd_cells,
    compressed,
    damaged_member,
    deep_cells,
    lying,
    many,
    mat_bomb,
    mat_class,
    matlab,
    member,
    npy,
    npy_header,
    npz,
    opened,
    renamed,
    sound,
    twice,
    two_columns,
    variable,
    wav_format,
    wav_promise,
    with_flag,
)
from tests.helpers.world import World, zipped

SENTENCE = re.compile(
    r"a set: its file[^\n]*: [^\n]+\. Allowed: [^\n]+\. Fetch it again, or mend[^\n]+\."
)
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
    "table: words": (two_columns, b"1,2\n3,four\n", "numbers: 'four' in line 2, column 2"),
    "table: empty cell": (two_columns, b"1,2\n\n,4\n", "numbers: '' in line 3, column 1"),
    "table: nan": (two_columns, b"1,2\n3,nan\n", "not finite: 'nan' in line 2, column 2"),
    "table: infinity": (two_columns, b"1,2\n3,1e999\n", "not finite: '1e999' in line 2"),
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
