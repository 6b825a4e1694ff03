"""A pipe in a file's place is refused: it would be waited for, for ever."""

import os
from pathlib import Path

import pytest

from seqbench import matrix
from seqbench.compare.read import read
from seqbench.data import files as data
from seqbench.data.ledger import Download, entry
from seqbench.engine.machine.store import Store
from seqbench.errors import InputError
from seqbench.files import read_verified, seal_of, verify

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "tables/trials.parquet"
    path.parent.mkdir()
    os.mkfifo(path)
    return path


def test_of_a_comparison(tmp_path: Path, pipe: Path) -> None:
    with pytest.raises(InputError, match="trials.parquet: .*no regular file"):
        read(tmp_path)
    pipe.unlink()
    pipe.write_bytes(b"no table")
    os.mkfifo(seal_of(pipe))
    with pytest.raises(InputError, match="trials.parquet: .*no regular file"):
        read(tmp_path)


def test_of_a_sealed_file(pipe: Path) -> None:
    for reads in (verify, read_verified):
        with pytest.raises(InputError, match="trials.parquet: .*no regular file"):
            reads(pipe)


def test_of_a_matrix(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "mine.yaml")
    with pytest.raises(InputError, match=r"mine.yaml: cannot be read \(no regular file\)"):
        matrix.read(tmp_path / "mine.yaml")


def test_of_an_entry_of_the_store(tmp_path: Path) -> None:
    said: list[str] = []
    store = Store(tmp_path, said.append)
    store.keep_result("ab12", {"trial": 1})
    (file,) = tmp_path.glob("ab/ab12.*")
    file.unlink()
    os.mkfifo(file)
    assert store.result("ab12") is None and "no regular file" in said[0]


def test_of_data(pipe: Path) -> None:
    source = entry("tinyshakespeare")
    assert isinstance(source, Download)
    problem = data.look(source, next(iter(source.files)), pipe)[1]
    assert problem == "it cannot be read (no regular file)"
