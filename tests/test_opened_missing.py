"""That a file or a folder was missing is an input, too."""

import os
import sys
from collections.abc import Callable
from glob import glob
from pathlib import Path

import numpy as np
import pytest

from seqbench import opened


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some data in it."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/mine_7.csv").touch()
    return tmp_path


def in_open_folder(name: str) -> None:
    """Open it as seen from an open folder below the working folder."""
    Path("open").mkdir(exist_ok=True)
    handle = os.open("open", os.O_RDONLY)
    try:
        os.close(os.open(os.path.join("..", name), os.O_RDONLY, dir_fd=handle))
    finally:
        os.close(handle)


MISSED: dict[str, Callable[[str], object]] = {
    "open": lambda name: Path(name).read_text(),
    "os.open": lambda name: os.open(name, os.O_RDONLY),
    "to be changed": lambda name: np.memmap(name, dtype=np.uint8),
    "from an open folder": in_open_folder,
    "os.listdir": os.listdir,
    "iterdir": lambda name: [*Path(name).iterdir()],
}


@pytest.mark.parametrize("name", ["data/later", "data/mine_7.csv/later", "later/later"])
@pytest.mark.parametrize("reader", MISSED.values(), ids=MISSED)
def test_that_a_file_was_missing_is_an_input(name: str, reader: Callable[[str], object]) -> None:
    with opened.recorded(Path("results")) as files, pytest.raises(OSError, match="later"):
        reader(name)
    assert files.sums()[name] == opened.MISSING and opened.unchanged(files.sums())
    if Path(name).parent.is_file():
        Path(name).parent.unlink()
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("1")
    assert not opened.unchanged({name: opened.MISSING})


@pytest.mark.parametrize(
    "look",
    [
        lambda: glob("later/deep/*.csv"),
        lambda: glob("later/deep/**/*.csv", recursive=True),
        lambda: [*Path("later/deep").glob("*.csv")],
        lambda: [*Path().glob("later/deep/*.csv")],
        lambda: [*Path("later/deep").glob("*/deeper/*.csv")],
        lambda: [*Path("later/deep").rglob("*.csv")],
        lambda: [*os.walk("later/deep")],
    ],
    ids=[
        "glob",
        "glob, deep",
        "Path.glob",
        "Path.glob of a folder",
        "Path.glob of folders",
        "rglob",
        "os.walk",
    ],
)
def test_that_a_folder_was_missing_is_an_input(look: Callable[[], object]) -> None:
    with opened.recorded(Path("results")) as files:
        assert look() == []
    assert files.sums() == {"later/deep": opened.MISSING}
    Path("later/deep").mkdir(parents=True)
    assert not opened.unchanged(files.sums())


def test_what_was_missing_and_is_made_by_the_work_itself_is_no_input() -> None:
    with opened.recorded(Path("results")) as files:
        for look, make in (
            (lambda: os.listdir("made"), lambda: os.mkdir("made")),
            (lambda: Path("a").read_text(), lambda: Path("a").write_text("1")),
            (lambda: Path("b").read_text(), lambda: os.rename("a", "b")),
        ):
            with pytest.raises(FileNotFoundError):
                look()
            make()
        with pytest.raises(FileNotFoundError):
            Path("c").read_text()
        with opened.unrecorded():  # by somebody else
            Path("c").write_text("1")
    assert files.sums() == {"c": ""}


def test_what_is_missing_elsewhere_is_an_input_too_but_no_name_of_a_passing_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(here / "tmp"))
    Path("tmp/project").mkdir(parents=True)
    os.chdir("tmp/project")
    with opened.recorded(Path("results")) as files:
        for name in ("above/x.txt", "tmp/passing", "tmp/project/x.txt", ".cache/x"):
            with pytest.raises(FileNotFoundError):
                (here / name).read_text()
        monkeypatch.setattr("sys.path", [*sys.path, "__editable__.hook"])
        for name in ("<string>", "__editable__.hook"):
            with pytest.raises(FileNotFoundError):
                Path(name).read_text()
        for name in (f"{sys.prefix}/x", "/etc/x", "/usr/share/fonts/x", "/lib/x"):
            with pytest.raises(FileNotFoundError):
                os.listdir(name)
    assert files.sums() == dict.fromkeys([f"{here}/above/x.txt", "x.txt"], opened.MISSING)
