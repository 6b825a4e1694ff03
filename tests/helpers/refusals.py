"""Files that are refused in one sentence."""

import io
import zipfile
from collections.abc import Callable

import pytest

from seqbench.data.guards import Blob
from seqbench.errors import InputError


def zipped(members: dict[str, bytes]) -> Blob:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return Blob("set: its file", file.getvalue())


def refuses(parse: Callable[[Blob], object], blob: Blob, problem: str) -> None:
    """In one sentence of the house's form."""
    with pytest.raises(InputError, match=r"^set: its file[^\n]* Allowed: [^\n]*\.$") as raised:
        parse(blob)
    assert problem in str(raised.value)


def refused(read: Callable[[], object]) -> None:
    with pytest.raises(InputError, match=r"^[^\n]+: [^\n]+\. Allowed: [^\n]+\. Fetch [^\n]+\.$"):
        read()
