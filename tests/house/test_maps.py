"""A folder whose files have no common kind has a map of them in its docstring."""

import ast
import re

import pytest

from tests.helpers.places import HOME

MAPPED = (
    ".", "benchmarks", "engine", "engine/passes", "initialization", "jobs", "matrix", "networks",
    "remedy",
)  # fmt: skip


@pytest.mark.parametrize("folder", MAPPED)
def test_a_map_names_every_file_and_folder(folder: str) -> None:
    home = HOME / "seqbench" / folder
    doc = ast.get_docstring(ast.parse((home / "__init__.py").read_text(encoding="utf-8"))) or ""
    inside = {file.stem for file in home.glob("*.py")} - {"__init__"}
    inside |= {path.parent.name for path in home.glob("*/__init__.py")}
    assert not inside - set(re.findall(r"\w+", doc)), "not on the map of the folder"
