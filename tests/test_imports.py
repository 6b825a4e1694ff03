"""Whatever a variant imports of one's own is found, however it imports it; nothing else is."""

import ast
from pathlib import Path

import pytest

from seqbench import imports, plugins, registry, sources
from tests.helpers.places import HOME

WAYS = {  # how plug/cell.py imports, and what that reaches
    "relative": ("from ._const import K", {"_const.py"}),
    "relative, a module": ("from . import _const", {"_const.py"}),
    "from the folder above": ("from ..plug._const import K", {"_const.py"}),
    "whole": ("import plug._const as c", {"_const.py"}),
    "in full": ("from plug._const import K", {"_const.py"}),
    "deep": ("from plug.deep.er.const import K", {"deep/__init__.py", "deep/er/const.py"}),
    "everything": ("from plug._const import *", {"_const.py"}),
    "in a function": ("def f():\n    import plug._const", {"_const.py"}),
    "under try": ("try:\n    from plug import _const\nexcept ImportError: ...", {"_const.py"}),
    "under if": ("if 1:\n    from plug._const import K\nelse: ...", {"_const.py"}),
    "helpers of helpers": ("from plug import first", {"first.py", "_const.py"}),
    "of the working folder": ("from lib import K", {"lib.py"}),
    "without __init__": ("from bare.const import K", {"bare/const.py"}),
    "the same name twice": (
        "from lib import K\ndef f():\n    from plug._const import K",
        {"lib.py", "_const.py"},
    ),
    "Python's and others'": ("import json, torch.nn\nfrom numpy.random import rand", set()),
    "what is not there": ("import plug.absent, nobody\nfrom .... import x", set()),
}
FILES = {
    "plug/__init__.py": "",
    "plug/_const.py": "K = 1",
    "plug/first.py": "from ._const import K",
    "plug/deep/__init__.py": "M = 1",
    "plug/deep/er/const.py": "K = 1",
    "lib.py": "K = 1",
    "bare/const.py": "K = 1",
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a package and some modules."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reached(file: Path, text: str) -> set[str]:
    """What a variant of that text is made of, but for its own file."""
    file.write_text(f"class Mine:\n    ...\n{text}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "path", lambda kind, name: file)
        registry.describe.cache_clear()
        sources._imported.cache_clear()
        found = sources.variant.__wrapped__("cells", "mine")
    registry.describe.cache_clear()
    return {imports.name(one).removeprefix("plug/") for one in found if one != file}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_import_is_seen(project: Path, way: str) -> None:
    text, files = WAYS[way]
    assert reached(project / "plug/cell.py", text) == files


def test_an_installed_package_counts_where_it_announces_the_variant(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = project / "lib/site-packages"
    for top in ("plug", "common", "other"):
        (place / top).mkdir(parents=True)
        for name in ("__init__", "_const", "cell"):
            (place / top / f"{name}.py").write_text("")
    (project / "plug/__init__.py").unlink()
    (project / "plug").rename(project / "away")
    monkeypatch.syspath_prepend(place)
    monkeypatch.setattr(plugins, "packages", lambda: frozenset({"plug", "common"}))
    text = "\n".join(f"from {top}._const import K" for top in ("plug", "common", "other"))
    assert reached(place / "plug/cell.py", text) == set(), "files that do nothing"
    (place / "plug/_const.py").write_text("K = 2")
    (place / "common/_const.py").write_text("K = 2")
    (place / "other/_const.py").write_text("K = 2")
    sources.code.cache_clear()
    assert reached(place / "plug/cell.py", text) == {"_const.py", "common/_const.py"}


def test_a_name_does_not_depend_on_where_the_project_lies(project: Path) -> None:
    names = ["plug/deep/__init__.py", "plug/_const.py", "bare/const.py", "lib.py"]
    assert [imports.name(project / name) for name in names] == names
    assert imports.name(HOME / "seqbench/cells/lstm.py") == "seqbench/cells/lstm.py"


def test_two_files_of_one_name_that_are_swapped_are_others(project: Path) -> None:
    files = [project / f"{folder}/const.py" for folder in ("bare", "swap")]
    (project / "swap").mkdir()
    seen = []
    for texts in (("K = 1", "K = 2"), ("K = 2", "K = 1")):
        for file, text in zip(files, texts, strict=True):
            file.write_text(text)
        sources.code.cache_clear()
        sources._checksums.cache_clear()
        seen.append((sources.codes(tuple(files)), sources.checksum(tuple(files[::-1]))))
    assert seen[0][0] != seen[1][0] and seen[0][1] != seen[1][1]


@pytest.mark.parametrize("kind", plugins.KINDS)
def test_no_variant_of_ours_takes_the_engine_along(kind: str) -> None:
    for name in sorted(registry.ours(kind)):
        lineage = registry.describe(kind, name).lineage
        beside = {*sources.variant(kind, name)} - {*lineage}
        assert {file.parent.name for file in beside} <= {*plugins.KINDS}, name


def test_a_module_of_ours_has_no_imports_of_other_packages() -> None:
    file = HOME / "seqbench/engine/train.py"
    found = dict(imports.imported(ast.parse(file.read_text()), file))
    assert found["Tensor"] == () and found["Trial"][-1] == HOME / "seqbench/engine/trial.py"
