"""Whether data are what the ledger says, byte for byte."""

import importlib

from seqbench.data import files
from seqbench.data.ledger import Download, Entry, Installed, entry
from seqbench.errors import InputError
from seqbench.files import sha256


def intact(name: str) -> bool:
    """Whether a set is here, whole, as the ledger says.

    Raises:
        InputError: the ledger has no such name.
    """
    return not any(problems(entry(name)))


def identity(name: str) -> str:
    """The checksums of a set by the ledger; where it has none of a file, that of what is here.

    Raises:
        InputError: the ledger has no such name.
    """
    source = entry(name)
    if isinstance(source, Installed):
        return source.sha256 or ""
    return " ".join(
        known.content or known.sha256 or _here(source, file) for file, known in source.files.items()
    )


def _here(source: Download, file: str) -> str:
    path = files.find(source, file)
    return sha256(files.look(source, file, path)[0].data) if path else ""


def problems(entry: Entry) -> list[str | None]:
    """Of each file, None or the sentence that says what is wrong."""
    if isinstance(entry, Installed):
        return [_installed(entry)]
    return [_fetched(entry.name, file) for file in entry.files]


def _fetched(name: str, file: str) -> str | None:
    try:
        files.read(name, file)
    except InputError as error:
        return str(error)
    return None


def _installed(entry: Installed) -> str | None:
    try:
        actual = importlib.import_module(f"seqbench.data.sets.{entry.name}").load().tobytes()
    except InputError as absent:
        return str(absent)
    checksum = sha256(actual)
    if entry.sha256 in (None, checksum):
        return None
    return (
        f"{entry.name}: its SHA-256 is {checksum[:12]}, not {str(entry.sha256)[:12]}. Allowed: the "
        f"data as published. Install it anew: {entry.install}."
    )
