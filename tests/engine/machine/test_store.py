"""What the store cannot use is named, put aside and computed again; nothing of it is ever used."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from seqbench import opened
from seqbench.engine.machine.store import Store
from seqbench.files import sha256

KEY = "abcdef"


def older(path: Path) -> None:
    content = path.read_bytes().partition(b"\n")[2]
    path.write_bytes(sha256(content).encode() + b"\n" + content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def anothers(path: Path) -> None:
    other = path.with_name(f"abc{path.suffix}")
    suffix, content = path.suffix[1:], path.read_bytes().partition(b"\n")[2]
    Store(path.parents[1], print)._write("abc", suffix, content)
    other.replace(path)


def folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def unreadable(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)  # a link to itself: nobody can read it, not even root


def of_no_files(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"{", b"{ ", 1))


BROKEN = [
    (of_no_files, "is damaged or another's"),
    (older, "is damaged or of another form"),
    (truncated, "is damaged or another's"),
    (anothers, "is damaged or another's"),
    (folder, "cannot be read (Is a directory)"),
    (unreadable, "cannot be read (Too many levels of symbolic links)"),
]


@pytest.mark.parametrize(("breaks", "why"), BROKEN)
@pytest.mark.parametrize("suffix", ["json", "pt"])
def test_what_cannot_be_used_is_put_aside(
    tmp_path: Path, suffix: str, breaks: Callable[[Path], None], why: str
) -> None:
    said: list[str] = []
    store = Store(tmp_path, said.append)
    entry = {
        "json": (store.keep_result, store.result),
        "pt": (store.keep_checkpoint, store.checkpoint),
    }
    keep, read = entry[suffix]
    keep(KEY, {"score": 0.5})
    assert read(KEY) == {"score": 0.5}
    (path,) = tmp_path.rglob("*.*")
    breaks(path)
    assert read(KEY) is None
    assert said == [f"{path}: {why} and is computed again."]
    assert not os.path.lexists(path) and list(path.parent.glob(f"{path.name}.*.unusable"))
    keep(KEY, {"score": 0.5})
    assert read(KEY) == {"score": 0.5} and len(said) == 1


def test_a_checkpoint_that_torch_does_not_read_is_put_aside(tmp_path: Path) -> None:
    said: list[str] = []
    store = Store(tmp_path, said.append)
    store._write(KEY, "pt", b"of another torch")
    assert store.checkpoint(KEY) is None and "another form" in said[0]


def test_an_entry_is_of_its_kind_alone(tmp_path: Path) -> None:
    said: list[str] = []
    store = Store(tmp_path, said.append)
    store._write(KEY, "json", b"{}")
    (path,) = tmp_path.rglob("*.json")
    path.rename(path.with_suffix(".proof"))
    assert not store.proven(KEY) and "another's" in said[0]


@pytest.mark.parametrize("kind", ["result", "proof", "checkpoint"])
def test_an_entry_rests_on_the_files_that_were_read_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    store, file = Store(tmp_path / "store", said.append), Path("scale.txt")
    keep, read = {
        "result": (lambda: store.keep_result(KEY, {"a": 1}), lambda: store.result(KEY)),
        "proof": (lambda: store.keep_proof(KEY), lambda: store.proven(KEY) or None),
        "checkpoint": (lambda: store.keep_checkpoint(KEY, {"a": 1}), lambda: store.checkpoint(KEY)),
    }[kind]
    file.write_text("1")
    with opened.recorded(tmp_path / "store") as files:
        file.read_text()
        keep()
    with opened.recorded(tmp_path / "store") as later:
        assert read() is not None
    assert later.sums() == files.sums() != {}
    for text in ("2", None, "1"):
        file.write_text(text) if text else file.unlink()
        assert (read() is not None) == (text == "1")
    assert not said, "nobody is bothered"
