"""Sound files are read: numbers, words, cells, members, sound."""

import gzip
import io

import numpy as np
import pytest
from scipy.io import savemat

from seqbench.data.guards import Archive, Blob, array, arrays, gunzip, idx, mat, table, text, wav
from seqbench.errors import InputError
from tests.helpers.hostile import MAT, Reader, matlab, npy, npz, sound, two_columns, variable
from tests.helpers.world import zipped

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
