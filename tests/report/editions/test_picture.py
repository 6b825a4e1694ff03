"""The README's picture and the line below it: made together, never changed alone."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from seqbench.errors import InputError
from seqbench.files import sha256
from seqbench.report import facts
from seqbench.report.editions import picture

README = f"# x\n\n{picture.BEGIN}\n{picture.END}\n\nafter\n"


def line(home: Path) -> str:
    text = (home / "README.md").read_text(encoding="utf-8")
    return text.partition(picture.BEGIN)[2].partition(picture.END)[0]


def check(home: Path) -> None:
    """The line names the drawing that is there."""
    said = re.findall(r"SHA-256 of the drawing: ([0-9a-f]+)", line(home))
    assert said == [sha256((home / picture.PLACE).read_bytes())[: picture.DIGITS]]
    assert f"]({picture.PLACE})" in line(home)


def test_the_picture_of_the_readme_is_the_one_it_speaks_of() -> None:
    check(facts.ROOT)
    root = ElementTree.fromstring((facts.ROOT / picture.PLACE).read_bytes())
    white = [e for e in root.iter() if "fill: #ffffff" in e.get("style", "")]
    assert white, "readable on a dark page: the drawing brings its own white"
    assert re.search(r"trained on \d{4}-\d\d-\d\d with seqbench", line(facts.ROOT))


def test_it_is_written_again_to_the_same_bytes(results: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(README)
    written = []
    for _ in range(2):
        picture.write(Path("mine.yaml"), results, tmp_path)
        written.append((tmp_path / "README.md").read_bytes())
        check(tmp_path)
    assert written[0] == written[1] and written[0].endswith(b"\n\nafter\n")
    assert "`mine.yaml`" in line(tmp_path) and "made-up processor" in line(tmp_path)
    (tmp_path / picture.PLACE).write_bytes(b"<svg/>")
    with pytest.raises(AssertionError):
        check(tmp_path)


def test_the_date_is_that_of_the_training(made: Callable[..., Path], tmp_path: Path) -> None:
    lists = {"tasks": ["adding"], "cells": ["rnn"], "remedies": ["none"]}
    results = made(tmp_path / "results", **lists)
    for path in (results / "trials").rglob("*.parquet"):
        os.utime(path, (1e9, 1e9))  # 2001-09-09
    (tmp_path / "README.md").write_text(README)
    picture.write(Path("mine.yaml"), results, tmp_path)
    assert "trained on 2001-09-09" in line(tmp_path)


def test_without_a_drawing_or_a_place_it_says_so(results: Path, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# x\n")
    with pytest.raises(InputError, match="has no place for the picture"):
        picture.write(Path("mine.yaml"), results, tmp_path)
    with pytest.raises(InputError, match="seqbench draw"):
        picture.write(Path("mine.yaml"), tmp_path, tmp_path)
    assert not (tmp_path / picture.PLACE).exists()
