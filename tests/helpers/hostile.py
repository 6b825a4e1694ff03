"""Files that are hostile, damaged or absurd, and a few that are sound."""

import io
import os
import stat
import struct
import wave
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
from scipy.io import savemat

from seqbench.data.guards import Archive, Blob, mat, table
from tests.helpers.world import zipped


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
