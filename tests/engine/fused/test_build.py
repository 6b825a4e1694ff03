"""The kernel cache: private, verified before anything of it is loaded, and made again else."""

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from seqbench import files
from seqbench.engine.fused import build
from seqbench.engine.fused.gpu import build as gpu
from seqbench.engine.fused.sequence import kernel

SOURCE = "int answer(void) { return 42; }"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if build.missing():
        pytest.skip("needs a C compiler")
    (folder := tmp_path / "above" / "cache").mkdir(parents=True)
    monkeypatch.setenv("SEQBENCH_CACHE", str(folder))
    return folder / "kernels"


def library(cache: Path) -> Path:
    build.load(SOURCE)
    (path,) = cache.glob("*.so")
    return path


def halved(path: Path) -> None:
    files.atomic_write(path, path.read_bytes()[: path.stat().st_size // 2])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    files.atomic_write(path, bytes(data))


def unsealed(path: Path) -> None:
    files.seal_of(path).unlink()


def somebody_elses(path: Path) -> None:
    files.atomic_write(path, b"what somebody else has put there")


@pytest.mark.parametrize("damage", [halved, flipped, unsealed, somebody_elses])
def test_a_library_that_is_not_what_was_compiled_is_never_loaded(
    cache: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    path = library(cache)
    whole, loaded = path.read_bytes(), []
    damage(path)
    real = ctypes.CDLL

    def noted(name: str) -> ctypes.CDLL:
        loaded.append(Path(name).read_bytes())
        return real(name)

    monkeypatch.setattr(build.ctypes, "CDLL", noted)
    assert build.load(SOURCE).answer() == 42
    assert loaded == [path.read_bytes()] and files.read_verified(path) == path.read_bytes()
    assert len(whole) == len(loaded[0])


def test_a_folder_in_a_librarys_place_is_put_aside(cache: Path) -> None:
    path = library(cache)
    path.unlink()
    (path / "inside").mkdir(parents=True)
    assert build.load(SOURCE).answer() == 42
    (aside,) = cache.glob(f"{path.name}.*.unusable")
    assert (aside / "inside").is_dir()


def test_the_folder_is_private(cache: Path) -> None:
    cache.mkdir(mode=0o755)
    library(cache)
    assert cache.stat().st_mode & 0o777 == 0o700


def open_to_all(cache: Path) -> None:
    cache.mkdir()
    cache.chmod(0o777)


def link(cache: Path) -> None:
    (cache.parent / "elsewhere").mkdir()
    cache.symlink_to(cache.parent / "elsewhere")


def file(cache: Path) -> None:
    cache.write_text("in the way")


def open_above(cache: Path) -> None:
    cache.parent.chmod(0o777)


def open_to_a_group(cache: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    os.chown(cache.parent, -1, 12345)
    cache.parent.chmod(0o770)


def open_far_above(cache: Path) -> None:
    cache.parents[1].chmod(0o777)


def foreign(cache: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    cache.mkdir(mode=0o700)
    os.chown(cache, 12345, 12345)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (open_to_all, "others may write to it"),
        (link, "is no folder"),
        (file, "is no folder"),
        (open_above, "others may move it"),
        (open_to_a_group, "others may move it"),
        (open_far_above, "others may move it"),
        (foreign, "belongs to another user"),
    ],
)
def test_a_folder_that_is_not_private_is_refused_and_another_one_serves(
    cache: Path,
    capsys: pytest.CaptureFixture[str],
    made: Callable[[Path], None],
    words: str,
) -> None:
    made(cache)
    assert build.load(SOURCE).answer() == 42
    said = capsys.readouterr().err
    assert f"{cache}: {words}. Allowed: " in said
    assert build.folder().stat().st_mode & 0o777 == 0o700 and build.folder() != cache
    assert not cache.is_dir() or not list(cache.iterdir())
    build.load(SOURCE)
    assert not capsys.readouterr().err, "said once"


def test_a_folder_below_one_where_nobody_can_move_anothers_is_private(cache: Path) -> None:
    cache.parents[1].chmod(0o1777)
    assert build.folder() == cache


def test_a_module_for_a_gpu_is_what_its_source_says(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu, "find_spec", lambda name: name)
    assert gpu.load("answer = 42").answer == 42
    (path,) = cache.glob("*.py")
    path.write_text("answer = 43")
    assert gpu.load("answer = 42").answer == 42 and path.read_text() == "answer = 42"


def test_a_compiler_that_can_keep_nothing_means_no_kernels_from_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*words: object) -> NoReturn:
        raise OSError(28, "No space left on device")

    build.missing.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(build, "write_sealed", full)
        assert "No space left" in str(build.missing())
    build.missing.cache_clear()
    kernel.cache_clear()
    assert build.missing() is None


@pytest.fixture
def anew() -> Iterator[None]:
    """The compiler is looked for again, and afterwards once more."""
    build.compiler.cache_clear()
    yield
    build.compiler.cache_clear()


@pytest.mark.parametrize("name", ["gcc", "clang"])
@pytest.mark.usefixtures("anew")
def test_each_compiler_makes_kernels(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    if (found := shutil.which(name)) is None:
        pytest.skip(f"there is no {name}")
    monkeypatch.setenv("CC", name)
    assert build.load(SOURCE).answer() == 42
    assert build.compiler().command[0] == found


@pytest.mark.parametrize("unknown", ["-march=native", "-m*=native"])
@pytest.mark.usefixtures("anew")
def test_a_compiler_need_not_know_this_processor_or_the_word_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unknown: str
) -> None:
    known = build.compiler().command[0]
    build.compiler.cache_clear()
    script = f'#!/bin/sh\ncase "$*" in *{unknown}*) exit 1;; esac\nexec {known} "$@"'
    (tmp_path / "own").write_text(script)
    (tmp_path / "own").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "own"))
    assert build.load(SOURCE).answer() == 42
    assert build.compiler().command[0] == str(tmp_path / "own")


@pytest.mark.usefixtures("anew")
def test_what_cannot_be_started_is_no_compiler(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "broken").write_bytes(b"\0")
    (tmp_path / "broken").chmod(0o755)
    monkeypatch.setenv("CC", str(tmp_path / "broken"))
    assert build.compiler().command[0] != str(tmp_path / "broken")
