"""Where data lie: the cache, and a mirror.

Both have one layout, that of the ledger, so that a copy of a cache is a mirror. A folder that
SEQBENCH_MIRROR names is read in place: every read is checked against the ledger, wherever the file
lies, so a copy would only cost space and time.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from seqbench.errors import InputError


def cache() -> Path:
    """The folder of what was fetched: SEQBENCH_DATA, else the platform's folder for caches.

    Raises:
        InputError: neither is named, and this user has no home.
    """
    if chosen := os.environ.get("SEQBENCH_DATA"):
        return Path(os.path.expanduser(chosen))
    import pooch

    try:
        return Path(pooch.os_cache("seqbench"))
    except RuntimeError as error:
        raise InputError(
            "HOME: this user has no home folder, so there is no place for data. Allowed: a folder "
            "in SEQBENCH_DATA. Name one."
        ) from error


def offline() -> bool:
    """Whether SEQBENCH_OFFLINE forbids public addresses."""
    return os.environ.get("SEQBENCH_OFFLINE", "0") not in ("", "0")


def mirror() -> Path | str | None:
    """The mirror that SEQBENCH_MIRROR names."""
    return parsed(os.environ.get("SEQBENCH_MIRROR", ""), "SEQBENCH_MIRROR")


def parsed(text: str, where: str) -> Path | str | None:
    """A mirror as a person names it: a folder, file://, or an address (that ends in /).

    Raises:
        InputError: another kind of address, or no such folder.
    """
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.netloc:
        return text.rstrip("/") + "/"
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        text = url2pathname(parts.path)
    folder = os.path.expanduser(text)
    if not os.path.isdir(folder):
        raise InputError(
            f"{where}: is no mirror. Allowed: a folder that is there, file://, http:// or "
            "https://. Correct it."
        )
    return Path(folder)


def readable() -> Iterator[Path]:
    """The folders in which files are looked for, in this order; the mirror only when asked for.

    Raises:
        InputError: the mirror is none.
    """
    yield cache()
    if isinstance(found := mirror(), Path):
        yield found
