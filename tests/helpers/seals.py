"""Files that were changed after they were written, and files that only look written by us."""

from pathlib import Path

from seqbench.files import write_sealed


def sealed(path: Path) -> None:
    """Seal a file as it is, as a version that wrote it in this way would have."""
    write_sealed(path, path.read_bytes())


def flip(path: Path, bit: int) -> None:
    """Turn one bit of a file around; twice is the file as it was."""
    data = bytearray(path.read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
