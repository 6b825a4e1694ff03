"""`python -m seqbench data`: list, fetch, verify, where. Each gives the number of faulty files."""

import importlib
from collections.abc import Sequence
from pathlib import Path

from seqbench.data import files, places
from seqbench.data.ledger import Download, Entry, Installed, entries, entry
from seqbench.errors import InputError
from seqbench.files import sha256


def chosen(names: Sequence[str]) -> tuple[Entry, ...]:
    """The sets of these names, each once; of no name: all.

    Raises:
        InputError: the ledger has no such name.
    """
    return tuple(entry(name) for name in dict.fromkeys(names)) if names else entries()


def list_(names: Sequence[str]) -> int:
    """One line per set: what it is, how large, under which license, and whether it is here."""
    for found in chosen(names):
        state = found.where if isinstance(found, Installed) else _state(found)
        print(f"{found.name}: {found.title} ({found.n}; {found.license}; {state})")
    return 0


def _state(entry: Download) -> str:
    here = sum(files.find(entry, file) is not None for file in entry.files)
    size = f"{entry.bytes / 1e6:.1f} MB"
    if here in (0, len(entry.files)):
        return f"{size}, {'here' if here else 'not fetched'}"
    return f"{size}, {here} of {len(entry.files)} files here"


def fetch(names: Sequence[str], mirror: str = "", offline: bool = False) -> int:
    """Bring sets into the cache. What fails is one sentence per file; the others still come."""
    from seqbench.data.fetch import Fetch

    fetcher = Fetch(places.parsed(mirror, "--mirror"), offline)
    failed = 0
    for found in chosen(names):
        if isinstance(found, Installed):
            problems = [verified(found)]
        else:
            problems = [fetcher.one(found, file) for file in found.files]
        failed += _said(found, problems, "here")
    return failed


def verify(names: Sequence[str]) -> int:
    """Compare with the ledger. Of no name: all that is here."""
    failed = 0
    for found in chosen(names):
        if not names and isinstance(found, Download) and not _begun(found):
            print(f"{found.name}: not fetched")
            continue
        failed += _said(found, problems(found), "as the ledger says")
    return failed


def _begun(entry: Download) -> bool:
    return any(files.find(entry, file) for file in entry.files)


def problems(entry: Entry) -> list[str | None]:
    """Of each file, None or the sentence that says what is wrong."""
    if isinstance(entry, Installed):
        return [verified(entry)]
    return [_problem(entry.name, file) for file in entry.files]


def _problem(name: str, file: str) -> str | None:
    try:
        files.read(name, file)
    except InputError as error:
        return str(error)
    return None


def verified(entry: Installed) -> str | None:
    """None where an installed set is here and as the ledger says, else the sentence."""
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


def _said(entry: Entry, problems: Sequence[str | None], well: str) -> int:
    wrong = [problem for problem in problems if problem]
    for problem in wrong:
        print(problem)
    if not wrong:
        print(f"{entry.name}: {well}")
    return len(wrong)


def where(names: Sequence[str]) -> int:
    """Paths: the cache and the mirror, or those of the files of sets."""
    if not names:
        print(f"cache: {places.cache().resolve()}")
        print(f"mirror: {_absolute(places.mirror())}")
        return 0
    for found in chosen(names):
        if isinstance(found, Installed):
            print(f"{found.name}: {found.where}")
            continue
        for file in found.files:
            print(f"{found.name}: {_absolute(files.find(found, file)) or f'{file} is not here'}")
    return 0


def _absolute(place: Path | str | None) -> str:
    return str(place.resolve() if isinstance(place, Path) else place or "")


def sound(name: str) -> bool:
    """Whether a set is here, whole, as the ledger says.

    Raises:
        InputError: the ledger has no such name.
    """
    return not any(problems(entry(name)))
