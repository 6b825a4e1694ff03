"""Where data lie: the cache, and a mirror.

Both have one layout, that of the ledger, so that a copy of a cache is a mirror. A folder that
SEQBENCH_MIRROR names is read in place: every read is checked against the ledger, wherever the file
lies, so a copy would only cost space and time.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from seqbench.errors import InputError


def cache() -> Path:
    """The folder of what was fetched: SEQBENCH_DATA, else the platform's folder for caches."""
    if chosen := os.environ.get("SEQBENCH_DATA"):
        return Path(chosen).expanduser()
    import pooch

    return Path(pooch.os_cache("seqbench"))


def offline() -> bool:
    """Whether SEQBENCH_OFFLINE forbids public addresses."""
    return os.environ.get("SEQBENCH_OFFLINE", "0") not in ("", "0")


def mirror() -> Path | str | None:
    """The mirror that SEQBENCH_MIRROR names."""
    return parsed(os.environ.get("SEQBENCH_MIRROR", ""), "SEQBENCH_MIRROR")


def parsed(text: str, where: str) -> Path | str | None:
    """A mirror as a person names it: a folder, file://, or an address (that ends in /).

    Raises:
        InputError: another kind of address.
    """
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme in ("http", "https") and parts.netloc:
        return text.rstrip("/") + "/"
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(url2pathname(parts.path))
    if "://" in text:
        raise InputError(
            f"{where}: {text!r} is no mirror. Allowed: a folder, file://, http:// or https://. "
            "Correct it."
        )
    return Path(text).expanduser()


def readable() -> tuple[Path, ...]:
    """The folders in which files are looked for, in this order."""
    found = mirror()
    return (cache(), found) if isinstance(found, Path) else (cache(),)
