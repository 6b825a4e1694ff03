"""What parsers read: bytes that were just compared with the ledger.

    text(gunzip(read("multi30k", "train.de.gz")))        seqbench.data.guards has the readers

Sentences name sets and files, never folders: they become rows of a report, which shows no home.
"""

import os
from pathlib import Path

from seqbench.data import content, places
from seqbench.data.guards import Blob
from seqbench.data.ledger import Download, entry, unknown
from seqbench.errors import InputError, MissingData
from seqbench.files import regular
from seqbench.opened import unrecorded


def read(name: str, file: str) -> Blob:
    """The bytes of a file of a set, verified.

    Raises:
        MissingData: the file is neither in the cache nor in a mirror; names the command.
        InputError: it is there, but damaged; names the command. Or the ledger has no such file.
    """
    source = download(name, file)
    path = find(source, file)
    if path is None:
        raise MissingData(
            f"{name}: its file {file} is neither in the cache nor in a mirror. Allowed: the file "
            f"of the ledger. {remedy(source, file)}"
        )
    blob, problem = look(source, file, path)
    if problem:
        raise InputError(
            f"{name}: its file {file} is damaged: {problem}. Allowed: the file of the ledger. "
            f"{remedy(source, file)}"
        )
    return blob


def path(name: str, file: str) -> Path:
    """Where that file lies, verified. Prefer `read`: what it gives is what was compared.

    Raises:
        MissingData, InputError: as `read`.
    """
    read(name, file)
    found = find(download(name, file), file)
    assert found is not None
    return found


def download(name: str, file: str) -> Download:
    """The set in the ledger, which has that file.

    Raises:
        InputError: the ledger has no such set or file.
    """
    source = entry(name)
    if not isinstance(source, Download):
        raise InputError(
            f"{name}: has no files of its own. Allowed: sets that are downloaded. "
            f"Read it through seqbench.data.{name}."
        )
    if file not in source.files:
        raise InputError(unknown(f"file of {name}", file, [*source.files]))
    return source


def find(source: Download, file: str) -> Path | None:
    """The first place that has the file, unverified."""
    for folder in places.readable():
        found = folder / source.place(file)
        if os.path.isfile(found):  # False, too, where the folder must not be looked at
            return found
    return None


def look(source: Download, file: str, path: Path) -> tuple[Blob, str | None]:
    """The bytes at a path, and what is wrong with them."""
    known, where = source.files[file], f"{source.name}: {file}"
    try:
        with unrecorded(), regular(path).open("rb") as opened:
            blob = Blob(where, opened.read(known.most + 1))
    except OSError as error:
        return Blob(where, b""), f"it cannot be read ({error.strerror})"
    return blob, content.problem(blob, known)


def remedy(source: Download, file: str) -> str:
    """What a person should do to get it."""
    command = f"python -m seqbench data fetch {source.name}"
    if source.address(file):
        return f"Run `{command}`."
    return f"Only a mirror has it: run `{command} --mirror DIR`."
