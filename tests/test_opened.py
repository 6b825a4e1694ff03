"""What a piece of work reads is its input, whoever opens it and however the name came to be."""

import os
from collections.abc import Callable
from glob import glob
from importlib import invalidate_caches
from importlib.machinery import PathFinder
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pandas as pd
import pytest
import torch

from seqbench import opened, registry, sources
from seqbench.files import atomic_write

READERS: dict[str, Callable[[str], object]] = {
    "open": lambda name: Path(name).read_bytes(),
    "os.open": lambda name: os.close(os.open(name.encode(), os.O_RDONLY)),
    "pandas, in C": lambda name: pd.read_csv(name),
    "pandas, mapped": lambda name: pd.read_csv(Path(name), memory_map=True),
    "pandas, in Python": lambda name: pd.read_csv(name, sep=None, engine="python"),
    "pandas, by Arrow": lambda name: pd.read_csv(name, engine="pyarrow"),
    "numpy": lambda name: np.loadtxt(name, delimiter=",", skiprows=1),
    "numpy, bytes": lambda name: np.fromfile(name, dtype=np.int8),
    "numpy, mapped": lambda name: np.memmap(name, mode="r"),
    "numpy, mapped to be changed": lambda name: np.memmap(name, dtype=np.uint8),
    "to be changed": lambda name: opened_to(name, "r+b"),
    "to be added to": lambda name: opened_to(name, "a+b"),
    "from an open folder": lambda name: from_open_folder(*os.path.split(name)),
}


def opened_to(name: str, mode: str) -> None:
    with open(name, mode):
        pass


def from_open_folder(folder: str, name: str) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.close(os.open(name, os.O_RDONLY, dir_fd=handle))
    os.close(handle)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with some data in it."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/mine_7.csv").write_text("a,b\n1,2\n")
    return tmp_path


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_whoever_reads_is_seen(reader: Callable[[str], object]) -> None:
    with opened.recorded(Path("results")) as files:
        reader(os.path.join("data", f"mine_{3 + 4}.csv"))
    assert files.sums() == {"data/mine_7.csv": opened.digest(Path("data/mine_7.csv"))}


@pytest.mark.parametrize("mapped", ["r", None], ids=["mapped", "read"])
def test_arrays_are_seen(mapped: str | None) -> None:
    np.save("a.npy", np.zeros(3))
    torch.save({"a": 1}, "b.pt")
    with opened.recorded(Path("results")) as files:
        np.load("a.npy", mmap_mode=mapped)
        np.lib.format.open_memmap("a.npy", "r+")
        torch.load("b.pt", mmap=bool(mapped))
    assert {*files.sums()} == {"a.npy", "b.pt"}


