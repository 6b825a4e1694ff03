"""What `python -m seqbench data` prints: which sets there are, whether whole, and where."""

from collections.abc import Sequence
from pathlib import Path

from seqbench.data import files, ledger, places
from seqbench.data.ledger import Download, Entry, Installed
from seqbench.data.verify import problems


def chosen(names: Sequence[str]) -> tuple[Entry, ...]:
    """The sets of these names, each once; of no name: all.

    Raises:
        InputError: the ledger has no such name.
    """
    return tuple(map(ledger.entry, dict.fromkeys(names))) if names else ledger.entries()


def listing(names: Sequence[str]) -> None:
    """One line per set: what it is, how large, under which license, and whether it is here."""
    for entry in chosen(names):
        state = entry.where if isinstance(entry, Installed) else _state(entry)
        print(f"{entry.name}: {entry.title} ({entry.n}; {entry.license}; {state})")


def _state(entry: Download) -> str:
    here = sum(files.find(entry, file) is not None for file in entry.files)
    size = f"{entry.bytes / 1e6:.1f} MB"
    if here in (0, len(entry.files)):
        return f"{size}, {_here(entry) if here else 'not fetched'}"
    return f"{size}, {here} of {len(entry.files)} files here"


def _here(entry: Entry) -> str:
    """That a set is here, and for whom: what a mirror has is read in place and not copied."""
    if isinstance(entry, Installed):
        return "here"
    found = [files.find(entry, file) for file in entry.files]
    if all(path and path.is_relative_to(places.cache()) for path in found):
        return "here"
    return "here, in SEQBENCH_MIRROR, and not copied: what reads it needs that variable, too"


def fetch(names: Sequence[str], mirror: str = "", offline: bool = False) -> int:
    """Bring sets into the cache. What fails is one sentence per file; the others still come.

    Returns the number of files that failed.
    """
    from seqbench.data.fetch import Fetch

    fetcher = Fetch(places.parsed(mirror, "--mirror"), offline)
    failed = 0
    for entry in chosen(names):
        if isinstance(entry, Installed):
            wrong = problems(entry)
        else:
            wrong = [fetcher.one(entry, file) for file in entry.files]
        failed += _failures(entry, wrong, _here(entry))
    return failed


def verify(names: Sequence[str]) -> int:
    """Compare with the ledger; of no name: all that is here. Returns the number of faulty files."""
    failed = 0
    for entry in chosen(names):
        if not names and isinstance(entry, Download) and not _begun(entry):
            print(f"{entry.name}: not fetched")
            continue
        failed += _failures(entry, problems(entry), "as the ledger says")
    return failed


def _begun(entry: Download) -> bool:
    return any(files.find(entry, file) for file in entry.files)


def _failures(entry: Entry, wrong: Sequence[str | None], well: str) -> int:
    """Print what is wrong with a set, or that it is well; returns how many sentences that is."""
    sentences = [problem for problem in wrong if problem]
    print("\n".join(sentences or [f"{entry.name}: {well}"]))
    return len(sentences)


def where(names: Sequence[str]) -> None:
    """Paths: the cache and the mirror, or those of the files of sets."""
    if not names:
        print(f"cache: {places.cache().resolve()}")
        print(f"mirror: {_absolute(places.mirror())}")
        return
    for entry in chosen(names):
        if isinstance(entry, Installed):
            print(f"{entry.name}: {entry.where}")
            continue
        for file in entry.files:
            print(f"{entry.name}: {_absolute(files.find(entry, file)) or f'{file} is not here'}")


def _absolute(place: Path | str | None) -> str:
    return str(place.resolve() if isinstance(place, Path) else place or "")
