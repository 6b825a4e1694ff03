"""Fetching: from a mirror, else from the public address, into the cache; verified, then renamed.

A file is prepared in a hidden folder of its own and moved into place when it was compared with the
ledger, so nobody ever sees half a file, and of two processes that fetch at once the later one puts
the same bytes in the same place.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

from seqbench.data import files, places
from seqbench.data.ledger import Download, File
from seqbench.errors import InputError
from seqbench.files import regular, workplace

PATIENCE = 10.0  # seconds without an answer
CHUNK = 65_536  # bytes
Source = tuple[str, Callable[[Path, File], None]]


class Refused(Exception):
    """A source did not give the file; says why in a few words."""


class Fetch:
    """Fetches files; remembers which hosts did not answer, so that each is waited for once."""

    def __init__(self, mirror: Path | str | None = None, offline: bool = False) -> None:
        self.mirror = mirror or places.mirror()
        self.offline = offline or places.offline()
        self.silent: dict[str, str] = {}

    def one(self, entry: Download, file: str) -> str | None:
        """Bring a file into the cache, unless a sound one is in reach. None, or what is wrong."""
        path = files.find(entry, file)  # what a reader would take
        if path and files.look(entry, file, path)[1] is None:
            return None
        failures = []
        for where, bring in self._sources(entry, file):
            try:
                _store(entry, file, bring)
                return None
            except Refused as refusal:
                failures.append(f"{where}: {refusal}")
        reasons = "; ".join(failures) or ("offline" if self.offline else "it has no address")
        return (
            f"{entry.name}: its file {file} was not fetched ({reasons}). Allowed: the file of the "
            f"ledger. {self._advice(entry, file)}"
        )

    def _advice(self, entry: Download, file: str) -> str:
        if not entry.address(file):
            return "Only a mirror has it: add --mirror DIR."
        return "Connect this machine to the network, or add --mirror DIR."

    def _sources(self, entry: Download, file: str) -> list[Source]:
        found: list[Source] = []
        if isinstance(self.mirror, Path):
            origin = self.mirror / entry.place(file)
            found.append(("the mirror", lambda target, known: _copy(origin, target, known)))
        elif self.mirror:
            below = self.mirror + quote(entry.place(file))
            found.append(("the mirror", lambda target, known: self._download(below, target, known)))
        if (address := entry.address(file)) and not self.offline:
            host = urlsplit(address).netloc
            found.append((host, lambda target, known: self._download(address, target, known)))
        return found

    def _download(self, address: str, target: Path, known: File) -> None:
        import pooch
        import requests

        host = urlsplit(address).netloc
        if host in self.silent:
            raise Refused(self.silent[host])
        pooch.get_logger().setLevel("WARNING")
        downloader = pooch.HTTPDownloader(
            progressbar=Meter(target.name, known.most),
            chunk_size=CHUNK,
            timeout=PATIENCE,
            headers={"Accept-Encoding": "identity"},  # the file as it lies there
        )
        expected = None if known.content or not known.sha256 else f"sha256:{known.sha256}"
        try:
            pooch.retrieve(address, expected, target.name, target.parent, downloader=downloader)
        except requests.HTTPError as error:
            raise Refused(f"answers {str(error).partition(' for ')[0]}") from error
        except (requests.ConnectTimeout, requests.ConnectionError) as error:
            self.silent[host] = "cannot be reached"
            raise Refused(self.silent[host]) from error
        except requests.RequestException as error:
            raise Refused(f"broke off ({type(error).__name__})") from error
        except ValueError as error:  # what pooch says of another checksum
            raise Refused("sent other bytes than the ledger has") from error


def _copy(origin: Path, target: Path, known: File) -> None:
    try:
        if origin.stat().st_size > known.most:
            raise Refused("its file is too large")
        data = regular(origin).read_bytes()
    except FileNotFoundError as error:
        raise Refused("has no such file") from error
    except OSError as error:
        raise Refused(f"cannot be read ({error.strerror})") from error
    target.write_bytes(data)


def _store(entry: Download, file: str, bring: Callable[[Path, File], None]) -> None:
    """Let `bring` write the file, compare it, and move it into the cache.

    Raises:
        Refused: it did not come, or is another one.
        InputError: the cache cannot be written.
    """
    target = places.cache() / entry.place(file)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with workplace(target.parent) as folder:
            staged = folder / file
            bring(staged, entry.files[file])
            if problem := files.look(entry, file, staged)[1]:
                raise Refused(problem)
            os.replace(staged, target)
    except OSError as error:
        raise InputError(
            f"{target.parent}: cannot be written ({error.strerror}). Allowed: a folder with write "
            "permission and free space. Free it, or choose another one with SEQBENCH_DATA."
        ) from error


class Meter:
    """Pooch's progress bar: a line on a terminal, and an end to answers that do not end."""

    def __init__(self, name: str, most: int) -> None:
        self.name, self.most, self.total, self.seen, self.said = name, most, 0, 0, -1
        self.shown = sys.stderr.isatty()

    def update(self, size: int) -> None:
        """Count bytes that came, and show how many.

        Raises:
            Refused: there are more than the ledger says.
        """
        self.seen += size
        if self.seen > self.most + CHUNK:
            raise Refused(f"sent more than {self.most:,} bytes")
        percent = min(100, 100 * self.seen // (self.total or self.most))
        if self.shown and percent > self.said:
            self.said = percent
            print(f"\r{self.name}: {percent:3d} % of {self.total:,} bytes", end="", file=sys.stderr)

    def reset(self) -> None:
        """Begin to count anew."""
        self.seen = 0

    def close(self) -> None:
        """End the line on the terminal."""
        if self.shown:
            print(file=sys.stderr)