def test_what_is_no_input_is_left_out(here: Path) -> None:
    for name in ("results/old.json", ".cache/a.bin", ".hidden", "code.py", "ledger"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("x")
    with opened.recorded(Path("results")) as files:
        for name in ("results/old.json", ".cache/a.bin", ".hidden", "code.py", np.__file__):
            Path(name).read_bytes()
        Path("/proc/self/stat").read_bytes()
        pipe, end = os.pipe()
        os.close(end)
        open(pipe, "rb").close()
        with NamedTemporaryFile(dir=here) as file, opened.unrecorded():
            Path(file.name).read_bytes()
            Path("ledger").read_bytes()
    assert files.sums() == {}
    Path("data/mine_7.csv").read_bytes()
    assert files.sums() == {} and opened.so_far() == {}


def test_what_is_replaced_while_it_is_at_work_has_no_checksum() -> None:
    file = Path("data/mine_7.csv")
    with opened.recorded(Path("results")) as files:
        file.read_bytes()
        assert opened.so_far() == {str(file): opened.digest(file)}
        with opened.unrecorded():  # by somebody else: this is the audit of one process
            file.write_bytes(b"another")
    assert files.sums() == {str(file): ""}
    (file.parent / "beside").mkdir()
    os.chdir(file.parent / "beside")
    assert files.sums() == {os.path.abspath("../mine_7.csv"): ""}


def test_what_is_made_or_added_to_is_no_input() -> None:
    Path("log").write_text("x")
    with opened.recorded(Path("results")) as files:
        for name, mode in (("new", "x+"), ("other", "a+"), ("emptied", "w+"), ("log", "a")):
            Path("emptied").touch()
            with open(name, mode) as file:
                file.write("x")
        Path("new").read_bytes()
    assert files.sums() == {}


def test_what_is_read_and_then_removed_was_a_temporary_file() -> None:
    Path("brief").write_text("x")
    with opened.recorded(Path("results")) as files:
        Path("brief").read_bytes()
        Path("brief").unlink()
    assert files.sums() == {}


def deeper() -> None:
    for _ in os.walk("data"):
        pass


LISTINGS: dict[str, Callable[[], object]] = {
    "rglob": lambda: [*Path("data").rglob("*.csv")],
    "glob": lambda: glob("data/**", recursive=True),
    "os.walk": deeper,
    "os.fwalk": lambda: [*os.fwalk("data")],
}


@pytest.mark.parametrize("look", LISTINGS.values(), ids=LISTINGS)
def test_folders_that_are_listed_are_inputs(look: Callable[[], object]) -> None:
    Path("data/deep/er").mkdir(parents=True)
    for k in range(1_500):
        Path(f"data/deep/er/{k}.csv").touch()
    with opened.recorded(Path("results")) as files:
        look()
    found = files.sums()
    assert {*found} == {"data", "data/deep", "data/deep/er"} and opened.unchanged(found)
    for name in (".hidden", "code.py", "__pycache__/code.pyc"):
        Path("data/deep", name).parent.mkdir(exist_ok=True)
        Path("data/deep", name).touch()
    assert opened.unchanged(found)
    Path("data/deep/er/new.csv").touch()
    assert not opened.unchanged(found)


def test_neither_looking_for_modules_nor_what_is_written_is_a_listing(here: Path) -> None:
    Path("results").mkdir()
    with opened.recorded(Path("results")) as files:
        invalidate_caches()
        PathFinder.find_spec("nobody", [str(here), str(here / "data")])
        os.listdir("results")
        os.close(os.open("data", os.O_RDONLY))
        sources._modules.__wrapped__(("engine",))
        registry.ours.__wrapped__("cells")
        atomic_write(here / "elsewhere/table", b"")
    assert files.sums() == {}
    with opened.recorded(Path("results")) as files:
        os.listdir()
    assert {*files.sums()} == {"."}, "and no path of this machine"


def test_what_was_read_before_is_an_input_of_what_rests_on_it_now() -> None:
    with opened.recorded(Path("results")) as outer:
        with opened.recorded(Path("results")) as inner:
            Path("data/mine_7.csv").read_bytes()
            kept = opened.so_far()
        assert outer.sums() == inner.sums() == kept != {}
    with opened.recorded(Path("results")) as later:
        assert opened.unchanged(kept)
    assert later.sums() == kept
    for text in ("a,b\n1,3\n", None):
        Path("data/mine_7.csv").write_text(text) if text else Path("data/mine_7.csv").unlink()
        with opened.recorded(Path("results")) as later:
            assert not opened.unchanged(kept)
        assert later.sums() == {}


def test_a_project_may_lie_where_files_of_the_system_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    above = str(Path.cwd().parent)
    monkeypatch.setattr(opened, "SYSTEM", (*opened.SYSTEM, above))
    with opened.recorded(Path("results")) as files:
        Path("data/mine_7.csv").read_bytes()
        Path(above, "of_the_system").write_text("1")
        Path(above, "of_the_system").read_bytes()
    assert {*files.sums()} == {"data/mine_7.csv"}


def test_a_home_in_a_hidden_folder_is_not_hidden(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, project = here / ".homes/me", here / ".work/project"
    for folder in (home, project):
        folder.mkdir(parents=True)
        (folder / "x.txt").touch()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(project)
    with opened.recorded(Path("results")) as files:
        (home / "x.txt").read_bytes()
        Path("x.txt").read_bytes()
        (here / ".work/x.txt").write_bytes(b"")
        (here / ".work/x.txt").read_bytes()
    assert {*files.sums()} == {f"{home}/x.txt", "x.txt"}


@pytest.mark.parametrize("place", ["/dev/shm", "/run/media/me", "/run", "/usr/share"])
def test_peoples_files_in_places_of_the_system_count(place: str) -> None:
    files = opened.Opened("/results")
    theirs = place in ("/dev/shm", "/run/media/me")
    files.lists(f"{place}/nobody_has_this")
    assert {*files.sums()} == ({f"{place}/nobody_has_this"} if theirs else set())


def test_behind_a_link_to_a_folder_the_one_above_is_the_systems(here: Path) -> None:
    Path("elsewhere/in").mkdir(parents=True)
    Path("elsewhere/x.txt").write_text("1")
    Path("data/x.txt").write_text("2")
    Path("data/link").symlink_to(here / "elsewhere/in")
    with opened.recorded(Path("results")) as files:
        assert Path("data/link/../x.txt").read_text() == "1"
        Path("data/../data/mine_7.csv").read_bytes()
        handle = os.open("data/link", os.O_RDONLY)
        os.close(os.open("../x.txt", os.O_RDONLY, dir_fd=handle))
        os.close(handle)
    found = files.sums()
    assert {*found} == {"data/link/../x.txt", "data/mine_7.csv", "elsewhere/x.txt"}
    assert opened.unchanged(found)
    Path("elsewhere/x.txt").write_text("3")
    assert not opened.unchanged({"data/link/../x.txt": found["data/link/../x.txt"]})


def replaced(file: Path) -> None:
    text = file.read_text()
    Path("draft").write_text(text)
    os.replace("draft", file)


def changed_in_place(file: Path) -> None:
    with file.open("r+") as both:
        text = both.read()
        both.seek(0)
        both.write(text)


def added_to(file: Path) -> None:
    file.read_text()
    with file.open("a") as log:
        log.write("3,4\n")


REWRITES: dict[str, Callable[[Path], object]] = {
    "written": lambda file: file.write_text(file.read_text()),
    "replaced": replaced,
    "changed in place": changed_in_place,
    "added to": added_to,
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES)
def test_what_is_read_and_then_written_is_an_input(rewrite: Callable[[Path], object]) -> None:
    file = Path("data/mine_7.csv")
    os.utime(file, (1, 1))
    with opened.recorded(Path("results")) as files:
        rewrite(file)
    assert files.sums() == {str(file): opened.digest(file)}
    assert files.sums() == {str(file): opened.digest(file)}
