"""A job is due unless its manifest and its tables are what the matrix asks for."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from seqbench.files import seal_of, sha256, write_sealed
from seqbench.manifest import Wanted, due, write
from seqbench.opened import digest

WANTED = Wanted("train/adding/rnn", "a" * 64, "b" * 64)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table and its manifest."""
    path = tmp_path / "trials.parquet"
    write_sealed(path, b"numbers")
    write(tmp_path, WANTED, [path])
    return path


def test_what_was_made_as_asked_is_not_due(table: Path) -> None:
    assert due(table.parent, WANTED) == ""


@pytest.mark.parametrize("part", ["job", "specification", "code"])
def test_what_was_made_of_something_else_is_due(table: Path, part: str) -> None:
    assert due(table.parent, replace(WANTED, **{part: "another"}))


def flipped(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "harm", [Path.unlink, flipped, folder], ids=["gone", "a flipped bit", "a folder"]
)
@pytest.mark.parametrize("victim", ["table", "seal", "manifest"])
def test_what_is_gone_or_damaged_is_due(
    table: Path, victim: str, harm: Callable[[Path], None]
) -> None:
    files = {"table": table, "seal": seal_of(table), "manifest": WANTED.manifest(table.parent)}
    harm(files[victim])
    assert due(table.parent, WANTED)
    write_sealed(table, b"numbers")
    write(table.parent, WANTED, [table])
    assert not due(table.parent, WANTED), "made again"


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"tables": 3}', "\\xff"])
def test_a_manifest_that_is_none_is_due(table: Path, text: str) -> None:
    WANTED.manifest(table.parent).write_text(text)
    assert due(table.parent, WANTED)


def test_what_was_left_unfinished_is_due_where_another_attempt_may_finish_it(table: Path) -> None:
    write(table.parent, WANTED, [table], unfinished="out of memory")
    assert due(table.parent, WANTED) == "out of memory"
    assert due(table.parent, WANTED, again=False) == ""
    assert sha256(table.read_bytes()) in WANTED.manifest(table.parent).read_text()


def test_other_contents_of_a_file_that_was_read_are_due(table: Path) -> None:
    file, sub = table.parent / "mine.csv", table.parent / "series"
    sub.mkdir()
    file.write_text("1")
    write(table.parent, WANTED, [table], read={str(one): digest(one) for one in (file, sub)})
    assert not due(table.parent, WANTED)
    file.write_text("2")
    assert due(table.parent, WANTED) == f"{file} was changed"
    file.write_text("1")
    (sub / "new.csv").touch()
    assert due(table.parent, WANTED) == f"{sub} was changed"
    (sub / "new.csv").unlink()
    assert not due(table.parent, WANTED)
    file.unlink()
    assert due(table.parent, WANTED)
