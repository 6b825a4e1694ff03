"""A writer killed at any point leaves a file whole or absent; the next one sweeps what it left."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
import torch

from seqbench import files, records
from seqbench.data import fetch, ledger
from seqbench.engine.machine.store import Store

POINTS = [
    f"{when} {what}" for what in ("write", "fsync", "replace") for when in ("before", "after")
]
WRITTEN = bytes(100)
ENTRY = ledger.Download.model_validate(
    {
        "name": "letters", "title": "x", "n": "1", "license": "x", "show": False,
        "citation": "x1990", "url": None,
        "files": {"a.txt": {"bytes": 100, "sha256": files.sha256(WRITTEN)}},
    }
)  # fmt: skip


def checkpoint(folder: Path, say: Callable[[str], None] = print) -> None:
    Store(folder, say).keep_checkpoint("abc", {"weights": torch.arange(9.0)})


def result(folder: Path) -> None:
    Store(folder, print).keep_result("abc", {"score": 0.5})


def table(folder: Path) -> None:
    records.write(folder / "x.parquet", "trials", [{"task": "adding", "seed": 3}])


def data(folder: Path) -> None:
    def bring(target: Path, known: ledger.File) -> None:
        with files.open(target, "wb") as file:
            file.write(WRITTEN)

    os.environ["SEQBENCH_DATA"] = str(folder)
    fetch._store(ENTRY, "a.txt", bring)


class Dying:
    """A file whose process dies before or after a write."""

    def __init__(self, file: BinaryIO, when: str) -> None:
        self.file, self.when = file, when

    def write(self, content: bytes) -> int:
        if self.when == "after":
            self.file.write(content)
            self.file.flush()
        os._exit(9)

    def __enter__(self) -> "Dying":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()


def die_at(point: str) -> None:
    """From here on, this process dies at that point."""
    when, what = point.split()
    if what == "write":
        files.open = lambda *where: Dying(open(*where), when)  # noqa: SIM115
        return
    real = getattr(os, what)

    def dying(*words: object) -> None:
        if when == "after":
            real(*words)
        os._exit(9)

    setattr(os, what, dying)


def killed(work: Callable[[], None], point: str) -> bool:
    """Whether a process that does the work died at that point."""
    pid = os.fork()
    if not pid:
        try:
            die_at(point)
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def inside(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(autouse=True)
def plain_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "open", open, raising=False)
    monkeypatch.setenv("SEQBENCH_DATA", "")


@pytest.mark.parametrize(
    ("write", "point"),
    [
        (write, point)
        for write in (checkpoint, result, table, data)
        for point in POINTS
        if write is not data or "fsync" not in point  # every read compares it with the ledger
    ],
)
def test_a_file_is_whole_or_absent_and_nothing_stays(
    tmp_path: Path, write: Callable[[Path], None], point: str
) -> None:
    calm, torn = tmp_path / "calm", tmp_path / "torn"
    write(calm)
    assert killed(lambda: write(torn), point), "the process was to die"
    whole, left = inside(calm), inside(torn)
    assert {k: v for k, v in left.items() if ".part" not in k}.items() <= whole.items()
    write(torn)
    assert inside(torn) == whole


def test_a_draft_whose_writer_lives_is_not_swept(tmp_path: Path) -> None:
    with files.atomic(tmp_path / "x") as file, files.workplace(tmp_path) as place:
        file.write(b"slow")
        assert not killed(lambda: files.ensure_writable(tmp_path), "before fsync")
        assert place.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_another_machines_draft_lies_for_a_day(tmp_path: Path) -> None:
    other = tmp_path / ".x.abc.01234567.part"
    other.write_bytes(b"")
    files.sweep(tmp_path)
    assert other.exists()
    os.utime(other, (0, 0))
    files.sweep(tmp_path)
    assert not other.exists()


def test_a_workplace_that_is_swept_as_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may sweep between the making of a folder and its lock."""
    plain, made = tempfile.mkdtemp, list[str]()

    def swept(*given: str) -> str:
        made.append(plain(*given))
        if len(made) == 1:
            files.sweep(tmp_path)
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", swept)
    with files.workplace(tmp_path) as place:
        assert [str(place)] == made[1:] and place.is_dir()
