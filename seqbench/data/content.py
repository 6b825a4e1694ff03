"""Whether bytes are those of the ledger: as they are, or as what is inside them."""

from pathlib import PurePosixPath

from seqbench.data.guards import Archive, Blob, gunzip
from seqbench.data.ledger import File
from seqbench.errors import InputError
from seqbench.files import sha256


def problem(blob: Blob, file: File) -> str | None:
    """None where they are, else what is wrong: `its SHA-256 is 0123..., not 4567...`."""
    if len(blob.data) > file.most:
        return f"it has {len(blob.data):,} bytes, not {file.bytes:,}"
    actual = sha256(blob.data)
    if file.sha256 in (None, actual):
        return None
    if file.content:
        try:
            if digest(blob, file.members) == file.content:
                return None
        except InputError as error:
            return f"its SHA-256 is another, and inside: {error}".rstrip(".")
        return f"neither its SHA-256 nor that of what is inside is {file.content[:12]}"
    return f"its SHA-256 is {actual[:12]}, not {str(file.sha256)[:12]}"


def digest(blob: Blob, members: str) -> str:
    """SHA-256 of what is inside: of a .gz its decompressed bytes; of a .zip a list of checksums.

    Only the last parts of a member's name count, as many as the pattern has, so that the folder
    into which a site puts everything does not matter.

    Raises:
        InputError: it is no such archive, or a hostile one.
    """
    if blob.data.startswith(b"\x1f\x8b"):
        return sha256(gunzip(blob).data)
    archive, length = Archive(blob), len(PurePosixPath(members).parts)
    lines = sorted(
        f"{_tail(name, length)} {sha256(archive.read(name).data)}"
        for name in archive.names(members)
    )
    return sha256("\n".join(lines).encode())


def _tail(name: str, length: int) -> str:
    return "/".join(PurePosixPath(name).parts[-length:])
