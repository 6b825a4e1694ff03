"""The structure of the house: no circle, no large file, no second forward pass."""

from pathlib import Path

import pytest

from tests.helpers import structure

LONGEST = 300  # lines of a file
PACKAGES = structure.packages()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_rooms_do_not_import_each_other_in_a_circle(package: Path) -> None:
    around = structure.circle(structure.arrows(package))
    assert not around, f"{package.name}: {' -> '.join(around)}"


def test_a_circle_is_seen() -> None:
    assert structure.circle({"a": {"b"}, "b": {"c"}, "c": {"a"}})
    assert not structure.circle({"a": {"b", "c"}, "b": {"c"}, "c": set()})


def test_files_are_small_and_so_are_functions() -> None:
    lines = {file.name: structure.lines(file) for file in structure.files()}
    assert max(lines.values()) < LONGEST, max(lines, key=lambda name: lines[name])
    spans = structure.lengths()
    assert spans[len(spans) * 95 // 100] <= 25


def test_one_object_runs_a_network() -> None:
    files = [place.partition(":")[0] for place in structure.places(structure.PASS)]
    assert [file for file in files if file.startswith("engine/")] == ["engine/stack.py"]
    assert not structure.places(structure.SURROUNDINGS)
