"""The folders of data: a mirror that is not there is refused, and nobody needs a home."""

import os
from pathlib import Path

import pytest

from seqbench.__main__ import main
from seqbench.data import files, places
from seqbench.errors import InputError
from seqbench.report import facts


@pytest.mark.parametrize("place", ["nowhere", "a-file", "file:///nowhere", "ftp://x/y"])
def test_a_mirror_that_is_none_is_refused(
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "a-file").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path / "cache"))
    monkeypatch.delenv("SEQBENCH_MIRROR", raising=False)
    assert main(["data", "fetch", "sunspots", "--mirror", place]) == 2
    assert capsys.readouterr().err.startswith("--mirror: is no mirror. Allowed: a folder that is")
    monkeypatch.setenv("SEQBENCH_MIRROR", place)
    for action in (["fetch", "ett"], ["where"], ["list", "ett"]):
        assert main(["data", *action]) == 2, action
        assert capsys.readouterr().err.startswith("SEQBENCH_MIRROR: is no mirror. Allowed:")
    with pytest.raises(InputError, match="SEQBENCH_MIRROR: is no mirror"):
        files.read("ett", "ETTh1.csv")


def test_what_is_in_the_cache_needs_no_mirror(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = files.download("ett", "ETTh1.csv")
    (tmp_path / source.place("ETTh1.csv")).parent.mkdir(parents=True)
    (tmp_path / source.place("ETTh1.csv")).write_bytes(b"")
    monkeypatch.setenv("SEQBENCH_DATA", str(tmp_path))
    monkeypatch.setenv("SEQBENCH_MIRROR", "/nowhere")
    assert files.find(source, "ETTh1.csv") == tmp_path / source.place("ETTh1.csv")


def test_a_user_without_a_home_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # as where nobody knows one
    for name in ("HOME", "SEQBENCH_DATA", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="no home folder.*Allowed: a folder in SEQBENCH_DATA"):
        places.cache()
    assert facts.scrub("~ and words") == "~ and words"
